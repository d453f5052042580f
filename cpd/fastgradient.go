package cpd

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
)

// FastGradient solves for a factor by Nesterov's accelerated projected gradient:
//
//	Z ← prox_{h/L}(Y − (Y·G − M)/L),  Y ← Z + β(Z − Z_before),  β = (θ_before − 1)/θ,
//
// θ = (1 + √(1 + 4θ_before²))/2, L the largest eigenvalue of G, θ starting
// anew whenever the step turns against the momentum. It needs no factorisation and
// no duals, which suits problems that are well conditioned; [ADMM] is the choice for
// others, and is like it in what it does about scale, rows and descent.
//
// References:
//   - Beck, A., Teboulle, M.: A fast iterative shrinkage-thresholding algorithm
//     for linear inverse problems. SIAM J. Imaging Sci. 2(1) (2009).
//   - O'Donoghue, B., Candès, E.: Adaptive restart for accelerated gradient
//     schemes. Found. Comput. Math. 15 (2015).
//   - Guan, N., et al.: NeNMF: an optimal gradient method for nonnegative matrix
//     factorization. IEEE Trans. Signal Process. 60(6) (2012).
type FastGradient struct {
	// Constraint of the factor. Default: constraint.Nonnegative{}.
	Constraint constraint.Constraint
	// Inner is the largest number of steps in one update. Default: 50.
	Inner int
	// Tol ends them early: when L·‖Z − Y‖ is Tol of what it was in the first step, or
	// under 1e-14·‖M‖. Default: 0.1.
	Tol float64
}

func (m FastGradient) fill() FastGradient {
	if m.Constraint == nil {
		m.Constraint = constraint.Nonnegative{}
	}
	if m.Inner <= 0 {
		m.Inner = 50
	}
	if m.Tol <= 0 {
		m.Tol = 0.1
	}
	return m
}

// Begin implements [Method].
func (m FastGradient) Begin(rows, rank int) Updater {
	m = m.fill()
	return offer(newFastGradient(m, rows, rank, false), m.Constraint.Facts())
}

// Nonnegative implements [Method].
func (m FastGradient) Nonnegative() bool { return m.fill().Constraint.Facts().Nonnegative }

// Convex implements [Convex].
func (m FastGradient) Convex() bool { return m.fill().Constraint.Facts().Convex }

// Check implements [Checker].
func (m FastGradient) Check(rows, rank int) error {
	return constraint.Check(m.fill().Constraint, rows, rank)
}

type fastGradient struct {
	*proximal
	method FastGradient
	y      blas64.General
	next   blas64.General
	eigen  jacobi
}

func newFastGradient(m FastGradient, rows, rank int, single bool) *fastGradient {
	return &fastGradient{
		proximal: newProximal(m.Constraint, rows, rank, single), method: m,
		y: newGeneral(rows, rank), next: newGeneral(rows, rank),
	}
}

// String is for messages.
func (u *fastGradient) String() string { return fmt.Sprintf("FastGradient with %T", u.c) }

// Row implements [Separable].
func (u *fastGradient) Row() Updater {
	m := u.method
	m.Inner, m.Tol = max(m.Inner, rowInner), min(m.Tol, rowTol)
	return newFastGradient(m, 1, u.rank, true)
}

// Update implements [Updater].
func (u *fastGradient) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if err := u.load(a, m, g); err != nil {
		return err
	}
	if u.curve == 0 {
		return nil // G = 0: every value fits alike
	}
	u.eigen.decompose(u.gram, u.rank)
	u.curve = min(u.curve, floats.Max(u.eigen.values)*u.margin())
	before := u.before()
	copy(u.y.Data, u.z.Data)
	theta, enough := 1.0, 0.0
	for k := range u.method.Inner {
		u.gradientStep(u.next, u.y, u.curve)
		var against, moved float64
		for i, v := range u.next.Data {
			back := u.y.Data[i] - v
			against += back * (v - u.z.Data[i])
			moved += back * back
		}
		all := u.total(against, moved)
		against, moved = all[0], all[1]
		t := theta
		theta = (1 + math.Sqrt(1+4*t*t)) / 2
		beta := (t - 1) / theta
		if against > 0 {
			theta, beta = 1, 0
		}
		for i, v := range u.next.Data {
			u.y.Data[i] = v + beta*(v-u.z.Data[i])
		}
		u.z, u.next = u.next, u.z
		if k == 0 {
			enough = max(u.method.Tol*math.Sqrt(moved), residualRounding*math.Sqrt(u.bb)/u.curve)
		}
		if math.Sqrt(moved) <= enough {
			break
		}
	}
	u.settle(a, before)
	u.store(a)
	return u.err
}
