package cpd

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// subproblem is the problem of one factor: the Gram of U, of collinear columns
// of different sizes where wanted, and M from a truth with noise.
type subproblem struct {
	name string
	a, m *mat.Dense
	g    *mat.SymDense
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
		for k, p := range []subproblem{
			newSubproblem(12, 3, 0, 1, 1), newSubproblem(1, 1, 0, 1, 4), newSubproblem(12, 3, 2, 1, 2), newSubproblem(12, 3, 0, 0.2, 3), newSubproblem(300, 4, 1, 0.5, 5),
		} {
			if testing.Short() && k > 1 {
				continue
			}
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

// With the settings as they are by default, updates of one problem go on to the
// optimum: no tolerance ends them before, nor does a change of scale between them,
// as the sweep makes it, cost more than it must.
func TestUpdatesGoOnToTheOptimum(t *testing.T) {
	racetest.Slow(t)
	for name, c := range convexConstraints {
		for _, p := range []subproblem{newSubproblem(12, 3, 2, 1, 2), newSubproblem(12, 3, 0, 0.5, 3), newSubproblem(140, 5, 1, 0.8, 5)} {
			for _, method := range []Method{ADMM{Constraint: c}, FastGradient{Constraint: c}} {
				rows, rank := p.a.Dims()
				u := method.Begin(rows, rank)
				a, m, g := mat.DenseCopyOf(p.a), mat.DenseCopyOf(p.m), mat.NewSymDense(rank, nil)
				g.CopySym(p.g)
				for k := range 300 {
					require.NoError(t, u.Update(a, m, g))
					if _, scaled := u.(Scaled); scaled || k > 200 {
						continue
					}
					for r := range rank { // what normalising this factor does to its problem
						by := math.Pow(10, float64((k+r)%3-1))
						scaleColumn(a, r, 1/by)
						scaleColumn(m, r, by)
						scaleGram(g, r, by)
					}
				}
				require.LessOrEqual(t, KKT(c, a, m, g), 1e-6, "%s, %s, %T", name, p.name, method)
			}
		}
	}
}

// Where the constraint is not convex, updates descend to a fixed point of projected
// gradient steps.
func TestUpdatesGoOnToAFixedPoint(t *testing.T) {
	for name, c := range otherConstraints {
		for seed := range uint64(4) {
			if testing.Short() && seed > 0 {
				continue
			}
			p := newSubproblem(12, 3, float64(seed%2), 0.8, seed)
			for _, method := range []Method{ADMM{Constraint: c}, FastGradient{Constraint: c}} {
				u := method.Begin(12, 3)
				a := mat.DenseCopyOf(p.a)
				c.Prox(a, 1)
				before := p.objective(c, a)
				for k := range 3000 {
					require.NoError(t, u.Update(a, p.m, p.g))
					now := p.objective(c, a)
					if !(now <= before+1e-12*math.Abs(before)) {
						require.LessOrEqual(t, now, before, "%s, update %d", name, k)
					}
					before = now
					if k%100 == 99 && KKT(c, a, p.m, p.g) <= 1e-9 {
						break
					}
				}
				require.LessOrEqual(t, KKT(c, a, p.m, p.g), 1e-6, "%s, seed %d, %T", name, seed, method)
			}
		}
	}
}

// KKT sees what is not optimal, and refuses to judge what is no problem.
func TestKKTSeesErrors(t *testing.T) {
	c := constraint.Nonnegative{}
	p := newSubproblem(12, 3, 0, 1, 1)
	a := p.slow(c)
	require.LessOrEqual(t, KKT(c, a, p.m, p.g), 1e-9)
	a.Set(3, 1, a.At(3, 1)+1e-3)
	require.Greater(t, KKT(c, a, p.m, p.g), 1e-6)
	p.m.Set(0, 0, math.NaN())
	require.True(t, math.IsNaN(KKT(c, a, p.m, p.g)))
	require.True(t, math.IsNaN(KKT(constraint.Box{Lo: 1}, a, p.m, p.g)))
	require.Zero(t, KKT(c, a, mat.NewDense(12, 3, nil), mat.NewSymDense(3, nil)))
}

// A run in which one factor is solved for and the others are known ends at the
// optimum under the default stop.
func TestRunsOfOneFactorAreExact(t *testing.T) {
	rng := newRand(91)
	dims := []int{15, 9, 8}
	x := planted(rng, dims, 4, false, 0.3)
	for name, c := range convexConstraints {
		start := drawnFactors(rng, dims, 4, true)
		for n := range dims {
			methods := same(Fixed{}, 3)
			methods[n] = ADMM{Constraint: c}
			s, err := NewALS(x, start, begin(methods, dims, 4))
			require.NoError(t, err)
			_, status, err := sweep.Run(t.Context(), s, sweep.DefaultStop, nil)
			require.NoError(t, err)
			require.Equal(t, sweep.Converged, status, name)
			x.MTTKRP(s.m[n], s.Factors(), n)
			s.gramExcept(n)
			require.LessOrEqual(t, KKT(c, s.factor[n], s.m[n], s.g), 1e-5, "%s, mode %d", name, n)
		}
	}
}

// Bad parameters are refused before any work, by mode.
func TestConstraintsAreChecked(t *testing.T) {
	x := planted(newRand(92), []int{5, 4, 3}, 2, true, 0.1)
	for _, c := range []constraint.Constraint{
		constraint.Box{Lo: 2, Hi: 1},
		constraint.L1{Weight: -1},
		constraint.L0{},
		constraint.Simplex{Sum: -1},
		constraint.Ball{Radius: -1},
		constraint.Sphere{Radius: math.Inf(1)},
		constraint.Smooth{Weight: math.NaN()},
		constraint.Known{Index: []int{0}},
	} {
		for _, m := range []Method{ADMM{Constraint: c}, FastGradient{Constraint: c}} {
			_, err := Decompose(t.Context(), x, 2, &Options{Methods: []Method{nil, m}})
			require.ErrorIs(t, err, ErrOptions, "%T", c)
			require.ErrorIs(t, err, constraint.ErrParameter, "%T", c)
			require.ErrorContains(t, err, "mode 1")
			_, err = NewALS(x, drawnFactors(newRand(93), x.Dims(), 2, true), []Updater{m.Begin(5, 2), LeastSquares{}.Begin(4, 2), LeastSquares{}.Begin(3, 2)})
			if err == nil { // who drives the loop is told by the first update
				err = m.Begin(4, 2).Update(mat.NewDense(4, 2, nil), mat.NewDense(4, 2, nil), mat.NewSymDense(2, nil))
			}
			require.ErrorIs(t, err, constraint.ErrParameter)
		}
	}
}

// One, two and three workers make the same bits, also where blocks are many.
func TestProximalRunsDoNotDependOnWorkers(t *testing.T) {
	racetest.Slow(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x := planted(newRand(94), []int{1300, 60, 5}, 4, true, 0.1)
	for _, m := range everyMethod([]int{60}, 4) {
		run := func(workers int) *Result {
			runtime.GOMAXPROCS(workers)
			r, err := Decompose(t.Context(), x, 4, &Options{Methods: []Method{m, m}, Stop: sweep.MaxSweeps(3)})
			require.NoError(t, err)
			return r
		}
		one := run(1)
		for _, workers := range []int{2, 3} {
			require.Equal(t, errorsOf(one.Trace), errorsOf(run(workers).Trace), "%s, %d workers", methodName(m), workers)
		}
	}
}

// Rows with Grams of their own, solved apart, descend as well: the exact form of
// data with unknown cells.
func TestSeparableMethodsDescendOnKnownCells(t *testing.T) {
	racetest.Slow(t)
	dims := []int{9, 8, 7}
	x := masked(planted(newRand(95), dims, 3, true, 0.2), 96, 0.6)
	for _, m := range everyMethod(dims, 3) {
		if !FactsOf(m).Separable {
			continue
		}
		s, err := NewALS(x.Exact(), drawnFactors(newRand(97), dims, 3, true), begin([]Method{m, HALS{}, HALS{}}, dims, 3))
		require.NoError(t, err)
		before := math.Inf(1)
		for k := range 30 {
			p, err := s.Sweep()
			require.NoError(t, err)
			require.LessOrEqual(t, p.RelativeError, before+1e-12, "%s, sweep %d", methodName(m), k)
			before = p.RelativeError
		}
	}
}

// Normalising a factor between its updates, as the sweep does, changes nothing but
// the scale of what follows: the duals are those of the rescaled problem.
func TestDualsFollowTheScale(t *testing.T) {
	for name, c := range sets() {
		if !c.Facts().ScaleFree {
			continue
		}
		for _, method := range []Method{ADMM{Constraint: c, Inner: 3}, FastGradient{Constraint: c, Inner: 3}} {
			p := newSubproblem(12, 3, 1, 0.5, 21)
			plain, scaled := method.Begin(12, 3), method.Begin(12, 3)
			a, b, m, g := mat.DenseCopyOf(p.a), mat.DenseCopyOf(p.a), mat.DenseCopyOf(p.m), mat.NewSymDense(3, nil)
			g.CopySym(p.g)
			for k := range 4 {
				require.NoError(t, plain.Update(a, p.m, p.g))
				require.NoError(t, scaled.Update(b, m, g))
				for r := range 3 {
					by := math.Pow(7, float64((k+r)%3-1))
					scaleColumn(b, r, 1/by)
					scaleColumn(m, r, by)
					scaleGram(g, r, by)
				}
			}
			for r := range 3 { // the scale that b is at now
				scaleColumn(b, r, math.Sqrt(g.At(r, r)/p.g.At(r, r)))
			}
			require.InDeltaSlice(t, a.RawMatrix().Data, b.RawMatrix().Data, 1e-10*mat.Norm(a, 2), "%s, %T", name, method)
		}
	}
}

// The factors of a result meet their constraints, and are the model.
func TestFactorsOfAResultMeetTheirConstraints(t *testing.T) {
	racetest.Slow(t)
	dims := []int{20, 9, 8}
	x := planted(newRand(98), dims, 3, true, 0.1)
	for _, some := range []map[string]constraint.Constraint{convexConstraints, otherConstraints} {
		for name, c := range some {
			r, err := Decompose(t.Context(), x, 3, &Options{Methods: []Method{ADMM{Constraint: c}, HALS{}, ADMM{Constraint: constraint.Unimodal{}}}, Stop: sweep.MaxSweeps(20)})
			require.NoError(t, err)
			require.False(t, math.IsInf(c.Value(r.Factors[0]), 1), name)
			require.Zero(t, constraint.Nonnegative{}.Value(r.Factors[1]), name)
			require.Zero(t, constraint.Unimodal{}.Value(r.Factors[2]), name)
			require.InDeltaSlice(t, r.Model.Dense().Data(), tensor.NewKruskal(r.Factors...).Dense().Data(), 1e-12*math.Sqrt(x.SquaredNorm()), name)
		}
	}
}
