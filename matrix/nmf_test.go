package matrix_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
)

func TestNMFFitsNonnegativeProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, c := range []struct{ p, n, r int }{{1, 7, 1}, {9, 1, 1}, {6, 5, 2}, {20, 50, 4}} {
		var x mat.Dense
		x.Mul(uniform(rng, c.p, c.r, 0, 1), uniform(rng, c.r, c.n, 0, 1))
		before := mat.DenseCopyOf(&x)
		got, err := matrix.NMF(context.Background(), &x, c.r, &matrix.NMFOptions{
			Starts: 2, Stop: sweep.MaxSweeps(300),
		})
		require.NoError(t, err)
		assert.True(t, mat.Equal(before, &x))
		assert.Less(t, got.RelativeError, 0.01, "%+v", c)
		assert.InDelta(t, residual(got.U, got.V, &x), got.RelativeError, 1e-9)
		assert.GreaterOrEqual(t, mat.Min(got.U), 0.0)
		assert.GreaterOrEqual(t, mat.Min(got.V), 0.0)
		last := math.Inf(1)
		for r := range c.r {
			assert.InDelta(t, 1, mat.Norm(got.U.ColView(r), 2), 1e-12)
			size := mat.Norm(got.V.RowView(r), 2)
			assert.LessOrEqual(t, size, last*(1+1e-12), "sorted")
			last = size
		}
		for k := 1; k < len(got.Trace); k++ {
			assert.LessOrEqual(t, got.Trace[k].RelativeError, got.Trace[k-1].RelativeError+1e-7, "descent, %+v", c)
		}
	}
}

// Near-separable data from a start at the pure columns: HALS stays there.
func TestNMFStartsFromASelection(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 1))
	u := uniform(rng, 15, 3, 0, 1)
	h := uniform(rng, 3, 40, 0, 1)
	for r := range 3 {
		for q := range 3 {
			h.Set(q, r, 0)
		}
		h.Set(r, r, 2)
	}
	var x mat.Dense
	x.Mul(u, h)
	got, err := matrix.NMF(context.Background(), &x, 3, &matrix.NMFOptions{
		Init: cpd.Given{Factors: []*mat.Dense{u, mat.DenseCopyOf(h.T())}},
		Stop: sweep.MaxSweeps(2),
	})
	require.NoError(t, err)
	assert.Less(t, got.RelativeError, 1e-12)
}

func TestNMFRejects(t *testing.T) {
	x := mat.NewDense(2, 3, []float64{1, 2, 3, 4, math.NaN(), 6})
	_, err := matrix.NMF(context.Background(), x, 1, nil)
	require.ErrorIs(t, err, matrix.ErrNotFinite)
	assert.Contains(t, err.Error(), "row 1, column 1")
	x.Set(1, 1, 5)
	_, err = matrix.NMF(context.Background(), x, 0, nil)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.NMF(context.Background(), new(mat.Dense), 1, nil)
	require.ErrorIs(t, err, matrix.ErrShape)
	_, err = matrix.NMF(context.Background(), x, 1, &matrix.NMFOptions{Starts: -1})
	require.ErrorIs(t, err, cpd.ErrOptions)

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = matrix.NMF(ctx, x, 1, nil)
	require.ErrorIs(t, err, context.Canceled)

	got, err := matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{
		Observe: func(_ int, p sweep.Point) error {
			if p.Sweep == 2 {
				return sweep.ErrStop
			}
			return nil
		},
		Stop: sweep.MaxSweeps(50),
	})
	require.NoError(t, err)
	assert.Equal(t, sweep.Stopped, got.Status)
	assert.Len(t, got.Trace, 2)

	failed := errors.New("observer failed")
	_, err = matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{
		Observe: func(int, sweep.Point) error { return failed },
	})
	require.ErrorIs(t, err, failed)

	zero, err := matrix.NMF(context.Background(), mat.NewDense(2, 3, nil), 2, nil)
	require.NoError(t, err)
	assert.Zero(t, mat.Norm(zero.V, 2))
}
