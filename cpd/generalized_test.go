package cpd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

var losses = map[string]Loss{
	"gaussian": Gaussian{}, "huber": Huber{}, "huber/0.1": Huber{0.1}, "poisson": Poisson{}, "poisson log": PoissonLog{},
	"odds": BernoulliOdds{}, "logit": BernoulliLogit{}, "rayleigh": Rayleigh{}, "gamma": Gamma{}, "own": quartic{},
}

// quartic is a loss of the caller's own.
type quartic struct{}

func (quartic) At(x, m float64) (float64, float64) {
	d := m - x
	return d * d * d * d, 4 * d * d * d
}
func (quartic) Nonnegative() bool      { return false }
func (quartic) Accepts(x float64) bool { return true }

// lossData is data that the loss accepts, from a model of that rank.
func lossData(rng *rand.Rand, l Loss, dims []int, rank int) *tensor.Dense {
	x := tensor.NewKruskal(drawnFactors(rng, dims, rank, l.Nonnegative())...).Dense()
	for i, m := range x.Data() {
		x.Data()[i] = drawFrom(rng, l, m)
	}
	return x
}

// drawFrom is a value that the loss has m for its parameter.
func drawFrom(rng *rand.Rand, l Loss, m float64) float64 {
	uniform := rng.Float64()
	bernoulli := func(p float64) float64 {
		if uniform < p {
			return 1
		}
		return 0
	}
	switch l.(type) {
	case Poisson:
		return poisson(rng, m)
	case PoissonLog:
		return poisson(rng, math.Exp(min(m, 3)))
	case BernoulliOdds:
		return bernoulli(m / (1 + m))
	case BernoulliLogit:
		return bernoulli(1 / (1 + math.Exp(-m)))
	case Rayleigh:
		return m * math.Sqrt(-math.Log(1-uniform)*4/math.Pi)
	case Gamma:
		return -(m + 1e-3) * math.Log(1-uniform)
	}
	return m + 0.1*rng.NormFloat64()
}

func poisson(rng *rand.Rand, mean float64) float64 {
	limit, p := math.Exp(-mean), rng.Float64()
	k := 0
	for ; p > limit; k++ {
		p *= rng.Float64()
	}
	return float64(k)
}

// Slopes are the derivatives of values.
func TestLossSlopes(t *testing.T) {
	for name, l := range losses {
		for _, x := range []float64{0, 0.3, 1, 4} {
			if !l.Accepts(x) {
				continue
			}
			for _, m := range []float64{-40, -2.3, -0.2, 0.11, 0.7, 3.2, 30} {
				if l.Nonnegative() && m < 0 {
					continue
				}
				h := 1e-5 * math.Max(0.1, math.Abs(m))
				above, _ := l.At(x, m+h)
				below, _ := l.At(x, m-h)
				_, slope := l.At(x, m)
				require.InDelta(t, (above-below)/(2*h), slope, 1e-5*(1+math.Abs(slope)), "%s, x=%g, m=%g", name, x, m)
			}
		}
	}
}

// The objective is the sum over the known cells by its definition, and its gradient that
// of finite differences.
func TestGeneralizedGradient(t *testing.T) {
	racetest.Slow(t)
	for name, l := range losses {
		for _, dims := range [][]int{{7}, {5, 4}, {4, 3, 5}, {3, 2, 1, 4}, {70, 60, 3}} {
			rng := newRand(61)
			const rank = 3
			x := lossData(rng, l, dims, 2)
			for i := range x.Data() {
				if rng.Float64() < 0.2 {
					x.Data()[i] = math.NaN()
				}
			}
			v := newVariables(dims, rank, free(len(dims)))
			for n, a := range drawnFactors(rng, dims, rank, true) {
				v.factor[n].Copy(a)
			}
			fit := newLossFit(l, x.Data(), v, 1, 1)
			grad := v.like()
			got := fit.evaluate(v, grad)
			var want, squares float64
			for at, m := range tensor.NewKruskal(v.factor...).Dense().Data() {
				if e := x.Data()[at]; !math.IsNaN(e) {
					f, _ := l.At(e, m)
					want += f
					squares += (e - m) * (e - m)
				}
			}
			require.InEpsilon(t, want, got.f, 1e-10, "%s %v", name, dims)
			require.InEpsilon(t, math.Sqrt(squares), got.rel, 1e-10)
			for range 20 {
				i := rng.IntN(len(v.z))
				kept, h, none := v.z[i], 1e-5*v.z[i], v.like()
				v.z[i] = kept + h
				above := fit.evaluate(v, none)
				v.z[i] = kept - h
				below := fit.evaluate(v, none)
				v.z[i] = kept
				rounding := 10 * above.noise / h
				require.InDelta(t, (above.f-below.f)/(2*h), grad.z[i], 1e-4*math.Abs(grad.z[i])+rounding+1e-6, "%s %v variable %d", name, dims, i)
			}
		}
	}
}

