package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// NMFOptions of [NMF]. The zero value, or nil, is one random start.
type NMFOptions struct {
	// HALS says how a factor is solved for; the same for both.
	HALS cpd.HALS
	// Init makes the start: factor 0 is U, factor 1 is Vᵀ. Default: cpd.Random{}.
	Init cpd.Init
	// Starts is the number of runs; the one with the least error is returned.
	// Default: 1.
	Starts int
	// Stop ends a run. Default: sweep.DefaultStop.
	Stop sweep.Stop
	// Seed drives every random choice. Default: 0, which is a seed like any
	// other.
	Seed uint64
	// Observe, if not nil, is told every sweep of every start (counted from 0).
	// Returning sweep.ErrStop ends the run with the best factors so far.
	Observe func(start int, p sweep.Point) error
}

// Factors is the result of [NMF].
type Factors struct {
	// U (p×r) has columns of unit norm, and V (r×n) the amounts; components are
	// sorted by the norm of their row of V, the largest first.
	U, V          *mat.Dense
	Trace         sweep.Trace  // of the start that U and V come from
	Status        sweep.Status // how that start ended
	RelativeError float64      // ‖X − U·V‖/‖X‖, recomputed
	Start         int          // which start they come from
}

// NMF minimises ‖X − U·V‖ over U ≥ 0 (p×rank) and V ≥ 0 (rank×n) by hierarchical
// alternating least squares, [cpd.HALS] on X as a tensor of two modes. It finds
// a stationary point, not the global minimum: use several starts. X may have
// negative entries, as noise about zero does; they are not reached.
//
// The errors are [ErrShape], [ErrNotFinite], [ErrRank], those of
// [cpd.Decompose] and that of ctx; with the last two come the best factors so far,
// if there are any. Work of a sweep: 4·p·n·rank flops.
//
// References:
//   - Cichocki, A., Zdunek, R., Amari, S.: Hierarchical ALS algorithms for
//     nonnegative matrix and 3D tensor factorization. ICA (2007).
//   - Gillis, N., Glineur, F.: Accelerated multiplicative updates and
//     hierarchical ALS algorithms for NMF. Neural Comput. 24(4) (2012).
func NMF(ctx context.Context, x mat.Matrix, rank int, opts *NMFOptions) (*Factors, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if rank < 1 {
		return nil, fmt.Errorf("%w: %d components; a model has at least 1", ErrRank, rank)
	}
	var o NMFOptions
	if opts != nil {
		o = *opts
	}
	res, err := cpd.Decompose(ctx, tensor.FromMatrix(d.dense), rank, &cpd.Options{
		Methods: []cpd.Method{o.HALS, o.HALS},
		Init:    o.Init, Starts: o.Starts, Stop: o.Stop, Seed: o.Seed, Observe: o.Observe,
	})
	if err != nil {
		err = fmt.Errorf("matrix: NMF: %w", err)
	}
	if res == nil {
		return nil, err
	}
	v := mat.NewDense(rank, d.n, nil)
	for r, w := range res.Model.Weights {
		for j := range d.n {
			v.Set(r, j, w*res.Model.Factors[1].At(j, r))
		}
	}
	return &Factors{
		U: res.Model.Factors[0], V: v,
		Trace: res.Trace, Status: res.Status, RelativeError: res.RelativeError, Start: res.Start,
	}, err
}
