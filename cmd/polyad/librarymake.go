package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	stdmaps "maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
)

// makeFlags are the flags of library.
type makeFlags struct {
	image              imageFlags
	out, labels, names string
	regions            []string
	all, force         bool
}

// makeResult is what library prints as JSON.
type makeResult struct {
	Verb   string       `json:"verb"`
	Input  string       `json:"input"`
	Output string       `json:"output"`
	Bands  int          `json:"bands"`
	Groups []pixelGroup `json:"groups"`
	Made   []string     `json:"made"` // files are those of a folder
	ending
}

// pixelGroup is a region or a label.
type pixelGroup struct {
	Name    string `json:"name"`
	Pixels  int    `json:"pixels"`  // with data
	Spectra int    `json:"spectra"` // of the library
	columns []int  // of the image's matrix
}

func (a *app) makeLibraryCommand() *cobra.Command {
	var f makeFlags
	cmd := verb("library IMAGE --out LIBRARY --labels FILE | --region R0:R1,C0:C1=NAME …", "Make a spectral library from pixels of an image",
		`library writes the mean spectrum of regions or of labelled pixels of an image, or
with --all every one of their spectra, as an ENVI spectral library (.hdr and .sli) or
what else LIBRARY's ending says. Wavelengths and widths stay with them; bands
marked as bad and pixels without data are left out.

--labels is a picture of whole numbers, a number for each pixel: 0 is none. Names of
labels come from --names (FILE[#VARIABLE], the first for label 1), else from the class
names of an ENVI classification, else they are numbered. A region is rows R0 to R1−1 and
columns C0 to C1−1, counted from 0; R,C=NAME is a pixel, and regions of one name are one.`,
		`  polyad library scene.hdr --labels truth.hdr --out classes.sli
  polyad library scene.hdr --region 10:20,5:9=soil --region 44,17=roof --all --out picked.hdr`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.makeLibrary(ctx, args[0], f) })
	fl := cmd.Flags()
	fl.StringVar(&f.out, "out", "", "the library to write: .hdr or .sli (ENVI), .csv, .npy, .mat#NAME")
	fl.StringVar(&f.labels, "labels", "", "FILE[#VARIABLE] with a label for each pixel, rows × columns")
	fl.StringVar(&f.names, "names", "", "FILE[#VARIABLE] with the names of labels 1, 2, …")
	fl.StringArrayVar(&f.regions, "region", nil, "R0:R1,C0:C1=NAME, rows and columns from 0, ends not included; repeat for several")
	fl.BoolVar(&f.all, "all", false, "every spectrum, not means")
	fl.BoolVar(&f.force, "force", false, "replace LIBRARY if it exists")
	fl.StringVar(&f.image.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels")
	fl.StringVar(&f.image.order, "order", "column", "order of a matrix's pixels: column (down each column first) or row")
	fl.Float64Var(&f.image.scale, "scale", 1, "divide the data by this")
	fl.StringVar(&f.image.drop, "drop", "", "leave out bands LO-HI,… (nm when wavelengths are known, else band numbers from 0)")
	return cmd
}

