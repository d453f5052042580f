package diagnose_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

func randomModel(rng *rand.Rand, rank int, dims ...int) *tensor.Kruskal {
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
		k.Weights[r] = rng.NormFloat64() * 3
	}
	return k
}

func randomTensor(rng *rand.Rand, dims ...int) *tensor.Dense {
	x := tensor.NewDense(dims, nil)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	return x
}

// sparseOf has every entry of x stored.
func sparseOf(t *testing.T, x *tensor.Dense) *tensor.Sparse {
	t.Helper()
	dims := x.Dims()
	index := make([][]int32, len(dims))
	for at := range x.Data() {
		for n, rest := len(dims)-1, at; n >= 0; n-- {
			index[n] = append(index[n], int32(rest%dims[n]))
			rest /= dims[n]
		}
	}
	s, err := tensor.NewSparse(dims, index, x.Data())
	require.NoError(t, err)
	return s
}

// The core by its definition: X ×₀ A₀⁺ ×₁ A₁⁺ ×₂ A₂⁺ with weights spread evenly, four
// loops, pseudo-inverses from the normal equations.
func slowCore(x *tensor.Dense, k *tensor.Kruskal) []float64 {
	k = k.Clone()
	k.Normalize()
	rank := k.Rank()
	inverse := make([]mat.Dense, 3)
	for n, a := range k.Factors {
		for r, w := range k.Weights {
			s := math.Cbrt(math.Abs(w))
			if n == 0 && w < 0 {
				s = -s
			}
			for i := range x.Dims()[n] {
				a.Set(i, r, s*a.At(i, r))
			}
		}
		var g mat.Dense
		g.Mul(a.T(), a)
		if err := inverse[n].Solve(&g, a.T()); err != nil {
			panic(err)
		}
	}
	core := make([]float64, 0, rank*rank*rank)
	for p := range rank {
		for q := range rank {
			for r := range rank {
				s := 0.0
				for i := range x.Dims()[0] {
					for j := range x.Dims()[1] {
						for l := range x.Dims()[2] {
							s += x.At(i, j, l) * inverse[0].At(p, i) * inverse[1].At(q, j) * inverse[2].At(r, l)
						}
					}
				}
				core = append(core, s)
			}
		}
	}
	return core
}

func TestCoreMatchesItsDefinition(t *testing.T) {
	rng := newRand(1)
	for _, rank := range []int{1, 2, 3} {
		x, k := randomTensor(rng, 5, 4, 6), randomModel(rng, rank, 5, 4, 6)
		want := slowCore(x, k)
		for name, data := range map[string]tensor.Tensor{"dense": x, "sparse": sparseOf(t, x)} {
			g, err := diagnose.Core(data, k)
			require.NoError(t, err)
			require.InDeltaSlice(t, want, g.Data(), 1e-10, "%s, rank %d", name, rank)
		}
	}
}

// More columns than one block of them: order 4, 5³ = 125.
func TestCoreOfExactData(t *testing.T) {
	for _, dims := range [][]int{{6, 5, 7}, {5, 6, 5, 7}} {
		k := randomModel(newRand(2), 5, dims...)
		c, err := diagnose.CoreConsistency(k.Dense(), k)
		require.NoError(t, err)
		require.InDelta(t, 100, c, 1e-8)
	}
}

func TestCoreConsistencyOfUnknownCells(t *testing.T) {
	rng := newRand(3)
	k := randomModel(rng, 3, 6, 7, 8)
	x := k.Dense()
	for i := range x.Data() {
		if rng.Float64() < 0.4 {
			x.Data()[i] = math.NaN()
		}
	}
	c, err := diagnose.CoreConsistency(tensor.NewMaskedNaN(x), k)
	require.NoError(t, err)
	require.InDelta(t, 100, c, 1e-8)
}

func TestCoreRefuses(t *testing.T) {
	k := randomModel(newRand(4), 2, 3, 4, 5)
	_, err := diagnose.CoreConsistency(randomTensor(newRand(4), 3, 4, 6), k)
	require.ErrorIs(t, err, diagnose.ErrShape)
	k.Factors[1].Set(2, 1, math.NaN())
	_, err = diagnose.CoreConsistency(randomTensor(newRand(4), 3, 4, 5), k)
	require.ErrorIs(t, err, diagnose.ErrNotFinite)
	require.ErrorContains(t, err, "factor 1 holds NaN in row 2, column 1")
	_, err = diagnose.Core(randomTensor(newRand(4), 2, 2, 2), randomModel(newRand(4), 300, 2, 2, 2))
	require.ErrorIs(t, err, diagnose.ErrTooLarge)
	c, err := diagnose.CoreConsistency(tensor.NewDense([]int{3, 4, 5}, nil), randomModel(newRand(4), 2, 3, 4, 5))
	require.NoError(t, err)
	require.Zero(t, c)
}

