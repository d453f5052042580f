package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

func TestUnmixFindsPlantedSpectra(t *testing.T) {
	k := newTask(t)
	out := k.path("out")
	r := k.unmix(k.image, append(k.shape, "--out", out, "--trace", "--seed", "3")...)
	k.requireFound(r)
	require.Equal(t, "unmix", r.Verb)
	require.Equal(t, 4, r.Rank)
	require.Equal(t, "converged", r.Status)
	require.Equal(t, uint64(3), r.Seed)
	require.Len(t, r.Trace, r.Sweeps)
	require.LessOrEqual(t, r.SolveSeconds, r.Seconds)
	require.Empty(t, r.Warnings)
	requireFiles(t, out, r)

	e, a := readMatrix(t, filepath.Join(out, "spectra.npy")), readMatrix(t, filepath.Join(out, "abundances.npy"))
	require.InDelta(t, relativeError(k.truth.Y, e, a), r.RelativeError, 1e-12)
	require.GreaterOrEqual(t, mat.Min(a), 0.0)
	for c, at := range r.Atoms {
		require.Equal(t, c, at.Component)
		for l, src := range k.truth.Sources {
			if src.Library.Name == at.Library {
				require.Equal(t, mat.Col(nil, at.Index, src.Library.Spectra), mat.Col(nil, c, e), "library %d", l)
			}
		}
	}
	page, err := os.ReadFile(filepath.Join(out, reportFile))
	require.NoError(t, err)
	for _, words := range []string{"Unmixing of image.npy", "minerals", "12x9", "data:image/png"} {
		require.Contains(t, string(page), words)
	}
}

// However the pixels lie in the file, the answer is the same.
func TestUnmixReadsEveryLayout(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	y, rows, cols := k.truth.Y, k.truth.Rows, k.truth.Cols
	bands, pixels := y.Dims()
	want := k.unmix(k.image, append(k.shape, "--out", k.path("wanted"))...)
	wanted := readMatrix(t, k.path("wanted/abundances.npy"))
	rank := k.shape[2:]

	row := mat.NewDense(bands, pixels, nil)
	cube := make([]float64, 0, bands*pixels)
	for r := range rows {
		for c := range cols {
			row.SetCol(r*cols+c, mat.Col(nil, c*rows+r, y))
			cube = append(cube, mat.Col(nil, c*rows+r, y)...)
		}
	}
	scaled := mat.NewDense(bands, pixels, nil)
	scaled.Scale(1000, y)
	for _, c := range []struct {
		name, image string
		flags       []string
		warning     string
		tolerance   float64
	}{
		{"no shape", k.image, rank, "", 0},
		{"turned", k.matrix("turned.npy", y.T()), k.shape, "its columns are taken for bands", 0},
		{"turned, no shape", k.path("turned.npy"), rank, "its columns are taken for bands", 0},
		{"row order", k.matrix("row.npy", row), append(k.shape, "--order", "row"), "", 0},
		{"cube", k.array("cube.npy", []int{rows, cols, bands}, cube), rank, "", 0},
		{"scaled", k.matrix("scaled.npy", scaled), append(k.shape, "--scale", "1000"), "", 1e-12},
		{"ENVI", k.envi("cube", y, rows, cols, ""), rank, "", 1e-6},
	} {
		t.Run(c.name, func(t *testing.T) {
			flags := c.flags
			if strings.Contains(c.name, "order") || c.name == "scaled" { // pictures take their time
				flags = append(flags, "--out", k.path("out"))
			}
			got := k.unmix(c.image, flags...)
			require.Equal(t, want.Atoms, got.Atoms)
			require.InDelta(t, want.RelativeError, got.RelativeError, c.tolerance)
			if len(got.Files) > 0 {
				requireSameAbundances(t, wanted, k.path("out"), 20*c.tolerance)
			}
			if c.warning == "" {
				require.Empty(t, got.Warnings)
			} else {
				require.Contains(t, strings.Join(got.Warnings, "\n"), c.warning)
			}
		})
	}
}

func requireSameAbundances(t *testing.T, want *mat.Dense, dir string, tolerance float64) {
	t.Helper()
	got := readMatrix(t, filepath.Join(dir, "abundances.npy"))
	require.True(t, mat.EqualApprox(want, got, tolerance+1e-12), "abundances differ")
}

