package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/envi"
)

// convertFlags are the flags of convert.
type convertFlags struct {
	to, typ, interleave, shape, order                   string
	applyScale, bandsFirst, transpose, bigEndian, force bool
	zeroBased                                           bool
}

// convertResult is what convert prints as JSON.
type convertResult struct {
	Verb   string `json:"verb"`
	Input  string `json:"input"`
	Output string `json:"output"`
	Format string `json:"format"`
	Dims   []int  `json:"dims"`
	Type   string `json:"type"`
	// Made are the files; files are those of --out.
	Made   []string `json:"made"`
	Scaled float64  `json:"divided_by,omitempty"`
	ending
}

func (a *app) convertCommand() *cobra.Command {
	var f convertFlags
	cmd := verb("convert IN OUT", "Write an array in another format",
		`convert copies an array to another file. OUT's ending says which format:
  `+strings.ReplaceAll(format.Writable(), "), ", ")\n  ")+`
A .mat may have a variable's name behind it, OUT.mat#NAME (X else). Of an ENVI pair
either file may be named. Values and their type stay as stored, and with them what
OUT's format can say of names, bands, no data and map; what it cannot is warned of.

A cube is rows × columns × bands. A matrix becomes an ENVI library of bands × spectra,
or a cube with --shape. A list of entries (.tns, .mtx) stays one between these two, and
of other arrays gets what is not zero. Files larger than memory are no trouble. OUT has
its name when it is complete, and not before; Ctrl-C leaves nothing.

An OUT.png or OUT.ppm is a quick-look of a cube: a pixel for each, in three bands (those of the
eye where it has them), each stretched from its 2nd to its 98th percentile.`,
		`  polyad convert scene.hdr scene.npy
  polyad convert scene.mat#Y lines.bil --shape 100x100 --type float32
  polyad convert cube.npy bands.img --bands-first
  polyad convert spectra.csv library.sli
  polyad convert scene.hdr look.png
  polyad convert counts.tns counts.npy --zero-based
  polyad convert ChapterM_Minerals#ASDFR minerals.sli`,
		cobra.ExactArgs(2), func(ctx context.Context, args []string) error { return a.convert(ctx, args[0], args[1], f) })
	fl := cmd.Flags()
	fl.StringVar(&f.to, "to", "", "format of OUT: npy, envi, matlab, csv, tns or mtx (by its ending)")
	fl.StringVar(&f.typ, "type", "", "type of the elements in OUT, as float32 or uint16 (as in IN)")
	fl.BoolVar(&f.applyScale, "apply-scale", false, "divide by the reflectance scale factor that IN gives")
	fl.BoolVar(&f.bandsFirst, "bands-first", false, "IN is bands × rows × columns: write rows × columns × bands")
	fl.BoolVar(&f.transpose, "transpose", false, "write the transpose of a matrix")
	fl.StringVar(&f.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels: write a cube")
	fl.StringVar(&f.order, "order", "column", "order of a matrix's pixels: column (down each column first) or row")
	fl.StringVar(&f.interleave, "interleave", "", "of an ENVI cube: bsq, bil or bip (as OUT's ending says, as in IN, bsq)")
	fl.BoolVar(&f.bigEndian, "big-endian", false, "of an ENVI file: most significant byte first")
	zeroBased(cmd, &f.zeroBased)
	fl.BoolVar(&f.force, "force", false, "replace OUT if it exists")
	return cmd
}

func (a *app) convert(ctx context.Context, in, out string, f convertFlags) error {
	if f.order != "column" && f.order != "row" {
		return usagef("--order is %q; it is column or row", f.order)
	}
	if isPicture(out) {
		return a.look(ctx, in, out, f)
	}
	folder, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	file, err := format.Reading{ZeroBased: f.zeroBased}.Open(in)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.Stored() < 0 { // else it depends on OUT
		if err := file.Verify(); err != nil {
			return err
		}
	}
	for _, w := range file.Meta.Warnings {
		a.warn("%s: %s", file.Name, w)
	}
	spec := &format.Spec{
		Format: f.to, Dims: slices.Clone(file.Dims), Type: file.Type, Meta: file.Meta,
		Interleave: f.interleave, BigEndian: f.bigEndian, Overwrite: f.force,
	}
	if err := f.turn(spec, file); err != nil {
		return err
	}
	scale := 1.0
	if f.applyScale {
		if scale = file.Meta.ScaleFactor; scale == 0 {
			return usagef("--apply-scale: %s gives no reflectance scale factor; leave the flag out", file.Name)
		}
		spec.Meta.ScaleFactor = 0
		spec.Type = scaledType(file.Type)
	}
	if f.typ != "" {
		spec.Type = f.typ
	}
	if err := apart(file, out); err != nil {
		return err
	}
	o, err := create(out, spec)
	if err != nil {
		return err
	}
	defer o.Discard()
	if err := apart(file, o.Files...); err != nil {
		return err
	}
	if (f.interleave != "" || f.bigEndian) && o.Format != "envi" {
		return usagef("--interleave and --big-endian are for ENVI files; %s is %s", out, o.Format)
	}
	if file.Stored() >= 0 && o.TakesSparse() {
		err = a.copyEntries(ctx, o, file)
	} else if err = file.Verify(); err == nil {
		err = a.copySlabs(ctx, o, file, spec, scale)
	}
	if err != nil {
		return err
	}
	if err := a.complete(o); err != nil {
		return err
	}
	r := &convertResult{Verb: "convert", Input: in, Output: out, Format: o.Format, Dims: o.Dims, Type: o.Type, Made: o.Files}
	if scale != 1 {
		r.Scaled = scale
	}
	return a.finish(r, folder, func() error { return nil }, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %s, %s %s\n", strings.Join(o.Files, " and "), o.Format, format.Sizes(o.Dims), o.Type)
		return err
	})
}

