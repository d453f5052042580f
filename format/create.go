package format

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/polyad/polyad/format/internal/raw"
)

// ErrExists is wrapped when a file is there already.
var ErrExists = errors.New("format: the file exists")

// Spec says what array is to be written, and how.
type Spec struct {
	// Format is the name of one; "" goes by the ending of the file's name.
	Format string
	// Dims are the sizes of the array as its slabs have them.
	Dims []int
	// Turn, if not nil, makes mode Turn[k] of the slabs mode k of the array in the
	// file: 1, 2, 0 writes bands × rows × cols as rows × cols × bands.
	Turn []int
	// Type of the elements in the file, float32 say. Default: float64. Where the
	// format has none of this type, the smallest that holds its values is taken.
	Type string
	// Meta of the array in the file, after Turn.
	Meta Meta
	// Interleave and BigEndian are ENVI's. Default: as in Meta.Raw, or bsq.
	Interleave string
	BigEndian  bool
	// Overwrite allows to replace files.
	Overwrite bool
}

// Output is an array that is being written. Its files have temporary names until
// Close, so that their names hold what they held before or all of the array.
type Output struct {
	Format string
	Dims   []int    // of the array in the file
	Type   string   // of its elements
	Files  []string // that Close makes, the one to open first
	Lost   []string // what Meta says and the format has no place for

	spec     *Spec
	variable string
	sink     sink
	parts    []part
	finish   func() error // before the files get their names
	stale    []string     // removed before: a header that would not fit the data
	rows     atomic.Int64 // of the first mode, written
}

// sink is what takes the slabs.
type sink interface {
	WriteSlab(ctx context.Context, src []float64, lo, hi int) error
}

// part is a file under its temporary name.
type part struct {
	temporary string
	name      string
	file      *os.File
}

// Create begins the file called name, which is PATH or, for a MAT file, PATH#VARIABLE.
// Its slabs are written by [Output.WriteSlab], and it comes to be by [Output.Close].
func Create(name string, s *Spec) (*Output, error) {
	w, path, variable, err := writerOf(name, s.Format)
	if err != nil {
		return nil, err
	}
	o := &Output{Format: w.name, spec: s, variable: variable, Dims: slices.Clone(s.Dims)}
	n := 1
	for _, d := range s.Dims {
		switch {
		case d >= 1 && w.sparse: // all of it need not be anywhere
		case d < 1 || n > math.MaxInt/8/d:
			return nil, fmt.Errorf("%w: an array %s cannot be written", ErrEmpty, Sizes(s.Dims))
		default:
			n *= d
		}
	}
	if s.Turn != nil {
		if !permutation(s.Turn, len(s.Dims)) {
			return nil, fmt.Errorf("format: the modes %v are no order of those of an array %s", s.Turn, Sizes(s.Dims))
		}
		for k, m := range s.Turn {
			o.Dims[k] = s.Dims[m]
		}
	}
	if o.Type, err = elementType(s.Type, w.types); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := w.begin(o, path); err != nil {
		o.Discard()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// WriteSlab writes entries lo ≤ i < hi of the first mode of Spec.Dims, last index
// fastest; each is to be written once. Tables (.csv) want slabs in ascending order; the
// others take them in any order and from several goroutines.
//
// Cost: the bytes of the slab, in one piece where the first mode is the slowest in the
// file (.npy, ENVI bip and bil), else in as many as there are bands, or columns (.mat).
func (o *Output) WriteSlab(ctx context.Context, src []float64, lo, hi int) error {
	if err := raw.CheckSlab(o.spec.Dims, src, lo, hi); err != nil {
		return fmt.Errorf("format: %w", err)
	}
	if err := o.sink.WriteSlab(ctx, src, lo, hi); err != nil {
		if errors.Is(err, raw.ErrValue) {
			err = fmt.Errorf("%w; write float32 or float64", err)
		}
		return fmt.Errorf("%s: %w", o.Files[0], err)
	}
	o.rows.Add(int64(hi - lo))
	return nil
}

// Close gives the files their names. When slabs are missing, or on any other error,
// nothing is left behind.
func (o *Output) Close() error {
	defer o.Discard()
	if n := o.rows.Load(); n != int64(o.spec.Dims[0]) {
		return fmt.Errorf("format: %s: %d of %d slices have been written", o.Files[0], n, o.spec.Dims[0])
	}
	if o.finish != nil {
		if err := o.finish(); err != nil {
			return fmt.Errorf("%s: %w", o.Files[0], err)
		}
	}
	for _, p := range o.parts {
		// Some file systems keep the rename and lose the content of a file that
		// was not flushed before.
		if err := errors.Join(p.file.Sync(), p.file.Close()); err != nil {
			return fmt.Errorf("format: %w", err)
		}
	}
	for _, name := range o.stale {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("format: %w", err)
		}
	}
	for len(o.parts) > 0 {
		if err := os.Rename(o.parts[0].temporary, o.parts[0].name); err != nil {
			return fmt.Errorf("format: %w", err)
		}
		o.parts = o.parts[1:]
	}
	return nil
}

// Discard removes what has been written. After Close it does nothing.
func (o *Output) Discard() {
	for _, p := range o.parts {
		p.file.Close() // closing twice is harmless
		os.Remove(p.temporary)
	}
	o.parts = nil
}

// open begins a file that will be called name. They get their names in the order in
// which they were begun.
func (o *Output) open(name string) (*os.File, error) {
	if !o.spec.Overwrite {
		if _, err := os.Lstat(name); err == nil {
			return nil, fmt.Errorf("%w: %s", ErrExists, name)
		}
	}
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%w: %s is no regular file", ErrExists, name)
	}
	temporary, f, err := create(name)
	if err != nil {
		return nil, err
	}
	o.parts = append(o.parts, part{temporary, name, f})
	return f, nil
}

