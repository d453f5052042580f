package tensor_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// The Gram of the tiled mode is that of memory, in as many passes as the memory asks for and
// not where that does not hold a fibre twice.
func TestGramOfTheTiledMode(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	x := tensor.NewDense([]int{5, 4, 90}, nil)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	for rows, passes := range map[int]int{90: 1, 30: 3, 4: 20, 3: 0} {
		y := tiled(t, x, []int{2, 0, 1}, rows, 10, false)
		g := tensor.GramerOf(y, 2)
		if passes == 0 {
			require.Nil(t, g)
			continue
		}
		want, got := mat.NewSymDense(90, nil), mat.NewSymDense(90, nil)
		x.UnfoldingGram(want, 2)
		before := y.Passes()
		g.UnfoldingGram(got, 2)
		require.True(t, mat.EqualApprox(want, got, 1e-12), "slabs of %d rows", rows)
		require.Equal(t, passes, y.Passes()-before, "slabs of %d rows", rows)
	}
	broken, err := tensor.NewTiled(&held{dims: []int{90, 20}, data: make([]float64, 1800), fails: 9}, &tensor.TiledOptions{Memory: 20 * 8 * 6 * 30})
	require.NoError(t, err)
	got := mat.NewSymDense(90, nil)
	tensor.GramerOf(broken, 0).UnfoldingGram(got, 0)
	require.ErrorIs(t, broken.Err(), errDisk)
	require.Zero(t, mat.Norm(got, 1))
}
