package cpd

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// algorithms are all of them, with what their modes may be.
var algorithms = map[string]struct {
	algorithm Algorithm
	bounds    bool // factors ≥ 0
	free      bool // factors of any sign
	exact     bool // the exact form of incomplete data
}{
	"Alternating":          {Alternating{}, true, true, true},
	"Extrapolated":         {Extrapolated{}, true, true, true},
	"GaussNewton":          {GaussNewton{}, false, true, false},
	"LBFGS":                {LBFGS{}, false, true, false},
	"ConjugateGradient":    {ConjugateGradient{}, false, true, false},
	"ProjectedQuasiNewton": {ProjectedQuasiNewton{}, true, true, false},
	"Generalized":          {Generalized{}, true, true, true},
	"Generalized/Huber":    {Generalized{Loss: Huber{10}}, true, true, true},
}

// Every algorithm with every kind of data either descends to the planted model or
// refuses, and says what to use.
func TestAlgorithmsAndData(t *testing.T) {
	racetest.Slow(t)
	dims, rank := []int{14, 12, 10}, 3
	for _, nonnegative := range []bool{false, true} {
		rng := newRand(71)
		truth := drawnFactors(rng, dims, rank, nonnegative)
		for n, a := range truth { // zeros, so that some data are sparse and columns unlike
			a.Apply(func(i, r int, v float64) float64 {
				if (i+r+n)%3 == 0 {
					return 0
				}
				return v
			}, a)
		}
		x := tensor.NewKruskal(truth...).Dense()
		single := make([]float32, len(x.Data()))
		for i, v := range x.Data() {
			single[i] = float32(v)
		}
		known := masked(x, 72, 0.7)
		data := map[string]tensor.Tensor{
			"dense": x, "single": tensor.NewDense32(dims, single), "sparse": sparseOf(x), "masked": known, "masked exact": known.Exact(),
		}
		for name, a := range algorithms {
			for kind, y := range data {
				t.Run(fmt.Sprintf("%s/%s/nonnegative=%v", name, kind, nonnegative), func(t *testing.T) {
					method, works := Method(LeastSquares{}), a.free
					if nonnegative {
						method, works = HALS{}, a.bounds
					}
					r, err := Decompose(t.Context(), y, rank, &Options{
						Algorithm: a.algorithm, Methods: same(method, 3), Starts: 3,
						Stop: sweep.Any(sweep.Target(1e-7), sweep.MaxSweeps(1500)),
					})
					if works = works && (kind != "masked exact" || a.exact); !works {
						require.ErrorIs(t, err, ErrOptions)
						require.ErrorContains(t, err, "use ")
						require.ErrorContains(t, err, "Alternating{}")
						return
					}
					require.NoError(t, err)
					require.Less(t, r.RelativeError, 1e-6)
					require.Greater(t, congruence(truth, r.Model), 1-1e-4)
					require.Equal(t, r.Model.RelativeError(y), r.RelativeError)
					if nonnegative {
						for _, f := range r.Model.Factors {
							require.GreaterOrEqual(t, mat.Min(f), 0.0)
						}
					}
				})
			}
		}
	}
}

// The squared error never rises, whatever the data, and the point of a sweep is the
// error of the model after it.
func TestAlgorithmsDescend(t *testing.T) {
	racetest.Slow(t)
	problems := corpus()
	for name, a := range algorithms {
		t.Run(name, func(t *testing.T) {
			for _, p := range problems {
				order := len(p.x.Dims())
				methods := same(LeastSquares{}, order)
				if a.bounds && (a.algorithm == Algorithm(ProjectedQuasiNewton{}) || len(p.name)%2 == 0) {
					methods = append(same(HALS{}, order-1), NNLS{})
				}
				s, err := a.algorithm.Begin(Problem{X: p.x, Start: p.start, Methods: methods, Rand: newRand(1)})
				require.NoError(t, err, p.name)
				before := math.Inf(1)
				for k := range 8 {
					point, err := s.Sweep()
					require.NoError(t, err, "%s, sweep %d", p.name, k)
					model := s.Model()
					now := slowError(p.x, model)
					require.False(t, math.IsNaN(now), p.name)
					length := 1.0
					for _, w := range model.Weights {
						length += math.Abs(w) / math.Sqrt(p.x.SquaredNorm())
					}
					if _, generalized := a.algorithm.(Generalized); !generalized {
						rise := 64 * eps * length * length
						if _, ok := methods[0].(LeastSquares); ok { // what singular Grams give up; see checkDescent
							rise += float64(size(p.x.Dims())*len(model.Weights)) / linalg.MaxCond
						}
						require.LessOrEqual(t, now*now, before*before+rise, "%s, sweep %d", p.name, k)
					}
					require.InDelta(t, now*now, point.RelativeError*point.RelativeError, 64*eps*length*length, "%s, sweep %d", p.name, k)
					before = now
				}
			}
		})
	}
}

