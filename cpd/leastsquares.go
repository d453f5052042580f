package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// LeastSquares solves A·G = M without a constraint: the update of plain ALS.
// Where G is not numerically positive definite (components that are collinear
// or zero, a rank beyond the sizes) it takes the solution of minimum norm.
type LeastSquares struct{}

// Begin implements [Method].
func (LeastSquares) Begin(int, int) Updater { return new(leastSquares) }

// Nonnegative implements [Method].
func (LeastSquares) Nonnegative() bool { return false }

type leastSquares struct{ linalg.LS }

func (*leastSquares) Row() Updater { return new(leastSquares) }

func (u *leastSquares) Update(a, m *mat.Dense, g *mat.SymDense) error { return u.Solve(a, m, g) }
