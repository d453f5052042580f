package main

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

// The look of a large cube has, of every cell, the first pixel along the rows with data.
func TestLookOfACubeWithHoles(t *testing.T) {
	f := newFiles(t)
	y := mat.NewDense(3, 20, nil) // 4 rows × 5 columns
	y.Apply(func(b, j int, _ float64) float64 { return float64(100*(b+1) + j) }, y)
	for _, q := range []int{0, 1, 2, 6, 8, 9, 12, 13} { // column·4 + row
		y.SetCol(q, []float64{math.Inf(1), math.NaN(), math.Inf(-1)})
	}
	file, err := format.Open(f.envi("holes", y, 4, 5, ""))
	require.NoError(t, err)
	defer file.Close()
	s := &scene{bands: 3, axis: []float64{0, 1, 2}}
	s.Image = unmix.Image{Rows: 2, Cols: 3, Pixels: []int{0, 1, 3, 4, 5}}
	require.NoError(t, s.readLook(t.Context(), &cubeRows{file: file, kept: []int{0, 1, 2}, scale: 1}, 2))
	bands, _ := s.lookBands()
	for k, b := range bands {
		at := float64(100 * (b + 1))
		require.Equal(t, []float64{at + 4, at + 3, at + 10, at + 16, at + 18}, s.look[k])
	}
}
