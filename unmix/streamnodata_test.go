package unmix

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/synth"
)

// Pixels without data are in no sample, no sum and no Gram matrix, and NaN in the tiles.
func TestTilesOfAnImageWithHoles(t *testing.T) {
	_, img, p := scene(t, 1, synth.SNR(30))
	p.Algorithm, p.Rank = dict.SOMP{}, 3
	bands, pixels := img.Y.Dims()
	holes := []int{0, 7, 8, 200, pixels - 1}
	broken := &Image{Y: mat.DenseCopyOf(img.Y), Rows: img.Rows, Cols: img.Cols}
	for _, q := range holes {
		broken.Y.SetCol(q, slices.Repeat([]float64{math.NaN()}, bands))
	}
	broken.Y.SetCol(holes[2], slices.Repeat([]float64{math.Inf(1)}, bands))
	whole := *broken
	_, err := whole.DropNoData(nil)
	require.NoError(t, err)
	want, err := Solve(t.Context(), &whole, p)
	require.NoError(t, err)
	c, err := Compress(t.Context(), heldRows{Image: broken}, p, nil)
	require.NoError(t, err)
	require.Equal(t, len(holes), c.NoData)
	got, err := c.Solve(t.Context(), p)
	require.NoError(t, err)
	require.Equal(t, want.Atoms, got.Atoms)
	require.True(t, mat.Equal(want.Abundances, got.Abundances))
	var g gathered
	require.NoError(t, Abundances(t.Context(), heldRows{Image: broken}, got.Spectra, nil, 0, &StreamOptions{TileRows: 7}, g.write(broken)))
	require.InDelta(t, want.RelativeError, math.Sqrt(g.error/g.norm), 1e-12)
	for r := range p.Rank {
		require.InDeltaSlice(t, whole.Whole(want.Abundances.RawRowView(r)), g.a.RawRowView(r), 1e-12)
	}
	require.InDeltaSlice(t, whole.Whole(want.Residual), g.residual, 1e-12)

	c, err = Compress(t.Context(), heldRows{Image: broken}, p, &StreamOptions{Memory: int64(6 * 8 * bands * (pixels - 1))})
	require.NoError(t, err)
	for k, q := range c.Pixels {
		j := q%img.Cols*img.Rows + q/img.Cols
		require.NotContains(t, holes, j)
		require.Equal(t, mat.Col(nil, j, img.Y), mat.Col(nil, k, c.Image.Y))
	}
	_, n := c.Image.Y.Dims()
	require.Len(t, c.Pixels, n)
	var gram mat.SymDense
	gram.SymOuterK(float64(n)/float64(pixels-len(holes)), whole.Y)
	require.True(t, mat.EqualApprox(&gram, c.gram, 1e-10))

	broken.Y.Set(2, 20, math.Inf(1))
	_, err = Compress(t.Context(), heldRows{Image: broken}, p, nil)
	require.ErrorIs(t, err, ErrData)
	require.ErrorContains(t, err, "+Inf in band 2")
	require.ErrorIs(t, Abundances(t.Context(), heldRows{Image: broken}, got.Spectra, nil, 0, nil, func(*Tile) error { return nil }), ErrData)
	broken.Y.Apply(func(int, int, float64) float64 { return math.NaN() }, broken.Y)
	_, err = Compress(context.Background(), heldRows{Image: broken}, p, nil)
	require.ErrorContains(t, err, "none of the pixels")
}

func TestBlankPixel(t *testing.T) {
	nan, at := math.NaN(), func(v float64) *float64 { return &v }
	for _, c := range []struct {
		ignore *float64
		pixel  []float64
		blank  bool
	}{
		{nil, []float64{1, 2}, false},
		{nil, []float64{nan, nan}, true},
		{nil, []float64{nan, 1}, false},
		{at(-1), []float64{-1, -1}, true},
		{at(-1), []float64{-1, 3}, true},
		{at(-1), []float64{2, 3}, false},
		{at(-1), []float64{nan, -1}, true},
		{at(0), []float64{0, 3}, false},
		{at(0), []float64{0, 0}, true},
		{at(nan), []float64{nan, 2}, true},
		{at(-1.23e34), []float64{float64(float32(-1.23e34)), 2}, true},
	} {
		given := slices.Clone(c.pixel)
		require.Equal(t, c.blank, BlankPixel(c.pixel, c.ignore), "%v", given)
		if c.blank {
			require.True(t, math.IsNaN(c.pixel[0]) && math.IsNaN(c.pixel[1]))
		}
	}
}
