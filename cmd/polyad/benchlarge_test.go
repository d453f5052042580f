package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format"
)

// The data have the sizes and the libraries that they are said to have, and a folder that
// is there is left alone.
func TestBenchLarge(t *testing.T) {
	k := newFiles(t)
	code, _, errs := call(t.Context(), "bench", "large", "scene", k.path("scene"), "--sizes", "9x8x40")
	require.Equal(t, exitDone, code, errs)
	code, _, errs = call(t.Context(), "bench", "large", "tensor", k.path("tensor"), "--sizes", "10x9x8")
	require.Equal(t, exitDone, code, errs)
	for name, dims := range map[string][]int{"scene/scene.hdr": {9, 8, 40}, "scene/leaf.npy": {40, 40}, "tensor/tensor.npy": {10, 9, 8}} {
		a, err := format.Open(k.path(name))
		require.NoError(t, err)
		require.Equal(t, dims, a.Dims)
		x, err := a.Dense()
		require.NoError(t, err)
		require.False(t, math.IsNaN(x.SquaredNorm()))
		require.Positive(t, x.SquaredNorm())
		require.NoError(t, a.Close())
	}
	fail(t, exitFailure, []string{"bench", "large", "scene", k.path("scene")}, "exists")
	fail(t, exitUsage, []string{"bench", "large", "film", k.path("film")}, "scene or tensor")
	fail(t, exitUsage, []string{"bench", "large", "tensor", k.path("film"), "--sizes", "9x9"}, "AxBxC")
}
