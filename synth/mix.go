package synth

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// MixOptions says how [Mix] draws. nil is the zero value.
type MixOptions struct {
	// Rows and Cols are the image's size in pixels. Default: 64 each.
	Rows, Cols int
	// Abundance says how the abundances are drawn. Default: Smooth{}.
	Abundance Abundance
	// Noise is the white noise on the image. Default: none.
	Noise Noise
	// Seed drives every random choice.
	Seed uint64
}

// A Mixture is an image whose spectra and abundances are known.
type Mixture struct {
	Y          *mat.Dense // bands × pixels, D(:, Index)·Abundances plus noise
	Rows, Cols int        // pixel j is at row j mod Rows, column j div Rows
	Index      []int      // chosen columns of D, one per component
	Abundances *mat.Dense // components × pixels, ≥ 0, columns of sum one
	SD         float64    // standard deviation of the noise
}

// Mix mixes the columns index of the library d, bands × atoms, over an image of
// Rows×Cols pixels with drawn abundances. d is only read. Work
// 2·bands·len(index)·pixels flops. Errors: [ErrShape], [ErrOptions],
// [ErrNotFinite].
func Mix(d mat.Matrix, index []int, opts *MixOptions) (*Mixture, error) {
	if opts == nil {
		opts = &MixOptions{}
	}
	rows, cols, err := opts.size()
	if err != nil {
		return nil, err
	}
	_, atoms := d.Dims()
	if len(index) == 0 {
		return nil, fmt.Errorf("%w: no atoms to mix", ErrShape)
	}
	if err := checkIndex(index, atoms); err != nil {
		return nil, err
	}
	chosen := columns(d, index)
	if err := checkFinite("chosen atom", chosen); err != nil {
		return nil, err
	}
	draw := opts.Abundance
	if draw == nil {
		draw = Smooth{}
	}
	a, err := draw.Draw(random(opts.Seed, streamAbundance), len(index), rows, cols)
	if err != nil {
		return nil, err
	}
	if r, c := a.Dims(); r != len(index) || c != rows*cols {
		return nil, fmt.Errorf("%w: abundances drawn are %d×%d, want %d×%d", ErrShape, r, c, len(index), rows*cols)
	}
	var y mat.Dense
	y.Mul(chosen, a)
	sd, err := addNoise(y.RawMatrix().Data, opts.Noise, random(opts.Seed, streamNoise))
	if err != nil {
		return nil, err
	}
	return &Mixture{Y: &y, Rows: rows, Cols: cols, Index: append([]int(nil), index...), Abundances: a, SD: sd}, nil
}

func (o *MixOptions) size() (rows, cols int, err error) {
	rows, cols = o.Rows, o.Cols
	if rows == 0 {
		rows = 64
	}
	if cols == 0 {
		cols = 64
	}
	if rows < 0 || cols < 0 || rows > math.MaxInt32/cols {
		return 0, 0, fmt.Errorf("%w: an image of %d×%d pixels", ErrShape, o.Rows, o.Cols)
	}
	return rows, cols, nil
}
