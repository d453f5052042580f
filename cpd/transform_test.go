package cpd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// New samples made of known components are told apart exactly, whatever their number
// and the order and scale of the model's components.
func TestTransformRecoversNewSamples(t *testing.T) {
	rng := newRand(1)
	k := tensor.NewKruskal(drawnFactors(rng, []int{6, 7, 8}, 3, true)...)
	k.Weights = []float64{2, 0.5, 30}
	k.Normalize()
	for n, rows := range []int{1, 20, 4} {
		want := mat.NewDense(rows, 3, nil)
		fillRandom(want, 0, true, rng)
		factors := append([]*mat.Dense(nil), k.Factors...)
		factors[n] = want
		x := tensor.NewKruskal(factors...).Dense()
		known := make([]bool, len(x.Data()))
		for i := range known {
			known[i] = i%5 != 0
		}
		for name, c := range map[string]struct {
			x      tensor.Tensor
			method Method
		}{
			"dense":         {x, nil},
			"nonnegative":   {x, NNLS{}},
			"HALS":          {x, HALS{}},
			"unknown cells": {tensor.NewMasked(x, known).Exact(), nil},
			"imputed cells": {tensor.NewMasked(x, known), NNLS{}},
		} {
			a, err := Transform(t.Context(), c.x, k, n, c.method)
			require.NoError(t, err)
			require.True(t, mat.EqualApprox(want, a, 1e-5), "%s, mode %d:\n%v", name, n, mat.Formatted(a))
		}
	}
}

func TestTransformRefuses(t *testing.T) {
	k := tensor.NewKruskal(drawnFactors(newRand(2), []int{3, 4, 5}, 2, true)...)
	x := tensor.NewDense([]int{3, 4, 6}, nil)
	_, err := Transform(t.Context(), x, k, 3, nil)
	require.ErrorIs(t, err, ErrShape)
	_, err = Transform(t.Context(), x, k, 0, nil)
	require.ErrorIs(t, err, ErrShape, "mode 2 has another size")
	x.Set(math.NaN(), 1, 1, 1)
	_, err = Transform(t.Context(), x, k, 2, nil)
	require.ErrorIs(t, err, ErrNotFinite)
	a, err := Transform(t.Context(), tensor.NewDense([]int{3, 4, 6}, nil), k, 2, nil)
	require.NoError(t, err)
	require.Zero(t, mat.Norm(a, 2))
}
