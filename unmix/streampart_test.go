package unmix

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/synth"
)

// What processes keep of their rows adds up to what one keeps, of the whole image and of a
// sample.
func TestPartsOfTheFirstPassAddUp(t *testing.T) {
	_, img, p := scene(t, 2, synth.SNR(30))
	p.Normalize, p.Seed = NormalizeL2, 9
	bands, pixels := img.Y.Dims()
	for _, keep := range []int{pixels, pixels / 7} {
		o := &StreamOptions{Memory: int64(6 * 8 * bands * keep), TileRows: 3}
		want, err := Compress(t.Context(), heldRows{Image: img}, p, o)
		require.NoError(t, err)
		require.Equal(t, keep < pixels, want.Pixels != nil)
		_, n := want.Image.Y.Dims()
		y, gram, sums := mat.NewDense(bands, n, nil), mat.NewSymDense(bands, nil), 0
		for _, rows := range [][2]int{{0, 1}, {1, 8}, {8, img.Rows}} {
			part, err := CompressPart(t.Context(), heldRows{Image: img}, rows[0], rows[1], func([]float64) error { sums++; return nil }, p, o)
			require.NoError(t, err)
			require.Equal(t, want.Pixels, part.Pixels)
			y.Add(y, part.Image.Y)
			gram.AddSym(gram, part.gram)
		}
		require.Equal(t, 6, sums)
		require.True(t, mat.Equal(want.Image.Y, y))
		require.True(t, mat.EqualApprox(want.gram, gram, 1e-12*mat.Max(want.gram)))
	}
	for _, rows := range [][2]int{{-1, 3}, {4, 4}, {0, img.Rows + 1}} {
		_, err := CompressPart(t.Context(), heldRows{Image: img}, rows[0], rows[1], nil, p, nil)
		require.ErrorIs(t, err, ErrShape)
	}
	_, err := CompressPart(t.Context(), heldRows{Image: img, fails: 5}, 2, 7, nil, p, nil)
	require.ErrorIs(t, err, errDisk)
}
