package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// ExchangeOptions of [Exchange]. The zero value, or nil, has the defaults.
type ExchangeOptions struct {
	// Tries is the number of columns tried exactly for each place before it is left as it
	// is; with 16 the end is often a tenth lower, in several times the time.
	// Default: 2.
	Tries int
}

// Exchange betters a choice of columns of x: single columns are exchanged for
// others as long as
//
//	‖X − X(:,K)·V‖,  V ≥ 0 and exact,
//
// falls. For the place of one column, all others are scored by what X(:,K) would
// leave with V free, a lower bound, which costs O(r·(r+k)) flops a column on the
// data's k = r + 24 leading directions; the best of them by a few sweeps of nonnegative
// fits to 512 columns of X; and the best few of those exactly. It ends when no place is
// bettered, a local optimum with respect to the columns tried, and the error falls all
// the way. Residual is the relative error before the first exchange and after the last.
// Deterministic.
//
// When ctx ends, the error comes with the choice so far. Work: 2·p·n flops and a
// nonnegative fit of all columns for each column tried exactly, and p²·n to begin with.
func Exchange(ctx context.Context, x mat.Matrix, index []int, opts *ExchangeOptions) (*Selection, error) {
	tries := exchangeFew
	if opts != nil && opts.Tries != 0 {
		if tries = opts.Tries; tries < 0 {
			return nil, fmt.Errorf("%w: exchange with %d tries", ErrOptions, tries)
		}
	}
	d, err := newSelectionData(x, max(1, len(index)))
	if err != nil {
		return nil, err
	}
	for k, j := range index {
		if j < 0 || j >= d.n || slices.Contains(index[:k], j) {
			return nil, fmt.Errorf("%w: column %d of the choice is %d; give distinct columns of the %d×%d data", ErrOptions, k, j, d.p, d.n)
		}
	}
	if len(index) == 0 {
		return &Selection{}, nil
	}
	w := newExchange(&d, index)
	if err := w.fit(); err != nil {
		return nil, err
	}
	first := w.loss
	err = w.descend(ctx, tries)
	sel := &Selection{Index: slices.Clone(w.index)}
	if w.all > 0 {
		sel.Residual = []float64{relative(first, w.all), relative(w.loss, w.all)}
	}
	return sel, err
}

const (
	exchangeMore    = 24   // leading directions beyond r
	exchangeSample  = 512  // columns of that part
	exchangeFew     = 2    // columns tried exactly for each place, at first
	exchangeScreen  = 24   // columns that are tried on a part of the data, for each tried exactly
	exchangeGain    = 1e-7 // relative fall of the squared error that counts
	exchangeOutside = 1e-10
)

// exchange is a choice with its fit. All is of the data times their scale.
type exchange struct {
	x     *data
	r     int
	index []int
	norm  []float64     // ‖x_j‖²
	all   float64       // their sum
	f, h  *mat.Dense    // n×r: XᵀX_K, and V transposed
	g     *mat.SymDense // r×r
	loss  float64

	sigma  []float64  // leading singular values, squared
	coords *mat.Dense // k×n: coordinates of the columns of X along their vectors
	cross  *mat.Dense // n×r: XᵀXXᵀX_K, by them
	own    []float64  // x_jᵀXXᵀx_j, by them
	bound  []float64
	part   screen
	solver linalg.NNLS

	products *mat.Dense // scratch: a row of Xᵀx_j for each column tried
	kept     []float64  // column of f that a trial has taken the place of
	trial    *mat.Dense // n×r
	best     *mat.Dense // n×r
}

func newExchange(d *data, index []int) *exchange {
	r := len(index)
	w := &exchange{
		x: d, r: r, index: slices.Clone(index), norm: newHull(d, 1, false).norm,
		f: mat.NewDense(d.n, r, nil), h: mat.NewDense(d.n, r, nil), g: mat.NewSymDense(r, nil),
		cross: mat.NewDense(d.n, r, nil), own: make([]float64, d.n), bound: make([]float64, d.n),
		products: new(mat.Dense), kept: make([]float64, d.n), trial: mat.NewDense(d.n, r, nil), best: mat.NewDense(d.n, r, nil),
	}
	for _, v := range w.norm {
		w.all += v
	}
	vals, vecs := leading(d.outer(nil), min(d.p, r+exchangeMore))
	for _, v := range vals {
		w.sigma = append(w.sigma, max(0, v)) // rounding can push it below zero
	}
	w.coords = d.project(vecs)
	for i, s := range w.sigma {
		for j, v := range w.coords.RawRowView(i) {
			w.own[j] += s * v * v
		}
	}
	step := max(1, d.n/exchangeSample)
	for j := 0; j < d.n; j += step {
		w.part.index = append(w.part.index, j)
	}
	for k, j := range w.index {
		w.place(k, j, w.exactly(j))
		w.settle(k)
	}
	return w
}

// exactly returns Xᵀx_j.
func (w *exchange) exactly(j int) []float64 {
	col := make([]float64, w.x.p)
	for i := range col {
		col[i] = w.x.row(i)[j] * w.x.scale
	}
	to := w.scratch(1).RawRowView(0)
	w.x.along(col, func(lo int, sum []float64) {
		for i, v := range sum {
			to[lo+i] = v * w.x.scale
		}
	})
	return to
}

