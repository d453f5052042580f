package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// RobustXRAY is [XRAY] for another loss of the fit than squares: sparse outliers
// (LossL1) or counts (LossKL). With H the nonnegative fit in that loss and D what takes
// the place of the residual, the next column is
//
//	argmax_j  d_iᵀm_j / 1ᵀm_j,  i the column of largest loss,
//
// where D ∈ sign(X − X_K·H), entries that are fitted taking the multipliers of the fit, or
// D = X/(X_K·H) − 1. At the optimum of a fit no column in use has a positive score and
// the others' lie outside the cone. The first column is the longest. Residual is the
// largest loss of a column. It ends early when no loss is over 1e-6 of the largest at
// first. Data must be nonnegative for LossKL; columns with a zero sum are never chosen.
// Work: 4·p·n·k flops an iteration of the fits with k columns.
//
// Reference:
//   - Kumar, A., Sindhwani, V.: Near-separable Non-negative Matrix Factorization with
//     ℓ1- and Bregman Loss Functions. SIAM Int. Conf. Data Mining (2015).
type RobustXRAY struct {
	// Loss is that of the fit. Default: LossL1.
	Loss Loss
	// Iterations of a fit. Default: 200.
	Iterations int
}

// A Loss measures what a fit leaves of the data.
type Loss int

const (
	// LossL1 is Σ|x − x̂|.
	LossL1 Loss = iota
	// LossKL is Σ x·log(x/x̂) − x + x̂.
	LossKL
)

// Select implements [Selector].
func (s RobustXRAY) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	if s.Loss < LossL1 || s.Loss > LossKL || s.Iterations < 0 {
		return nil, fmt.Errorf("%w: RobustXRAY with loss %d, %d iterations", ErrOptions, s.Loss, s.Iterations)
	}
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if s.Iterations == 0 {
		s.Iterations = 200
	}
	w := newRobust(&d, r)
	if s.Loss == LossKL && w.least < 0 {
		return nil, fmt.Errorf("%w: RobustXRAY with LossKL: X has the entry %g; the loss is for nonnegative data", ErrOptions, w.least/d.scale)
	}
	top := slices.Max(w.loss)
	sel := &Selection{Residual: []float64{1}}
	if top == 0 {
		sel.Residual[0] = 0
		return sel, nil
	}
	for len(sel.Index) < r && slices.Max(w.loss) > xrayStop*top {
		if err := ctx.Err(); err != nil {
			return sel, fmt.Errorf("matrix: RobustXRAY: %d of %d columns chosen: %w", len(sel.Index), r, err)
		}
		j := w.choose(sel.Index)
		if j < 0 {
			break
		}
		w.add(j)
		for lo := 0; lo < d.n; lo += columnsBlock {
			if err := ctx.Err(); err != nil {
				return sel, fmt.Errorf("matrix: RobustXRAY: %d of %d columns chosen: %w", len(sel.Index), r, err)
			}
			w.fit(s, lo, min(d.n, lo+columnsBlock))
		}
		sel.Index = append(sel.Index, j)
		sel.Residual = append(sel.Residual, slices.Max(w.loss)/top)
	}
	return sel, nil
}

// robust is RobustXRAY between two choices, of the data times their scale.
type robust struct {
	x        *data
	k        int
	u        *mat.Dense // p×cap
	h        *mat.Dense // cap×n
	d        *mat.Dense // p×n, in the place of the residual
	loss     []float64  // of each column
	sum      []float64  // 1ᵀ|m_j|
	original []float64
	least    float64
	score    []float64
}

func newRobust(x *data, r int) *robust {
	w := &robust{
		x: x, u: mat.NewDense(x.p, r, nil), h: mat.NewDense(r, x.n, nil), d: mat.NewDense(x.p, x.n, nil),
		sum: make([]float64, x.n), score: make([]float64, x.n),
	}
	for i := range x.p {
		d := w.d.RawRowView(i)
		for j, v := range x.row(i) {
			v *= x.scale
			w.least = min(w.least, v)
			w.sum[j] += math.Abs(v)
			d[j] = 1 // the subgradient of either loss where nothing is fitted, up to a factor
		}
	}
	w.loss = slices.Clone(w.sum)
	w.original = newHull(x, 1, false).norm
	return w
}

// choose returns the next column, or −1.
func (w *robust) choose(chosen []int) int {
	i := 0
	for j, v := range w.loss {
		if v > w.loss[i] {
			i = j
		}
	}
	direction := mat.Col(nil, i, w.d)
	w.x.along(direction, func(lo int, sum []float64) {
		for j, v := range sum {
			w.score[lo+j] = 0
			if s := w.sum[lo+j]; s > 0 {
				w.score[lo+j] = v * w.x.scale / s
			}
		}
	})
	for _, j := range chosen {
		w.score[j] = 0
	}
	return preferred(w.score, w.original, 1e-6)
}

// add puts column b into U, with an amount that is small and positive, as a
// multiplicative fit needs.
func (w *robust) add(b int) {
	for i := range w.x.p {
		w.u.Set(i, w.k, w.x.row(i)[b]*w.x.scale)
	}
	size := w.sum[b]
	for j, s := range w.sum {
		w.h.Set(w.k, j, 0.1*s/size)
	}
	w.k++
}

// fit fits the columns lo to hi, and sets their d and loss.
func (w *robust) fit(s RobustXRAY, lo, hi int) {
	u := mat.DenseCopyOf(w.u.Slice(0, w.x.p, 0, w.k))
	var fitter interface {
		fit(x, h, d *mat.Dense, iterations int)
	}
	if s.Loss == LossL1 {
		fitter = newL1Fit(u)
	} else {
		fitter = newKLFit(u)
	}
	par.For(par.Blocks(hi-lo, columnsPart), 1, func(_, first, last int) {
		for b := first; b < last; b++ {
			j0, j1 := lo+b*columnsPart, min(hi, lo+(b+1)*columnsPart)
			n := j1 - j0
			x, h, d := mat.NewDense(w.x.p, n, nil), mat.NewDense(w.k, n, nil), mat.NewDense(w.x.p, n, nil)
			for i := range w.x.p {
				for j, v := range w.x.row(i)[j0:j1] {
					x.Set(i, j, v*w.x.scale)
				}
			}
			for q := range w.k {
				copy(h.RawRowView(q), w.h.RawRowView(q)[j0:j1])
			}
			fitter.fit(x, h, d, s.Iterations)
			for q := range w.k {
				copy(w.h.RawRowView(q)[j0:j1], h.RawRowView(q))
			}
			for i := range w.x.p {
				copy(w.d.RawRowView(i)[j0:j1], d.RawRowView(i))
			}
			w.measure(s.Loss, x, u, h, w.loss[j0:j1])
		}
	})
}

// measure writes the loss of each column.
func (w *robust) measure(of Loss, x, u, h *mat.Dense, loss []float64) {
	var model mat.Dense
	model.Mul(u, h)
	clear(loss)
	for i := range w.x.p {
		m := model.RawRowView(i)
		for j, v := range x.RawRowView(i) {
			switch {
			case of == LossL1:
				loss[j] += math.Abs(v - m[j])
			case v > 0:
				loss[j] += v*math.Log(v/math.Max(m[j], tiny)) - v + m[j]
			default:
				loss[j] += m[j]
			}
		}
	}
}