// Units of the data change nothing but the weights, up to the ends of what can be
// squared; nor do columns of the start that are scaled against each other.
func TestAlgorithmsAndScale(t *testing.T) {
	x := planted(newRand(21), []int{6, 5, 4}, 3, true, 0.1)
	for name, a := range algorithms {
		if _, ok := a.algorithm.(Generalized); ok {
			continue // whose losses have a unit of their own
		}
		method := Method(LeastSquares{})
		if a.bounds {
			method = NNLS{}
		}
		run := func(by float64, scale func(start []*mat.Dense)) []float64 {
			start := drawnFactors(newRand(22), x.Dims(), 3, true)
			scale(start)
			start[0].Scale(by, start[0])
			r, err := Decompose(t.Context(), scaled(x, by), 3, &Options{
				Algorithm: a.algorithm, Methods: same(method, 3), Init: Given{start}, Stop: sweep.MaxSweeps(12),
			})
			require.NoError(t, err, "%s at %g", name, by)
			require.InEpsilon(t, slowError(scaled(x, by), r.Model), r.RelativeError, 1e-9, "%s at %g", name, by)
			return errorsOf(r.Trace)
		}
		want := run(1, func([]*mat.Dense) {})
		for _, by := range []float64{1e-150, 1e-12, 1e12, 1e150} {
			require.InDeltaSlice(t, want, run(by, func([]*mat.Dense) {}), 1e-6, "%s at %g", name, by)
		}
		require.InDeltaSlice(t, want, run(1, func(start []*mat.Dense) {
			scaleColumn(start[0], 1, 1e40)
			scaleColumn(start[1], 1, 1e-70)
			scaleColumn(start[2], 1, 1e30)
		}), 1e-6, name)
	}
}

// A Fixed factor is not touched, and the others are fitted to it.
func TestAlgorithmsKeepFixedFactors(t *testing.T) {
	rng := newRand(73)
	dims := []int{9, 8, 7}
	truth := drawnFactors(rng, dims, 3, true)
	x := tensor.NewKruskal(truth...).Dense()
	for name, a := range algorithms {
		start := drawnFactors(newRand(79), dims, 3, true)
		start[1] = mat.DenseCopyOf(truth[1])
		start[1].Scale(1e3, start[1])
		start[2].Scale(1e-3, start[2])
		method := Method(LeastSquares{})
		if a.bounds {
			method = HALS{}
		}
		r, err := Decompose(t.Context(), x, 3, &Options{
			Algorithm: a.algorithm, Methods: []Method{method, Fixed{}, method}, Init: Given{start},
			Stop: sweep.Any(sweep.Target(1e-9), sweep.MaxSweeps(1000)),
		})
		require.NoError(t, err, name)
		require.Less(t, r.RelativeError, 1e-6, name)
		for q := range 3 {
			best := 0.0
			for s := range 3 {
				u, v := r.Model.Factors[1].ColView(q), start[1].ColView(s)
				best = max(best, mat.Dot(u, v)/mat.Norm(v, 2))
			}
			require.InDelta(t, 1, best, 1e-14, name)
		}
	}
	for _, a := range []Algorithm{GaussNewton{}, LBFGS{}, ConjugateGradient{}, ProjectedQuasiNewton{}, Generalized{}} {
		_, err := Decompose(t.Context(), x, 3, &Options{Algorithm: a, Methods: same(Fixed{}, 3), Init: Given{truth}})
		require.ErrorIs(t, err, ErrOptions)
		_, err = Decompose(t.Context(), x, 3, &Options{Algorithm: a, Methods: []Method{FCLS{}}})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, "mode 0 (cpd.FCLS)")
	}
}

// free asks nothing of any mode.
func free(order int) []demand {
	d := make([]demand, order)
	for n := range d {
		d[n] = anything
	}
	return d
}

