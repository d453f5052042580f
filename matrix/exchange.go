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
	// Tries is the number of columns tried by exact fits for each place before it is left
	// as it is; with 16 the end is often a tenth lower, in several times the time.
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
// data's k = r + 24 leading directions. The lowest sixteenth, 768 at least, is scored
// by what they take off the residuals of 128 columns of X, fitted without that place,
// while the entries of V that are zero stay so. The best few of those are told apart by
// exact fits to about 512 columns, and the best by one to about 2048 and one to all. It
// ends when no place is bettered, a local optimum with respect to the columns tried, and
// the error falls all the way. Residual is the relative error before the first exchange
// and after the last. Deterministic.
//
// When ctx ends, the error comes with the choice so far. Work: 2·p·n flops and a
// nonnegative fit of all columns for each exchange, and p²·n flops to begin with.
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
	exchangeWide    = 768  // columns of a low bound whose gain is estimated, at least
	exchangeShare   = 16   // and one in so many of all
	exchangeSketch  = 2048 // columns of X that the best of the tries is fitted to
	exchangeSmall   = 512  // those that all tries are
	exchangeFew     = 2    // tries for each place, at first
	exchangeMany    = 4    // columns fitted, for each try
	exchangeSlack   = 1e-2 // relative rise by the small sketch that is no reason to give up
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

	sigma    []float64  // leading singular values, squared
	coords   *mat.Dense // k×n: coordinates of the columns of X along their vectors
	cross    *mat.Dense // r×n: X_KᵀXXᵀX, by them
	own      []float64  // x_jᵀXXᵀx_j, by them
	bound    []float64
	small    sketch
	sketch   sketch
	estimate estimate
	solver   linalg.NNLS
	taken    bool // the sketches are of the present choice

	products []float64  // scratch: Xᵀx_j
	was      []float64  // column of f that another has taken the place of
	trial    *mat.Dense // n×r
}

// sketch is some columns of X, evenly spaced, by which columns tried are told apart.
type sketch struct {
	step     int
	all      float64    // Σ‖x_i‖²
	loss     float64    // of the present choice
	coords   *mat.Dense // k×m
	f, h     *mat.Dense // m×r
	trial    *mat.Dense // m×r
	products []float64
}

