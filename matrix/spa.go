package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// SPA selects by successive projection: the column of largest norm, again and
// again, after projecting the columns chosen already out of all of them. Only
// the norms are kept up to date, never the residual:
//
//	‖(I − vvᵀ)m_j‖² = ‖m_j‖² − (vᵀm_j)².
//
// Columns whose norms agree to a relative 1e-6 are ties, and the one with the
// largest norm in the data is chosen, the first of those that agree in that too.
// It stops early when the largest squared norm is 1e-9 of what it was: r then
// exceeds the numerical rank. Residual is the norm (not squared) of the largest
// projected column. Work: 2·p·n·r flops. Deterministic.
//
// SPA finds the pure columns if V's columns sum to at most one; Normalize is for
// data where they do not.
//
// Reference:
//   - Gillis, N., Vavasis, S.A.: Fast and Robust Recursive Algorithms for
//     Separable Nonnegative Matrix Factorization. IEEE Trans. Pattern Anal. Mach.
//     Intell. 36(4), 698–714 (2014), algorithm 1.
type SPA struct {
	// Normalize divides every column by its sum first, as topic models and
	// images with shadows need. A zero column stays zero; any other column
	// whose sum is not positive is an error, ErrSum. Default: as they are.
	Normalize bool
}

const (
	spaTie  = 1e-6 // relative difference of squared norms under which columns tie
	spaStop = 1e-9 // squared norm, relative to the largest at the start, taken for zero
)

// Select implements [Selector].
func (s SPA) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	return s.choose(ctx, &d, r)
}

func (s SPA) choose(ctx context.Context, d *data, r int) (*Selection, error) {
	w, err := newSPAState(d, s.Normalize)
	if err != nil {
		return nil, err
	}
	top := w.largest()
	sel := &Selection{Residual: []float64{1}}
	if top == 0 {
		sel.Residual[0] = 0
		return sel, d.in.failed()
	}
	for len(sel.Index) < r && w.largest()/top > spaStop {
		if err := ctx.Err(); err != nil {
			return sel, fmt.Errorf("matrix: SPA: %d of %d columns chosen: %w", len(sel.Index), r, err)
		}
		b := w.choose()
		w.project(b)
		sel.Index = append(sel.Index, b)
		sel.Residual = append(sel.Residual, math.Sqrt(max(0, w.largest())/top)) // rounding can push it below zero
		if err := d.in.failed(); err != nil {
			return nil, err
		}
	}
	return sel, d.in.failed()
}

// spaState is SPA between two choices.
type spaState struct {
	x        *data
	scale    []float64 // of each column
	norm     []float64 // squared norms of the projected columns
	original []float64 // squared norms in the data
	u        [][]float64
	v        []float64
}

// columnsSPA is how many columns one pass takes, so that their sums stay in
// cache.
const columnsSPA = 1 << 10

func newSPAState(x *data, normalize bool) (*spaState, error) {
	w := &spaState{x: x, scale: make([]float64, x.n), norm: make([]float64, x.n), v: make([]float64, x.p)}
	for j := range w.scale {
		w.scale[j] = x.scale
	}
	if normalize {
		if err := w.normalize(); err != nil {
			return nil, err
		}
	}
	w.columns(func(lo, hi int) {
		norm, scale := w.norm[lo:hi], w.scale[lo:hi]
		for i := range x.p {
			for k, v := range x.row(i)[lo:hi] {
				v *= scale[k]
				norm[k] += v * v
			}
		}
	})
	w.original = append([]float64(nil), w.norm...)
	return w, nil
}

// normalize makes every scale one over the sum of the column.
func (w *spaState) normalize() error {
	sum, size := make([]float64, w.x.n), make([]float64, w.x.n)
	for i := range w.x.p {
		for j, v := range w.x.row(i) {
			sum[j] += v * w.x.scale
			size[j] = max(size[j], math.Abs(v))
		}
	}
	for j := range sum {
		switch {
		case sum[j] > 0:
			w.scale[j] = w.x.scale / sum[j]
		case size[j] > 0:
			return fmt.Errorf("%w: SPA with Normalize: column %d sums to %g", ErrSum, w.x.in.lo()+j, sum[j]/w.x.scale)
		}
	}
	return nil
}

// columns calls f on parts of the columns, on all cores.
func (w *spaState) columns(f func(lo, hi int)) {
	grain := 1 + (1<<20)/(columnsSPA*w.x.p)
	par.For(par.Blocks(w.x.n, columnsSPA), grain, func(_, first, last int) {
		for b := first; b < last; b++ {
			f(b*columnsSPA, min(w.x.n, (b+1)*columnsSPA))
		}
	})
}

func (w *spaState) largest() float64 {
	m := w.norm[0]
	for _, v := range w.norm {
		m = max(m, v)
	}
	return w.x.in.max(m)
}

// choose returns the column of largest norm, by the rule for ties.
func (w *spaState) choose() int { return w.x.in.preferred(w.norm, w.original, spaTie) }

// project takes the direction of column b, as the earlier ones left it, out of
// all the norms.
func (w *spaState) project(b int) { w.projectOut(w.column(b)) }

// column is a column of the data, scaled.
func (w *spaState) column(b int) []float64 {
	u := make([]float64, w.x.p)
	w.x.in.column(u, b, func(u []float64, b int) {
		for i := range u {
			u[i] = w.x.row(i)[b] * w.scale[b]
		}
	})
	return u
}

// projectOut is project for any direction, which it changes.
func (w *spaState) projectOut(u []float64) {
	for _, q := range w.u {
		kernel.Axpy(u, -kernel.Dot(q, u), q)
	}
	length := math.Sqrt(kernel.Dot(u, u))
	for i := range u {
		u[i] /= length
	}
	// v is u projected once more: m_j stands in the norms' formula unprojected.
	copy(w.v, u)
	for k := len(w.u) - 1; k >= 0; k-- {
		kernel.Axpy(w.v, -kernel.Dot(w.u[k], w.v), w.u[k])
	}
	w.u = append(w.u, u)

	w.columns(func(lo, hi int) {
		var along [columnsSPA]float64
		sum := along[:hi-lo]
		for i, v := range w.v {
			kernel.Axpy(sum, v, w.x.row(i)[lo:hi])
		}
		for k, s := range sum {
			s *= w.scale[lo+k]
			w.norm[lo+k] -= s * s
		}
	})
}
