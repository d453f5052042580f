package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
)

// planted draws a dictionary with unit columns and k of its atoms, of either sign or
// positive, in each of n columns.
func planted(rng *rand.Rand, p, d, n, k int, nonnegative bool) (x, dictionary *mat.Dense) {
	draw := func() float64 {
		if nonnegative {
			return max(0, rng.NormFloat64())
		}
		return rng.NormFloat64()
	}
	dictionary = mat.NewDense(p, d, nil)
	dictionary.Apply(func(_, _ int, _ float64) float64 { return draw() }, dictionary)
	for q := range d {
		norm := mat.Norm(dictionary.ColView(q), 2)
		for i := range p {
			dictionary.Set(i, q, dictionary.At(i, q)/norm)
		}
	}
	v := mat.NewDense(d, n, nil)
	for j := range n {
		for _, q := range rng.Perm(d)[:k] {
			a := 0.5 + rng.Float64()
			if !nonnegative && rng.IntN(2) == 0 {
				a = -a
			}
			v.Set(q, j, a)
		}
	}
	x = mat.NewDense(p, n, nil)
	x.Mul(dictionary, v)
	return x, dictionary
}

// found is the number of columns of want that a column of got lies within acos(0.99) of.
func found(want, got *mat.Dense) (n int) {
	var c mat.Dense
	c.Mul(want.T(), got)
	rows, cols := c.Dims()
	for q := range rows {
		best := 0.0
		for l := range cols {
			best = max(best, math.Abs(c.At(q, l))/mat.Norm(got.ColView(l), 2))
		}
		if best > 0.99 {
			n++
		}
	}
	return n
}

type dictionaryLearner interface {
	Learn(ctx context.Context, x mat.Matrix, atoms int, opts *matrix.LearnOptions) (*matrix.LearnedDictionary, error)
}

func learners(k int) map[string]dictionaryLearner {
	return map[string]dictionaryLearner{
		"exact": matrix.KSVD{K: k}, "pursuit": matrix.KSVD{K: k, Search: cpd.PursuitSupports},
		"nonnegative": matrix.KSVD{K: k, Nonnegative: true}, "nonnegative pursuit": matrix.KSVD{K: k, Search: cpd.PursuitSupports, Nonnegative: true},
		"online": matrix.OnlineDictionary{Batch: 32}, "nonnegative online": matrix.OnlineDictionary{Batch: 32, Nonnegative: true},
	}
}

// Planted atoms are found again from columns of two of them, all but
// a few, which a local optimum mixes.
func TestPlantedDictionaryIsLearned(t *testing.T) {
	racetest.Slow(t)
	for name, m := range learners(2) {
		if _, online := m.(matrix.OnlineDictionary); online {
			m = matrix.OnlineDictionary{Weight: 0.2, Batch: 32, Nonnegative: name[0] == 'n'}
		}
		x, want := planted(rand.New(rand.NewPCG(11, 1)), 16, 16, 250, 2, name[0] == 'n')
		r, err := m.Learn(t.Context(), x, 16, &matrix.LearnOptions{Starts: 2, Seed: 1})
		require.NoError(t, err, name)
		t.Logf("%s: %d of 16 atoms, error %.2g after %d sweeps, %d replaced", name, found(want, r.D), r.RelativeError, len(r.Trace), r.Replaced)
		assert.GreaterOrEqual(t, found(want, r.D), 12, name)
	}
}

