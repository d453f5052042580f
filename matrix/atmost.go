package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/linalg"
)

// AtMostNNLS returns the V ≥ 0 with at most k entries that are not zero in every column
// that minimises ‖X − U·V‖: with cpd.ExactSupports the best of all supports, by branch and
// bound, with the other searches one that is quick to find. The Kuhn–Tucker residual of
// a problem that is not convex is not given: KKT is 0.
//
// Errors: as [NNLS], and [ErrRank] unless 1 ≤ k ≤ r. Work: that of NNLS, and for a
// column at most C(r, k) problems of r unknowns, of which bounds leave few where few
// components make up most of it.
func AtMostNNLS(ctx context.Context, u, x mat.Matrix, k int, search cpd.SupportSearch) (*Abundances, error) {
	if u == nil {
		return nil, fmt.Errorf("%w: U is nil", ErrShape)
	}
	if _, r := u.Dims(); k < 1 || k > r {
		return nil, fmt.Errorf("%w: at most %d of %d components in a column; want 1 to the number of components", ErrRank, k, r)
	}
	if err := (cpd.KSparse{K: k, Search: search}).Check(0, 0); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMethod, err)
	}
	return solve(ctx, u, x, &linalg.KSparse{K: k, Search: search}, 0)
}

// BudgetAbundances is what [BudgetNNLS] finds.
type BudgetAbundances struct {
	Abundances
	// LeastError is a relative error that no V within the budget is below.
	LeastError float64
}

// BudgetNNLS returns a V ≥ 0 with at most total entries that are not zero in all of it
// that minimises ‖X − U·V‖: columns that are worth it get more of them. It gives the
// entries out along the concave hulls of what they bring to each column, which is the
// optimum but for what does not come out even; LeastError says how far it can be. KKT
// is 0.
//
// Errors: as [NNLS], and [ErrRank] for a negative total. Work: that of [AtMostNNLS] for
// every k up to r, twice. Memory: r + 3 numbers for each entry of V.
//
// Reference: Nadisic, N., Cohen, J.E., Vandaele, A., Gillis, N.: Matrix-wise
// ℓ0-constrained sparse nonnegative least squares. Mach. Learn. 111 (2022).
func BudgetNNLS(ctx context.Context, u, x mat.Matrix, total int) (*BudgetAbundances, error) {
	if total < 0 {
		return nil, fmt.Errorf("%w: a budget of %d entries", ErrRank, total)
	}
	ud, err := newData("U", u)
	if err != nil {
		return nil, err
	}
	xd, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if ud.p != xd.p {
		return nil, fmt.Errorf("%w: U is %d×%d, X is %d×%d, want the same number of rows", ErrShape, ud.p, ud.n, xd.p, xd.n)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f := newFit(&ud, &xd)
	a, m := mat.NewDense(xd.n, f.r, nil), mat.NewDense(xd.n, f.r, nil)
	for lo := 0; lo < xd.n; lo += columnsBlock {
		hi := min(lo+columnsBlock, xd.n)
		f.products(lo, hi)
		m.Slice(lo, hi, 0, f.r).(*mat.Dense).Copy(f.m)
	}
	s := linalg.SparseBudget{Total: total}
	if err := s.Solve(a, m, f.g); err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	res := &BudgetAbundances{Abundances: Abundances{V: mat.NewDense(f.r, xd.n, nil)}}
	for lo := 0; lo < xd.n; lo += columnsBlock {
		hi := min(lo+columnsBlock, xd.n)
		n := hi - lo
		f.a = f.full.Slice(0, n, 0, f.r).(*mat.Dense)
		f.a.Copy(a.Slice(lo, hi, 0, f.r))
		f.finish(res.V, lo, hi)
	}
	if f.xx > 0 {
		res.RelativeError = math.Sqrt(f.rr / f.xx)
		toData := xd.scale / ud.scale // gains are in units of scaled U, f.rr of scaled X
		res.LeastError = math.Sqrt(max(0, (f.rr-(s.Bound-s.Gain)*toData*toData)/f.xx))
	}
	return res, nil
}
