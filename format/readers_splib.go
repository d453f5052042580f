package format

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/polyad/polyad/format/splib"
)

// openFolder opens a folder of spectra.
func openFolder(path string) (*file, error) {
	f := &file{path: path, format: "splib", reader: splibReader{}}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	root := filepath.Dir(filepath.Dir(full)) // wavelengths may lie up to two folders above
	below, err := filepath.Rel(root, full)
	if err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	if f.spectra, err = splib.Read(os.DirFS(root), filepath.ToSlash(below)); err != nil {
		return nil, fmt.Errorf("%w: %s is a folder; name a file in it (%w)", ErrUnknown, path, err)
	}
	f.many = len(f.spectra.Grids) > 1
	if f.File, err = os.Open(path); err != nil {
		return nil, fmt.Errorf("format: %w", err)
	}
	return f, nil
}

type splibReader struct{}

func (splibReader) open(f *file, variable string) (*Array, error) {
	g, err := grid(f, variable)
	if err != nil {
		return nil, err
	}
	m := Meta{BandMode: -1, Names: g.Spectra, Units: g.Units, Warnings: slices.Clone(f.spectra.Warnings)}
	if g.Wavelengths != nil {
		m.BandMode, m.Wavelengths = 0, g.Wavelengths
	}
	if g.Percent {
		m.ScaleFactor = 100
	}
	n := len(g.Values)
	data := make([]float64, g.Bands*n)
	for j, spectrum := range g.Values {
		for b, v := range spectrum {
			data[b*n+j] = v
			if v < 0.99*deleted && m.Ignore == nil {
				ignore := deleted
				m.Ignore = &ignore
			}
		}
	}
	dims := []int{g.Bands, n}
	return &Array{Dims: dims, Type: "float64", Meta: m, source: &whole{dims, data}}, nil
}

// deleted is what the USGS writes where there is no value.
const deleted = -1.23e34

func (splibReader) list(f *file) ([]VariableInfo, error) {
	var list []VariableInfo
	for _, g := range f.spectra.Grids {
		name := g.Name
		if !f.many {
			name = ""
		}
		list = append(list, VariableInfo{Name: name, Dims: []int{g.Bands, len(g.Values)}, Type: "float64", Numeric: true})
	}
	return list, nil
}

func (splibReader) text(f *file, variable string) ([]string, error) {
	g, err := grid(f, variable)
	if err != nil {
		return nil, err
	}
	return g.Spectra, nil
}

// grid is the library of that name, or the only one.
func grid(f *file, name string) (*splib.Grid, error) {
	if !f.many {
		return f.spectra.Grids[0], nil
	}
	for _, g := range f.spectra.Grids {
		if g.Name == name {
			return g, nil
		}
	}
	return nil, fmt.Errorf("%w: no spectra of a grid %s", ErrNotFound, name)
}
