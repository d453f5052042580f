package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

// disjoint is the unique disjointness matrix (1 − aᵀb)² of all a, b in {0,1}ⁿ.
func disjoint(n int) *mat.Dense {
	x := mat.NewDense(1<<n, 1<<n, nil)
	x.Apply(func(i, j int, _ float64) float64 {
		v := 1 - bits.OnesCount(uint(i&j))
		return float64(v * v)
	}, x)
	return x
}

// thomas is the least matrix whose nonnegative rank, 4, is not its rank, 3.
func thomas() *mat.Dense {
	return mat.NewDense(4, 4, []float64{1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1})
}

// besideOne is x and a one in a row and a column of its own, of rank one more.
func besideOne(x *mat.Dense) *mat.Dense {
	p, n := x.Dims()
	y := mat.NewDense(p+1, n+1, nil)
	y.Slice(0, p, 0, n).(*mat.Dense).Copy(x)
	y.Set(p, n, 1)
	return y
}

func TestNonnegativeRankOfKnownMatrices(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct {
		name         string
		x            *mat.Dense
		lower, upper int
		by           string
	}{
		{"hexagons 2", hexagons(2), 3, 3, "rank"},
		{"hexagons 3", hexagons(3), 4, 4, "geometric"},
		{"hexagons 4", hexagons(4), 5, 5, "geometric"},
		{"equal hexagons", hexagons(math.Inf(1)), 5, 5, "geometric"},
		{"distances of 5", distances(5), 5, 5, "geometric"},
		{"distances of 6", distances(6), 5, 5, "geometric"},
		{"octagon", regular(8), 6, 6, "geometric"},
		{"thomas", thomas(), 4, 4, "geometric"},
		{"thomas beside one", besideOne(thomas()), 5, 5, "fooling set"},
		{"equal hexagons beside one", besideOne(hexagons(math.Inf(1))), 6, 6, "rectangle cover"},
		{"disjointness 2", disjoint(2), 4, 4, "rank"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := matrix.NonnegativeRank(t.Context(), c.x, nil)
			require.NoError(t, err)
			require.Equal(t, [2]int{c.lower, c.upper}, [2]int{r.Lower, r.Upper}, "%+v", r.Bounds)
			require.Equal(t, c.by, r.LowerBy)
			requireFactors(t, c.x, r.U, r.V, r.Upper, 1e-6)
		})
	}
}

// A product of nonnegative factors bounds from above what no lower bound may exceed.
func TestNonnegativeRankStaysBelowPlantedRanks(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(8, 2))
	for trial := range 12 {
		p, n, rank := 4+rng.IntN(4), 4+rng.IntN(4), 1+rng.IntN(4)
		u, v := mat.NewDense(p, rank, nil), mat.NewDense(rank, n, nil)
		density := 0.3 + 0.7*rng.Float64()
		draw := func(_, _ int, _ float64) float64 {
			if rng.Float64() > density {
				return 0
			}
			return math.Exp(3 * rng.NormFloat64())
		}
		u.Apply(draw, u)
		v.Apply(draw, v)
		var x mat.Dense
		x.Mul(u, v)
		r, err := matrix.NonnegativeRank(t.Context(), &x, &matrix.NonnegativeRankOptions{Attempts: -1})
		require.NoError(t, err)
		for _, b := range r.Bounds {
			require.LessOrEqual(t, b.Lower, rank, "trial %d: %+v", trial, b)
		}
		require.GreaterOrEqual(t, r.Upper, r.Lower)
		requireFactors(t, &x, r.U, r.V, max(1, r.Upper), 1e-6)
	}
}

func TestNonnegativeRankOfZeroAndRefusals(t *testing.T) {
	r, err := matrix.NonnegativeRank(t.Context(), mat.NewDense(2, 3, nil), nil)
	require.NoError(t, err)
	require.Zero(t, r.Lower+r.Upper)
	_, err = matrix.NonnegativeRank(t.Context(), mat.NewDense(1, 2, []float64{1, -1}), nil)
	require.ErrorIs(t, err, matrix.ErrMethod)
	_, err = matrix.NonnegativeRank(t.Context(), mat.NewDense(1, 2, []float64{1, math.NaN()}), nil)
	require.ErrorIs(t, err, matrix.ErrNotFinite)
	_, err = matrix.NonnegativeRank(t.Context(), thomas(), &matrix.NonnegativeRankOptions{Nodes: -1})
	require.ErrorIs(t, err, matrix.ErrOptions)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err = matrix.NonnegativeRank(ctx, distances(6), nil)
	require.ErrorIs(t, err, context.Canceled)
	require.GreaterOrEqual(t, r.Lower, 3)
	require.NotNil(t, r.U)
}

// Least covers of these matrices are those of an integer program (SciPy's HiGHS) over all maximal
// rectangles.
func TestRectangleCoverMatchesIntegerProgram(t *testing.T) {
	racetest.Slow(t)
	for n, want := range map[int]int{4: 4, 5: 4, 6: 4, 7: 5, 8: 5} {
		requireCover(t, fmt.Sprintf("distances of %d", n), distances(n), want)
	}
	for n, want := range map[int]int{4: 4, 5: 5, 6: 5, 7: 6, 8: 6} {
		requireCover(t, fmt.Sprintf("regular %d-gon", n), regular(n), want)
	}
	requireCover(t, "disjointness 2", disjoint(2), 3)
	requireCover(t, "disjointness 3", disjoint(3), 7)
	requireCover(t, "thomas", thomas(), 4)
	requireCover(t, "zero", mat.NewDense(2, 2, nil), 0)
	requireCover(t, "full", mat.NewDense(1, 3, []float64{1, 2, 3}), 1)
}