// generalizedMethods are those that the loss needs.
func generalizedMethods(l Loss, order int) []Method {
	if l.Nonnegative() {
		return same(HALS{}, order)
	}
	return same(LeastSquares{}, order)
}

// The loss never rises, and is that of the model.
func TestGeneralizedDescends(t *testing.T) {
	racetest.Slow(t)
	for name, l := range losses {
		for _, dims := range [][]int{{9}, {8, 7}, {7, 6, 5}, {4, 3, 4, 3}} {
			rng := newRand(62)
			x := lossData(rng, l, dims, 2)
			for _, methods := range [][]Method{generalizedMethods(l, len(dims)), same(HALS{}, len(dims))} {
				s, err := Generalized{Loss: l}.Begin(Problem{X: x, Start: drawnFactors(rng, dims, 2, true), Methods: methods})
				require.NoError(t, err)
				before := math.Inf(1)
				for k := range 40 {
					p, err := s.Sweep()
					require.NoError(t, err)
					now := s.(generalized).Loss()
					require.LessOrEqual(t, now, before, "%s %v sweep %d", name, dims, k)
					before = now
					model := s.Model()
					sum := 0.0
					for at, m := range model.Dense().Data() {
						f, _ := l.At(x.Data()[at], m)
						sum += f
					}
					require.InDelta(t, sum, now, 1e-6*(1+math.Abs(sum)), "%s %v", name, dims)
					require.InDelta(t, slowError(x, model), p.RelativeError, 1e-7*(1+p.RelativeError))
				}
			}
		}
	}
}

// Counts of a planted model: the fit is at least as likely as the truth, and no slow
// method, multiplicative updates of many sweeps, finds a likelier one.
func TestPoissonFindsWhatMultiplicativeUpdatesFind(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of slow sweeps")
	}
	dims, rank := []int{18, 15, 12}, 3
	rng := newRand(63)
	truth := drawnFactors(rng, dims, rank, true)
	for _, a := range truth {
		a.Apply(func(i, r int, v float64) float64 {
			if (i+r)%3 == 0 {
				return 0.05 * v
			}
			return 2.5 * v
		}, a)
	}
	x := tensor.NewKruskal(truth...).Dense()
	planted := 0.0
	for i, m := range x.Data() {
		x.Data()[i] = poisson(rng, m)
		f, _ := Poisson{}.At(x.Data()[i], m)
		planted += f
	}
	start := drawnFactors(rng, dims, rank, true)
	r, err := Decompose(t.Context(), x, rank, &Options{
		Algorithm: Generalized{Loss: Poisson{}}, Methods: same(NNLS{}, 3), Init: Given{start},
		Stop: sweep.Any(sweep.RelChange{Tol: 1e-11, Patience: 5}, sweep.MaxSweeps(1000)),
	})
	require.NoError(t, err)
	slow := multiplicative(x, start, 4000)
	t.Logf("truth %.6f, multiplicative updates %.6f, L-BFGS %.6f after %d sweeps; congruence with the truth %.3f", planted, slow, r.Loss, len(r.Trace), congruence(truth, r.Model))
	require.Less(t, r.Loss, planted)
	require.InDelta(t, slow, r.Loss, 1e-6*math.Abs(slow))
	require.Greater(t, congruence(truth, r.Model), 0.95)
}

