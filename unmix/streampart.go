package unmix

import (
	"context"
	"fmt"
)

// RowRange is the rows lo ≤ i < hi of an image, counted from 0.
func RowRange(img Rows, lo, hi int) Rows { return rowRange{img, lo, hi} }

type rowRange struct {
	img    Rows
	lo, hi int
}

// Dims implements [Rows].
func (r rowRange) Dims() (rows, cols, bands int) {
	_, cols, bands = r.img.Dims()
	return r.hi - r.lo, cols, bands
}

// ReadRows implements [Rows].
func (r rowRange) ReadRows(ctx context.Context, dst []float64, lo, hi int) error {
	return r.img.ReadRows(ctx, dst, r.lo+lo, r.lo+hi)
}

// CompressPart is [Compress] by one of several processes that read the image together: this
// one the rows lo ≤ i < hi, none of which another one reads. sum replaces x by its sum over
// the processes, as dist.Comm does; all have the same options. Every process gets what
// Compress gets, up to the rounding of the Gram matrix. It takes as many words as the sample
// and the Gram matrix have.
func CompressPart(ctx context.Context, img Rows, lo, hi int, sum func(x []float64) error, p *Problem, opts *StreamOptions) (*Compressed, error) {
	if rows, _, _ := img.Dims(); lo < 0 || hi <= lo || hi > rows {
		return nil, fmt.Errorf("%w: rows %d to %d of an image of %d", ErrShape, lo, hi-1, rows)
	}
	return compress(ctx, img, lo, hi, sum, p, opts)
}
