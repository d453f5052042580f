package cpd

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
)

// NNLS solves the update under A ≥ 0 exactly, by block principal pivoting with
// the rows grouped by passive set. A sweep costs more than with [HALS]; it is
// the method of choice when the mode is updated few times and the answer is to
// be exact, as abundances are.
//
// References:
//   - Kim, J., Park, H.: Fast nonnegative matrix factorization: an
//     active-set-like method and comparisons. SIAM J. Sci. Comput. 33(6) (2011).
type NNLS struct {
	// RowByRow solves one row after the other, which is faster where there are fewer than some
	// eight rows for each component, and the same up to rounding.
	RowByRow bool
}

// Begin implements [Method].
func (m NNLS) Begin(int, int) Updater { return &nnls{linalg.NNLS{RowByRow: m.RowByRow}} }

// Nonnegative implements [Method].
func (NNLS) Nonnegative() bool { return true }

type nnls struct{ linalg.NNLS }

func (u *nnls) Row() Updater { return &nnls{linalg.NNLS{RowByRow: u.RowByRow}} }

func (u *nnls) Update(a, m *mat.Dense, g *mat.SymDense) error { return u.Solve(a, m, g) }

// FCLS solves the update exactly under A ≥ 0 and rows that sum to one: fully
// constrained least squares, the abundances of whole pixels. The scale stays
// with the other factors.
type FCLS struct{}

// Begin implements [Method].
func (FCLS) Begin(int, int) Updater { return new(fcls) }

// Nonnegative implements [Method].
func (FCLS) Nonnegative() bool { return true }

type fcls struct{ linalg.FCLS }

func (*fcls) Row() Updater { return new(fcls) }

func (u *fcls) Update(a, m *mat.Dense, g *mat.SymDense) error { return u.Solve(a, m, g) }
func (*fcls) KeepsScale()                                     {}