// The gradient of the squares is that of finite differences, of complete data and of
// known cells.
func TestSquaresGradient(t *testing.T) {
	for _, dims := range [][]int{{6}, {5, 4}, {5, 4, 3}, {3, 2, 4, 2}} {
		x := planted(newRand(74), dims, 2, false, 0.3)
		for kind, y := range map[string]tensor.Tensor{"complete": x, "masked": masked(x, 75, 0.6)} {
			rng := newRand(76)
			v := newVariables(dims, 3, free(len(dims)))
			for n, a := range drawnFactors(rng, dims, 3, false) {
				v.factor[n].Copy(a)
			}
			fit, err := newSquares(y, v, "test")
			require.NoError(t, err)
			grad, none := v.like(), v.like()
			got := fit.evaluate(v, grad)
			model := fit.model(v)
			require.InEpsilon(t, model.RelativeError(y), got.rel, 1e-10)
			for i := range v.z {
				kept, h := v.z[i], 1e-5
				v.z[i] = kept + h
				above := fit.evaluate(v, none)
				v.z[i] = kept - h
				below := fit.evaluate(v, none)
				v.z[i] = kept
				require.InDelta(t, (above.f-below.f)/(2*h), grad.z[i], 1e-5*(1+got.f), "%s %v variable %d", kind, dims, i)
			}
		}
	}
}

// Products with JᵀJ are those of the Jacobian, made column by column by the
// definition, and the preconditioner inverts the blocks of its diagonal.
func TestNormalMatchesTheJacobian(t *testing.T) {
	for _, dims := range [][]int{{5}, {4, 3}, {4, 3, 2}, {2, 3, 1, 2}} {
		const rank, mu = 2, 0.3
		rng := newRand(77)
		v := newVariables(dims, rank, free(len(dims)))
		for n, a := range drawnFactors(rng, dims, rank, false) {
			v.factor[n].Copy(a)
		}
		g := newGrams(v)
		g.set(v)
		s := newNormal(v)
		s.set(v, &g)
		require.Equal(t, mu, s.damp(mu))

		cells := size(dims)
		j := mat.NewDense(cells, len(v.z), nil) // the model is linear in every variable
		for i, kept := range v.z {
			v.z[i] = kept + 1
			more := tensor.NewKruskal(v.factor...).Dense()
			v.z[i] = kept
			less := tensor.NewKruskal(v.factor...).Dense()
			for at := range cells {
				j.Set(at, i, more.Data()[at]-less.Data()[at])
			}
		}
		var full mat.Dense
		full.Mul(j.T(), j)
		for i := range v.z {
			full.Set(i, i, full.At(i, i)+mu)
		}
		p, got, back := v.like(), v.like(), v.like()
		for i := range p.z {
			p.z[i] = rng.NormFloat64()
		}
		s.product(got, p)
		var want mat.VecDense
		want.MulVec(&full, mat.NewVecDense(len(p.z), p.z))
		require.InDeltaSlice(t, want.RawVector().Data, got.z, 1e-10, "%v", dims)

		for n := range dims {
			lo, hi := v.at[n], v.at[n+1]
			s.precondition(back, p)
			var block mat.VecDense
			block.MulVec(full.Slice(lo, hi, lo, hi), mat.NewVecDense(hi-lo, back.z[lo:hi]))
			require.InDeltaSlice(t, p.z[lo:hi], block.RawVector().Data, 1e-9, "%v mode %d", dims, n)
		}
	}
}

// On the collinear case, congruence 0.9 in every mode, alternating updates take 1470
// sweeps from this start, and 170 with a line search.
func TestGaussNewtonLeavesTheSwamp(t *testing.T) {
	racetest.Slow(t)
	ref := readReference(t, "swamp")
	for _, c := range []struct {
		algorithm Algorithm
		sweeps    int
	}{{GaussNewton{}, 60}, {LBFGS{}, 250}, {ConjugateGradient{}, 400}, {Extrapolated{}, 400}} {
		r, err := Decompose(t.Context(), ref.x, 5, &Options{Algorithm: c.algorithm, Init: Given{ref.start}, Stop: sweep.MaxSweeps(c.sweeps)})
		require.NoError(t, err)
		needed := 0
		for _, p := range r.Trace {
			if math.Abs(p.RelativeError-0.0099272821) <= 1e-9 {
				needed = p.Sweep
				break
			}
		}
		t.Logf("%T: %d sweeps, %.12f in the end", c.algorithm, needed, r.RelativeError)
		require.InDelta(t, 0.0099272821, r.RelativeError, 1e-9, "%T", c.algorithm)
	}
}

