package matrix_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

func TestSeparableSymmetricFindsThePlantedFactors(t *testing.T) {
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 12))
		const n, r = 25, 4
		w, s := uniform(rng, n, r, 0, 0.2), mat.NewSymDense(r, nil)
		pure := rng.Perm(n)[:r]
		for q, i := range pure {
			w.SetRow(i, make([]float64, r))
			w.Set(i, q, 0.5+rng.Float64())
			for p := range q + 1 {
				s.SetSym(p, q, 0.1*rng.Float64())
			}
			s.SetSym(q, q, 1)
		}
		var ws, x mat.Dense
		ws.Mul(w, s)
		x.Mul(&ws, w.T())
		got, err := matrix.SeparableSymmetric(context.Background(), &x, r, nil)
		require.NoError(t, err)
		assert.ElementsMatch(t, pure, got.Index)
		assert.Less(t, got.RelativeError, 1e-9)
		for k, j := range got.Index {
			for q, i := range pure {
				if i != j {
					continue
				}
				sum := mat.Sum(w.ColView(q))
				for l := range n {
					assert.InDelta(t, w.At(l, q)/sum, got.W.At(l, k), 1e-9)
				}
				assert.InDelta(t, s.At(q, q)*sum*sum, got.S.At(k, k), 1e-7)
			}
		}
	}
}

// S is optimal: entries that are positive have no slope, the others none that falls.
func TestSeparableSymmetricMiddleIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 13))
	x := uniform(rng, 12, 12, -1, 1) // entries below zero pull some of S there
	x.Add(x, mat.DenseCopyOf(x.T()))
	for i := range 12 {
		x.Set(i, i, 5)
	}
	got, err := matrix.SeparableSymmetric(context.Background(), x, 5, matrix.SNPA{})
	require.NoError(t, err)
	var ws, left, wl, slope mat.Dense
	ws.Mul(got.W, got.S)
	left.Mul(&ws, got.W.T())
	left.Sub(&left, x)
	assert.InDelta(t, mat.Norm(&left, 2)/mat.Norm(x, 2), got.RelativeError, 1e-12)
	wl.Mul(got.W.T(), &left)
	slope.Mul(&wl, got.W)
	zeros := 0
	for i := range 5 {
		for j := range 5 {
			if got.S.At(i, j) > 0 {
				assert.InDelta(t, 0, slope.At(i, j), 1e-8)
			} else {
				zeros++
				assert.Greater(t, slope.At(i, j), -1e-8)
			}
		}
	}
	assert.Positive(t, zeros, "a case where S ≥ 0 matters")
}

// Every sweep over S asks whether to go on, and uses what the ones before it moved: few
// are enough.
func TestSeparableSymmetricEndsBetweenSweeps(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 13))
	x := uniform(rng, 12, 12, -1, 1)
	x.Add(x, mat.DenseCopyOf(x.T()))
	for i := range 12 {
		x.Set(i, i, 5)
	}
	const most = 10000
	ctx := endingAfter(most)
	want, err := matrix.SeparableSymmetric(ctx, x, 6, matrix.SNPA{})
	require.NoError(t, err)
	asked := most - int(ctx.left.Load())
	t.Log(asked)
	assert.Less(t, asked, 300)
	got, err := matrix.SeparableSymmetric(endingAfter(asked-3), x, 6, matrix.SNPA{})
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, got)
	assert.InDelta(t, want.RelativeError, got.RelativeError, 1e-9)
}

func TestSeparableSymmetricRejects(t *testing.T) {
	_, err := matrix.SeparableSymmetric(context.Background(), mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6}), 1, nil)
	require.ErrorIs(t, err, matrix.ErrShape)
	_, err = matrix.SeparableSymmetric(context.Background(), mat.NewDense(2, 2, []float64{1, 2, 3, 4}), 1, nil)
	require.ErrorIs(t, err, matrix.ErrShape)
	_, err = matrix.SeparableSymmetric(context.Background(), mat.NewDense(2, 2, []float64{1, 2, 2, 4}), 3, nil)
	require.Error(t, err)
	got, err := matrix.SeparableSymmetric(context.Background(), mat.NewDense(2, 2, nil), 1, nil)
	require.NoError(t, err)
	assert.Empty(t, got.Index)
}
