package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
)

func TestNFINDR(t *testing.T) {
	selecttest.Check(t, matrix.NFINDR{})
	selecttest.Check(t, matrix.NFINDR{Starts: 3})
}

func TestPreconditionedSPA(t *testing.T) {
	for _, by := range []matrix.Preconditioner{matrix.Whitening, matrix.Ellipsoid, matrix.EllipsoidPoints} {
		selecttest.Check(t, matrix.PreconditionedSPA{By: by})
	}
}

func TestRandomizedSPA(t *testing.T) { selecttest.Check(t, matrix.RandomizedSPA{Starts: 2}) }

func TestSmoothedSPA(t *testing.T) { selecttest.Check(t, matrix.SmoothedSPA{Columns: 1}) }

// All columns are within the ellipsoid, and those in use on its surface: the conditions
// of the least volume.
func TestEllipsoidIsOfLeastVolume(t *testing.T) {
	y := uniform(rand.New(rand.NewPCG(2, 2)), 4, 200, -1, 1)
	w, z := matrix.MinimumEllipsoid(y)
	sum := 0.0
	for j, v := range w {
		sum += v
		length := mat.Norm(z.ColView(j), 2)
		assert.LessOrEqual(t, length, 1+1e-6)
		if v > 0 {
			assert.GreaterOrEqual(t, length, 1-1e-6)
		}
	}
	assert.InDelta(t, 1, sum, 1e-12)
}

// Pure columns that are nearly parallel, and noise: SPA loses some, a preconditioner
// none.
func TestPreconditioningStandsNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	const p, r, n = 30, 5, 205
	w := uniform(rng, p, r, 0, 1)
	w.Apply(func(i, j int, v float64) float64 { return 5 + 0.05*v }, w)
	h := mat.NewDense(r, n, nil)
	for j := range n {
		sum := 0.0
		for q := range r {
			h.Set(q, j, rng.ExpFloat64()+0.3)
			sum += h.At(q, j)
		}
		for q := range r {
			h.Set(q, j, h.At(q, j)/sum)
			if j < r {
				h.Set(q, j, 0)
			}
		}
		if j < r {
			h.Set(j, j, 1)
		}
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	x.Apply(func(_, _ int, v float64) float64 { return v + 1e-3*rng.NormFloat64() }, x)
	right := func(s matrix.Selector) (count int) {
		sel, err := s.Select(context.Background(), x, r)
		require.NoError(t, err)
		for _, j := range sel.Index {
			if j < r {
				count++
			}
		}
		return count
	}
	plain := right(matrix.SPA{})
	for _, by := range []matrix.Preconditioner{matrix.Ellipsoid, matrix.EllipsoidPoints} {
		assert.Equal(t, r, right(matrix.PreconditionedSPA{By: by}), "by %d", by)
	}
	assert.GreaterOrEqual(t, right(matrix.PreconditionedSPA{}), plain)
}

// Twenty noisy copies of every pure column: their means are closer to it than SPA's
// columns, which are the noisiest.
func TestSmoothedSPAFindsClusters(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	w := uniform(rng, 20, 3, 0, 1)
	x := mat.NewDense(20, 60, nil)
	for j := range 60 {
		for i := range 20 {
			x.Set(i, j, w.At(i, j%3)+0.1*rng.NormFloat64())
		}
	}
	sel, err := matrix.SmoothedSPA{Columns: 12}.Select(context.Background(), x, 3)
	require.NoError(t, err)
	var of []int
	for _, j := range sel.Index {
		of = append(of, j%3)
	}
	assert.ElementsMatch(t, []int{0, 1, 2}, of)
	distance := func(index []int) (sum float64) {
		for _, j := range index {
			var d mat.VecDense
			d.SubVec(x.ColView(j), w.ColView(j%3))
			sum += mat.Norm(&d, 2)
		}
		return sum
	}
	spa, err := matrix.SPA{}.Select(context.Background(), x, 3)
	require.NoError(t, err)
	assert.Less(t, distance(sel.Index), distance(spa.Index))
	assert.False(t, math.IsNaN(slices.Max(sel.Residual)))
}
