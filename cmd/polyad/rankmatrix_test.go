package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// mixedImage is 20 bands × 300 pixels, mixtures of three spectra, the first three
// pixels pure, with noise of the given strength in every band.
func mixedImage(noise func(band int) float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(5, 31))
	w, h := mat.NewDense(20, 3, nil), mat.NewDense(3, 300, nil)
	w.Apply(func(_, _ int, _ float64) float64 { return 0.1 + rng.Float64() }, w)
	for j := range 300 {
		a, b, c := rng.ExpFloat64(), rng.ExpFloat64(), rng.ExpFloat64()
		s := (a + b + c) / 0.9
		h.SetCol(j, []float64{a/s + 1./30, b/s + 1./30, c/s + 1./30})
		if j < 3 {
			h.SetCol(j, make([]float64, 3))
			h.Set(j, j, 1)
		}
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	x.Apply(func(i, _ int, v float64) float64 { return v + noise(i)*rng.NormFloat64() }, x)
	return x
}

func rankJSON(t *testing.T, args ...string) *matrixRankResult {
	t.Helper()
	code, out, errs := call(t.Context(), append(append([]string{"rank"}, args...), "--json")...)
	require.Equal(t, exitDone, code, errs)
	r := &matrixRankResult{}
	require.NoError(t, json.Unmarshal([]byte(out), r))
	return r
}

func TestRankOfMatrixAndImage(t *testing.T) {
	racetest.Slow(t)
	k := newFiles(t)
	x := mixedImage(func(int) float64 { return 0.01 })
	file := k.matrix("scene.npy", x)
	dir := filepath.Join(t.TempDir(), "out")
	r := rankJSON(t, file, "--max", "4", "--samples", "5", "--out", dir)
	require.Equal(t, [2]int{3, 3}, [2]int{r.Suggested, r.UpTo}, r.Reason)
	require.Len(t, r.Ranks, 4)
	require.Equal(t, []float64{1, 1, 1}, r.Ranks[2].Found)
	require.Len(t, r.Ranks[2].Columns, 3)
	require.Equal(t, 3, r.Noise.HySime)
	require.InDelta(t, 35, *r.Noise.SNR, 3)
	require.Len(t, r.Noise.Std, 20)
	require.Len(t, r.Virtual, 3)
	require.Equal(t, []string{"ranks.png", "report.html", "result.json"}, r.Files)
	code, out, errs := call(t.Context(), "rank", file, "--max", "4", "--samples", "5", "--whiten", "--normalize", "l2")
	require.Equal(t, exitDone, code, errs)
	for _, words := range []string{"noise: SNR", "signal subspace (HySime): 3 dimensions", "virtual dimensionality at 1e-03", "suggested: 3 components", "found again"} {
		require.Contains(t, out, words)
	}
	// The same pixels as a cube.
	cube := make([]float64, 0, 6000)
	for row := range 20 {
		for col := range 15 {
			cube = append(cube, mat.Col(nil, col*20+row, x)...)
		}
	}
	image := k.array("cube.npy", []int{20, 15, 20}, cube)
	c := rankJSON(t, image, "--image", "--max", "4", "--samples", "5")
	require.Equal(t, r.Ranks, c.Ranks)
	says := k.envi("cube", x, 20, 15, "") // that it is an image
	e := rankJSON(t, says, "--max", "4", "--samples", "5")
	require.InDelta(t, r.Ranks[2].RelativeError, e.Ranks[2].RelativeError, 1e-7) // float32
	fail(t, exitUsage, []string{"rank", says, "--max", "2", "--starts", "2"}, "--image=false")
	require.Equal(t, 5, len(rankJSON(t, file, "--min", "2", "--max", "2", "--samples", "3", "--scale", "2", "--drop", "5-19").Noise.Std))
	few := k.matrix("few.npy", x.Slice(0, 20, 0, 15))
	f := rankJSON(t, few, "--max", "2", "--samples", "3")
	require.Nil(t, f.Noise)
}

func TestRankOfMatrixRefuses(t *testing.T) {
	k := newFiles(t)
	m := k.matrix("m.npy", mixedImage(func(int) float64 { return 0.01 }))
	x, _ := tensorFile(t, k, nil)
	fail(t, exitUsage, []string{"rank", m, "--nonneg", "all"}, "--nonneg is for a tensor of order 3 or more", "20×300")
	fail(t, exitUsage, []string{"rank", m, "--split", "0"}, "--split is for a tensor")
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--scale", "2"}, "--scale is for a matrix")
	fail(t, exitUsage, []string{"rank", x, "--image", "--starts", "2"}, "--starts is for a tensor")
	fail(t, exitUsage, []string{"rank", m, "--min", "0"}, "--min is 0")
	fail(t, exitUsage, []string{"rank", m, "--max", "301"}, "300 columns")
	fail(t, exitUsage, []string{"rank", m, "--samples", "1"}, "--samples is 1")
	fail(t, exitUsage, []string{"rank", m, "--subsample", "301"}, "--subsample is 301")
	fail(t, exitUsage, []string{"rank", m, "--scale", "0"}, "--scale is 0")
	fail(t, exitUsage, []string{"rank", m, "--normalize", "sum"}, "--normalize is")
	fail(t, exitUsage, []string{"rank", m, "--order", "up"}, "--order is")
	fail(t, exitFailure, []string{"rank", k.matrix("zero.npy", mat.NewDense(3, 9, nil))}, "all columns of X are zero")
}

// Two bands of nothing but noise: whitened, the pure columns are found.
func TestSelectWhitened(t *testing.T) {
	k := newFiles(t)
	file := k.matrix("uneven.npy", mixedImage(func(band int) float64 {
		if band%10 == 0 {
			return 2
		}
		return 0.002
	}))
	plain := selectJSON(t, file, "--rank", "3")
	white := selectJSON(t, file, "--rank", "3", "--whiten")
	require.NotEqual(t, []int{0, 1, 2}, slices.Sorted(slices.Values(plain.Selected)))
	require.Equal(t, []int{0, 1, 2}, slices.Sorted(slices.Values(white.Selected)))
	require.True(t, white.Whitened)
	_, out, _ := call(t.Context(), "select", file, "--rank", "3", "--whiten")
	require.Contains(t, out, "by spa on whitened data")
	few := k.matrix("few.npy", mixedImage(func(int) float64 { return 0.01 }).Slice(0, 20, 0, 12))
	fail(t, exitFailure, []string{"select", few, "--rank", "2", "--whiten"}, "more columns than rows")
}

// The planted spectra are found as without --whiten, and errors are of the image as it is.
func TestUnmixWhitened(t *testing.T) {
	k := newTask(t)
	flags := append(k.shape, "--drop", "60-210") // more pixels than bands
	plain, white := k.unmix(k.image, flags...), k.unmix(k.image, append(flags, "--whiten")...)
	require.ElementsMatch(t, atomsOf(plain), atomsOf(white))
	require.InDelta(t, plain.RelativeError, white.RelativeError, 1e-9)
	require.Len(t, white.Warnings, 1)
	require.Contains(t, white.Warnings[0], "whitened pixels")
}

func atomsOf(r *result) (names []string) {
	for _, a := range r.Atoms {
		names = append(names, fmt.Sprint(a.Library, a.Index))
	}
	return names
}