// After every step the columns of a component have the same norm in all modes.
func TestGaussNewtonBalances(t *testing.T) {
	ref := readReference(t, "s4")
	s, err := GaussNewton{}.Begin(Problem{X: ref.x, Start: ref.start, Methods: same(LeastSquares{}, 4)})
	require.NoError(t, err)
	for range 30 {
		_, err := s.Sweep()
		require.NoError(t, err)
		require.InDelta(t, 1, s.(*gaussNewton).here.skew(), 1e-12)
	}
}

// From any start, all-at-once methods end where alternating updates end.
func TestAlgorithmsEndWhereOtherProgramsEnd(t *testing.T) {
	racetest.Slow(t)
	for _, name := range []string{"s3", "s4", "nn3", "amino"} {
		if testing.Short() && name != "s4" {
			continue
		}
		ref := readReference(t, name)
		want := ref.als["tensorly_converged"].Converged
		_, rank := ref.start[0].Dims()
		for _, a := range []Algorithm{GaussNewton{}, LBFGS{}, ConjugateGradient{}, Extrapolated{}, ProjectedQuasiNewton{}, Generalized{}} {
			r, err := Decompose(t.Context(), ref.x, rank, &Options{
				Algorithm: a, Starts: 3, Stop: sweep.Any(sweep.RelChange{Tol: 1e-9, Patience: 3}, sweep.MaxSweeps(600)),
			})
			require.NoError(t, err)
			require.LessOrEqual(t, r.RelativeError, want*(1+1e-5), "%s %T", name, a)
			t.Logf("%s %T: %.10f after %d sweeps", name, a, r.RelativeError, len(r.Trace))
		}
	}
}

// The amino acid data with all modes nonnegative, and the conditions of Karush, Kuhn
// and Tucker at the end.
func TestProjectedQuasiNewtonIsOptimal(t *testing.T) {
	racetest.Slow(t)
	for _, name := range []string{"nn3", "nns3", "amino", "s3"} {
		ref := readReference(t, name)
		_, rank := ref.start[0].Dims()
		s, err := ProjectedQuasiNewton{}.Begin(Problem{X: ref.x, Start: ref.start, Methods: same(HALS{}, 3)})
		require.NoError(t, err)
		for range 600 {
			_, err := s.Sweep()
			require.NoError(t, err)
		}
		p := s.(*projected)
		fit := p.objective.(*squares)
		fit.evaluate(p.here, p.grad)
		for n, m := range fit.m {
			m.Scale(1/fit.norm, m)
			kkt := linalg.KKT(p.here.factor[n], m, mat.NewSymDense(rank, fit.other[n]), false)
			t.Logf("%s mode %d: %.1e", name, n, kkt)
			require.Less(t, kkt, 1e-6, "%s mode %d", name, n)
		}
		if want, ok := ref.nn["tensorly_hals_converged"]; ok {
			require.LessOrEqual(t, s.Model().RelativeError(ref.x), want.Converged*(1+1e-3), name)
		}
	}
}

// The same bits for any number of workers.
func TestAlgorithmsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x := planted(newRand(78), []int{50, 40, 30}, 4, true, 0.1)
	for name, a := range algorithms {
		method := Method(LeastSquares{})
		if a.bounds {
			method = HALS{}
		}
		run := func(workers int) []float64 {
			runtime.GOMAXPROCS(workers)
			r, err := Decompose(t.Context(), x, 4, &Options{Algorithm: a.algorithm, Methods: same(method, 3), Stop: sweep.MaxSweeps(6)})
			require.NoError(t, err)
			return errorsOf(r.Trace)
		}
		require.Equal(t, run(1), run(3), name)
	}
}

// A sweep after the first few allocates nothing.
func TestAlgorithmsWarmSweepDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	for _, dims := range [][]int{{20, 25, 30}, {9, 8, 7, 6}} {
		x := planted(newRand(31), dims, 4, true, 0.1)
		for name, a := range algorithms {
			for kind, y := range map[string]tensor.Tensor{"dense": x, "masked": masked(x, 55, 0.7)} {
				method := Method(LeastSquares{})
				if a.bounds {
					method = HALS{}
				}
				s, err := a.algorithm.Begin(Problem{X: y, Start: drawnFactors(newRand(32), dims, 4, true), Methods: same(method, len(dims))})
				require.NoError(t, err)
				sweep := func() {
					_, err := s.Sweep()
					require.NoError(t, err)
				}
				for range 5 {
					sweep()
				}
				require.Less(t, testing.AllocsPerRun(20, sweep), 1.0, "%s, %s %v", name, kind, dims)
			}
		}
	}
}
