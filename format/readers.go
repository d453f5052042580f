package format

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/polyad/polyad/format/envi"
	"github.com/polyad/polyad/format/npy"
)

type npyReader struct{}

func (npyReader) open(f *file, _ string) (*Array, error) {
	x, err := npy.NewArray(f, f.size)
	if err != nil {
		return nil, err
	}
	return &Array{Dims: x.Dims, Type: x.Header.Type, Meta: Meta{BandMode: -1}, source: x}, nil
}

func (npyReader) list(f *file) ([]VariableInfo, error) {
	h, err := npy.ReadHeader(io.NewSectionReader(f, 0, f.size))
	if err != nil {
		return nil, err
	}
	return []VariableInfo{{Dims: h.Dims, Type: h.Type, Numeric: h.Numeric()}}, nil
}

func (npyReader) text(f *file, _ string) ([]string, error) {
	return npy.ReadStrings(io.NewSectionReader(f, 0, f.size))
}

type npzReader struct{}

func (npzReader) open(f *file, variable string) (*Array, error) {
	z, err := npy.NewArchive(f, f.size)
	if err != nil {
		return nil, err
	}
	x, err := z.Array(variable)
	if err != nil {
		return nil, err
	}
	return &Array{Dims: x.Dims, Type: x.Header.Type, Meta: Meta{BandMode: -1}, source: x}, nil
}

func (npzReader) list(f *file) ([]VariableInfo, error) {
	z, err := npy.NewArchive(f, f.size)
	if err != nil {
		return nil, err
	}
	var list []VariableInfo
	for _, e := range z.Entries {
		v := VariableInfo{Name: e.Name, Type: "damaged", Err: e.Err}
		if e.Err == nil {
			v.Dims, v.Type, v.Numeric = e.Header.Dims, e.Header.Type, e.Header.Numeric()
		}
		list = append(list, v)
	}
	return list, nil
}

func (npzReader) text(f *file, variable string) ([]string, error) {
	z, err := npy.NewArchive(f, f.size)
	if err != nil {
		return nil, err
	}
	return z.Strings(variable)
}

type enviReader struct{}

func (enviReader) open(f *file, _ string) (*Array, error) {
	x, err := envi.Open(f.path)
	if err != nil {
		return nil, err
	}
	h := x.Header
	m := Meta{
		BandMode: -1, Wavelengths: h.Wavelengths, FWHM: h.FWHM, Units: h.Units, BadBands: h.BadBands,
		Ignore: h.Ignore, ScaleFactor: h.ScaleFactor, MapInfo: h.MapInfo, CoordinateSys: h.CoordinateSys, Warnings: slices.Clone(h.Warnings),
	}
	if m.Wavelengths == nil && !h.Library {
		if w, unit := fromNames(h.BandNames); w != nil {
			m.Wavelengths = w
			if unit != "" {
				m.Units = unit
			}
			m.Warnings = append(m.Warnings, "header: no wavelength: taken from the band names")
		}
	}
	if m.Wavelengths != nil || h.FWHM != nil || h.BadBands != nil {
		m.BandMode = 2
		if h.Library {
			m.BandMode = 0
		}
	}
	m.Names = h.BandNames
	if h.Library {
		m.Names = h.SpectraNames
	}
	for _, field := range h.Fields {
		m.Raw = append(m.Raw, KeyValue{field.Key, field.Value, field.List})
	}
	return &Array{Dims: x.Dims, Type: h.Type, Meta: m, source: x, close: func() error { return errors.Join(x.Close(), f.Close()) }}, nil
}

func (enviReader) list(f *file) ([]VariableInfo, error) {
	x, err := envi.Open(f.path)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	return []VariableInfo{{Dims: slices.Clone(x.Dims), Type: x.Header.Type, Numeric: true}}, nil
}

func (r enviReader) text(f *file, _ string) ([]string, error) {
	a, err := r.open(f, "")
	if err != nil {
		return nil, err
	}
	defer a.Close()
	if a.Meta.Names == nil {
		return nil, fmt.Errorf("%w: the header has no spectra names or band names", ErrKind)
	}
	return a.Meta.Names, nil
}
