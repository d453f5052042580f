package main

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// A quick-look has a pixel for each of the image, brighter where the image is, in both formats.
func TestConvertToPictures(t *testing.T) {
	f := newFiles(t)
	y := mat.NewDense(3, 6, nil) // 2 rows × 3 columns
	y.Apply(func(b, j int, _ float64) float64 { return float64(j) * float64(b+1) }, y)
	y.SetCol(4, []float64{-1, -1, -1})
	cube := f.envi("cube", y, 2, 3, "data ignore value = -1\nwavelength units = nm\nwavelength = {460, 550, 640}")
	code, out, errs := call(t.Context(), "convert", cube, f.path("look.png"))
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, out, "2×3 pixels, red 640 nm, green 550 nm, blue 460 nm")
	text, err := os.ReadFile(f.path("look.png"))
	require.NoError(t, err)
	m, err := png.Decode(bytes.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, 3, m.Bounds().Dx())
	level := func(row, col int) uint32 { r, _, _, _ := m.At(col, row).RGBA(); return r >> 8 }
	require.Equal(t, []uint32{0, 51, 102, 153, 255}, []uint32{level(0, 0), level(1, 0), level(0, 1), level(1, 1), level(1, 2)})
	_, _, _, alpha := m.At(2, 0).RGBA()
	require.Zero(t, alpha)

	x := f.matrix("x.npy", y)
	code, _, errs = call(t.Context(), "convert", x, f.path("look.ppm"), "--shape", "2x3")
	require.Equal(t, exitDone, code, errs)
	text, err = os.ReadFile(f.path("look.ppm"))
	require.NoError(t, err)
	require.True(t, bytes.HasPrefix(text, []byte("P6\n3 2\n255\n")))
	require.Len(t, text, 11+18)

	fail(t, exitFailure, []string{"convert", cube, f.path("look.png")}, "--force")
	fail(t, exitUsage, []string{"convert", cube, f.path("b.png"), "--type", "uint8"}, "is a picture")
	fail(t, exitUsage, []string{"convert", x, f.path("b.png")}, "give --shape")
	code, _, errs = call(t.Context(), "convert", f.envi("none", mat.NewDense(1, 1, []float64{math.NaN()}), 1, 1, ""), f.path("none.png"))
	require.Equal(t, exitDone, code, errs)
	fail(t, exitFailure, []string{"convert", cube, f.path("missing/a.png")}, f.path("missing/a.png")+": no such")
}

// Infinities are no data: they set no colour, and are transparent.
func TestPictureOfInfinities(t *testing.T) {
	inf := math.Inf(1)
	picture := painted(1, 5, [3][]float64{{0, 1, 2, inf, 4}, {0, 1, 2, -inf, 4}, {0, 1, inf, 3, 4}})
	for q, want := range []uint8{0, 64, 0, 0, 255} {
		require.Equal(t, want, picture.Pix[4*q], q)
		require.Equal(t, q != 2 && q != 3, picture.Pix[4*q+3] == 255, q)
	}
}