func (a *app) makeLibrary(ctx context.Context, name string, f makeFlags) error {
	switch {
	case f.out == "":
		return usagef("--out is missing; give the library to write, as --out classes.sli")
	case (f.labels == "") == (f.regions == nil):
		return usagef("give --labels FILE, or --region R0:R1,C0:C1=NAME once or several times")
	case f.names != "" && f.labels == "":
		return usagef("--names are those of --labels; regions have theirs behind the =")
	case !(f.image.scale > 0) || math.IsInf(f.image.scale, 0):
		return usagef("--scale is %g; it is a positive number", f.image.scale)
	case f.image.order != "column" && f.image.order != "row":
		return usagef("--order is %q; it is column or row", f.image.order)
	}
	file, err := format.Open(name)
	if err != nil {
		return err
	}
	meta := file.Meta
	if err := errors.Join(file.Close(), apart(file, f.out)); err != nil {
		return err
	}
	s, err := a.readImage(name, f.image, func(int) bool { return true })
	if err != nil {
		return err
	}
	if !s.shown {
		return usagef("%s is a matrix; say how its pixels lie with --shape ROWSxCOLS", name)
	}
	groups, err := a.groups(s, f)
	if err != nil {
		return err
	}
	for i, g := range groups {
		if groups[i].Pixels = len(g.columns); g.columns == nil {
			return fmt.Errorf("%s has no pixel with data", g.Name)
		}
	}
	spectra, names := s.spectraOf(groups, f.all)
	bands, n := spectra.Dims()
	o, err := create(f.out, &format.Spec{Dims: []int{bands, n}, Meta: s.metaOfLibrary(meta, names, f.image.scale), Overwrite: f.force})
	if err != nil {
		return err
	}
	defer o.Discard()
	if err := o.WriteSlab(ctx, spectra.RawMatrix().Data, 0, bands); err != nil {
		return a.ended(err)
	}
	if err := a.complete(o); err != nil {
		return err
	}
	r := &makeResult{Verb: "library", Input: name, Output: f.out, Bands: bands, Groups: groups, Made: o.Files}
	return a.finish(r, nil, nil, func(w io.Writer) error {
		for _, g := range groups {
			fmt.Fprintf(w, "%s: %s, %s\n", g.Name, count(g.Pixels, "pixel"), map[bool]string{true: "all of them", false: "their mean"}[f.all])
		}
		_, err := fmt.Fprintf(w, "%s: %d spectra of %s\n", strings.Join(o.Files, " and "), n, count(bands, "band"))
		return err
	})
}

// groups are the pixels of regions or labels.
func (a *app) groups(s *scene, f makeFlags) ([]pixelGroup, error) {
	if f.labels != "" {
		return a.labelled(s, f)
	}
	of := make([]int, s.Rows*s.Cols) // column of the matrix, −1 for none
	for p := range of {
		of[p] = -1
	}
	_, n := s.Y.Dims()
	for j := range n {
		of[s.Pixel(j)] = j
	}
	var groups []pixelGroup
	var taken []map[int]bool // the columns of each group
	for _, text := range f.regions {
		r, err := parseRegion(text)
		if err != nil {
			return nil, err
		}
		if r.r1 > s.Rows || r.c1 > s.Cols {
			return nil, usagef("--region %s: the image has rows 0 to %d and columns 0 to %d", text, s.Rows-1, s.Cols-1)
		}
		at := slices.IndexFunc(groups, func(g pixelGroup) bool { return g.Name == r.name })
		if at < 0 {
			at, groups, taken = len(groups), append(groups, pixelGroup{Name: r.name}), append(taken, map[int]bool{})
		}
		g := &groups[at]
		for c := r.c0; c < r.c1; c++ {
			for row := r.r0; row < r.r1; row++ {
				if j := of[c*s.Rows+row]; j >= 0 && !taken[at][j] {
					g.columns, taken[at][j] = append(g.columns, j), true
				}
			}
		}
	}
	return groups, nil
}

// region is R0:R1,C0:C1=NAME.
type region struct {
	r0, r1, c0, c1 int
	name           string
}

var regionText = regexp.MustCompile(`^(\d+)(?::(\d+))?,(\d+)(?::(\d+))?=(.*\S.*)$`)

func parseRegion(text string) (region, error) {
	m := regionText.FindStringSubmatch(text)
	if m == nil {
		return region{}, usagef("--region %q: give R0:R1,C0:C1=NAME, as 10:20,5:9=soil, or R,C=NAME", text)
	}
	r := region{name: strings.TrimSpace(m[5])}
	for _, x := range []struct {
		from, to   string
		first, end *int
	}{{m[1], m[2], &r.r0, &r.r1}, {m[3], m[4], &r.c0, &r.c1}} {
		var err1, err2 error
		*x.first, err1 = strconv.Atoi(x.from)
		*x.end = *x.first + 1
		if x.to != "" {
			*x.end, err2 = strconv.Atoi(x.to)
		}
		if err1 != nil || err2 != nil || *x.end <= *x.first {
			return r, usagef("--region %s: %s:%s is empty; ends are not included", text, x.from, x.to)
		}
	}
	return r, nil
}

