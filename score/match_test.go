package score

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/polyad/polyad/tensor"
)

// model is a random CP model with weights of both signs.
func model(rng *rand.Rand, rank int, dims ...int) *tensor.Kruskal {
	factors := make([]*mat.Dense, len(dims))
	for n, rows := range dims {
		factors[n] = mat.NewDense(rows, rank, nil)
		for i := range rows {
			for r := range rank {
				factors[n].Set(i, r, rng.NormFloat64())
			}
		}
	}
	k := tensor.NewKruskal(factors...)
	for r := range k.Weights {
		k.Weights[r] = rng.NormFloat64()
	}
	return k
}

func scaleColumn(a *mat.Dense, r int, s float64) {
	rows, _ := a.Dims()
	for i := range rows {
		a.Set(i, r, s*a.At(i, r))
	}
}

// FMS is 1 under permutation, scales and pairs of signs; with weights, under
// those that leave every term alone.
func TestFactorMatchIgnoresWhatCannotBeKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		rank := rapid.IntRange(1, 6).Draw(t, "rank")
		dims := rapid.SliceOfN(rapid.IntRange(1, 7), 1, 4).Draw(t, "dims")
		truth := model(rng, rank, dims...)

		same := truth.Clone()
		order := rng.Perm(rank)
		same.Permute(order)
		for r := range rank {
			n, m := rng.IntN(len(dims)), rng.IntN(len(dims))
			s := math.Exp(5 * rng.NormFloat64())
			scaleColumn(same.Factors[n], r, -s)
			scaleColumn(same.Factors[m], r, -1/s) // n == m: the same column twice
		}
		for name, f := range map[string]func(_, _ *tensor.Kruskal) (*Match, error){"plain": FactorMatch, "weighted": WeightedFactorMatch} {
			m, err := f(truth, same)
			require.NoError(t, err)
			require.InDelta(t, 1, m.Score, 1e-12, name)
			for r, q := range m.Col {
				require.InDelta(t, 1, m.Term[r], 1e-12)
				if len(dims) > 1 && dims[0] > 1 {
					require.Equal(t, r, order[q], name)
				}
			}
		}

		for r := range rank {
			same.Weights[r] *= 3
		}
		m, err := FactorMatch(truth, same)
		require.NoError(t, err)
		require.InDelta(t, 1, m.Score, 1e-12)
		m, err = WeightedFactorMatch(truth, same)
		require.NoError(t, err)
		require.Less(t, m.Score, 1-1e-3)
	})
}

// The exact pairing is as good as the best of all permutations.
func TestFactorMatchIsTheBestPermutation(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		rank := 1 + rng.IntN(4)
		truth, other := model(rng, rank, 3, 2, 2), model(rng, rank, 3, 2, 2)
		best := math.Inf(-1)
		permutations(rank, func(p []int) {
			var sum float64
			for r, q := range p {
				term := 1.0
				if truth.Weights[r]*other.Weights[q] < 0 {
					term = -1
				}
				for n := range truth.Factors {
					a, b := truth.Factors[n].ColView(r), other.Factors[n].ColView(q)
					term *= mat.Dot(a, b) / mat.Norm(a, 2) / mat.Norm(b, 2)
				}
				sum += term
			}
			best = max(best, sum/float64(rank))
		})
		m, err := FactorMatch(truth, other)
		require.NoError(t, err)
		assert.InDelta(t, best, m.Score, 1e-13)
	}
}

func permutations(n int, f func([]int)) {
	p := make([]int, 0, n)
	used := make([]bool, n)
	var next func()
	next = func() {
		if len(p) == n {
			f(p)
			return
		}
		for i := range n {
			if !used[i] {
				used[i], p = true, append(p, i)
				next()
				used[i], p = false, p[:len(p)-1]
			}
		}
	}
	next()
}

// One term, cosines 0.6 and −1, sizes 2·5·1 = 10 and 4·1·1 = 4.
func TestFactorMatchByHand(t *testing.T) {
	truth := tensor.NewKruskal(mat.NewDense(2, 1, []float64{3, 4}), mat.NewDense(1, 1, []float64{1}))
	truth.Weights[0] = 2
	other := tensor.NewKruskal(mat.NewDense(2, 1, []float64{1, 0}), mat.NewDense(1, 1, []float64{-1}))
	other.Weights[0] = -4

	m, err := FactorMatch(truth, other)
	require.NoError(t, err)
	assert.InDelta(t, 0.6, m.Score, 1e-15) // the weight's sign undoes the column's
	m, err = WeightedFactorMatch(truth, other)
	require.NoError(t, err)
	assert.InDelta(t, 0.6*0.4, m.Score, 1e-15)

	other.Weights[0] = 4
	m, err = FactorMatch(truth, other)
	require.NoError(t, err)
	assert.InDelta(t, -0.6, m.Score, 1e-15) // the negative of a term is not the term
}

func TestFactorMatchOfUnequalRanks(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	large := model(rng, 4, 6, 5, 4)
	small := large.Clone()
	small.Permute([]int{3, 1, 0, 2})
	for n, a := range small.Factors {
		small.Factors[n] = mat.DenseCopyOf(a.Slice(0, large.Dims()[n], 0, 2))
	}
	small.Weights = small.Weights[:2]

	m, err := FactorMatch(large, small)
	require.NoError(t, err)
	assert.Equal(t, []int{-1, 1, -1, 0}, m.Col)
	assert.InDelta(t, 0.5, m.Score, 1e-14)
	m, err = FactorMatch(small, large)
	require.NoError(t, err)
	assert.Equal(t, []int{3, 1}, m.Col)
	assert.InDelta(t, 0.5, m.Score, 1e-14)
}

func TestFactorMatchOfZeroColumn(t *testing.T) {
	a := tensor.NewKruskal(mat.NewDense(2, 2, []float64{0, 1, 0, 1}))
	for _, f := range []func(_, _ *tensor.Kruskal) (*Match, error){FactorMatch, WeightedFactorMatch} {
		m, err := f(a, a)
		require.NoError(t, err)
		assert.InDelta(t, 0.5, m.Score, 1e-15)
	}
}

func TestFactorMatchRejects(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	k := model(rng, 2, 3, 4)
	bad := k.Clone()
	bad.Factors[1].Set(2, 1, math.NaN())
	weight := k.Clone()
	weight.Weights[0] = math.Inf(1)
	short := k.Clone()
	short.Weights = short.Weights[:1]
	for name, c := range map[string]struct {
		k    *tensor.Kruskal
		want error
	}{
		"order": {model(rng, 2, 3, 4, 5), ErrShape}, "rows": {model(rng, 2, 3, 5), ErrShape},
		"rank 0": {&tensor.Kruskal{Factors: k.Factors}, ErrShape}, "weights": {short, ErrShape},
		"NaN": {bad, ErrNotFinite}, "weight": {weight, ErrNotFinite},
	} {
		_, err := FactorMatch(k, c.k)
		assert.ErrorIs(t, err, c.want, name)
		_, err = WeightedFactorMatch(c.k, k)
		assert.ErrorIs(t, err, c.want, name)
	}
}