// multiplicative is the Poisson loss after so many sweeps of the updates of Lee and
// Seung, with every Khatri–Rao product written out.
func multiplicative(x *tensor.Dense, start []*mat.Dense, sweeps int) float64 {
	factors := make([]*mat.Dense, len(start))
	for n, a := range start {
		factors[n] = mat.DenseCopyOf(a)
	}
	unfolded := make([]*mat.Dense, len(start))
	for n := range start {
		unfolded[n] = x.Unfold(n)
	}
	for range sweeps {
		for n, a := range factors {
			var model, ratio, up mat.Dense
			others := append(append([]*mat.Dense(nil), factors[:n]...), factors[n+1:]...)
			k := tensor.KhatriRao(others...)
			model.Mul(a, k.T())
			ratio.CloneFrom(unfolded[n])
			ratio.Apply(func(i, j int, v float64) float64 { return v / (model.At(i, j) + aboveZero) }, &ratio)
			up.Mul(&ratio, k)
			rows, rank := a.Dims()
			for r := range rank {
				sum := mat.Sum(k.ColView(r))
				for i := range rows {
					a.Set(i, r, a.At(i, r)*up.At(i, r)/sum)
				}
			}
		}
	}
	loss := 0.0
	for at, m := range tensor.NewKruskal(factors...).Dense().Data() {
		f, _ := Poisson{}.At(x.Data()[at], m)
		loss += f
	}
	return loss
}

// The squares as a loss end where the squares end, and a few wild values do not move the
// fit of Huber's.
func TestGeneralizedAgainstSquares(t *testing.T) {
	dims := []int{12, 11, 10}
	rng := newRand(64)
	truth := drawnFactors(rng, dims, 3, false)
	x := tensor.NewKruskal(truth...).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.01 * rng.NormFloat64()
	}
	stop := sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 5}, sweep.MaxSweeps(500))
	squares, err := Decompose(t.Context(), x, 3, &Options{Algorithm: LBFGS{}, Stop: stop})
	require.NoError(t, err)
	r, err := Decompose(t.Context(), x, 3, &Options{Algorithm: Generalized{}, Stop: stop})
	require.NoError(t, err)
	require.InEpsilon(t, squares.RelativeError, r.RelativeError, 1e-7)
	require.InEpsilon(t, squares.Loss, r.Loss, 1e-6)

	for range 40 {
		x.Data()[rng.IntN(len(x.Data()))] = 50
	}
	r, err = Decompose(t.Context(), x, 3, &Options{Algorithm: Generalized{Loss: Huber{0.05}}, Init: Given{squares.Model.Factors}, Stop: stop})
	require.NoError(t, err)
	require.Greater(t, congruence(truth, r.Model), 0.9999)
}

func TestGeneralizedRejects(t *testing.T) {
	x := lossData(newRand(65), Poisson{}, []int{4, 3, 2}, 2)
	x.Data()[5] = -1
	huge, err := tensor.NewSparse([]int{1000, 1000, 1000}, [][]int32{{1}, {2}, {3}}, []float64{4})
	require.NoError(t, err)
	for _, c := range []struct {
		x       tensor.Tensor
		methods []Method
		init    Init
		says    string
	}{
		{x, same(HALS{}, 3), nil, "cell 5"},
		{x, nil, nil, "mode 0"},
		{x, []Method{HALS{}, FCLS{}, HALS{}}, nil, "mode 1"},
		{x, []Method{HALS{}, Fixed{}, HALS{}}, Given{drawnFactors(newRand(66), x.Dims(), 2, false)}, "holds -"},
		{huge, same(HALS{}, 3), nil, fmt.Sprint(sparseLimit)},
	} {
		if given, ok := c.init.(Given); ok {
			for _, n := range []int{0, 2} {
				given.Factors[n].Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, given.Factors[n])
			}
		}
		_, err := Decompose(t.Context(), c.x, 2, &Options{Algorithm: Generalized{Loss: Poisson{}}, Methods: c.methods, Init: c.init})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, c.says)
	}
}
