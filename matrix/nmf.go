package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// NMFOptions of [NMF]. The zero value, or nil, is one random start of [Squares].
type NMFOptions struct {
	// Method says what is minimised, over which U and V, and how. Default: Squares{},
	// nonnegative least squares by HALS.
	Method NMFMethod
	// Init makes the start: factor 0 is U, factor 1 is Vᵀ. Default: cpd.Random{}. See
	// [NNDSVD], [Pure], [Clusters] and [BestOf] as well.
	Init cpd.Init
	// Starts is the number of runs; the one with the least loss is returned.
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
	// sorted by the norm of their row of V, the largest first. A method that gives
	// norms or order a meaning of their own says so and leaves them alone.
	U, V          *mat.Dense
	C             *mat.Dense   // n×r, U = X·C: of Archetypal; else nil
	Trace         sweep.Trace  // of the start that U and V come from
	Status        sweep.Status // how that start ended
	RelativeError float64      // ‖X − U·V‖/‖X‖ over the known entries, recomputed
	// Loss is what the method minimised, as its comment defines it: ‖X − U·V‖² of
	// [Squares].
	Loss  float64
	Start int // which start they come from

	method NMFMethod
}

// An NMFMethod is a kind of nonnegative matrix factorisation with its algorithm: a value
// without state, so that one may serve several runs. They are this package's own:
// [Squares], [AHALS], [BetaDivergence], [Sparse], [Hoyer], [AverageHoyer], [MinimumVolume],
// [Orthogonal], [Projective], [Symmetric], [Weighted], [Underapproximation], [KSummits] and
// [LowRankSparse].
type NMFMethod interface {
	// fit runs all starts.
	fit(ctx context.Context, p *problem) (*Factors, error)
	// coefficients is V for columns of new data, given U.
	coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error)
}

// NMF factors x ≈ U·V with U ≥ 0 (p×rank) and V ≥ 0 (rank×n): by default it minimises
// ‖X − U·V‖² by hierarchical alternating least squares; NMFOptions.Method has the
// variants. It finds a stationary point, not the global minimum: use several starts. X
// may have negative entries, as noise about zero does, unless the method refuses them;
// they are not reached.
//
// The errors are [ErrShape], [ErrNotFinite], [ErrRank], [ErrMethod], those of
// [cpd.Decompose] and that of ctx; with the last two come the best factors so far,
// if there are any. Work of a sweep: 4·p·n·rank flops, where a method does not say
// otherwise.
//
// References:
//   - Gillis, N.: Nonnegative Matrix Factorization. SIAM (2020).
//   - Cichocki, A., Zdunek, R., Amari, S.: Hierarchical ALS algorithms for
//     nonnegative matrix and 3D tensor factorization. ICA (2007).
func NMF(ctx context.Context, x mat.Matrix, rank int, opts *NMFOptions) (*Factors, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	return NMFTensor(ctx, tensor.FromMatrix(d.dense), rank, opts)
}

// NMFTensor is [NMF] of a tensor of order 2: a [tensor.Sparse] matrix, which is not made
// dense, a [tensor.Tiled] one, which is not in memory, data of which some entries are
// unknown, [tensor.Masked] and [tensor.Observed], or data split over several processes,
// [tensor.Partitioned], where U or V has the rows or columns that are here. Not every
// method takes every kind of data; [ErrMethod] says so.
func NMFTensor(ctx context.Context, x tensor.Tensor, rank int, opts *NMFOptions) (*Factors, error) {
	p, err := newProblem(x, rank, opts)
	if err != nil {
		return nil, err
	}
	if _, ok := p.o.Method.(Squares); !ok && tensor.PartsOf(x) != nil {
		return nil, fmt.Errorf("%w: %T needs the matrix in one process; one that is split over several is factored by Squares", ErrMethod, p.o.Method)
	}
	if p.xx == 0 {
		return p.zero(), nil
	}
	f, err := p.o.Method.fit(ctx, p)
	if failed := tensor.Err(x); failed != nil {
		return nil, fmt.Errorf("matrix: NMF: %w: %w", cpd.ErrRead, failed)
	}
	if err != nil {
		err = fmt.Errorf("matrix: NMF: %w", err)
	}
	if f != nil {
		f.method = p.o.Method
	}
	return f, err
}

// Transform returns the V (r×n) of new columns x (p×n) for the U of f: what f's method
// minimises, over V alone, which is a convex problem for [Squares] with the default
// methods ([NNLS]), [BetaDivergence] with β from 1 to 2, and [MinimumVolume] ([FCLS]).
// Columns are independent of each other. Of other methods V is the nonnegative least squares
// solution, and of [Orthogonal] the best one with a single entry a column.
//
// The errors are [ErrShape], [ErrNotFinite], [ErrMethod] and that of ctx.
func (f *Factors) Transform(ctx context.Context, x mat.Matrix) (*mat.Dense, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if p, _ := f.U.Dims(); p != d.p {
		return nil, fmt.Errorf("%w: U has %d rows, X is %d×%d", ErrShape, p, d.p, d.n)
	}
	method := f.method
	if method == nil {
		method = Squares{}
	}
	return method.coefficients(ctx, f.U, d.dense)
}

// leastSquares is the coefficients of methods that have no others.
func leastSquares(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	a, err := NNLS(ctx, u, x)
	if err != nil {
		return nil, err
	}
	return a.V, nil
}
