package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// L1NNLS returns the V ≥ 0 that minimises ½‖X − U·V‖² + weight·Σ v, exactly: on V ≥ 0 the
// penalty is linear, so it is [NNLS] with UᵀX − weight in the place of UᵀX, followed by
// coordinate descent, which has to do something where columns of U are dependent. RelativeError is
// that of the fit, without the penalty, and KKT that of the whole problem.
//
// Errors: as [NNLS], and [ErrMethod] for a weight that is negative or not finite.
func L1NNLS(ctx context.Context, u, x mat.Matrix, weight float64) (*Abundances, error) {
	if !(weight >= 0) || math.IsInf(weight, 1) {
		return nil, fmt.Errorf("%w: the weight of L1NNLS is %g; it is ≥ 0 and finite", ErrMethod, weight)
	}
	return solve(ctx, u, x, &lasso{weight: weight}, bounded)
}

// lasso is NNLS with a linear term.
type lasso struct {
	linalg.NNLS
	weight  float64
	descent coordinates
}

func (s *lasso) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	if err := s.NNLS.Solve(a, m, g); err != nil {
		return err
	}
	s.descent.nonnegative = true // of weight 0: m is without it
	return s.descent.Solve(a, m, g)
}

// shift takes the penalty into m; unit is what m is in units of the data.
func (s *lasso) shift(m *mat.Dense, unit float64) {
	rows, _ := m.Dims()
	for i := range rows {
		row := m.RawRowView(i)
		for k := range row {
			row[k] -= s.weight * unit
		}
	}
}
