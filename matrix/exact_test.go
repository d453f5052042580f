package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

func TestExactNMFOfKnownNonnegativeRanks(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct {
		name   string
		x      *mat.Dense
		rank   int
		method matrix.ExactMethod
	}{
		{"hexagons 2", hexagons(2), 3, matrix.RankByRank},
		{"hexagons 3", hexagons(3), 4, matrix.RankByRank},
		{"hexagons 4", hexagons(4), 5, matrix.RankByRank},
		{"equal hexagons", hexagons(math.Inf(1)), 5, matrix.MultiStart},
		{"distances of 6", distances(6), 5, matrix.RankByRank},
		{"distances of 6", distances(6), 5, matrix.Hybrid},
		{"regular octagon", regular(8), 6, matrix.MultiStart},
		{"regular 9-gon", regular(9), 7, matrix.RankByRank},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := matrix.ExactNMF(t.Context(), c.x, c.rank, &matrix.ExactOptions{Method: c.method})
			require.NoError(t, err)
			require.True(t, e.Found, "relative error %g", e.RelativeError)
			requireFactors(t, c.x, e.U, e.V, c.rank, 1e-12)
			e, err = matrix.ExactNMF(t.Context(), c.x, c.rank-1, &matrix.ExactOptions{Attempts: 1}) // there is none
			require.NoError(t, err)
			require.False(t, e.Found)
			require.Greater(t, e.RelativeError, 1e-4)
		})
	}
}

// requireFactors checks that u·v is x, by its definition.
func requireFactors(t *testing.T, x mat.Matrix, u, v *mat.Dense, rank int, tol float64) {
	t.Helper()
	p, n := x.Dims()
	left, all := 0.0, 0.0
	for i := range p {
		for j := range n {
			e := x.At(i, j)
			all += e * e
			for k := range rank {
				require.GreaterOrEqual(t, u.At(i, k), 0.0)
				require.GreaterOrEqual(t, v.At(k, j), 0.0)
				e -= u.At(i, k) * v.At(k, j)
			}
			left += e * e
		}
	}
	require.LessOrEqual(t, math.Sqrt(left), tol*math.Sqrt(all))
}

// Planted sparse factors are as many as are needed, and rows and columns that are zero, alike, or of
// very different size change nothing.
func TestExactNMFOfPlantedFactors(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	u, v := mat.NewDense(12, 4, nil), mat.NewDense(4, 10, nil)
	sparse := func(_, _ int, _ float64) float64 { return max(0, rng.NormFloat64()) }
	u.Apply(sparse, u)
	v.Apply(sparse, v)
	u.SetRow(3, make([]float64, 4))
	for k := range 4 {
		u.Set(5, k, 1e6*u.At(6, k))
		v.Set(k, 2, 3*v.At(k, 1))
	}
	var x mat.Dense
	x.Mul(u, v)
	e, err := matrix.ExactNMF(t.Context(), &x, 4, nil)
	require.NoError(t, err)
	require.True(t, e.Found)
	requireFactors(t, &x, e.U, e.V, 4, 1e-10)
	one, err := matrix.ExactNMF(t.Context(), mat.NewDense(2, 3, []float64{1, 2, 0, 2, 4, 0}), 3, nil)
	require.NoError(t, err)
	require.True(t, one.Found)
	zero, err := matrix.ExactNMF(t.Context(), mat.NewDense(2, 3, nil), 2, nil)
	require.NoError(t, err)
	require.True(t, zero.Found)
}

func TestExactNMFIsTheSameForAnyNumberOfWorkers(t *testing.T) {
	var got [2]*matrix.Exact
	for k := range got {
		before := runtime.GOMAXPROCS(1 + k)
		e, err := matrix.ExactNMF(t.Context(), distances(6), 5, &matrix.ExactOptions{Method: matrix.MultiStart, Attempts: 4, Seed: 5})
		runtime.GOMAXPROCS(before)
		require.NoError(t, err)
		got[k] = e
	}
	require.Equal(t, got[0], got[1])
}

func TestExactNMFRefuses(t *testing.T) {
	for _, c := range []struct {
		x     *mat.Dense
		rank  int
		o     *matrix.ExactOptions
		err   error
		words string
	}{
		{thomas(), 0, nil, matrix.ErrRank, "0 components"},
		{mat.NewDense(1, 2, []float64{1, -1}), 1, nil, matrix.ErrMethod, "row 0, column 1"},
		{mat.NewDense(1, 2, []float64{1, math.Inf(1)}), 1, nil, matrix.ErrNotFinite, "row 0, column 1"},
		{new(mat.Dense), 1, nil, matrix.ErrShape, "0×0"},
		{thomas(), 2, &matrix.ExactOptions{Method: 9}, matrix.ErrOptions, "method 9"},
		{thomas(), 2, &matrix.ExactOptions{Tol: -1}, matrix.ErrOptions, "tolerance -1"},
		{thomas(), 2, &matrix.ExactOptions{Zero: 2}, matrix.ErrOptions, "zero up to 2"},
	} {
		_, err := matrix.ExactNMF(t.Context(), c.x, c.rank, c.o)
		require.ErrorIs(t, err, c.err)
		require.ErrorContains(t, err, c.words)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e, err := matrix.ExactNMF(ctx, thomas(), 3, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, e.U)
}

// A search that is told to end makes no more sweeps, and looks at no more components.
func TestExactNMFEndsWhenItIsTold(t *testing.T) {
	for _, m := range []matrix.ExactMethod{matrix.RankByRank, matrix.Hybrid, matrix.MultiStart} {
		ctx := &ending{Context: t.Context()}
		ctx.left.Store(120)
		e, err := matrix.ExactNMF(ctx, regular(9), 8, &matrix.ExactOptions{Method: m, Attempts: 1, Tol: 1e-15})
		require.ErrorIs(t, err, context.Canceled)
		require.GreaterOrEqual(t, ctx.left.Load(), int64(-10), "method %d", m)
		require.Less(t, e.RelativeError, 1.0)
	}
}