// create begins the output of a verb.
func create(out string, spec *format.Spec) (*format.Output, error) {
	o, err := format.Create(out, spec)
	switch {
	case errors.Is(err, format.ErrExists) && !spec.Overwrite:
		return nil, fmt.Errorf("%w; --force replaces it", err)
	case errors.Is(err, format.ErrUnknown):
		return nil, usageError{err}
	}
	return o, err
}

// complete ends it, and warns of what its format cannot say.
func (a *app) complete(o *format.Output) error {
	if err := o.Close(); err != nil {
		return err
	}
	if len(o.Lost) > 0 {
		a.warn("a file of format %s has no place for %s", o.Format, strings.Join(o.Lost, ", "))
	}
	return nil
}

// turn says in spec which way round the array is to be written.
func (f *convertFlags) turn(spec *format.Spec, file *format.Array) error {
	n := 0
	for _, on := range []bool{f.bandsFirst, f.transpose, f.shape != ""} {
		if on {
			n++
		}
	}
	m := &spec.Meta
	switch {
	case n > 1:
		return usagef("give one of --bands-first, --transpose and --shape")
	case f.order == "row" && f.shape == "":
		return usagef("--order row needs --shape ROWSxCOLS")
	case f.bandsFirst:
		if len(file.Dims) != 3 {
			return usagef("--bands-first is for cubes; %s is %s", file.Name, format.Sizes(file.Dims))
		}
		if m.BandMode > 0 || file.Format == "envi" {
			return usagef("--bands-first: %s says itself that its last size, %d, is that of the bands", file.Name, file.Dims[2])
		}
		spec.Turn = []int{1, 2, 0}
	case f.transpose:
		if len(file.Dims) != 2 {
			return usagef("--transpose is for matrices; %s is %s", file.Name, format.Sizes(file.Dims))
		}
		spec.Turn = []int{1, 0}
		m.Names, m.RowNames, m.Text = m.RowNames, m.Names, nil
		if m.BandMode >= 0 {
			m.BandMode = 1 - m.BandMode
		}
	case f.shape != "":
		rows, cols, err := parseShape(f.shape)
		if err != nil {
			return err
		}
		if len(file.Dims) != 2 || file.Dims[1] != rows*cols {
			return usagef("--shape %s is for a matrix of bands × %d pixels; %s is %s (--transpose turns a matrix)", f.shape, rows*cols, file.Name, format.Sizes(file.Dims))
		}
		if m.BandMode == 1 {
			return usagef("--shape: the bands of %s are its columns; write the transpose first (--transpose)", file.Name)
		}
		spec.Dims, spec.Turn = []int{file.Dims[0], cols, rows}, []int{2, 1, 0}
		if f.order == "row" {
			spec.Dims, spec.Turn = []int{file.Dims[0], rows, cols}, []int{1, 2, 0}
		}
		m.Names, m.RowNames, m.Text = m.RowNames, nil, nil
		if m.BandMode == 0 {
			m.BandMode = 2
		}
	}
	return nil
}

