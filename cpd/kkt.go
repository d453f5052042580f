package cpd

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// KKT is how far a is from a stationary point of
//
//	½⟨A·G, A⟩ − ⟨M, A⟩ + h(A):
//
// the gradient that is left, L·‖Z − prox_{h/L}(Z − (Z·C − B)/L)‖/max(‖B‖, ‖Z·C‖), in the
// scale at which [ADMM] solves (C and B are G and M, the columns of C of unit length
// where c is free of scale) and with L above the largest eigenvalue of C. It is 0 at
// the minimiser if c is convex, and nowhere else; else at the fixed points of projected
// gradient steps. For constraints with parameters that do not fit, or input
// that is not finite, it is NaN. Work: 2·I·R² flops and one prox.
func KKT(c constraint.Constraint, a, m *mat.Dense, g *mat.SymDense) float64 {
	rows, rank := a.Dims()
	p := newProximal(c, rows, rank, false)
	if p.load(a, m, g) != nil {
		return math.NaN()
	}
	if p.curve == 0 {
		return 0
	}
	p.multiply(p.z)
	size := max(math.Sqrt(p.bb), floats.Norm(p.work.Data, 2))
	next := newGeneral(rows, rank)
	p.gradientStep(next, p.z, p.curve)
	left := 0.0
	for i, v := range next.Data {
		left += (v - p.z.Data[i]) * (v - p.z.Data[i])
	}
	if left == 0 {
		return 0
	}
	return p.curve * math.Sqrt(left) / size
}
