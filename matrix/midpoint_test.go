package matrix_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

// midpoints has ten pure columns and the midpoints of all pairs, pushed away from the mean
// of the pure ones by a share of their distance: noise of the worst kind.
func midpoints(seed uint64, share float64) *mat.Dense {
	const p, r = 40, 10
	w := uniform(rand.New(rand.NewPCG(seed, 40)), p, r, 0, 1)
	x := mat.NewDense(p, r+r*(r-1)/2, nil)
	for i := range p {
		row, mean := w.RawRowView(i), 0.0
		for q, v := range row {
			x.Set(i, q, v)
			mean += v / r
		}
		j := r
		for a := range r {
			for b := range a {
				v := (row[a] + row[b]) / 2
				x.Set(i, j, v+share*(v-mean))
				j++
			}
		}
	}
	return x
}

// The convex models find the pure columns where the greedy ones are led astray by the
// midpoints, as in the literature.
func TestConvexModelsStandMidpoints(t *testing.T) {
	racetest.Slow(t)
	found := func(s matrix.Selector, share float64) (count int) {
		for seed := range uint64(2) {
			sel, err := s.Select(context.Background(), midpoints(seed, share), 10)
			require.NoError(t, err)
			for _, j := range sel.Index {
				if j < 10 {
					count++
				}
			}
		}
		return count
	}
	lp := matrix.MinTrace{Solver: matrix.LinearOptions{Tol: 1e-2, Iterations: 4000}}
	assert.Equal(t, 20, found(matrix.SPA{}, 0))
	assert.Less(t, found(matrix.SPA{}, 0.6), 10)
	assert.Equal(t, 20, found(matrix.FGNSR{}, 0.6))
	assert.Greater(t, found(lp, 0.3), found(matrix.SPA{}, 0.3))
}