// requireCover checks the number, that rectangles hold no zero, and that they hold everything else.
func requireCover(t *testing.T, name string, x *mat.Dense, want int) {
	t.Helper()
	c, err := matrix.RectangleCover(t.Context(), x, nil)
	require.NoError(t, err)
	require.Equal(t, [2]int{want, want}, [2]int{c.Lower, c.Upper}, name)
	requireCovered(t, name, x, c)
}

// requireCovered checks rectangles alone.
func requireCovered(t *testing.T, name string, x *mat.Dense, c *matrix.Cover) {
	t.Helper()
	require.Len(t, c.Rectangles, c.Upper)
	p, n := x.Dims()
	covered := mat.NewDense(p, n, nil)
	for _, r := range c.Rectangles {
		for _, i := range r.Rows {
			for _, j := range r.Columns {
				require.Greater(t, x.At(i, j), 1e-12, name)
				covered.Set(i, j, 1)
			}
		}
	}
	for i := range p {
		for j := range n {
			require.Equal(t, x.At(i, j) > 1e-12, covered.At(i, j) == 1, name)
		}
	}
}

// 2¹⁴ rectangles are too many; the least cover of all entries off the diagonal is the least k with
// C(k, k/2) ≥ 14 (Sperner).
func TestRectangleCoverOfTooManyRectangles(t *testing.T) {
	c, err := matrix.RectangleCover(t.Context(), distances(14), nil)
	require.NoError(t, err)
	require.LessOrEqual(t, c.Lower, 6)
	require.GreaterOrEqual(t, c.Upper, 6)
	requireCovered(t, "distances of 14", distances(14), c)
}

// Brute force over all sets of positive entries.
func TestFoolingSetIsLargest(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(4, 4))
	for trial := range 20 {
		x := mat.NewDense(3, 4, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return math.Floor(1.7 * rng.Float64()) }, x)
		apart := func(a, b [2]int) bool { return x.At(a[0], b[1])*x.At(b[0], a[1]) == 0 }
		most := 0
		for set := range 1 << 12 {
			var entries [][2]int
			for e := range 12 {
				if set>>e&1 != 0 {
					entries = append(entries, [2]int{e / 4, e % 4})
				}
			}
			if len(entries) > most && fools(x, entries, apart) {
				most = len(entries)
			}
		}
		got, err := matrix.FoolingSet(t.Context(), x, nil)
		require.NoError(t, err)
		require.Len(t, got, most, "trial %d", trial)
		require.True(t, fools(x, got, apart))
	}
}

func fools(x *mat.Dense, entries [][2]int, apart func(a, b [2]int) bool) bool {
	for k, a := range entries {
		if x.At(a[0], a[1]) == 0 || slices.ContainsFunc(entries[:k], func(b [2]int) bool { return !apart(a, b) }) {
			return false
		}
	}
	return true
}

// The linear program over all rectangles, maximal or not, was solved by SciPy's HiGHS.
func TestHyperplaneSeparationMatchesLinearProgram(t *testing.T) {
	for _, c := range []struct {
		name string
		x    *mat.Dense
		want float64
	}{
		{"distances of 4", distances(4), 2},
		{"distances of 5", distances(5), 2},
		{"square", regular(4), 4},
		{"pentagon", regular(5), 3.0901699437494745},
		{"disjointness 2", disjoint(2), 11. / 3},
		{"thomas", thomas(), 4},
		{"part of hexagons 2.5", mat.DenseCopyOf(hexagons(2.5).Slice(0, 4, 0, 5)), 2},
	} {
		for _, x := range []mat.Matrix{c.x, c.x.T()} {
			s, err := matrix.HyperplaneSeparation(t.Context(), x, 0)
			require.NoError(t, err)
			require.True(t, s.Optimal, c.name)
			require.InDelta(t, c.want, s.Bound, 1e-7, c.name)
			require.InDelta(t, s.Bound, separation(x, s.Z), 1e-9, c.name)
		}
	}
	_, err := matrix.HyperplaneSeparation(t.Context(), disjoint(4), 0)
	require.ErrorIs(t, err, matrix.ErrSize)
}

// separation is ⟨X, Z⟩/(α·‖X‖∞), α over all sets of rows and, for each, the best of all sets of columns.
func separation(x mat.Matrix, z *mat.Dense) float64 {
	p, n := x.Dims()
	alpha, along, top := 0.0, 0.0, 0.0
	for i := range p {
		for j := range n {
			along += x.At(i, j) * z.At(i, j)
			top = max(top, x.At(i, j))
		}
	}
	for rows := range 1 << p {
		value := 0.0
		for j := range n {
			sum := 0.0
			for i := range p {
				if rows>>i&1 != 0 {
					sum += z.At(i, j)
					if x.At(i, j) <= 1e-12 {
						sum = math.Inf(-1)
					}
				}
			}
			value += max(0, sum)
		}
		alpha = max(alpha, value)
	}
	return along / alpha / top
}

// 6 corners span at most 9 facets in dimension 4, 7 corners 14.
func TestGeometricBound(t *testing.T) {
	for restricted, want := range map[int]int{3: 3, 4: 4, 5: 5, 6: 5, 7: 6, 9: 6, 10: 7, 14: 7, 15: 8} {
		require.Equal(t, want, matrix.GeometricBound(3, restricted), "restricted rank %d", restricted)
	}
	require.Equal(t, 2, matrix.GeometricBound(2, 2))
	require.Equal(t, 4, matrix.GeometricBound(4, 4))
}
