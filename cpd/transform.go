package cpd

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Transform projects new data on a model that was fitted before: it solves for the
// factor A of one mode,
//
//	min_A ‖X − ⟦A₀, …, A, …, A_{N−1}⟧‖,
//
// and leaves the others, with unit columns, as they are. X has the model's sizes in
// those modes and any size in mode n: new samples, say. Row i of the result, I×R,
// is how much of every component slice i holds, in the units of
// Factors[n]·diag(Weights) of a normalised model. method says what A must be; nil
// is LeastSquares{}. Of incomplete data the known cells alone count.
//
// Errors: [ErrShape], [ErrNotFinite], those of the method. Cost: one sweep over the
// mode for methods that are exact, more for others.
func Transform(ctx context.Context, x tensor.Tensor, k *tensor.Kruskal, n int, method Method) (*mat.Dense, error) {
	dims := x.Dims()
	if n < 0 || n >= len(dims) || len(k.Factors) != len(dims) {
		return nil, fmt.Errorf("%w: mode %d of a model of order %d and data of order %d", ErrShape, n, len(k.Factors), len(dims))
	}
	if err := CheckData(x); err != nil {
		return nil, err
	}
	k = k.Clone()
	k.Normalize()
	if method == nil {
		method = LeastSquares{}
	}
	rank := k.Rank()
	update := make([]Updater, len(dims))
	for m := range update {
		update[m] = fixed{}
	}
	update[n] = method.Begin(dims[n], rank)
	a := mat.NewDense(dims[n], rank, nil)
	for i := range dims[n] { // zeros would be where multiplicative updates stay
		ones(a.RawRowView(i))
	}
	k.Factors[n] = a
	s, err := NewALS(x, k.Factors, update)
	if err != nil {
		return nil, err
	}
	_, _, err = sweep.Run(ctx, s, sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 2}, sweep.MaxSweeps(500)), nil)
	return s.Factors()[n], err
}
