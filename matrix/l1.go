package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// L1LS returns the V of any sign that minimises ½‖X − D·V‖² + weight·Σ|v|, the lasso of
// every column, by coordinate descent until slopes stand still to 1e-13. RelativeError is
// that of the fit, without the penalty, and KKT, which is of V ≥ 0, is 0.
//
// Errors: as [NNLS], and [ErrMethod] for a weight that is not positive and finite. Work: d
// flops for each entry that is looked at, d² for all of a column.
//
// Reference:
//   - Tibshirani, R.: Regression shrinkage and selection via the lasso. J. R. Stat. Soc. B
//     58(1) (1996).
func L1LS(ctx context.Context, d, x mat.Matrix, weight float64) (*Abundances, error) {
	if !(weight > 0) || math.IsInf(weight, 1) {
		return nil, fmt.Errorf("%w: the weight of L1LS is %g; it is > 0 and finite", ErrMethod, weight)
	}
	return solve(ctx, d, x, &coordinates{weight: weight}, 0)
}
