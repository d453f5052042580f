package format

import (
	"fmt"
	"slices"

	"github.com/polyad/polyad/format/internal/raw"
	"github.com/polyad/polyad/format/matlab"
	"github.com/polyad/polyad/format/npy"
)

// writer is a format that can be written.
type writer struct {
	name     string // as in formats
	suffixes []string
	many     bool     // holds variables with names
	types    []string // of elements
	sparse   bool     // lists entries
	// begin opens the files of o and sets its sink, names, and what it loses.
	begin func(o *Output, path string) error
}

// writers is the table of formats that can be written.
var writers = []writer{
	{"npy", []string{".npy"}, false, everyType, false, beginNPY},
	{"envi", append([]string{".hdr"}, enviData...), false, enviTypes, false, beginENVI},
	{"matlab", []string{".mat"}, true, everyType, false, beginMATLAB},
	{"csv", []string{".csv"}, false, []string{"float64"}, false, beginCSV},
	{"tns", []string{".tns"}, false, []string{"float64"}, true, beginTNS},
	{"mtx", []string{".mtx"}, false, []string{"float64"}, true, beginMTX},
}

var everyType = []string{"bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"}

func beginNPY(o *Output, path string) error {
	head, err := npy.Begin(o.Dims, o.Type)
	if err != nil {
		return err
	}
	return o.begin(path, head, 0, nil)
}

func beginMATLAB(o *Output, path string) error {
	if o.variable == "" {
		o.variable = "X"
	}
	head, size, err := matlab.Begin(o.variable, o.Dims, o.Type)
	if err != nil {
		return err
	}
	return o.begin(path, head, size, raw.Fortran(len(o.Dims)))
}

// begin opens a file that is a beginning and elements in the given order. size is that
// of the file when it is not theirs.
func (o *Output) begin(path string, head []byte, size int64, order []int) error {
	f, err := o.open(path)
	if err != nil {
		return err
	}
	o.Files = []string{path}
	o.lose(nil)
	l := &raw.Layout{Type: raw.Named(o.Type), Offset: int64(len(head)), Dims: o.Dims, Order: order}
	o.place(l, f)
	if _, err := f.Write(head); err != nil {
		return err
	}
	if size > 0 {
		return f.Truncate(size)
	}
	return nil
}

// lose lists what the metadata say, but for what is kept.
func (o *Output) lose(kept []string) {
	m := &o.spec.Meta
	for _, c := range []struct {
		what string
		have bool
	}{
		{"names", m.Names != nil || m.RowNames != nil},
		{"wavelengths", m.Wavelengths != nil},
		{"widths of the bands", m.FWHM != nil},
		{"marks of bad bands", slices.Contains(m.BadBands, true)},
		{"the value for no data", m.Ignore != nil},
		{fmt.Sprintf("the reflectance scale factor of %g", m.ScaleFactor), m.ScaleFactor != 0 && m.ScaleFactor != 1},
		{"map info", m.MapInfo != ""},
		{"the coordinate system", m.CoordinateSys != ""},
	} {
		if c.have && !slices.Contains(kept, c.what) {
			o.Lost = append(o.Lost, c.what)
		}
	}
}