// labelled are the pixels of every label that occurs, in ascending order.
func (a *app) labelled(s *scene, f makeFlags) ([]pixelGroup, error) {
	file, err := format.Open(f.labels)
	if err != nil {
		return nil, fmt.Errorf("--labels: %w", err)
	}
	defer file.Close()
	x, err := file.Dense()
	if err != nil {
		return nil, fmt.Errorf("--labels: %w", err)
	}
	d := file.Dims
	flat := len(d) == 2 || len(d) == 3 && d[2] == 1
	if !flat || d[0] != s.Rows || d[1] != s.Cols {
		return nil, fmt.Errorf("--labels %s is %s; the image has %d rows × %d columns, and labels are one number for each", f.labels, format.Sizes(d), s.Rows, s.Cols)
	}
	names := classNames(file.Meta)
	if f.names != "" {
		if names, err = format.Strings(f.names); err != nil {
			return nil, fmt.Errorf("--names: %w", err)
		}
		names = append([]string{""}, names...)
	}
	columns := map[int][]int{}
	_, n := s.Y.Dims()
	for j := range n {
		p := s.Pixel(j)
		row, col := p%s.Rows, p/s.Rows
		v := x.Data()[row*s.Cols+col]
		if file.Meta.Ignore != nil && v == *file.Meta.Ignore || math.IsNaN(v) {
			continue
		}
		if v != math.Trunc(v) || v < 0 || v > math.MaxInt32 {
			return nil, fmt.Errorf("--labels %s holds %g in row %d, column %d; labels are whole numbers from 0, which is none", f.labels, v, row, col)
		}
		if v > 0 {
			columns[int(v)] = append(columns[int(v)], j)
		}
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("--labels %s has no label above 0 where the image has data", f.labels)
	}
	var groups []pixelGroup
	for _, label := range slices.Sorted(stdmaps.Keys(columns)) {
		name := fmt.Sprintf("label %d", label)
		if label < len(names) && strings.TrimSpace(names[label]) != "" {
			name = strings.TrimSpace(names[label])
		} else if f.names != "" {
			return nil, fmt.Errorf("--names %s has %d names, and %s holds label %d; the first is that of label 1", f.names, len(names)-1, f.labels, label)
		}
		groups = append(groups, pixelGroup{Name: name, columns: columns[label]})
	}
	return groups, nil
}

// classNames are those of an ENVI classification, the first that of label 0.
func classNames(m format.Meta) []string {
	for _, field := range m.Raw {
		if strings.EqualFold(strings.TrimSpace(field.Key), "class names") {
			return strings.Split(field.Value, ",")
		}
	}
	return nil
}

// spectraOf are the means of groups of pixels, or all of their spectra, with names.
func (s *scene) spectraOf(groups []pixelGroup, all bool) (*mat.Dense, []string) {
	bands, _ := s.Y.Dims()
	var list [][]float64
	var names []string
	for i := range groups {
		g := &groups[i]
		mean := make([]float64, bands)
		for _, j := range g.columns {
			v := mat.Col(nil, j, s.Y)
			if all {
				p := s.Pixel(j)
				list, names = append(list, v), append(names, fmt.Sprintf("%s row %d column %d", g.Name, p%s.Rows, p/s.Rows))
			}
			for b, x := range v {
				mean[b] += x / float64(len(g.columns))
			}
		}
		if g.Spectra = len(g.columns); !all {
			g.Spectra, list, names = 1, append(list, mean), append(names, g.Name)
		}
	}
	a := mat.NewDense(bands, len(list), nil)
	for j, v := range list {
		a.SetCol(j, v)
	}
	return a, names
}

// metaOfLibrary is what the image's file says of its bands, for those that are left.
func (s *scene) metaOfLibrary(m format.Meta, names []string, scale float64) format.Meta {
	lib := format.Meta{BandMode: -1, Names: names}
	if len(m.Wavelengths) == s.bands {
		lib.BandMode, lib.Wavelengths, lib.Units = 0, pickValues(m.Wavelengths, s.kept), m.Units
		if len(m.FWHM) == s.bands {
			lib.FWHM = pickValues(m.FWHM, s.kept)
		}
	}
	if scale == 1 {
		lib.ScaleFactor = m.ScaleFactor
	}
	return lib
}
