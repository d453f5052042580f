package main

import (
	"context"
	"sync"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

// cubeRows is a cube in a file as package unmix reads it: the bands that are used, divided
// by the scale.
type cubeRows struct {
	file  *format.Array
	kept  []int // numbers of the bands that are used
	scale float64
	room  sync.Pool // of *[]float64
}

// Dims implements unmix.Rows.
func (c *cubeRows) Dims() (rows, cols, bands int) {
	return c.file.Dims[0], c.file.Dims[1], len(c.kept)
}

// ReadRows implements unmix.Rows.
func (c *cubeRows) ReadRows(ctx context.Context, dst []float64, lo, hi int) error {
	cols, bands := c.file.Dims[1], c.file.Dims[2]
	data := dst
	if len(c.kept) < bands {
		p, _ := c.room.Get().(*[]float64)
		if n := (hi - lo) * cols * bands; p == nil || len(*p) < n {
			v := make([]float64, n)
			p = &v
		}
		defer c.room.Put(p)
		data = (*p)[:(hi-lo)*cols*bands]
	}
	if err := c.file.ReadSlab(ctx, data, lo, hi); err != nil {
		return err
	}
	if len(c.kept) < bands {
		for q := range (hi - lo) * cols {
			from, to := data[q*bands:][:bands], dst[q*len(c.kept):][:len(c.kept)]
			for k, b := range c.kept {
				to[k] = from[b]
			}
		}
	}
	for q := range (hi - lo) * cols {
		unmix.BlankPixel(dst[q*len(c.kept):][:len(c.kept)], c.file.Meta.Ignore)
	}
	if c.scale != 1 {
		by := 1 / c.scale
		for i := range dst {
			dst[i] *= by
		}
	}
	return nil
}

// openCube is readImage for a cube that stays in its file; s has no pixels.
func (a *app) openCube(name string, f imageFlags) (*scene, *cubeRows, error) {
	file, err := format.Open(name) // open for as long as the process lives
	if err != nil {
		return nil, nil, err
	}
	if len(file.Dims) != 3 {
		return nil, nil, usagef("reading in parts (--memory, --engine) is for cubes, rows × columns × bands; %s is %s", file.Name, format.Sizes(file.Dims))
	}
	if file.Format != "npy" && file.Format != "envi" {
		return nil, nil, usagef("--memory and --engine read cubes in .npy and ENVI files in parts; %s is %s: save it as one of those, or leave them out", file.Name, file.Format)
	}
	if f.shape != "" || f.order == "row" {
		return nil, nil, usagef("--shape and --order are for matrices; %s is a cube of %s", file.Name, format.Sizes(file.Dims))
	}
	s := &scene{bands: file.Dims[2], shown: true, source: file}
	s.Rows, s.Cols = file.Dims[0], file.Dims[1]
	if file.Meta.BandMode >= 0 && len(file.Meta.Wavelengths) == s.bands {
		s.file = a.nanometres(file)
	}
	if err := a.dropBands(s, file, f.drop); err != nil {
		return nil, nil, err
	}
	a.tellScale(file, f.scale)
	return s, &cubeRows{file: file, kept: s.kept, scale: f.scale}, nil
}

// tellScale warns of a scale that the file gives and nobody applies.
func (a *app) tellScale(file *format.Array, scale float64) {
	if k := file.Meta.ScaleFactor; scale == 1 && k != 0 && k != 1 {
		a.warn("%s gives a reflectance scale factor of %g; values are used as stored: give --scale %g for reflectances", file.Name, k, k)
	}
}