// roughly returns Xᵀx_j for the columns of list, in rows, by the leading directions.
// weight, if not nil, has a factor for each direction.
func (w *exchange) roughly(list []int, weight []float64) *mat.Dense {
	n, dims := w.x.n, len(w.sigma)
	of := make([]float64, len(list)*dims)
	for i, j := range list {
		for q := range dims {
			of[i*dims+q] = w.coords.At(q, j)
			if weight != nil {
				of[i*dims+q] *= weight[q]
			}
		}
	}
	to := w.scratch(len(list))
	raw, coords := to.RawMatrix(), w.coords.RawMatrix()
	clear(raw.Data)
	par.For(par.Blocks(n, columnsSPA), 1+(1<<18)/(columnsSPA*dims*len(list)), func(_, first, last int) {
		lo, hi := first*columnsSPA, min(n, last*columnsSPA)
		kernel.MulAdd(len(list), hi-lo, dims, of, dims, coords.Data[lo:], coords.Stride, raw.Data[lo:], raw.Stride)
	})
	return to
}

// scratch is products with so many rows.
func (w *exchange) scratch(rows int) *mat.Dense {
	if have, _ := w.products.Dims(); have < rows {
		w.products = mat.NewDense(rows, w.x.n, nil)
	}
	return w.products.Slice(0, rows, 0, w.x.n).(*mat.Dense)
}

// place puts column j, with Xᵀx_j, in place k of f and g.
func (w *exchange) place(k, j int, products []float64) {
	raw := w.f.RawMatrix()
	for i, v := range products {
		raw.Data[i*raw.Stride+k] = v
	}
	w.index[k] = j
	w.gram(k)
}

// gram sets row k of g to the column that is in place k of f.
func (w *exchange) gram(k int) {
	j := w.index[k]
	for q := range w.r {
		w.g.SetSym(q, k, w.f.At(j, q)) // exact where the others are
	}
	w.g.SetSym(k, k, w.norm[j])
}

// settle brings cross up to date with place k.
func (w *exchange) settle(k int) {
	for i, v := range w.roughly(w.index[k:k+1], w.sigma).RawRowView(0) {
		w.cross.Set(i, k, v)
	}
}

// fit solves for h and the loss.
func (w *exchange) fit() (err error) {
	w.loss, err = w.solve(w.h, w.f, w.g)
	return err
}

// solve returns the squared error of the nonnegative fit. Where h is optimal, its
// gradient is orthogonal to it, so that ‖x − Uh‖² = ‖x‖² − fᵀh.
func (w *exchange) solve(h, f *mat.Dense, g *mat.SymDense) (float64, error) {
	if err := w.solver.Solve(h, f, g); err != nil {
		return 0, fmt.Errorf("matrix: exchange: %w", err)
	}
	loss := w.all
	fr, hr := f.RawMatrix().Data, h.RawMatrix().Data
	for lo := 0; lo < len(fr); lo += 1 << 12 {
		hi := min(len(fr), lo+1<<12)
		sum := 0.0
		for i, v := range fr[lo:hi] {
			sum += v * hr[lo+i]
		}
		loss -= sum
	}
	return math.Max(0, loss), nil // rounding can push it below zero
}

// descend goes round the places until none is bettered by as many columns as are to be
// tried, few of them as long as that leads on.
func (w *exchange) descend(ctx context.Context, tries int) error {
	least := min(tries, exchangeFew)
	for few, idle, k := least, 0, 0; ; k = (k + 1) % w.r {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("matrix: exchange: %w", err)
		}
		better, err := w.better(k, few)
		if err != nil {
			return err
		}
		switch idle++; {
		case better:
			idle, few = 0, least
		case idle == w.r && few == tries:
			return nil
		case idle == w.r:
			idle, few = 0, min(tries, 4*few)
		}
	}
}

// better exchanges the column in place k for the best of those tried, which are told
// apart by rough products, if it is better by exact ones.
func (w *exchange) better(k, few int) (bool, error) {
	list := w.promising(k, few, exchangeScreen*few)
	if len(list) == 0 {
		return false, nil
	}
	was, best, least := w.index[k], -1, w.loss*(1-exchangeGain)
	mat.Col(w.kept, k, w.f)
	rough := w.roughly(list, nil)
	for i, j := range list {
		w.place(k, j, rough.RawRowView(i))
		w.trial.Copy(w.h) // the columns that were in use are the first guess
		loss, err := w.solve(w.trial, w.f, w.g)
		if err != nil {
			return false, err
		}
		if loss < least {
			best, least = j, loss
			w.best, w.trial = w.trial, w.best
		}
	}
	if best >= 0 {
		w.place(k, best, w.exactly(best))
		loss, err := w.solve(w.best, w.f, w.g)
		if err != nil {
			return false, err
		}
		if loss < w.loss*(1-exchangeGain) {
			w.loss = loss
			w.h, w.best = w.best, w.h
			w.settle(k)
			return true, nil
		}
	}
	w.place(k, was, w.kept)
	return false, nil
}
