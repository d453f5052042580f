package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
)

// mixtures are noisy mixtures without the pure columns themselves.
func mixtures(seed uint64, p, n, r int, noise float64) *mat.Dense {
	std := make([]float64, p)
	for i := range std {
		std[i] = noise
	}
	x := noisy(rand.New(rand.NewPCG(seed, 21)), n+r, r, std)
	return mat.DenseCopyOf(x.Slice(0, p, r, n+r))
}

func TestSuggestRankFindsThePlantedRank(t *testing.T) {
	racetest.Slow(t)
	for _, r := range []int{2, 3, 5} {
		x := mixtures(uint64(r), 40, 1200, r, 0.01)
		a, err := matrix.SuggestRank(context.Background(), x, &matrix.RankOptions{Hi: r + 2, Columns: 200, Samples: 6})
		require.NoError(t, err)
		assert.Equal(t, [2]int{r, r}, [2]int{a.Rank, a.UpTo}, a.Reason)
		assert.Equal(t, r, a.HySime)
		assert.Len(t, a.Virtual, 3)
		require.Len(t, a.Points, r+2)
		assert.Greater(t, a.Points[r-1].Stability, a.Points[r].Stability)
		for k, p := range a.Points {
			assert.Equal(t, k+1, p.Rank)
			assert.Len(t, p.Index, p.Rank)
			fit, err := matrix.NNLS(context.Background(), columns(x, p.Index), x)
			require.NoError(t, err)
			assert.InDelta(t, fit.RelativeError, p.RelativeError, 1e-12)
			assert.InDelta(t, p.RelativeError, math.Sin(p.Misfit), 1e-12)
		}
	}
}

// Angles from the definition: a component in the middle of two others, at 30° above their plane.
func TestSweepRanksMeasuresRedundancy(t *testing.T) {
	x := mat.NewDense(3, 30, nil)
	s := math.Sqrt(0.5)
	for j := range 30 {
		size := 1 + float64(j)
		switch j % 3 {
		case 0:
			x.SetCol(j, []float64{size, 0, 0})
		case 1:
			x.SetCol(j, []float64{0, size, 0})
		case 2:
			c := math.Cos(math.Pi / 6)
			x.SetCol(j, []float64{size * c * s, size * c * s, size * 0.5})
		}
	}
	points, err := matrix.SweepRanks(context.Background(), x, &matrix.RankOptions{Samples: 4, Columns: 20})
	require.NoError(t, err)
	require.Len(t, points, 3)
	assert.InDelta(t, math.Pi/2, points[0].Cone, 1e-12)
	three := points[2]
	assert.InDelta(t, math.Pi/6, three.Cone, 1e-9)
	assert.InDelta(t, math.Acos(math.Cos(math.Pi/6)*s), three.Pair, 1e-9)
	assert.Equal(t, []float64{1, 1, 1}, three.Found)
	assert.Less(t, three.RelativeError, 1e-7)
}

// It ends where the data do, says so, and a single sample says nothing of stability.
func TestSuggestRankSaysWhatItDoesNotKnow(t *testing.T) {
	racetest.Slow(t)
	ctx := context.Background()
	exact := mixtures(3, 12, 200, 3, 0)
	a, err := matrix.SuggestRank(ctx, exact, &matrix.RankOptions{Samples: 3})
	require.NoError(t, err)
	assert.Len(t, a.Points, 3)
	assert.Contains(t, a.Reason, "no more independent columns")
	one, err := matrix.SuggestRank(ctx, exact, &matrix.RankOptions{Samples: 1, Hi: 2})
	require.NoError(t, err)
	assert.Zero(t, one.Rank)
	assert.Contains(t, one.Reason, "one sample")
	assert.True(t, math.IsNaN(one.Points[0].Stability))
	small, err := matrix.SuggestRank(ctx, mixtures(4, 40, 30, 2, 0.01), &matrix.RankOptions{Hi: 2, Samples: 5})
	require.NoError(t, err)
	assert.Nil(t, small.Noise)
	assert.Contains(t, small.Reason, "no more than 2 were tried")
	noise := uniform(rand.New(rand.NewPCG(1, 22)), 30, 300, 0, 1)
	none, err := matrix.SuggestRank(ctx, noise, &matrix.RankOptions{Samples: 5, Hi: 4, Columns: 60})
	require.NoError(t, err)
	assert.LessOrEqual(t, none.Rank, 1, none.Reason)
}

func TestSweepRanksDoesNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	x := mixtures(5, 20, 400, 3, 0.01)
	opts := &matrix.RankOptions{Lo: 2, Hi: 3, Samples: 3, Columns: 100, Seed: 4}
	runtime.GOMAXPROCS(1)
	one, err := matrix.SweepRanks(context.Background(), x, opts)
	require.NoError(t, err)
	runtime.GOMAXPROCS(3)
	three, err := matrix.SweepRanks(context.Background(), x, opts)
	require.NoError(t, err)
	assert.Equal(t, one, three)
}

func TestSweepRanksStopsAndRejects(t *testing.T) {
	ctx := context.Background()
	x := mixtures(6, 10, 50, 2, 0.01)
	points, err := matrix.SweepRanks(ctx, x, &matrix.RankOptions{Samples: 2, Observe: func(p matrix.RankPoint) error {
		if p.Rank == 2 {
			return sweep.ErrStop
		}
		return nil
	}})
	require.NoError(t, err)
	assert.Len(t, points, 2)
	for _, c := range []struct {
		o    matrix.RankOptions
		want error
	}{
		{matrix.RankOptions{Lo: -1}, matrix.ErrRank},
		{matrix.RankOptions{Lo: 3, Hi: 2}, matrix.ErrRank},
		{matrix.RankOptions{Hi: 51}, matrix.ErrRank},
		{matrix.RankOptions{Samples: -1}, matrix.ErrOptions},
		{matrix.RankOptions{Columns: 51}, matrix.ErrOptions},
		{matrix.RankOptions{Columns: 5, Hi: 6}, matrix.ErrOptions},
	} {
		_, err := matrix.SweepRanks(ctx, x, &c.o)
		require.ErrorIs(t, err, c.want, "%+v", c.o)
		_, err = matrix.SuggestRank(ctx, x, &c.o)
		require.ErrorIs(t, err, c.want, "%+v", c.o)
	}
	_, err = matrix.SuggestRank(ctx, mat.NewDense(4, 9, nil), nil)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.SuggestRank(ctx, nil, nil)
	require.ErrorIs(t, err, matrix.ErrShape)
	bad := mat.DenseCopyOf(x)
	bad.Set(3, 4, math.Inf(1))
	_, err = matrix.SuggestRank(ctx, bad, nil)
	require.ErrorIs(t, err, matrix.ErrNotFinite)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = matrix.SuggestRank(ended, x, nil)
	require.ErrorIs(t, err, context.Canceled)
}