// Libraries on other bands, in another order, or on their side are brought to
// the image, and spectra keep their index.
func TestUnmixBringsLibrariesToTheImage(t *testing.T) {
	k := newTask(t)
	y, wavelength := k.truth.Y, k.truth.Wavelength
	bands, _ := y.Dims()
	whole := k.unmix(k.image, k.shape...)

	var some []int
	var index, indexNM []float64
	for b := 0; b < bands; b += 2 {
		some, index, indexNM = append(some, b), append(index, float64(b)), append(indexNM, wavelength[b])
	}
	half := k.matrix("half.npy", pick(y, some))
	k.array("bands.npy", []int{len(index)}, index)
	picked := k.unmix(half, append(k.shape, "--bands", k.path("bands.npy"))...)
	require.Equal(t, whole.Atoms, picked.Atoms)

	dropped := k.unmix(k.image, append(k.shape, "--drop", "0-4,205-300")...)
	require.Equal(t, whole.Atoms, dropped.Atoms)
	require.NotEqual(t, whole.RelativeError, dropped.RelativeError)

	// The same libraries as tables: a spectrum a row, wavelengths as titles.
	scene := k.envi("half", pick(y, some), k.truth.Rows, k.truth.Cols, "wavelength units = Nanometers\n"+values("wavelength", indexNM))
	var flags []string
	for _, src := range k.truth.Sources {
		var b strings.Builder
		b.WriteString("name")
		for _, w := range wavelength {
			fmt.Fprintf(&b, ",%v", w)
		}
		_, atoms := src.Library.Spectra.Dims()
		for j := range atoms {
			b.WriteString("\n" + src.Library.Names[j])
			for _, v := range mat.Col(nil, j, src.Library.Spectra) {
				fmt.Fprintf(&b, ",%v", v)
			}
		}
		flags = append(flags, "--lib", fmt.Sprintf("%s=%s:%d..%d", src.Library.Name, k.text(src.Library.Name+".csv", b.String()), src.Min, src.Max))
	}
	byWavelength := succeed(t, append(append([]string{"unmix", scene}, flags...), k.shape[2:]...)...)
	require.InDelta(t, picked.RelativeError, byWavelength.RelativeError, 1e-6)
	require.Contains(t, strings.Join(byWavelength.Warnings, "\n"), "nearest to the image's are taken")
	for c, a := range byWavelength.Atoms {
		require.Equal(t, picked.Atoms[c].Index, a.Index)
		for _, src := range k.truth.Sources {
			if src.Library.Name == a.Library {
				require.Equal(t, src.Library.Names[a.Index], a.Name)
			}
		}
	}

	// Without wavelengths a size that leaves no doubt decides.
	for i, src := range k.truth.Sources {
		k.matrix(src.Library.Name+"-turned.npy", src.Library.Spectra.T())
		flags[2*i+1] = fmt.Sprintf("%s=%s:%d..%d", src.Library.Name, k.path(src.Library.Name+"-turned.npy"), src.Min, src.Max)
	}
	turned := succeed(t, append(append([]string{"unmix", k.image}, flags...), k.shape...)...)
	require.Equal(t, whole.RelativeError, turned.RelativeError)
	require.Len(t, turned.Warnings, 2)
	require.Contains(t, turned.Warnings[0], "its rows are taken for spectra")
}

// Every flag does something.
func TestUnmixFlags(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	base := k.unmix(k.image, k.shape...)

	// The generated abundances sum to one, so the constraint costs little.
	out := k.path("sum")
	sum := k.unmix(k.image, append(k.shape, "--sum-to-one", "--out", out)...)
	require.GreaterOrEqual(t, sum.RelativeError, base.RelativeError)
	k.requireFound(sum)
	a := readMatrix(t, filepath.Join(out, "abundances.npy"))
	_, pixels := a.Dims()
	for j := range pixels {
		require.InDelta(t, 1, mat.Sum(a.ColView(j)), 1e-9)
	}
	lists := [][]string{
		{"--normalize", "l2"},
		{"--normalize", "sum"},
		{"--metric", "angle"},
		{"--metric", "mean-removed-angle"},
		{"--metric", "loss"},
		{"--prune", "2deg"},
		{"--starts", "3"},
		{"--tol", "1e-4"},
		{"--max-sweeps", "50", "--tol", "0"},
		{"--time-limit", "1m"},
		{"--quiet"},
	}
	if testing.Short() {
		lists = lists[:3]
	}
	for _, flags := range lists {
		k.requireFound(k.unmix(k.image, append(k.shape, flags...)...))
	}
	require.Len(t, base.Starts, 1)
	require.Len(t, k.unmix(k.image, append(k.shape, "--metric", "angle")...).Starts, 2)
	require.Len(t, k.unmix(k.image, append(k.shape, "--starts", "3")...).Starts, 4)
	require.Contains(t, strings.Join(k.unmix(k.image, append(k.shape, "--prune", "0.3")...).Warnings, " "), "near duplicates")
}
