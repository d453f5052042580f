package matrix

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// FGNSR selects by nonnegative sparse regression on the data themselves, a fast
// gradient method for
//
//	min_X ½‖M − M·X‖² + μ·Σ_i X_ii  subject to
//	0 ≤ X, X_ii ≤ 1, w_i·X_ij ≤ w_j·X_ii,
//
// X n×n, and takes the columns with the r largest diagonal entries, in descending
// order. Of all selectors it stands noise at the midpoints of pure columns best. μ
// comes from what [SPA]'s columns leave, (‖M − M_K·H‖² + Offset)/r, and moves towards a
// trace of r/2 + 1 whenever the objective rises and the momentum is dropped.
//
// Only rows of X that are not zero take part in the products, a few after the first
// iterations; memory is 5·n² numbers, so that n is limited to 2¹³: choose
// among a [Sample] of more. Work of an iteration: 2·n²·a flops for a such rows, at
// most 4·p·n², and n log n for each row's projection.
//
// Reference:
//   - Gillis, N., Luce, R.: A Fast Gradient Method for Nonnegative Sparse
//     Regression With Self-Dictionary. IEEE Trans. Image Process. 27(1), 24–37 (2018).
type FGNSR struct {
	// Iterations is how many are made, whatever happens. Default: 1000.
	Iterations int
	// Weights are w, one for every column. Default: their ℓ1 norms.
	Weights []float64
	// Offset enters μ. It has the unit of X squared. Default: 1e-3·max|X|².
	Offset float64
	// FixedMu keeps μ where it begins.
	FixedMu bool
}

// SelfRegression is M ≈ M·X.
type SelfRegression struct {
	Selection
	X *mat.Dense // n×n
	// Objective[k] is that before iteration k, at the μ of that time.
	Objective []float64
	// Mu is the last μ.
	Mu float64
}

const fgnsrMost = 1 << 13 // columns

// Select implements [Selector].
func (s FGNSR) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	res, err := s.Solve(ctx, x, r)
	if res == nil {
		return nil, err
	}
	return &res.Selection, err
}

// Solve is [FGNSR.Select] with X.
func (s FGNSR) Solve(ctx context.Context, x mat.Matrix, r int) (*SelfRegression, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	if s.Iterations < 0 || !(s.Offset >= 0) || s.Offset > math.MaxFloat64 {
		return nil, fmt.Errorf("%w: FGNSR with %d iterations, offset %g", ErrOptions, s.Iterations, s.Offset)
	}
	if d.n > fgnsrMost {
		return nil, fmt.Errorf("%w: FGNSR takes at most %d columns, X has %d; choose among a Sample of them", ErrSize, fgnsrMost, d.n)
	}
	w, err := s.weights(&d)
	if err != nil {
		return nil, err
	}
	f, err := s.begin(ctx, &d, w, r)
	if err != nil {
		return nil, err
	}
	if f == nil { // zero data
		return &SelfRegression{X: mat.NewDense(d.n, d.n, nil)}, nil
	}
	count := s.Iterations
	if count == 0 {
		count = 1000
	}
	for k := range count {
		if err := ctx.Err(); err != nil {
			return f.result(r), fmt.Errorf("matrix: FGNSR: %d of %d iterations: %w", k, count, err)
		}
		f.step(s.FixedMu)
	}
	return f.result(r), nil
}

// weighted is FGNSR on centroids that stand for many columns each: their lengths
// are all the weight they get.
func (s FGNSR) weighted(size []int) (Selector, bool) {
	s.Weights = make([]float64, len(size))
	for j := range s.Weights {
		s.Weights[j] = 1
	}
	return s, true
}

func (s FGNSR) weights(d *data) ([]float64, error) {
	if s.Weights == nil {
		w := make([]float64, d.n)
		for i := range d.p {
			for j, v := range d.row(i) {
				w[j] += math.Abs(v) * d.scale
			}
		}
		return w, nil
	}
	if len(s.Weights) != d.n {
		return nil, fmt.Errorf("%w: FGNSR with %d weights for %d columns", ErrShape, len(s.Weights), d.n)
	}
	for j, v := range s.Weights {
		if !(v >= 0) || v > math.MaxFloat64 {
			return nil, fmt.Errorf("%w: FGNSR: weight %d is %g", ErrOptions, j, v)
		}
	}
	return s.Weights, nil
}

// largestDiagonal lists the r largest positive diagonal entries of x.
func largestDiagonal(x *mat.Dense, r int) []int {
	n, _ := x.Dims()
	var index []int
	for j := range n {
		if x.At(j, j) > 0 {
			index = append(index, j)
		}
	}
	slices.SortStableFunc(index, func(a, b int) int {
		switch u, v := x.At(a, a), x.At(b, b); {
		case u > v:
			return -1
		case u < v:
			return 1
		}
		return 0
	})
	return index[:min(r, len(index))]
}
