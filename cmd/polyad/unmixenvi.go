package main

import (
	"context"
	"math"
	"path/filepath"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

// enviLayers are the bands of abundances.img: the chosen spectra, the sums of those of a
// library, the residual.
type enviLayers struct {
	names []string
	sums  []librarySum
	rank  int
}

func layersOf(p *unmix.Problem, atoms []unmix.Atom) *enviLayers {
	l := &enviLayers{rank: len(atoms), sums: sumsOf(p, atoms)}
	for _, at := range atoms {
		l.names = append(l.names, at.Name)
	}
	for _, s := range l.sums {
		l.names = append(l.names, "sum of "+s.name)
	}
	l.names = append(l.names, "residual")
	return l
}

// complete sets the sums of a pixel whose abundances are set already.
func (l *enviLayers) complete(cell []float64) {
	for k, s := range l.sums {
		v := 0.0
		for _, c := range s.components {
			v += cell[c]
		}
		cell[l.rank+k] = v
	}
}

// noAbundance stands for no data where the image's own value could be an abundance.
const noAbundance = -9999

// placedKeys are the keys of a header that say where pixels lie, beside map info.
var placedKeys = []string{"x start", "y start", "geo points", "projection info", "pixel size", "rotation", "rpc info"}

// abundanceMeta is what the header of an image says that holds for its abundances, too.
func abundanceMeta(m *format.Meta, names []string) format.Meta {
	of := format.Meta{Names: names, BandMode: -1, MapInfo: m.MapInfo, CoordinateSys: m.CoordinateSys}
	if v := m.Ignore; v != nil {
		kept := *v
		if kept >= 0 && kept <= 1 {
			kept = noAbundance
		}
		of.Ignore = &kept
	}
	for _, field := range m.Raw {
		if slices.Contains(placedKeys, field.Key) {
			of.Raw = append(of.Raw, field)
		}
	}
	return of
}

// envi adds an ENVI pair, NAME.hdr and the data beside it, which fill writes.
func (f *folder) envi(name, data string, spec *format.Spec, fill func(o *format.Output) error) error {
	if err := f.claim(name+".hdr", data); err != nil {
		return err
	}
	spec.Format, spec.Overwrite = "envi", true
	o, err := format.Create(filepath.Join(f.dir, name+".hdr"), spec)
	if err != nil {
		return err
	}
	defer o.Discard()
	if err := fill(o); err != nil {
		return err
	}
	if err := o.Close(); err != nil {
		return err
	}
	f.files = append(f.files, name+".hdr", data)
	return nil
}

// writeAbundances writes abundances.img with its header for an ENVI image: rows fills
// the cells of rows lo ≤ i < hi, band after band of a pixel, but for the sums.
func (f *folder) writeAbundances(s *scene, l *enviLayers, rows, step int, fill func(cells []float64, lo, hi int) error) error {
	bands, cols := len(l.names), s.Cols
	meta := abundanceMeta(&s.source.Meta, l.names)
	spec := &format.Spec{Dims: []int{rows, cols, bands}, Type: "float32", Meta: meta, Interleave: "bsq"}
	return f.envi("abundances", "abundances.img", spec, func(o *format.Output) error {
		cells := make([]float64, min(step, rows)*cols*bands)
		for lo := 0; lo < rows; lo += step {
			hi := min(lo+step, rows)
			part := cells[:(hi-lo)*cols*bands]
			if err := fill(part, lo, hi); err != nil {
				return err
			}
			for at := 0; at < len(part); at += bands {
				cell := part[at:][:bands]
				l.complete(cell)
				if v := meta.Ignore; v != nil && math.IsNaN(cell[0]) {
					for b := range cell {
						cell[b] = *v
					}
				}
			}
			if err := o.WriteSlab(context.Background(), part, lo, hi); err != nil {
				return err
			}
		}
		return nil
	})
}

// enviRows is how many rows of an image in memory are written at a time.
const enviRows = 64

// envi writes what an analyst takes on to a GIS: the abundances on the grid of the image.
func (a *app) envi(out *folder, s *scene, p *unmix.Problem, r *unmix.Result) error {
	if s.source == nil || s.source.Format != "envi" || !s.shown {
		return nil
	}
	l := layersOf(p, r.Atoms)
	layers := make([][]float64, 0, l.rank+1)
	for c := range r.Atoms {
		layers = append(layers, rowMajor(r.Abundances.RawRowView(c), s))
	}
	layers = append(layers, rowMajor(r.Residual, s))
	return out.writeAbundances(s, l, s.Rows, enviRows, func(cells []float64, lo, hi int) error {
		bands := len(l.names)
		for q := range (hi - lo) * s.Cols {
			cell := cells[q*bands:][:bands]
			for c := range l.rank {
				cell[c] = layers[c][lo*s.Cols+q]
			}
			cell[bands-1] = layers[l.rank][lo*s.Cols+q]
		}
		return nil
	})
}

// spectralLibrary writes the chosen spectra as spectra.sli for an ENVI image, with what
// it says of the bands that are used.
func (f *folder) spectralLibrary(s *scene, r *unmix.Result) error {
	if s.source == nil || s.source.Format != "envi" {
		return nil
	}
	bands, rank := r.Spectra.Dims()
	meta := format.Meta{BandMode: -1}
	for _, at := range r.Atoms {
		meta.Names = append(meta.Names, at.Name)
	}
	if m := s.source.Meta; m.BandMode >= 0 && len(m.Wavelengths) == s.bands {
		meta.BandMode, meta.Units, meta.Wavelengths = 0, m.Units, pickValues(m.Wavelengths, s.kept)
		if len(m.FWHM) == s.bands {
			meta.FWHM = pickValues(m.FWHM, s.kept)
		}
	}
	spec := &format.Spec{Dims: []int{bands, rank}, Type: "float64", Meta: meta}
	return f.envi("spectra", "spectra.sli", spec, func(o *format.Output) error {
		return o.WriteSlab(context.Background(), mat.DenseCopyOf(r.Spectra).RawMatrix().Data, 0, bands)
	})
}

// envi writes the abundances of all rows, a tile at a time, from the files of the run.
func (t *tileFiles) envi(out *folder, s *scene, p *unmix.Problem) error {
	if s.source.Format != "envi" {
		return nil
	}
	l := layersOf(p, t.Atoms)
	bands := len(l.names)
	return out.writeAbundances(s, l, t.Rows, t.Tile, func(cells []float64, lo, hi int) error {
		return t.runs(lo, hi, func(c, j int, column []float64) {
			if c < 0 {
				c = bands - 1
			}
			for i, v := range column {
				cells[(i*t.Cols+j)*bands+c] = v
			}
		})
	})
}