// Alone and Unique by their definitions, models formed.
func TestExplainedVariance(t *testing.T) {
	rng := newRand(5)
	x, k := randomTensor(rng, 4, 5, 6), randomModel(rng, 3, 4, 5, 6)
	squares := func(f func(i int) float64) (s float64) {
		for i := range x.Data() {
			s += f(i) * f(i)
		}
		return s
	}
	model, xx := k.Dense().Data(), x.SquaredNorm()
	rest := squares(func(i int) float64 { return x.Data()[i] - model[i] })
	e, err := diagnose.ExplainedVariance(x, k)
	require.NoError(t, err)
	require.InDelta(t, 1-rest/xx, e.Fit, 1e-12)
	for r := range 3 {
		one := k.Clone()
		for s := range one.Weights {
			if s != r {
				one.Weights[s] = 0
			}
		}
		c := one.Dense().Data()
		alone := squares(func(i int) float64 { return x.Data()[i] - c[i] })
		without := squares(func(i int) float64 { return x.Data()[i] - model[i] + c[i] })
		require.InDelta(t, 1-alone/xx, e.Alone[r], 1e-11)
		require.InDelta(t, (without-rest)/xx, e.Unique[r], 1e-11)
	}
}

// Leverages of a matrix of ones and an odd row, and their sum, which is the rank.
func TestLeverages(t *testing.T) {
	a := mat.NewDense(4, 2, []float64{1, 0, 1, 0, 1, 0, 0, 5})
	k := tensor.NewKruskal(a, randomModel(newRand(6), 2, 7).Factors[0], mat.NewDense(3, 2, []float64{1, 2, 1, 2, 1, 2}))
	h, err := diagnose.Leverages(k)
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1. / 3, 1. / 3, 1. / 3, 1}, h[0], 1e-12)
	sum := func(v []float64) (s float64) {
		for _, x := range v {
			s += x
		}
		return s
	}
	require.InDelta(t, 2, sum(h[1]), 1e-12)
	require.InDelta(t, 1, sum(h[2]), 1e-12, "columns that depend on each other")
}

func TestSliceErrors(t *testing.T) {
	rng := newRand(7)
	for _, dims := range [][]int{{5}, {4, 6}, {3, 4, 5}, {2, 3, 1, 4}} {
		x, k := randomTensor(rng, dims...), randomModel(rng, 2, dims...)
		known := make([]bool, len(x.Data()))
		for i := range known {
			known[i] = rng.Float64() < 0.7
		}
		single := make([]float32, len(x.Data()))
		for i, v := range x.Data() {
			single[i] = float32(v)
			x.Data()[i] = float64(single[i])
		}
		all := func(int) bool { return true }
		for name, c := range map[string]struct {
			x     tensor.Tensor
			known func(i int) bool
		}{
			"dense":  {x, all},
			"single": {tensor.NewDense32(dims, single), all},
			"sparse": {sparseOf(t, x), all},
			"masked": {tensor.NewMasked(x, known), func(i int) bool { return known[i] }},
		} {
			got, err := diagnose.SliceErrors(c.x, k)
			require.NoError(t, err)
			model := k.Dense().Data()
			for n := range dims {
				residual, norm := make([]float64, dims[n]), make([]float64, dims[n])
				right := 1
				for _, d := range dims[n+1:] {
					right *= d
				}
				for at, v := range x.Data() {
					if c.known(at) {
						i := at / right % dims[n]
						residual[i] += (v - model[at]) * (v - model[at])
						norm[i] += v * v
					}
				}
				for i := range residual {
					want := math.Sqrt(residual[i] / norm[i])
					if norm[i] == 0 {
						require.True(t, math.IsNaN(got[n][i]))
						continue
					}
					require.InEpsilon(t, want, got[n][i], 1e-9, "%s %v mode %d slice %d", name, dims, n, i)
				}
			}
		}
	}
}

// Two components that cancel, two that are one, one that is zero.
func TestFindDegeneracy(t *testing.T) {
	fine := randomModel(newRand(8), 3, 8, 9, 10)
	d, err := diagnose.FindDegeneracy(fine)
	require.NoError(t, err)
	require.False(t, d.Degenerate || d.Collinear)
	require.Equal(t, "no degeneracy", d.String())

	diverging := fine.Clone()
	for _, a := range diverging.Factors {
		rows, _ := a.Dims()
		for i := range rows {
			a.Set(i, 2, a.At(i, 0)*(1+1e-3*math.Sin(float64(i))))
		}
	}
	diverging.Weights = []float64{1e4, 1, -1e4}
	d, err = diagnose.FindDegeneracy(diverging)
	require.NoError(t, err)
	require.True(t, d.Degenerate, "%+v", d)
	require.Equal(t, [2]int{0, 2}, d.LowestOf)
	require.Contains(t, d.String(), "components 0 and 2 cancel")

	diverging.Weights[2] = 1e4
	d, err = diagnose.FindDegeneracy(diverging)
	require.NoError(t, err)
	require.True(t, d.Collinear && !d.Degenerate)

	fine.Weights[1] = 0
	d, err = diagnose.FindDegeneracy(fine)
	require.NoError(t, err)
	require.Equal(t, []int{1}, d.Zero)

	d, err = diagnose.FindDegeneracy(randomModel(newRand(8), 1, 3, 3))
	require.NoError(t, err)
	require.Equal(t, 1.0, d.Cancellation)
}