// The error of K-SVD never rises, the entries and their number are as asked for, norms are one, and
// what is said of the error is so, on shapes of all kinds and for any number of workers.
func TestLearnersKeepWhatTheyPromise(t *testing.T) {
	for _, c := range []struct{ p, d, n, k int }{{6, 9, 60, 2}, {1, 1, 1, 1}, {4, 2, 30, 2}, {3, 7, 5, 1}, {5, 4, 3, 2}} {
		for name, m := range learners(c.k) {
			t.Run(fmt.Sprintf("%v/%s", c, name), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(11, 2))
				x := uniform(rng, c.p, c.n, 0, 3e5)
				before := mat.DenseCopyOf(x)
				o := &matrix.LearnOptions{Stop: sweep.MaxSweeps(8), Seed: 5}
				r, err := m.Learn(t.Context(), x, c.d, o)
				require.NoError(t, err)
				assert.True(t, mat.Equal(before, x))
				assert.InDelta(t, residual(r.D, r.V, x), r.RelativeError, 1e-9)
				_, online := m.(matrix.OnlineDictionary)
				for i := range r.Trace[1:] {
					if !online {
						assert.LessOrEqual(t, r.Trace[i+1].RelativeError, r.Trace[i].RelativeError+1e-12)
					}
				}
				for q := range c.d {
					norm := mat.Norm(r.D.ColView(q), 2)
					assert.LessOrEqual(t, norm, 1+1e-12)
					if !online {
						assert.InDelta(t, 1, norm, 1e-12)
					}
				}
				if !online {
					assert.InDelta(t, r.Trace.Last().RelativeError, r.RelativeError, 1e-9)
					for j := range c.n {
						used := 0
						for q := range c.d {
							if r.V.At(q, j) != 0 {
								used++
							}
						}
						assert.LessOrEqual(t, used, c.k)
					}
				}
				if name[0] == 'n' {
					assert.GreaterOrEqual(t, min(mat.Min(r.D), mat.Min(r.V)), 0.0)
				}
				workers := runtime.GOMAXPROCS(1)
				one, err := m.Learn(t.Context(), x, c.d, o)
				runtime.GOMAXPROCS(workers)
				require.NoError(t, err)
				assert.True(t, mat.Equal(r.D, one.D) && mat.Equal(r.V, one.V), "workers")
			})
		}
	}
}

// The best support of every size and sign, by enumeration.
func TestAtMostLSIsTheBestSupport(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 3))
	d, x := uniform(rng, 6, 7, -1, 1), uniform(rng, 6, 30, -1, 1)
	for k := 1; k <= 3; k++ {
		got, err := matrix.AtMostLS(t.Context(), d, x, k, cpd.ExactSupports)
		require.NoError(t, err)
		quick, err := matrix.AtMostLS(t.Context(), d, x, k, cpd.PursuitSupports)
		require.NoError(t, err)
		assert.InDelta(t, residual(d, got.V, x), got.RelativeError, 1e-9)
		for j := range 30 {
			least := math.Inf(1)
			subsets(7, k, func(set []int) {
				some := mat.NewDense(6, k, nil)
				for at, q := range set {
					some.SetCol(at, mat.Col(nil, q, d))
				}
				var v, e mat.Dense
				require.NoError(t, v.Solve(some, x.ColView(j)))
				e.Mul(some, &v)
				e.Sub(x.ColView(j), &e)
				least = min(least, mat.Norm(&e, 2))
			})
			left := func(v *mat.Dense) float64 {
				var e mat.VecDense
				e.MulVec(d, v.ColView(j))
				e.SubVec(x.ColView(j), &e)
				return mat.Norm(&e, 2)
			}
			assert.InDelta(t, least, left(got.V), 1e-9)
			assert.GreaterOrEqual(t, left(quick.V), least-1e-9)
		}
	}
	_, err := matrix.AtMostLS(t.Context(), d, x, 8, cpd.ExactSupports)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.AtMostLS(t.Context(), nil, x, 1, cpd.ExactSupports)
	require.ErrorIs(t, err, matrix.ErrShape)
}

// The optimality conditions of the lasso: a slope of Weight against every entry, at most
// that where there is none.
func TestL1LSIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 4))
	d, x := uniform(rng, 6, 10, -1, 1), uniform(rng, 6, 50, -30, 30)
	for _, weight := range []float64{0.01, 1, 20} {
		got, err := matrix.L1LS(t.Context(), d, x, weight)
		require.NoError(t, err)
		var e, slope mat.Dense
		e.Mul(d, got.V)
		e.Sub(x, &e)
		slope.Mul(d.T(), &e)
		for k := range 10 {
			for j := range 50 {
				switch v := got.V.At(k, j); {
				case v == 0:
					assert.LessOrEqual(t, math.Abs(slope.At(k, j)), weight*(1+1e-8)+1e-9)
				default:
					assert.InDelta(t, math.Copysign(weight, v), slope.At(k, j), 1e-8)
				}
			}
		}
	}
	_, err := matrix.L1LS(t.Context(), d, x, 0)
	require.ErrorIs(t, err, matrix.ErrMethod)
}

