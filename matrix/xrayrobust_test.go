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
	"github.com/polyad/polyad/matrix/selecttest"
)

func TestRobustXRAY(t *testing.T) {
	racetest.Slow(t)
	t.Run("l1", func(t *testing.T) { selecttest.CheckForm(t, matrix.RobustXRAY{}) })
	t.Run("kl", func(t *testing.T) { selecttest.CheckForm(t, matrix.RobustXRAY{Loss: matrix.LossKL}) })
}

func pureColumns(rng *rand.Rand, p, n, r int) *mat.Dense {
	w, h := uniform(rng, p, r, 0, 1), mat.NewDense(r, n, nil)
	for j := range n {
		sum := 0.0
		for q := range r {
			h.Set(q, j, 0.2+rng.ExpFloat64())
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
	return x
}

// A few entries of mixed columns are far off: squares follow them, absolute values do not.
func TestRobustXRAYStandsOutliers(t *testing.T) {
	racetest.Slow(t)
	right := func(s matrix.Selector) (count int) {
		for seed := range uint64(4) {
			rng := rand.New(rand.NewPCG(seed, 15))
			x := pureColumns(rng, 40, 80, 4)
			for range 60 {
				x.Set(rng.IntN(40), 4+rng.IntN(76), 3*rng.Float64())
			}
			sel, err := s.Select(context.Background(), x, 4)
			require.NoError(t, err)
			for _, j := range sel.Index {
				if j < 4 {
					count++
				}
			}
		}
		return count
	}
	plain, robust := right(matrix.XRAY{}), right(matrix.RobustXRAY{})
	t.Log(plain, robust)
	assert.Greater(t, robust, plain)
}

func TestRobustXRAYFindsPureColumnsOfCounts(t *testing.T) {
	x := pureColumns(rand.New(rand.NewPCG(1, 15)), 30, 60, 4)
	sel, err := matrix.RobustXRAY{Loss: matrix.LossKL, Iterations: 500}.Select(context.Background(), x, 4)
	require.NoError(t, err)
	assert.ElementsMatch(t, []int{0, 1, 2, 3}, sel.Index)
	x.Set(3, 3, -1)
	_, err = matrix.RobustXRAY{Loss: matrix.LossKL}.Select(context.Background(), x, 4)
	require.ErrorIs(t, err, matrix.ErrOptions)
}
