package dict

import (
	"context"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Where no row changes its passive set the score is the loss of the exact fit, and without
// a constraint it always is.
func TestScoreIsTheLossOfTheExchange(t *testing.T) {
	for _, method := range []cpd.Method{cpd.NNLS{}, cpd.LeastSquares{}} {
		rng := newRand(3)
		m := Mode{Dict: dictionary(t, drawn(rng, 12, 20, true)), Distinct: true}
		k := []int{2, 9, 15}
		v := drawn(rng, 30, 3, true)
		v.Apply(func(_, _ int, x float64) float64 { return x + 1 }, v) // far from zero
		x := noisy(rng, 1e-3, m.Dict.Columns(k, false), v)
		p, err := newProblem(x, 3, []Mode{m}, &Options{Methods: []cpd.Method{nil, method}})
		require.NoError(t, err)
		d := newDescent(p.newTable(k), k, nil)
		require.True(t, d.t.whole)
		require.InDelta(t, p.loss(fitted(t, x, m, method, k)), d.loss, 1e-10*x.SquaredNorm())
		checked := 0
		for _, e := range d.propose(d.k, d.first(d.a), -1, 20) {
			c := fitted(t, x, m, method, d.atoms(e.with(d.k)))
			if method == (cpd.LeastSquares{}) || positive(c.factors[1]) == 90 {
				require.InDelta(t, p.loss(c), e.loss, 1e-8*x.SquaredNorm(), "%T, atom %d for %d", method, e.j, e.r)
				checked++
			}
		}
		require.Greater(t, checked, 2)
	}
}

// The portfolio ends no higher than [Swap] nor any other algorithm, within every bound.
func TestAutoEndsNoHigherThanOthers(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(12, 3) {
		rng := newRand(seed)
		m := Mode{Dict: dictionary(t, drawn(rng, 10, 40, true)), Distinct: true, Bounds: []assign.Bound{{Min: 1, Max: 2}, {Min: 1, Max: 2}}}
		for j := range 40 {
			m.Group = append(m.Group, j%2)
		}
		x := noisy(rng, 0.2, m.Dict.Columns([]int{4, 8, 21}, false), drawn(rng, 25, 3, true))
		o := &Options{Methods: same(cpd.LeastSquares{}, 2), Seed: seed} // of which no fit is preferred for fitting less noise
		auto, err := Decompose(t.Context(), x, 3, []Mode{m}, o)
		require.NoError(t, err)
		checkResult(t, x, 3, []Mode{m}, auto)
		for _, a := range append(everyAlgorithm(), MUSIC{}) {
			o.Algorithm = a
			r, err := Decompose(t.Context(), x, 3, []Mode{m}, o)
			require.NoError(t, err)
			require.LessOrEqual(t, auto.RelativeError, r.RelativeError*(1+1e-9), label(a, seed))
			checkResult(t, x, 3, []Mode{m}, r)
		}
	}
}

// Equal seeds give equal results for one worker and two.
func TestAutoDoesNotDependOnWorkers(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(2)
	m := Mode{Dict: dictionary(t, drawn(rng, 12, 60, true)), Distinct: true}
	x := noisy(rng, 0.3, m.Dict.Columns([]int{4, 8, 21, 30}, false), drawn(rng, 700, 4, true))
	n := Mode{N: 1, Dict: dictionary(t, drawn(rng, 9, 50, true)), Distinct: true}
	y := noisy(rng, 0.2, drawn(rng, 6, 3, true), n.Dict.Columns([]int{1, 20, 40}, false), drawn(rng, 5, 3, true))
	var results [2][2]*Result
	for w := range 2 {
		before := runtime.GOMAXPROCS(w + 1)
		for i, c := range []struct {
			x    *tensor.Dense
			rank int
			m    Mode
		}{{x, 4, m}, {y, 3, n}} {
			r, err := Decompose(t.Context(), c.x, c.rank, []Mode{c.m}, &Options{Methods: same(cpd.NNLS{}, len(c.x.Dims())), Seed: 5})
			require.NoError(t, err)
			results[w][i] = r
		}
		runtime.GOMAXPROCS(before)
	}
	for i := range 2 {
		require.Equal(t, results[0][i].Atoms, results[1][i].Atoms)
		require.Equal(t, results[0][i].RelativeError, results[1][i].RelativeError)
		require.Equal(t, results[0][i].Search, results[1][i].Search)
	}
}

// A context that ends during the search leaves the best model so far.
func TestAutoEndsWithItsContext(t *testing.T) {
	racetest.Slow(t)
	x, modes, o := hasty(t)
	o.Algorithm = Auto{}
	whole := 0
	o.Observe = func(string, sweep.Point) error { whole++; return nil }
	_, err := Decompose(t.Context(), x, 4, modes, &o)
	require.NoError(t, err)
	for _, after := range []int{whole / 2, whole - 1} {
		ctx, cancel := context.WithCancel(t.Context())
		told := 0
		o.Observe = func(string, sweep.Point) error {
			if told++; told == after {
				cancel()
			}
			return nil
		}
		r, err := Decompose(ctx, x, 4, modes, &o)
		require.ErrorIs(t, err, context.Canceled)
		require.NotNil(t, r, "ended after %d of %d sweeps", after, whole)
		require.Equal(t, sweep.Stopped, r.Status)
	}
}

// The leading term of a tensor of rank one is that tensor.
func TestRankOneIsExact(t *testing.T) {
	rng := newRand(8)
	for _, sizes := range [][]int{{4, 3}, {3, 1, 5}, {1, 1}, {2, 3, 4, 2}} {
		var factors []*mat.Dense
		for _, n := range sizes {
			factors = append(factors, drawn(rng, n, 1, false))
		}
		x := tensor.NewKruskal(factors...).Dense()
		var got []*mat.Dense
		for i, v := range outerProduct(x.Data(), sizes) {
			got = append(got, mat.NewDense(sizes[i], 1, v))
		}
		for i, v := range tensor.NewKruskal(got...).Dense().Data() {
			require.InDelta(t, x.Data()[i], v, 1e-12*math.Sqrt(x.SquaredNorm()))
		}
	}
}

// The default ends at most at the errors of the authors' programs, from no start of theirs.
func TestAutoEndsNoHigherThanTheAuthors(t *testing.T) {
	racetest.Slow(t)
	for _, name := range []string{"mpals_case1", "mpals_case2", "mpals_case4"} {
		folder := sharedtest.Path(t, "ref", "dict", name)
		x := read(t, folder, "T")
		rank := len(readInts(t, folder, "Ktrue"))
		o := &Options{}
		if read(t, folder, "nn").Data()[0] == 1 {
			o.Methods = same(cpd.HALS{}, 3)
		}
		modes := []Mode{{N: 1, Dict: dictionary(t, readMatrix(t, folder, "D"))}}
		r, err := Decompose(t.Context(), x, rank, modes, o)
		require.NoError(t, err)
		checkResult(t, x, rank, modes, r)
		limit := min(read(t, folder, "mpals_relerr").Data()[0], read(t, folder, "smooth_relerr").Data()[0])
		t.Logf("%s: %.8f, recorded %.8f, %s", name, r.RelativeError, limit, r.Search.Ended)
		require.LessOrEqual(t, r.RelativeError, limit*(1+1e-9), name)
	}
	folder := sharedtest.Path(t, "ref", "dict", "dnmf_case1")
	x := tensor.FromMatrix(readMatrix(t, folder, "X"))
	modes := []Mode{{N: 0, Dict: dictionary(t, readMatrix(t, folder, "D"))}}
	r, err := Decompose(t.Context(), x, 6, modes, &Options{Methods: same(cpd.NNLS{}, 2)})
	require.NoError(t, err)
	omp := read(t, folder, "omp_errvec").Data()
	limit := min(read(t, folder, "nmfdico_final_percent").Data()[0]/100, omp[len(omp)-1])
	t.Logf("dnmf_case1: %.8f, recorded %.8f and %.8f, %s", r.RelativeError, limit, omp[len(omp)-1], r.Search.Ended)
	require.LessOrEqual(t, r.RelativeError, limit*(1+1e-9))
}