func TestLearnersRefuse(t *testing.T) {
	ctx := t.Context()
	x := uniform(rand.New(rand.NewPCG(11, 5)), 5, 20, 0, 1)
	for name, c := range map[string]struct {
		m    dictionaryLearner
		d    int
		o    *matrix.LearnOptions
		want error
	}{
		"no entry":         {matrix.KSVD{}, 4, nil, matrix.ErrRank},
		"too many entries": {matrix.KSVD{K: 5}, 4, nil, matrix.ErrRank},
		"no atom":          {matrix.KSVD{K: 1}, 0, nil, matrix.ErrRank},
		"a search":         {matrix.KSVD{K: 1, Search: 9}, 4, nil, matrix.ErrMethod},
		"supports":         {matrix.KSVD{K: 8}, 100, nil, matrix.ErrSize},
		"starts":           {matrix.KSVD{K: 1}, 4, &matrix.LearnOptions{Starts: -1}, matrix.ErrOptions},
		"a start":          {matrix.KSVD{K: 1}, 4, &matrix.LearnOptions{Start: x}, matrix.ErrShape},
		"a weight":         {matrix.OnlineDictionary{Weight: -1}, 4, nil, matrix.ErrMethod},
		"forgetting":       {matrix.OnlineDictionary{Forgetting: math.NaN()}, 4, nil, matrix.ErrMethod},
		"negative":         {matrix.OnlineDictionary{Nonnegative: true}, 1, &matrix.LearnOptions{Start: mat.NewDense(5, 1, []float64{-1, 0, 0, 0, 0})}, matrix.ErrMethod},
	} {
		_, err := c.m.Learn(ctx, x, c.d, c.o)
		require.ErrorIs(t, err, c.want, name)
	}
	bad := mat.DenseCopyOf(x)
	bad.Set(1, 2, math.NaN())
	stopped, cancel := context.WithCancel(ctx)
	cancel()
	for name, m := range learners(1) {
		_, err := m.Learn(ctx, bad, 4, nil)
		require.ErrorIs(t, err, matrix.ErrNotFinite, name)
		_, err = m.Learn(stopped, x, 4, nil)
		require.ErrorIs(t, err, context.Canceled, name)
		r, err := m.Learn(ctx, mat.NewDense(5, 20, nil), 4, nil)
		require.NoError(t, err, name)
		require.Zero(t, mat.Norm(r.V, 2), name)
	}
}

// Sweeps after the first allocate nothing but what the trace grows by.
func TestLearningAllocatesNothing(t *testing.T) {
	racetest.Allocations(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x, _ := planted(rand.New(rand.NewPCG(11, 6)), 6, 6, 30, 2, true)
	for name, m := range learners(2) {
		allocations := func(sweeps int) float64 {
			return testing.AllocsPerRun(2, func() {
				_, err := m.Learn(context.Background(), x, 6, &matrix.LearnOptions{Stop: sweep.MaxSweeps(sweeps)})
				if err != nil {
					panic(err)
				}
			})
		}
		assert.Less(t, allocations(32)-allocations(16), 8.0, name) // 16 would be one a sweep
	}
}

func BenchmarkLearn(b *testing.B) {
	x, _ := planted(rand.New(rand.NewPCG(11, 7)), 64, 128, atSize(5000), 4, false)
	for name, m := range map[string]dictionaryLearner{
		"KSVD": matrix.KSVD{K: 4, Search: cpd.PursuitSupports}, "Online": matrix.OnlineDictionary{},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := m.Learn(context.Background(), x, 128, &matrix.LearnOptions{Stop: sweep.MaxSweeps(3)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
