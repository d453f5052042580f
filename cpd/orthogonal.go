package cpd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// Orthogonal solves the update under AᵀA = 1 exactly: ⟨A·G, A⟩ is then the trace of
// G whatever A is, so that A is the polar factor of M. Another mode has to carry
// the scale, and to be unconstrained or scale-free for that. At most as many
// components as rows.
//
// References:
//   - Sørensen, M., De Lathauwer, L., Comon, P., Icart, S., Deneire, L.: Canonical
//     polyadic decomposition with a columnwise orthonormal factor matrix. SIAM J.
//     Matrix Anal. Appl. 33(4) (2012).
type Orthogonal struct{}

// Begin implements [Method].
func (Orthogonal) Begin(rows, rank int) Updater {
	return orthogonal{constraint.Orthogonal{}.Check(rows, rank)}
}

// Nonnegative implements [Method].
func (Orthogonal) Nonnegative() bool { return false }

// Convex implements [Convex].
func (Orthogonal) Convex() bool { return false }

// Check implements [Checker].
func (Orthogonal) Check(rows, rank int) error { return constraint.Orthogonal{}.Check(rows, rank) }

type orthogonal struct{ err error }

func (orthogonal) KeepsScale() {}

func (u orthogonal) start(a *mat.Dense) {
	if u.err == nil {
		constraint.Orthogonal{}.Prox(a, 1)
	}
}

func (u orthogonal) Update(a, m *mat.Dense, _ *mat.SymDense) error {
	if u.err != nil {
		return u.err
	}
	a.Copy(m)
	constraint.Orthogonal{}.Prox(a, 1)
	if math.IsNaN(a.At(0, 0)) { // all or nothing
		return fmt.Errorf("%w: the normal equations hold a NaN or an infinity", ErrNotFinite)
	}
	return nil
}
