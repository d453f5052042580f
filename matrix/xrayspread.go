package matrix

import (
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// spread writes to score, for every column j of X, ‖(Rᵀm_j)₊‖² or, the other way
// round, for every residual ‖(Xᵀr_j)₊‖²: the n×n products in tiles of columnsPart
// columns each, added up in order.
func (w *xrayState) spread(ofData bool) {
	p, n := w.x.p, w.x.n
	all := w.all.RawMatrix()
	w.residuals(func(lo int, r []float64, cols int) {
		for i := range p {
			copy(all.Data[i*all.Stride+lo:], r[i*cols:(i+1)*cols])
		}
	})
	of, ldOf, with, ldWith := all.Data, all.Stride, w.x.v, w.x.stride
	if ofData {
		of, ldOf, with, ldWith = with, ldWith, of, ldOf
	}
	scratch := make([][]float64, par.Workers())
	par.For(par.Blocks(n, columnsPart), 1+(1<<18)/(columnsPart*n*p), func(worker, first, last int) {
		if scratch[worker] == nil {
			scratch[worker] = make([]float64, columnsPart*columnsPart)
		}
		for b := first; b < last; b++ {
			lo := b * columnsPart
			rows := min(n-lo, columnsPart)
			clear(w.score[lo : lo+rows])
			for at := 0; at < n; at += columnsPart {
				cols := min(n-at, columnsPart)
				tile := scratch[worker][:rows*cols]
				clear(tile)
				kernel.MulTAdd(rows, cols, p, of[lo:], ldOf, with[at:], ldWith, tile, cols)
				for i := range rows {
					w.score[lo+i] += positiveSquares(tile[i*cols : (i+1)*cols])
				}
			}
			for i := lo; i < lo+rows; i++ {
				w.score[i] *= w.x.scale * w.x.scale // one of the two factors is as given
			}
		}
	})
}

// positiveSquares is Σ max(0, v)².
func positiveSquares(row []float64) (sum float64) {
	for _, v := range row {
		v = max(v, 0)
		sum += v * v
	}
	return sum
}
