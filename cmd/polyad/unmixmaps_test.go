package main

import (
	"bytes"
	"encoding/base64"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// The page shows the pictures that lie beside it, in the order in which they are read:
// the image and what is left of it, where each spectrum is, what it looks like, which is
// the most, how sure it is.
func TestUnmixPicturesInOrder(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	out := k.path("out")
	r := k.unmix(k.image, append(k.shape, "--out", out, "--trust")...)
	page, err := os.ReadFile(filepath.Join(out, reportFile))
	require.NoError(t, err)
	names := []string{"quicklook.png", "residual.png", "abundance-0.png", "abundance-3.png", "spectra-0.png", "dominant.png", "confidence.png"}
	page = bytes.ReplaceAll(page, []byte("&#43;"), []byte("+"))
	before := 0
	for _, name := range names {
		require.Contains(t, r.Files, name)
		picture, err := os.ReadFile(filepath.Join(out, name))
		require.NoError(t, err)
		at := bytes.Index(page, []byte(base64.StdEncoding.EncodeToString(picture)))
		require.Greater(t, at, before, "%s is missing, or in another place", name)
		before = at
	}
	require.NotContains(t, string(page), "src=\"http")
}

func TestLookBands(t *testing.T) {
	s := &scene{Image: unmix.Image{Wavelengths: []float64{460, 550, 640, 800, 2400}}}
	s.axis = s.Wavelengths
	bands, note := s.lookBands()
	require.Equal(t, [3]int{2, 1, 0}, bands)
	require.Equal(t, "red 640 nm, green 550 nm, blue 460 nm", note)
	s.Wavelengths = []float64{2400, 2200, 2050, 2000}
	s.axis = s.Wavelengths
	bands, note = s.lookBands()
	require.Equal(t, [3]int{0, 1, 2}, bands) // 2333, 2200 and 2067
	require.Contains(t, note, "false colours: red 2400 nm")
	s.Wavelengths, s.axis = nil, []float64{0, 1, 2, 7}
	bands, note = s.lookBands()
	require.Equal(t, [3]int{3, 2, 1}, bands)
	require.Equal(t, "false colours: red band 7, green band 2, blue band 1", note)
}

func TestAbundanceScale(t *testing.T) {
	a := mat.NewDense(2, 200, nil)
	a.Set(0, 0, 0.9)
	require.Equal(t, report.Fractions, abundanceScale(a))
	a.Set(0, 0, 3) // one pixel is cut
	require.Equal(t, report.Fractions, abundanceScale(a))
	for j := range 20 {
		a.Set(1, j, 2)
	}
	require.Equal(t, report.Scale{Min: 0, Max: 3}, abundanceScale(a))
	a.Scale(0.01, a)
	require.Equal(t, report.Scale{Min: 0, Max: 0.03}, abundanceScale(a))
}

// Curves have a gap where a band is left out, however narrow.
func TestGapsWhereBandsAreDropped(t *testing.T) {
	s := &scene{kept: []int{1, 2, 4}}
	v := s.gapped([]float64{10, 20, 40}, nothing)
	require.Len(t, v, 4)
	require.True(t, math.IsNaN(v[2]))
	require.Equal(t, []float64{10, 20, 30, 40}, s.gapped([]float64{10, 20, 40}, middle))
	whole := []float64{1, 2}
	require.True(t, slices.Equal(whole, (&scene{kept: []int{0, 1}}).gapped(whole, nothing)))
	require.Equal(t, whole, (&scene{}).gapped(whole, nothing))
}
