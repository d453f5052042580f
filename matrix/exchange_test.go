package matrix_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// A few columns are few enough for every one to be tried exactly: no single
// exchange lowers the error any more, by brute force.
func TestExchangeEndsAtLocalOptimum(t *testing.T) {
	for seed := range uint64(5) {
		x := uniform(rand.New(rand.NewPCG(seed, 9)), 8, 14, 0, 1)
		sel, err := matrix.Exchange(context.Background(), x, []int{0, 1, 2}, &matrix.ExchangeOptions{Tries: 16})
		require.NoError(t, err)
		before, after := errorPercent(t, x, []int{0, 1, 2}), errorPercent(t, x, sel.Index)
		assert.InDelta(t, before, 100*sel.Residual[0], 1e-6)
		assert.InDelta(t, after, 100*sel.Residual[1], 1e-6)
		assert.LessOrEqual(t, after, before)
		for k := range 3 {
			for j := range 14 {
				if other := slices.Clone(sel.Index); !slices.Contains(sel.Index, j) {
					other[k] = j
					assert.GreaterOrEqual(t, errorPercent(t, x, other), after*(1-1e-6), "seed %d: %v for %v", seed, other, sel.Index)
				}
			}
		}
	}
}

// Zero columns are never worth a place, and hide no column that is.
func TestExchangePassesOverZeroColumns(t *testing.T) {
	const zeros = 40
	x := nearPure(12, 80, 4, 0.01)
	wide := mat.NewDense(12, zeros+80, nil)
	wide.Slice(0, 12, zeros, zeros+80).(*mat.Dense).Copy(x)
	choice := []int{10, 11, 12, 13} // mixtures: any three leave little with V free
	want, err := matrix.Exchange(context.Background(), x, choice, nil)
	require.NoError(t, err)
	require.NotEqual(t, choice, want.Index)
	shifted := func(index []int) (s []int) {
		for _, j := range index {
			s = append(s, j+zeros)
		}
		return s
	}
	got, err := matrix.Exchange(context.Background(), wide, shifted(choice), nil)
	require.NoError(t, err)
	assert.Equal(t, shifted(want.Index), got.Index)
	assert.InDeltaSlice(t, want.Residual, got.Residual, 1e-12)
	gain, _, _ := matrix.ExchangeGains(wide, shifted(choice), 0)
	assert.Zero(t, mat.Norm(mat.NewVecDense(zeros, gain[:zeros]), 1))
}

func TestExchangeRejects(t *testing.T) {
	x := uniform(rand.New(rand.NewPCG(1, 9)), 8, 14, 0, 1)
	for _, index := range [][]int{{14}, {-1}, {3, 3}} {
		_, err := matrix.Exchange(context.Background(), x, index, nil)
		require.ErrorIs(t, err, matrix.ErrOptions, "%v", index)
	}
	_, err := matrix.Exchange(context.Background(), x, []int{1}, &matrix.ExchangeOptions{Tries: -1})
	require.ErrorIs(t, err, matrix.ErrOptions)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	sel, err := matrix.Exchange(ctx, x, []int{2, 3}, nil)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, []int{2, 3}, sel.Index)
}
