package unmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/synth"
)

// An image with pixels without data gives what the others by themselves give, and numbers
// of pixels are those of the whole image.
func TestPixelsWithoutDataAreLeftOut(t *testing.T) {
	small, err := synth.NewScene(&synth.SceneOptions{Image: synth.MixOptions{Rows: 9, Cols: 8, Noise: synth.SNR(40), Seed: 3}})
	require.NoError(t, err)
	_, img, p := scene(t, 3, synth.SNR(40))
	img.Y, img.Rows, img.Cols = small.Y, 9, 8
	p.Self = assign.Bound{Min: 1, Max: 1}
	bands, pixels := img.Y.Dims()
	holes := mat.DenseCopyOf(img.Y)
	var left []int
	for j := range pixels {
		switch {
		case j%7 == 0:
			for b := range bands {
				holes.Set(b, j, math.NaN())
			}
		case j%7 == 1:
			holes.Set(j%bands, j, float64(float32(-1.23e34)))
		default:
			left = append(left, j)
		}
	}
	ignore := -1.23e34
	whole := &Image{Y: holes, Rows: img.Rows, Cols: img.Cols, Wavelengths: img.Wavelengths}
	n, err := whole.DropNoData(&ignore)
	require.NoError(t, err)
	require.Equal(t, NoData{Pixels: pixels - len(left), Partly: (pixels + 5) / 7}, n)
	require.Equal(t, left, whole.Pixels)

	some := &Image{Y: columns(img.Y, left), Rows: len(left), Cols: 1, Wavelengths: img.Wavelengths}
	want, err := Solve(t.Context(), some, p)
	require.NoError(t, err)
	got, err := Solve(t.Context(), whole, p)
	require.NoError(t, err)
	require.True(t, mat.Equal(want.Abundances, got.Abundances))
	require.True(t, mat.Equal(want.Spectra, got.Spectra))
	for c, a := range want.Atoms {
		if a.Library == len(p.Libraries) {
			require.Equal(t, left[a.Index], got.Atoms[c].Index)
			require.Equal(t, mat.Col(nil, left[a.Index], img.Y), mat.Col(nil, c, got.Spectra))
			continue
		}
		require.Equal(t, a, got.Atoms[c])
	}
	all := whole.WholeRows(got.Abundances)
	for j, q := range left {
		require.Equal(t, got.Abundances.At(0, j), all.At(0, q))
	}
	require.True(t, math.IsNaN(all.At(0, 0)))
	trust, err := Examine(t.Context(), whole, p, got, nil)
	require.NoError(t, err)
	require.Len(t, trust.Spectra, p.Rank)
}

// What counts as no data, and what is an error.
func TestNoData(t *testing.T) {
	nan, zero, minus := math.NaN(), 0.0, -9999.0
	for _, c := range []struct {
		name    string
		ignore  *float64
		columns [][]float64
		left    []int // nil: all
		words   string
	}{
		{"none", nil, [][]float64{{1, 2}, {0, 0}}, nil, ""},
		{"NaN", nil, [][]float64{{1, 2}, {nan, nan}, {math.Inf(1), nan}}, []int{0}, ""},
		{"NaN in a band", nil, [][]float64{{1, 2}, {1, 3}, {2, nan}}, nil, "row 0, column 1 holds NaN in band 1, and in 1 of 2 bands"},
		{"infinite in a band", &minus, [][]float64{{math.Inf(-1), 2}}, nil, "holds -Inf in band 0"},
		{"ignored", &minus, [][]float64{{-9999, -9999}, {3, -9999}, {1, 1}}, []int{2}, ""},
		{"zeros declared", &zero, [][]float64{{0, 0}, {0, 1}, {1, 0}}, []int{1, 2}, ""},
		{"zeros and NaN", &zero, [][]float64{{0, nan}, {0, 1}}, []int{1}, ""},
		{"NaN declared", &nan, [][]float64{{0, nan}, {0, 1}}, []int{1}, ""},
		{"nothing left", &minus, [][]float64{{1, -9999}}, nil, "none of the 1 pixels has data"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := mat.NewDense(2, len(c.columns), nil)
			for j, v := range c.columns {
				y.SetCol(j, v)
			}
			img := &Image{Y: y, Rows: len(c.columns), Cols: 1}
			if len(c.columns) == 3 { // as 2 rows, the third pixel the first of the second column
				img.Rows, img.Cols = 2, 2
			}
			n, err := img.DropNoData(c.ignore)
			if c.words != "" {
				require.ErrorIs(t, err, ErrData)
				require.ErrorContains(t, err, c.words)
				return
			}
			require.NoError(t, err)
			require.Equal(t, c.left, img.Pixels)
			if c.left != nil {
				require.Equal(t, len(c.columns)-len(c.left), n.Pixels)
			}
		})
	}
}

func TestImagesOfSomePixelsAreChecked(t *testing.T) {
	y := mat.NewDense(1, 2, []float64{1, 2})
	for _, img := range []*Image{
		{Y: y, Rows: 2, Cols: 2, Pixels: []int{1}},
		{Y: y, Rows: 2, Cols: 2, Pixels: []int{1, 1}},
		{Y: y, Rows: 2, Cols: 2, Pixels: []int{1, 4}},
		{Y: y, Rows: 0, Cols: 2, Pixels: []int{0, 1}},
	} {
		require.ErrorIs(t, img.check(), ErrShape)
	}
	bad := &Image{Y: mat.NewDense(1, 2, []float64{1, math.NaN()}), Rows: 2, Cols: 2, Pixels: []int{0, 3}}
	require.ErrorContains(t, bad.check(), "row 1, column 1")
}
