package unmix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/tensor"
)

// Tile is the answer for rows Lo ≤ i < Hi of an image. Pixels are one after the other along
// the rows.
type Tile struct {
	Lo, Hi     int
	Abundances *mat.Dense // pixels × R
	Residual   []float64  // per pixel: root mean square over the bands of y − E·a
	Error      float64    // Σ (y − E·a)² of the tile
	Norm       float64    // Σ y²
}

// Abundances solves for the abundances of the columns of spectra, bands × R, in one pass
// over the image, as p asks for them (SumToOne, PerPixel), and hands them to write
// tile by tile, in order, from row `from` on, where a tile has to begin. The tile is only
// valid during the call. Equal tiles have equal bits, whatever was done before. Pixels without
// data are NaN, and in no sum.
//
// Cost: the pass, and 2·R·bands flops a pixel for the products. An error of write, of
// reading or of ctx ends it.
func Abundances(ctx context.Context, img Rows, spectra *mat.Dense, p *Problem, from int, opts *StreamOptions, write func(*Tile) error) error {
	t, err := newTiles(img, opts)
	if err != nil {
		return err
	}
	bands, rank := spectra.Dims()
	if _, _, b := img.Dims(); b != bands {
		return fmt.Errorf("%w: spectra of %d bands for an image of %d", ErrShape, bands, b)
	}
	if from < 0 || from%t.per != 0 {
		return fmt.Errorf("%w: no tile of %d rows begins at row %d", ErrOptions, t.per, from)
	}
	if err := p.checkPerPixel(); err != nil {
		return err
	}
	method := p.abundance()
	g := mat.NewSymDense(rank, nil)
	tensor.Gram(g, spectra)
	rows := mat.DenseCopyOf(spectra.T())
	factors := []*mat.Dense{nil, spectra}
	return t.each(ctx, from, func(lo, hi int, data []float64) error {
		pixels := (hi - lo) * t.cols
		blank, err := clearBlank(data, bands, t.cols, lo)
		if err != nil {
			return err
		}
		m, a := mat.NewDense(pixels, rank, nil), mat.NewDense(pixels, rank, nil)
		tensor.NewDense([]int{pixels, bands}, data).MTTKRP(m, factors, 0)
		if err := method.Begin(pixels, rank).Update(a, m, g); err != nil {
			return fmt.Errorf("unmix: abundances of rows %d to %d: %w", lo, hi-1, err)
		}
		x := &Tile{Lo: lo, Hi: hi, Abundances: a, Residual: make([]float64, pixels)}
		x.measure(data, rows)
		for _, q := range blank {
			for r := range rank {
				a.Set(q, r, math.NaN())
			}
			x.Residual[q] = math.NaN()
		}
		return write(x)
	})
}

// abundance is how abundances are solved for; nil asks for nonnegative ones.
func (p *Problem) abundance() cpd.Method {
	switch {
	case p == nil:
	case p.PerPixel > 0:
		return cpd.KSparse{K: p.PerPixel}
	case p.SumToOne:
		return cpd.FCLS{}
	}
	return cpd.NNLS{}
}

func (p *Problem) checkPerPixel() error {
	switch {
	case p == nil || p.PerPixel == 0:
		return nil
	case p.PerPixel < 0:
		return fmt.Errorf("%w: at most %d spectra in a pixel; give 1 or more, or 0 for no bound", ErrOptions, p.PerPixel)
	case p.SumToOne:
		return fmt.Errorf("%w: at most %d spectra in a pixel and abundances that sum to one are not offered together; leave out PerPixel or SumToOne", ErrOptions, p.PerPixel)
	}
	return nil
}

// measure fills in what the model leaves of the tile; data become that.
func (x *Tile) measure(data []float64, spectra *mat.Dense) {
	rank, bands := spectra.Dims()
	norm := make([]float64, len(x.Residual))
	par.For(len(norm), 1<<10, func(_, lo, hi int) {
		for q := lo; q < hi; q++ {
			y := data[q*bands:][:bands]
			norm[q] = floats.Dot(y, y)
			for c := range rank {
				floats.AddScaled(y, -x.Abundances.At(q, c), spectra.RawRowView(c))
			}
			x.Residual[q] = floats.Dot(y, y)
		}
	})
	for q, rr := range x.Residual {
		x.Norm += norm[q]
		x.Error += rr
		x.Residual[q] = math.Sqrt(rr / float64(bands))
	}
}
