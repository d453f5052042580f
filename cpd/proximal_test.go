package cpd

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/tensor"
)

// subproblem is the problem of one factor: the Gram of U, of collinear columns
// of different sizes where wanted, and M from a truth with noise.
type subproblem struct {
	name    string
	a, m    *mat.Dense
	g       *mat.SymDense
	penalty constraint.Constraint
}

func newSubproblem(rows, rank int, collinear, spread float64, seed uint64) subproblem {
	rng := newRand(seed)
	u := drawn(rng, 30, rank, false)
	for i := range 30 {
		for r := 1; r < rank; r++ {
			u.Set(i, r, (u.At(i, 0)*collinear+u.At(i, r))*math.Pow(spread, float64(r)))
		}
	}
	p := subproblem{name: fmt.Sprintf("%d×%d/collinear=%g/spread=%g", rows, rank, collinear, spread), g: mat.NewSymDense(rank, nil), m: mat.NewDense(rows, rank, nil), a: drawn(rng, rows, rank, true)}
	tensor.Gram(p.g, u)
	x := mat.NewDense(rows, 30, nil)
	truth := drawn(rng, rows, rank, false)
	x.Mul(truth, u.T())
	x.Apply(func(_, _ int, v float64) float64 { return v + 0.3*rng.NormFloat64() }, x)
	p.m.Mul(x, u)
	return p
}

func (p subproblem) objective(c constraint.Constraint, a *mat.Dense) float64 {
	var ag mat.Dense
	ag.Mul(a, p.g)
	sum := c.Value(a)
	rows, rank := a.Dims()
	for i := range rows {
		for r := range rank {
			sum += a.At(i, r) * (ag.At(i, r)/2 - p.m.At(i, r))
		}
	}
	return sum
}

// slow is the minimiser by plain projected gradient steps, until they are at rounding.
func (p subproblem) slow(c constraint.Constraint) *mat.Dense {
	rows, rank := p.a.Dims()
	var eig mat.EigenSym
	eig.Factorize(p.g, false)
	l := eig.Values(nil)[rank-1]
	a, next := mat.DenseCopyOf(p.a), mat.NewDense(rows, rank, nil)
	c.Prox(a, 1/l)
	for range 200000 {
		next.Mul(a, p.g)
		next.Sub(p.m, next)
		next.Scale(1/l, next)
		next.Add(a, next)
		c.Prox(next, 1/l)
		a, next = next, a
		next.Sub(a, next)
		if mat.Norm(next, 2) <= 1e-12*mat.Norm(a, 2) {
			break
		}
	}
	return a
}

var convexConstraints = map[string]constraint.Constraint{
	"nonnegative":         constraint.Nonnegative{},
	"box":                 constraint.Box{Lo: -0.2, Hi: 0.5},
	"l1":                  constraint.L1{Weight: 3},
	"l1 nonnegative":      constraint.L1{Weight: 3, Nonnegative: true},
	"simplex rows":        constraint.Simplex{},
	"simplex columns":     constraint.Simplex{ByColumn: true},
	"ball":                constraint.Ball{},
	"smooth":              constraint.Smooth{Weight: 5},
	"smooth nonnegative":  constraint.Smooth{Weight: 5, Nonnegative: true},
	"increasing":          constraint.Monotone{},
	"decreasing, nonneg.": constraint.Monotone{Decreasing: true, Nonnegative: true},
}

var otherConstraints = map[string]constraint.Constraint{
	"l0 columns":           constraint.L0{K: 3},
	"l0 rows":              constraint.L0{K: 1, ByRow: true, Nonnegative: true},
	"sphere":               constraint.Sphere{},
	"unimodal":             constraint.Unimodal{},
	"unimodal nonnegative": constraint.Unimodal{Nonnegative: true},
}

// Whatever the constraint, both solvers reach the optimum that plain projected
// gradient reaches, and say so by KKT.
func TestProximalSolversReachTheOptimum(t *testing.T) {
	for name, c := range convexConstraints {
		for _, p := range []subproblem{
			newSubproblem(12, 3, 0, 1, 1), newSubproblem(12, 3, 2, 1, 2), newSubproblem(12, 3, 0, 0.2, 3), newSubproblem(1, 1, 0, 1, 4), newSubproblem(300, 4, 1, 0.5, 5),
		} {
			t.Run(name+"/"+p.name, func(t *testing.T) {
				best := p.objective(c, p.slow(c))
				size := math.Abs(best) + mat.Norm(p.m, 2)
				rows, rank := p.a.Dims()
				for _, method := range []Method{
					ADMM{Constraint: c, Inner: 20000, Tol: 1e-10},
					FastGradient{Constraint: c, Inner: 20000, Tol: 1e-10},
				} {
					a := mat.DenseCopyOf(p.a)
					require.NoError(t, method.Begin(rows, rank).Update(a, p.m, p.g))
					require.LessOrEqual(t, p.objective(c, a), best+1e-9*size, "%T", method)
					require.LessOrEqual(t, KKT(c, a, p.m, p.g), 1e-8, "%T", method)
				}
			})
		}
	}
}
