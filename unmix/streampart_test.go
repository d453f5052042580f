package unmix

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/synth"
)

// What processes keep of their rows adds up to what one keeps, of the whole image and of a
// sample.
func TestPartsOfTheFirstPassAddUp(t *testing.T) {
	_, img, p := scene(t, 2, synth.SNR(30))
	p.Normalize, p.Seed = NormalizeL2, 9
	bands, pixels := img.Y.Dims()
	for _, q := range []int{5, 6, 100} { // without data
		img.Y.SetCol(q, slices.Repeat([]float64{math.NaN()}, bands))
	}
	for _, keep := range []int{pixels, pixels / 7} {
		o := &StreamOptions{Memory: int64(6 * 8 * bands * keep), TileRows: 3}
		want, err := Compress(t.Context(), heldRows{Image: img}, p, o)
		require.NoError(t, err)
		require.Equal(t, keep < pixels, want.Pixels != nil)
		// Twice: to add up what each part has to say, and with what that comes to.
		var totals [][]float64
		for _, told := range []bool{false, true} {
			for _, rows := range [][2]int{{0, 1}, {1, 8}, {8, img.Rows}} {
				call := 0
				part, err := CompressPart(t.Context(), heldRows{Image: img}, rows[0], rows[1], func(x []float64) error {
					if call == len(totals) {
						totals = append(totals, make([]float64, len(x)))
					}
					if told {
						copy(x, totals[call])
					} else {
						floats.Add(totals[call], x)
					}
					call++
					return nil
				}, p, o)
				if !told { // the first row alone may have no pixel of the sample
					continue
				}
				require.NoError(t, err)
				require.Equal(t, want.Pixels, part.Pixels)
				require.Equal(t, 3, part.NoData)
				require.True(t, mat.Equal(want.Image.Y, part.Image.Y))
				require.True(t, mat.EqualApprox(want.gram, part.gram, 1e-12*mat.Max(want.gram)))
			}
		}
		require.Len(t, totals, 4)
	}
	for _, rows := range [][2]int{{-1, 3}, {4, 4}, {0, img.Rows + 1}} {
		_, err := CompressPart(t.Context(), heldRows{Image: img}, rows[0], rows[1], nil, p, nil)
		require.ErrorIs(t, err, ErrShape)
	}
	_, err := CompressPart(t.Context(), heldRows{Image: img, fails: 5}, 2, 7, nil, p, nil)
	require.ErrorIs(t, err, errDisk)
}
