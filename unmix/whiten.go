package unmix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/matrix"
)

// whitened is the image and the problem with every band, of pixels and of libraries, divided by
// the standard deviation of its noise ([matrix.EstimateNoise]), and what the bands were
// multiplied by. Mixtures remain mixtures with the same amounts, so that a choice for the one
// is a choice for the other. Without Whiten they are what they were, and scale is nil.
func (p *Problem) whitened(ctx context.Context, img *Image) (*Image, *Problem, []float64, error) {
	if !p.Whiten {
		return img, p, nil, nil
	}
	noise, err := matrix.EstimateNoise(ctx, img.Y)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("unmix: whitening: %w", err)
	}
	w, err := noise.Whitener(matrix.RowNoise)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("unmix: whitening: %w", err)
	}
	scale := w.Scale()
	for b, s := range scale {
		if s == 0 {
			return nil, nil, nil, fmt.Errorf("%w: whitening: band %d of the image is zero in every pixel; drop it", ErrData, b)
		}
	}
	i, q := *img, *p
	i.Y = scaledRows(img.Y, scale)
	q.Libraries = append([]Library(nil), p.Libraries...)
	for l := range q.Libraries {
		lib := &q.Libraries[l]
		if rows, _ := lib.Dims(); rows != len(scale) {
			continue // refused with the others
		}
		if lib.Source != nil {
			lib.Source = scaledSource{lib.Source, scale}
		} else {
			lib.Atoms = scaledRows(lib.Atoms, scale)
		}
	}
	return &i, &q, scale, nil
}

// scaledRows is diag(scale)·a, as a new matrix.
func scaledRows(a *mat.Dense, scale []float64) *mat.Dense {
	_, n := a.Dims()
	y := mat.NewDense(len(scale), n, nil)
	for b, s := range scale {
		to := y.RawRowView(b)
		for j, v := range a.RawRowView(b) {
			to[j] = s * v
		}
	}
	return y
}

// scaledSource is diag(scale) times the spectra of another.
type scaledSource struct {
	dict.Source
	scale []float64
}

// ReadColumns implements [dict.Source].
func (s scaledSource) ReadColumns(dst []float64, first, n int) error {
	if err := s.Source.ReadColumns(dst, first, n); err != nil {
		return err
	}
	for b, v := range s.scale {
		for k := range dst[b*n : (b+1)*n] {
			dst[b*n+k] *= v
		}
	}
	return nil
}