func newExchange(d *data, index []int) *exchange {
	r := len(index)
	w := &exchange{
		x: d, r: r, index: slices.Clone(index), norm: newHull(d, 1, false).norm,
		f: mat.NewDense(d.n, r, nil), h: mat.NewDense(d.n, r, nil), g: mat.NewSymDense(r, nil),
		cross: mat.NewDense(r, d.n, nil), own: make([]float64, d.n), bound: make([]float64, d.n),
		products: make([]float64, d.n), was: make([]float64, d.n), trial: mat.NewDense(d.n, r, nil),
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
	w.small.begin(w, exchangeSmall)
	w.sketch.begin(w, exchangeSketch)
	for k, j := range w.index {
		w.exactly(j)
		w.place(w.f, k, j, w.products)
		w.settle(k)
	}
	return w
}

func (s *sketch) begin(w *exchange, most int) {
	s.step = par.Blocks(w.x.n, most)
	m := par.Blocks(w.x.n, s.step)
	s.coords = mat.NewDense(len(w.sigma), m, nil)
	s.f, s.h, s.trial = mat.NewDense(m, w.r, nil), mat.NewDense(m, w.r, nil), mat.NewDense(m, w.r, nil)
	s.products = make([]float64, m)
	for i := range m {
		s.all += w.norm[i*s.step]
		for q := range w.sigma {
			s.coords.Set(q, i, w.coords.At(q, i*s.step))
		}
	}
}

// take sets the sketch to the present choice.
func (s *sketch) take(w *exchange) {
	s.loss = s.all
	for i := range s.products {
		f, h := s.f.RawRowView(i), s.h.RawRowView(i)
		copy(f, w.f.RawRowView(i*s.step))
		copy(h, w.h.RawRowView(i*s.step))
		s.loss -= kernel.Dot(f, h)
	}
}

// exactly writes Xᵀx_j to products.
func (w *exchange) exactly(j int) {
	col := make([]float64, w.x.p)
	for i := range col {
		col[i] = w.x.row(i)[j] * w.x.scale
	}
	w.x.along(col, func(lo int, sum []float64) {
		for i, v := range sum {
			w.products[lo+i] = v * w.x.scale
		}
	})
}

// combine writes ofᵀ·coords to dst.
func combine(dst, of []float64, coords *mat.Dense) {
	n := len(dst)
	par.For(par.Blocks(n, columnsSPA), 1+(1<<18)/(columnsSPA*len(of)), func(_, first, last int) {
		for b := first; b < last; b++ {
			lo, hi := b*columnsSPA, min(n, (b+1)*columnsSPA)
			clear(dst[lo:hi])
			for q, v := range of {
				kernel.Axpy(dst[lo:hi], v, coords.RawRowView(q)[lo:hi])
			}
		}
	})
}

// place puts column j, with its products, in place k of f and of g.
func (w *exchange) place(f *mat.Dense, k, j int, products []float64) {
	raw := f.RawMatrix()
	for i, v := range products {
		raw.Data[i*raw.Stride+k] = v
	}
	w.index[k] = j
	at := w.f.RawRowView(j) // exact where the others are
	for q, v := range at {
		w.g.SetSym(q, k, v)
	}
	w.g.SetSym(k, k, w.norm[j])
}

// settle brings cross up to date with place k.
func (w *exchange) settle(k int) {
	of := mat.Col(nil, w.index[k], w.coords)
	for q, s := range w.sigma {
		of[q] *= s
	}
	combine(w.cross.RawRowView(k), of, w.coords)
}

// fit solves for h and the loss.
func (w *exchange) fit() (err error) {
	w.loss, err = w.solve(w.h, w.f, w.all)
	return err
}

// solve returns the squared error of the nonnegative fit. Where h is optimal, its
// gradient is orthogonal to it, so that ‖x − Uh‖² = ‖x‖² − fᵀh; loss is ‖x‖².
func (w *exchange) solve(h, f *mat.Dense, loss float64) (float64, error) {
	if err := w.solver.Solve(h, f, w.g); err != nil {
		return 0, fmt.Errorf("matrix: exchange: %w", err)
	}
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

// better exchanges the column in place k for the best of those tried, if that lowers the
// error over all columns.
func (w *exchange) better(k, few int) (bool, error) {
	was := w.index[k]
	mat.Col(w.was, k, w.f)
	best, err := w.best(k, few)
	if err != nil {
		return false, err
	}
	if best >= 0 {
		w.exactly(best)
		w.place(w.f, k, best, w.products)
		copy(w.trial.RawMatrix().Data, w.h.RawMatrix().Data) // the columns that were in use are the first guess
		loss, err := w.solve(w.trial, w.f, w.all)
		if err != nil {
			return false, err
		}
		if loss < w.loss*(1-exchangeGain) {
			w.loss = loss
			w.h, w.trial = w.trial, w.h
			w.settle(k)
			w.taken = false
			return true, nil
		}
	}
	w.place(w.f, k, was, w.was)
	return false, nil
}

// best is the column that lowers the error over the sketch most; −1 if none does.
func (w *exchange) best(k, few int) (int, error) {
	if !w.taken {
		w.small.take(w)
		w.sketch.take(w)
		w.taken = true
	}
	list, err := w.promising(k, few)
	if err != nil {
		return -1, err
	}
	if w.small.step > w.sketch.step {
		if list, err = w.tryAll(&w.small, k, list, max(1, few/exchangeFew), 1+exchangeSlack); err != nil {
			return -1, err
		}
	}
	if list, err = w.tryAll(&w.sketch, k, list, 1, 1-exchangeGain); err != nil || len(list) == 0 {
		return -1, err
	}
	return list[0], nil
}

// tryAll lists the columns that bring the error over the sketch under that share of what it
// is, the best first and at most so many, with products by the leading directions.
func (w *exchange) tryAll(s *sketch, k int, list []int, most int, under float64) ([]int, error) {
	loss, of := make([]float64, len(list)), make([]float64, len(w.sigma))
	for i, j := range list {
		combine(s.products, mat.Col(of, j, w.coords), s.coords)
		w.place(s.f, k, j, s.products)
		copy(s.trial.RawMatrix().Data, s.h.RawMatrix().Data)
		var err error
		if loss[i], err = w.solve(s.trial, s.f, s.all); err != nil {
			return nil, err
		}
	}
	raw := s.f.RawMatrix()
	for i := range s.products { // back
		raw.Data[i*raw.Stride+k] = w.was[i*s.step]
	}
	order := lowest(loss, most, func(i int) bool { return loss[i] < under*s.loss })
	for i, at := range order {
		order[i] = list[at]
	}
	return order, nil
}