// scaledType holds quotients as finely as the numbers were given.
func scaledType(typ string) string {
	switch typ {
	case "bool", "int8", "uint8", "int16", "uint16", "float16", "float32":
		return "float32"
	}
	return "float64"
}

// apart refuses to write over what is being read.
func apart(in *format.Array, to ...string) error {
	from := []string{plain(in.Name)}
	if in.Format == "envi" {
		if header, data, err := envi.Find(from[0]); err == nil {
			from = []string{header, data}
		}
	}
	for _, f := range from {
		for _, t := range to {
			a, err1 := os.Stat(f)
			b, err2 := os.Stat(plain(t))
			if err1 == nil && err2 == nil && os.SameFile(a, b) {
				return usagef("%s would be written over while %s is being read; choose another name", t, in.Name)
			}
		}
	}
	return nil
}

// plain is a data file without its variable.
func plain(name string) string {
	if _, err := os.Stat(name); err == nil {
		return name
	}
	if at := strings.LastIndexByte(name, '#'); at > 0 {
		return name[:at]
	}
	return name
}

// Sizes of a slab in memory, in values: what a look at every band of a file costs is
// small beside 64 MB; files that are passed over for every slab are worth more.
var (
	slabValues  = 8 << 20
	slabOfPass  = 16 << 20
	passFormats = []string{"matlab", "npz"}
)

// copySlabs copies the array some entries of its first mode at a time.
func (a *app) copySlabs(ctx context.Context, o *format.Output, file *format.Array, spec *format.Spec, scale float64) error {
	row := 1
	for _, d := range file.Dims[1:] {
		row *= d
	}
	n := file.Dims[0]
	values := slabValues
	if slices.Contains(passFormats, file.Format) || o.Format == "matlab" || spec.Turn != nil {
		values = slabOfPass
	}
	rows := min(n, max(1, values/row))
	slab := make([]float64, rows*row)
	bar := a.progress()
	defer bar.done()
	for lo := 0; lo < n; lo += rows {
		hi := min(lo+rows, n)
		part := slab[:(hi-lo)*row]
		if err := file.ReadSlab(ctx, part, lo, hi); err != nil {
			return a.ended(err)
		}
		if scale != 1 {
			divide(part, scale, file.Meta.Ignore)
		}
		if err := o.WriteSlab(ctx, part, lo, hi); err != nil {
			return a.ended(err)
		}
		bar.share("convert", hi, n)
	}
	return nil
}

// copyEntries copies what a list of entries lists.
func (a *app) copyEntries(ctx context.Context, o *format.Output, file *format.Array) error {
	known := len(file.Meta.Warnings)
	x, err := file.Sparse()
	if err != nil {
		return err
	}
	for _, w := range file.Meta.Warnings[known:] {
		a.warn("%s: %s", file.Name, w)
	}
	return a.ended(o.WriteSparse(ctx, x))
}

// zeroBased is the flag of the verbs that read lists of entries.
func zeroBased(cmd *cobra.Command, to *bool) {
	cmd.Flags().BoolVar(to, "zero-based", false, "the indices in a .tns count from 0, though none of them is 0")
}

// ended says so when it was the user who ended it.
func (a *app) ended(err error) error {
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted; nothing is written")
	}
	return err
}

// divide divides what is no mark for no data.
func divide(values []float64, scale float64, ignore *float64) {
	for i, v := range values {
		if ignore != nil && math.Abs(v-*ignore) <= 1e-6*math.Abs(*ignore) {
			continue
		}
		values[i] = v / scale
	}
}
