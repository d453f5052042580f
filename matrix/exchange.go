package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
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
	coords *mat.Dense // n×k: coordinates of the columns of X along their vectors
	part   screen
	solver linalg.NNLS

	column []float64  // scratch: Xᵀx_j
	trialF *mat.Dense // n×r
	trialH *mat.Dense
	bound  []float64
}

func newExchange(d *data, index []int) *exchange {
	r := len(index)
	w := &exchange{
		x: d, r: r, index: slices.Clone(index), norm: newHull(d, 1, false).norm,
		f: mat.NewDense(d.n, r, nil), h: mat.NewDense(d.n, r, nil), g: mat.NewSymDense(r, nil),
		column: make([]float64, d.n), trialF: mat.NewDense(d.n, r, nil), trialH: mat.NewDense(d.n, r, nil),
		bound: make([]float64, d.n),
	}
	for _, v := range w.norm {
		w.all += v
	}
	vals, vecs := leading(d.outer(nil), min(d.p, r+exchangeMore))
	for _, v := range vals {
		w.sigma = append(w.sigma, max(0, v)) // rounding can push it below zero
	}
	w.coords = mat.DenseCopyOf(d.project(vecs).T())
	step := max(1, d.n/exchangeSample)
	for j := 0; j < d.n; j += step {
		w.part.index = append(w.part.index, j)
	}
	for k, j := range w.index {
		w.products(j)
		w.place(w.f, w.g, k, j)
	}
	return w
}

// products writes Xᵀx_j to column.
func (w *exchange) products(j int) {
	col := make([]float64, w.x.p)
	for i := range col {
		col[i] = w.x.row(i)[j] * w.x.scale
	}
	w.x.along(col, func(lo int, sum []float64) {
		for i, v := range sum {
			w.column[lo+i] = v * w.x.scale
		}
	})
}

// place puts column j, whose products are in column, in place k of a choice whose
// other columns are those of index.
func (w *exchange) place(f *mat.Dense, g *mat.SymDense, k, j int) {
	raw := f.RawMatrix()
	for i, v := range w.column {
		raw.Data[i*raw.Stride+k] = v
	}
	for q, other := range w.index {
		if q != k {
			g.SetSym(q, k, w.column[other])
		}
	}
	g.SetSym(k, k, w.norm[j])
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

// better exchanges the column in place k for the best of those tried exactly.
func (w *exchange) better(k, few int) (bool, error) {
	best, least := -1, w.loss*(1-exchangeGain)
	var bestF, bestH *mat.Dense
	for _, j := range w.promising(k, few, exchangeScreen*few) {
		w.products(j)
		g := mat.NewSymDense(w.r, nil)
		g.CopySym(w.g)
		w.trialF.Copy(w.f)
		w.place(w.trialF, g, k, j)
		w.trialH.Copy(w.h) // the columns that were in use are the first guess
		loss, err := w.solve(w.trialH, w.trialF, g)
		if err != nil {
			return false, err
		}
		if loss < least {
			best, least = j, loss
			if bestF == nil {
				bestF, bestH = mat.NewDense(w.x.n, w.r, nil), mat.NewDense(w.x.n, w.r, nil)
			}
			bestF, w.trialF = w.trialF, bestF
			bestH, w.trialH = w.trialH, bestH
		}
	}
	if best < 0 {
		return false, nil
	}
	w.index[k], w.loss = best, least
	w.f, w.h = bestF, bestH
	for q, j := range w.index {
		w.g.SetSym(q, k, w.f.At(j, k))
	}
	w.g.SetSym(k, k, w.norm[best])
	return true, nil
}