// The condition number by a Jacobian of differences, its (N−1)R least singular
// values left out.
func TestConditionMatchesTheJacobian(t *testing.T) {
	rng := newRand(9)
	for _, dims := range [][]int{{4, 3, 5}, {2, 2, 6}, {3, 2, 2, 3}} {
		for _, rank := range []int{1, 2} {
			k := randomModel(rng, rank, dims...)
			k.Normalize()
			for n, a := range k.Factors { // weights spread evenly
				rows, _ := a.Dims()
				for i := range rows {
					for r, w := range k.Weights {
						s := math.Pow(math.Abs(w), 1/float64(len(dims)))
						if n == 0 && w < 0 {
							s = -s
						}
						a.Set(i, r, s*a.At(i, r))
					}
				}
			}
			for r := range k.Weights {
				k.Weights[r] = 1
			}
			var columns [][]float64
			for _, a := range k.Factors {
				rows, _ := a.Dims()
				for i := range rows {
					for r := range rank {
						v := a.At(i, r)
						a.Set(i, r, v+1) // multilinear: a difference is the derivative
						up := append([]float64(nil), k.Dense().Data()...)
						a.Set(i, r, v)
						for at, w := range k.Dense().Data() {
							up[at] -= w
						}
						columns = append(columns, up)
					}
				}
			}
			j := mat.NewDense(len(columns[0]), len(columns), nil)
			for c, v := range columns {
				j.SetCol(c, v)
			}
			var jj mat.Dense
			jj.Mul(j.T(), j)
			sym := mat.NewSymDense(len(columns), jj.RawMatrix().Data)
			var es mat.EigenSym
			require.True(t, es.Factorize(sym, false))
			values := es.Values(nil)
			want := math.Sqrt(values[len(values)-1] / values[(len(dims)-1)*rank])
			got, err := diagnose.Condition(k)
			require.NoError(t, err)
			if want > 1e6 { // not determined: rounding on both sides
				require.Greater(t, got, 1e6)
				continue
			}
			require.InEpsilon(t, want, got, 1e-6, "%v rank %d", dims, rank)
		}
	}
}

func TestConditionOfCollinearFactors(t *testing.T) {
	k := randomModel(newRand(10), 2, 6, 6, 6)
	for i := range 6 {
		k.Factors[0].Set(i, 1, k.Factors[0].At(i, 0)+1e-5*k.Factors[0].At(i, 1))
	}
	c, err := diagnose.Condition(k)
	require.NoError(t, err)
	require.Greater(t, c, 1e3)
	_, err = diagnose.Condition(randomModel(newRand(10), 30, 40, 40, 40))
	require.ErrorIs(t, err, diagnose.ErrTooLarge)
}

// Kruskal ranks by hand: a repeated column gives 1, three columns in a plane 2, a
// zero column 0; order 3 needs 2R + 2.
func TestCheckUniqueness(t *testing.T) {
	plane := mat.NewDense(3, 3, []float64{1, 0, 1, 0, 1, 1, 0, 0, 0})
	twice := mat.NewDense(3, 3, []float64{1, 1, 0, 2, 2, 1, 0, 0, 1})
	full := mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	for _, c := range []struct {
		factors []*mat.Dense
		ranks   []int
		unique  bool
	}{
		{[]*mat.Dense{full, full, plane}, []int{3, 3, 2}, true}, // 8 = 2·3 + 2
		{[]*mat.Dense{full, plane, plane}, []int{3, 2, 2}, false},
		{[]*mat.Dense{full, full, twice}, []int{3, 3, 1}, false},
		{[]*mat.Dense{full, full}, []int{3, 3}, false},
		{[]*mat.Dense{full, plane, plane, plane}, []int{3, 2, 2, 2}, true}, // 9 = 2·3 + 3
	} {
		u, err := diagnose.CheckUniqueness(tensor.NewKruskal(c.factors...))
		require.NoError(t, err)
		require.Equal(t, c.ranks, u.KruskalRank)
		require.Equal(t, c.unique, u.Certified, u.Reason)
	}
	k := tensor.NewKruskal(full, full, full)
	k.Weights[1] = 0
	u, err := diagnose.CheckUniqueness(k)
	require.NoError(t, err)
	require.Equal(t, []int{0, 0, 0}, u.KruskalRank)
	require.False(t, u.Certified)
	u, err = diagnose.CheckUniqueness(randomModel(newRand(11), 1, 2, 2))
	require.NoError(t, err)
	require.True(t, u.Certified)
}

// 30 random columns in 30 rows are independent, which too many sets would have to
// be looked at to say; the bound is less, and is said to be one.
func TestKruskalRankIsABoundWhereItIsDear(t *testing.T) {
	racetest.Slow(t)
	u, err := diagnose.CheckUniqueness(randomModel(newRand(12), 30, 30, 30, 30))
	require.NoError(t, err)
	for n, k := range u.KruskalRank {
		require.False(t, u.Exact[n])
		require.LessOrEqual(t, k, 30)
		require.GreaterOrEqual(t, k, 2)
	}
}
