package matrix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// hull is what every column of X is fitted with by the selectors that work on
// residuals: the cone of the columns chosen so far or, with the shade, their
// convex hull with the origin,
//
//	min ‖x_j − U·h_j‖,  h_j ≥ 0  (and 1ᵀh_j ≤ 1),
//
// exactly. The shade is a zero column of U that takes what is left to one, so that
// the problem is [FCLS]. Memory: 2·r numbers a column; the residual is made where
// it is needed.
type hull struct {
	x      *data
	k      int        // columns of u, m and h in use, with the shade
	u      *mat.Dense // p×cap, the chosen columns times the scale of X
	m, h   *mat.Dense // n×cap: XᵀU, times the square of the scale, and the amounts
	gram   []float64  // cap×cap
	norm   []float64  // squared norms of the residuals, times the square of the scale
	solver rowSolver
}

// newHull has no column yet, so that norm is that of X.
func newHull(x *data, r int, shade bool) *hull {
	w := &hull{x: x, norm: make([]float64, x.n), solver: new(linalg.NNLS)}
	if shade {
		w.k, r, w.solver = 1, r+1, new(linalg.FCLS)
	}
	w.u, w.m, w.h = mat.NewDense(x.p, r, nil), mat.NewDense(x.n, r, nil), mat.NewDense(x.n, r, nil)
	w.gram = make([]float64, r*r)
	w.measure()
	return w
}

// add puts column b of X into U and fits all columns again.
func (w *hull) add(b int) error {
	u, k, col := w.u.RawMatrix(), w.k, make([]float64, w.x.p)
	w.x.in.column(col, b, func(col []float64, b int) {
		for i := range col {
			col[i] = w.x.row(i)[b] * w.x.scale
		}
	})
	w.u.SetCol(k, col)
	w.k++
	for q := range w.k {
		sum := 0.0
		for i := range w.x.p {
			sum += u.Data[i*u.Stride+q] * u.Data[i*u.Stride+k]
		}
		w.gram[q*u.Cols+k], w.gram[k*u.Cols+q] = sum, sum
	}
	m := w.m.RawMatrix()
	w.x.along(col, func(lo int, sum []float64) {
		for j, s := range sum {
			m.Data[(lo+j)*m.Stride+k] = s * w.x.scale
		}
	})
	if err := w.fit(); err != nil {
		return fmt.Errorf("matrix: column %d chosen: %w", b, err)
	}
	w.measure()
	return nil
}

// fit solves for the amounts. The entries that were positive are the first guess.
func (w *hull) fit() error {
	g := mat.NewSymDense(w.k, nil)
	for i := range w.k {
		for j := i; j < w.k; j++ {
			g.SetSym(i, j, w.gram[i*w.u.RawMatrix().Cols+j])
		}
	}
	a := w.h.Slice(0, w.x.n, 0, w.k).(*mat.Dense)
	return w.solver.Solve(a, w.m.Slice(0, w.x.n, 0, w.k).(*mat.Dense), g)
}

// measure computes the squared norms from the residuals themselves: by Gram
// matrices they would cancel where a column is fitted well.
func (w *hull) measure() {
	w.residuals(func(lo int, r []float64, n int) {
		norm := w.norm[lo : lo+n]
		clear(norm)
		for ; len(r) > 0; r = r[n:] {
			for j, v := range r[:n] {
				norm[j] += v * v
			}
		}
	})
}

// residuals calls f with blocks of n columns of X − U·H, times the scale, from
// column lo on: p rows of n. Blocks come from all cores, and r is scratch.
func (w *hull) residuals(f func(lo int, r []float64, n int)) {
	p := w.x.p
	scratch := make([][]float64, par.Workers())
	u, h := w.u.RawMatrix(), w.h.RawMatrix()
	grain := 1 + (1<<18)/(columnsPart*p*(w.k+1))
	par.For(par.Blocks(w.x.n, columnsPart), grain, func(worker, first, last int) {
		if scratch[worker] == nil {
			scratch[worker] = make([]float64, columnsPart*(p+w.k))
		}
		for b := first; b < last; b++ {
			lo := b * columnsPart
			n := min(w.x.n-lo, columnsPart)
			r, t := scratch[worker][:n*p], scratch[worker][n*p:]
			for i := range p {
				for j, v := range w.x.row(i)[lo : lo+n] {
					r[i*n+j] = v * w.x.scale
				}
			}
			if w.k > 0 {
				kernel.Transpose(n, w.k, t, n, h.Data[lo*h.Stride:], h.Stride)
				for i := range t[:w.k*n] {
					t[i] = -t[i]
				}
				kernel.MulAdd(p, n, w.k, u.Data, u.Stride, t, n, r, n)
			}
			f(lo, r, n)
		}
	})
}

// residual writes the residual of column j, times the scale, to dst.
func (w *hull) residual(dst []float64, j int) {
	h := w.h.RawRowView(j)
	for i := range dst {
		u := w.u.RawRowView(i)
		sum := w.x.row(i)[j] * w.x.scale
		for q := range w.k {
			sum -= u[q] * h[q]
		}
		dst[i] = sum
	}
}

// worst is the largest squared norm and the first column that has it.
func (w *hull) worst() (norm float64, j int) {
	norm = w.norm[0]
	for i, v := range w.norm {
		if v > norm {
			norm, j = v, i
		}
	}
	return w.x.in.largest(norm, j)
}

// total is the sum of the squared norms.
func (w *hull) total() float64 {
	sum := 0.0
	for _, v := range w.norm {
		sum += v
	}
	return w.x.in.sum(sum)
}

// along calls f with the products vᵀX, in parts that begin at column lo, from all
// cores. sum is scratch.
func (d *data) along(v []float64, f func(lo int, sum []float64)) {
	grain := 1 + (1<<20)/(columnsSPA*d.p)
	par.For(par.Blocks(d.n, columnsSPA), grain, func(_, first, last int) {
		var scratch [columnsSPA]float64
		for b := first; b < last; b++ {
			lo, hi := b*columnsSPA, min(d.n, (b+1)*columnsSPA)
			sum := scratch[:hi-lo]
			clear(sum)
			for i, s := range v {
				kernel.Axpy(sum, s, d.row(i)[lo:hi])
			}
			f(lo, sum)
		}
	})
}

// preferred is the column of highest score, among those that agree to a relative
// tie the one with the largest rank, the first of those that agree in that too; −1
// if no score is positive.
func preferred(score, rank []float64, tie float64) int {
	top := 0.0
	for _, v := range score {
		top = max(top, v)
	}
	return among(top, score, rank, tie)
}

// among is preferred where the highest score is top.
func among(top float64, score, rank []float64, tie float64) int {
	best := -1
	for j, v := range score {
		if v > 0 && v >= top-tie*top && (best < 0 || rank[j] > rank[best]) {
			best = j
		}
	}
	return best
}

// relative is the square root of a squared norm over another.
func relative(norm, top float64) float64 { return math.Sqrt(max(0, norm) / top) }