// place sends slabs to a file where elements lie one after the other from offset on:
// order nests the modes of the array in the file.
func (o *Output) place(l *raw.Layout, f *os.File) {
	if t := o.spec.Turn; t != nil {
		order := make([]int, len(l.Dims))
		for k := range order {
			if order[k] = t[k]; l.Order != nil {
				order[k] = t[l.Order[k]]
			}
		}
		l = &raw.Layout{Type: l.Type, Big: l.Big, Offset: l.Offset, Dims: o.spec.Dims, Order: order}
	}
	o.sink = placed{l, f}
}

type placed struct {
	layout *raw.Layout
	file   *os.File
}

func (p placed) WriteSlab(ctx context.Context, src []float64, lo, hi int) error {
	return p.layout.WriteSlab(ctx, p.file, src, lo, hi)
}

// writerOf is the writer for a name, which is taken apart if it names a variable.
func writerOf(name, format string) (w *writer, path, variable string, err error) {
	path, variable = split(name)
	for i, k := range writers {
		if k.name == format || format == "" && slices.Contains(k.suffixes, strings.ToLower(filepath.Ext(path))) {
			w = &writers[i]
			break
		}
	}
	switch {
	case w == nil && format != "":
		return nil, "", "", fmt.Errorf("%w: no format %q can be written; those that can are %s", ErrUnknown, format, Writable())
	case w == nil:
		return nil, "", "", fmt.Errorf("%w: %s has no ending that says what to write; those that can be written are %s", ErrUnknown, path, Writable())
	case variable != "" && !w.many:
		return nil, "", "", fmt.Errorf("%w: a file of format %s holds a single array; leave out #%s", ErrNotFound, w.name, variable)
	}
	return w, path, variable, nil
}

// Writable lists the formats that can be written with their endings.
func Writable() string {
	var list []string
	for _, k := range writers {
		list = append(list, k.name+" ("+strings.Join(k.suffixes, " ")+")")
	}
	return strings.Join(list, ", ")
}

// elementType is the type of that name among those of a format, or the smallest that
// holds all its values.
func elementType(name string, types []string) (string, error) {
	if name == "" {
		name = "float64"
	}
	if raw.Named(name) == raw.Invalid {
		return "", fmt.Errorf("%w: no element type %q; there are %s", ErrKind, name, strings.Join(types, ", "))
	}
	larger := map[string]string{"bool": "uint8", "int8": "int16", "float16": "float32", "float32": "float64"}
	for !slices.Contains(types, name) {
		if name = larger[name]; name == "" {
			name = "float64"
		}
	}
	return name, nil
}

func permutation(p []int, n int) bool {
	q := slices.Clone(p)
	slices.Sort(q)
	for k, v := range q {
		if k != v {
			return false
		}
	}
	return len(q) == n
}
