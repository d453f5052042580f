package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/unmix"
)

// table writes spectra as a table with a row for each, and their wavelengths as titles.
func (f files) table(name string, wavelengths []float64, names []string, a *mat.Dense) string {
	var b strings.Builder
	b.WriteString("kind")
	for _, w := range wavelengths {
		fmt.Fprintf(&b, ",%v", w)
	}
	_, n := a.Dims()
	for j := range n {
		b.WriteString("\n" + names[j])
		for _, v := range mat.Col(nil, j, a) {
			fmt.Fprintf(&b, ",%v", v)
		}
	}
	return f.text(name, b.String())
}

// A library on other bands, in any order, is resampled; bands of the image that it does not
// reach are dropped; both are told.
func TestUnmixResamplesLibraries(t *testing.T) {
	k := newTask(t)
	source := k.truth.Sources[0].Library
	from := k.truth.Wavelength // 400 to 2500 nm in steps of 10
	to := slices.Clone(from)
	for b := range to {
		to[b] += 6
	}
	r, err := unmix.ResampleLinear(&unmix.Axis{Centers: from}, &unmix.Axis{Centers: to})
	require.NoError(t, err)
	require.Equal(t, []int{210}, r.Missing)
	_, n := source.Spectra.Dims()
	moved, err := r.Only([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).Apply(source.Spectra)
	require.NoError(t, err)
	whole := mat.NewDense(211, n, nil)
	for b := range 211 {
		if b < 210 {
			one, err := r.Only([]int{b}).Apply(source.Spectra)
			require.NoError(t, err)
			whole.SetRow(b, one.RawRowView(0))
		}
	}
	require.Equal(t, mat.Row(nil, 4, moved), mat.Row(nil, 4, whole))
	y := mat.NewDense(211, 12, nil) // mixtures of spectra 3 and 8
	for j := range 12 {
		for b := range 211 {
			y.Set(b, j, float64(j)*whole.At(b, 3)/11+(1-float64(j)/11)*whole.At(b, 8)+0.01*float64(b/210))
		}
	}
	scene := k.envi("moved", y, 4, 3, "wavelength units = Micrometers\n"+values("wavelength", scaled(to, 1e-3)))
	order := make([]int, 211)
	for i := range order {
		order[i] = (i*37 + 5) % 211
	}
	var b strings.Builder // a band a row, since titles out of order are no wavelengths
	b.WriteString("wavelength (nm)," + strings.Join(source.Names, ","))
	for _, i := range order {
		fmt.Fprintf(&b, "\n%v", from[i])
		for _, v := range source.Spectra.RawRowView(i) {
			fmt.Fprintf(&b, ",%v", v)
		}
	}
	lib := k.text("shuffled.csv", b.String())
	got := succeed(t, "unmix", scene, "--lib", lib, "--rank", "2")
	require.ElementsMatch(t, []int{3, 8}, []int{got.Atoms[0].Index, got.Atoms[1].Index})
	require.Less(t, got.RelativeError, 1e-6) // float32
	require.Equal(t, []fitResult{{Name: "shuffled", Spectra: n, Used: n, Bands: 211, Resampled: "linear", Missing: []int{210}}}, got.Libraries)
	words := strings.Join(got.Warnings, "\n")
	require.Contains(t, words, "resampled from 211 bands to those of the image, linearly")
	require.Contains(t, words, "has nothing for 1 band of the image, which are dropped: 2506 nm")

	// The same from files that do not say their wavelengths.
	cube, spectra := k.matrix("cube.npy", y), k.matrix("plain.npy", pick(source.Spectra, order).T())
	k.array("to.npy", []int{211}, scaled(to, 1e-3))
	k.array("from.npy", []int{211, 1}, pickValues(from, order))
	plain := []string{"unmix", cube, "--shape", "4x3", "--lib", spectra, "--rank", "2", "--wavelengths", k.path("to.npy"), "--lib-wavelengths"}
	again := succeed(t, append(plain, k.path("from.npy"))...)
	require.InDelta(t, 0, again.RelativeError, 1e-7)
	for c, at := range got.Atoms {
		require.Equal(t, at.Index, again.Atoms[c].Index)
	}
	fail(t, exitFailure, append(plain, k.array("ten.npy", []int{10}, to[:10])), "holds 10; library plain has")
	fail(t, exitFailure, append(plain, k.array("zero.npy", []int{211}, make([]float64, 211))), "no wavelengths in nanometres")

	got = succeed(t, "unmix", scene, "--lib", lib, "--rank", "2", "--resample", "gaussian")
	require.Equal(t, []string{"library", "image"}, got.Libraries[0].Derived)
	require.Contains(t, strings.Join(got.Warnings, "\n"), "no widths (FWHM) are given of library and image")
	beyond := slices.Clone(from)
	for b := range beyond {
		beyond[b] += 3000
	}
	fail(t, exitFailure, []string{"unmix", scene, "--lib", k.table("beyond.csv", beyond, source.Names, source.Spectra), "--rank", "2"},
		"none of the image's bands: they are at 406 to 2506 nm, its own at 3400 to 5500 nm; are the units of both right?")

	// A library that stays in its file is resampled as it is read.
	defer func(n int64) { storedFrom = n }(storedFrom)
	storedFrom = 0
	stored, err := (&app{}).readLibrary(librarySpec{name: "m", file: k.matrix("stored.npy", source.Spectra), max: -1})
	require.NoError(t, err)
	require.Nil(t, stored.Atoms)
	plan := r.Only([]int{0, 7, 100})
	require.NoError(t, stored.resample(plan))
	want, err := plan.Apply(source.Spectra)
	require.NoError(t, err)
	values := make([]float64, 3*2)
	require.NoError(t, stored.Source.ReadColumns(values, n-2, 2))
	require.Equal(t, mat.DenseCopyOf(want.Slice(0, 3, n-2, n)).RawMatrix().Data, values)

	holes := mat.DenseCopyOf(source.Spectra)
	holes.Set(9, 4, -1.23e34)
	stored, err = (&app{}).readLibrary(librarySpec{name: "m", file: k.matrix("holes.npy", holes), max: -1})
	require.NoError(t, err)
	faint, err := unmix.ResampleLinear(&unmix.Axis{Centers: from}, &unmix.Axis{Centers: []float64{480.00005}})
	require.NoError(t, err)
	require.NoError(t, stored.resample(faint))
	require.ErrorContains(t, stored.whole(), "spectrum 4")
}

func scaled(v []float64, by float64) []float64 {
	w := make([]float64, len(v))
	for i, x := range v {
		w[i] = x * by
	}
	return w
}

// Spectra with deleted values in the bands used are left out, in any spelling, as are
// errors that are kept as spectra; the others keep their numbers.
func TestUnmixLeavesOutSpectraWithoutValues(t *testing.T) {
	k := newTask(t)
	source := k.truth.Sources[0].Library
	a := mat.DenseCopyOf(source.Spectra)
	names := slices.Clone(source.Names)
	var planted []int
	for _, p := range k.truth.Planted {
		if p.Source == 0 {
			planted = append(planted, p.Index)
		}
	}
	spare := []int{}
	for j := range 40 {
		if !slices.Contains(planted, j) {
			spare = append(spare, j)
		}
	}
	for i, v := range []float64{-1.23e34, float64(float32(-1.23e34)), -1.2300000218e34, math.NaN()} {
		a.Set(20*i, spare[i], v)
	}
	a.Set(210, planted[0], -1.23e34) // in a band that is dropped
	for b := range 211 {
		a.Set(b, spare[4], 0)
	}
	names[spare[5]] = "error bars to preceding"
	lib := k.table("usgs.csv", k.truth.Wavelength, names, a)
	image := k.envi("image", k.truth.Y, 12, 9, "wavelength units = Nanometers\n"+values("wavelength", k.truth.Wavelength))
	r := succeed(t, "unmix", image, "--lib", lib, "--lib", "cover="+k.path("cover.npy"), "--rank", "4", "--drop", "2495-2505")
	for _, at := range r.Atoms {
		require.False(t, at.Library == "usgs" && slices.Contains(spare[:6], at.Index))
	}
	for _, j := range planted {
		require.True(t, slices.ContainsFunc(r.Atoms, func(at atomResult) bool { return at.Library == "usgs" && at.Index == j }))
	}
	require.Equal(t, 40, r.Libraries[0].Spectra)
	require.Equal(t, 34, r.Libraries[0].Used)
	words := strings.Join(r.Warnings, "\n")
	require.Contains(t, words, "5 of the 40 spectra of library usgs are left out")
	require.Contains(t, words, fmt.Sprintf("number %d (%s)", slices.Min(spare[:5]), names[slices.Min(spare[:5])]))
	require.Contains(t, words, "1 of the 40 spectra of library usgs are left out: by their names they are errors")
}

// Classes by names, with bounds for all and for one, and what pruning merged.
func TestUnmixClasses(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	source := k.truth.Sources[0].Library
	names := make([]string, 40)
	for j := range names {
		names[j] = fmt.Sprintf("%s_%d", []string{"clay", "5-mica", "ore"}[j%3], j)
	}
	lib := k.table("m.csv", k.truth.Wavelength, names, source.Spectra)
	out := k.path("out")
	r := succeed(t, append([]string{"unmix", k.image, "--lib", lib + ":0..1", "--classes", "name", "--class", "clay:2..2", "--rank", "4", "--prune", "9deg", "--out", out}, k.shape[:2]...)...)
	used := map[string]int{}
	for _, at := range r.Atoms {
		used[at.Library]++
		require.Equal(t, names[at.Index], at.Name)
		require.True(t, strings.HasPrefix(at.Name, at.Library))
	}
	require.Equal(t, map[string]int{"clay": 2, "5-mica": 1, "ore": 1}, used)
	require.Len(t, r.Classes, 3)
	sums, a := readMatrix(t, filepath.Join(out, "classes.npy")), readMatrix(t, filepath.Join(out, "abundances.npy"))
	require.InDelta(t, mat.Sum(a), mat.Sum(sums), 1e-9)
	for i, c := range r.Classes {
		require.InDelta(t, c.Mean*108, mat.Sum(sums.RowView(i)), 1e-9)
	}
	require.NotEmpty(t, r.Merges)
	for _, m := range r.Merges {
		require.Equal(t, names[m.Index], m.Name)
		for _, o := range m.Merged {
			require.Equal(t, m.Index%3, o.Index%3, "merged within the class")
			require.Equal(t, names[o.Index], o.Name)
		}
	}
	page, err := os.ReadFile(filepath.Join(out, reportFile))
	require.NoError(t, err)
	require.Contains(t, string(page), "Classes that spectra were chosen from")

	kinds := make([]string, 41)
	kinds[0] = "kind,x"
	for j := range 40 {
		kinds[j+1] = fmt.Sprintf("k%d,0", j%2)
	}
	byFile := succeed(t, append([]string{"unmix", k.image, "--lib", lib, "--classes", k.text("kinds.csv", strings.Join(kinds, "\n")), "--rank", "2", "--class", "k0:0..0"}, k.shape[:2]...)...)
	for _, at := range byFile.Atoms {
		require.Equal(t, 1, at.Index%2)
	}
	fail(t, exitUsage, append([]string{"unmix", k.image, "--lib", lib, "--lib", k.path("cover.npy"), "--classes", k.path("kinds.csv"), "--rank", "2"}, k.shape[:2]...), "classes of one library")
}

// Pixels without data are NaN in what every verb writes, and numbers are those of the
// whole image.
func TestPixelsWithoutData(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	y := mat.DenseCopyOf(k.truth.Y)
	for b := range 211 {
		y.Set(b, 0, -9999)
		y.Set(b, 50, math.NaN())
	}
	image := k.envi("holes", y, 12, 9, "data ignore value = -9999")
	check := func(name string) {
		a := readMatrix(t, name)
		for j := range 108 {
			require.Equal(t, j == 0 || j == 50, math.IsNaN(a.At(0, j)), "%s, pixel %d", name, j)
		}
	}
	r := k.unmix(image, "--rank", "4", "--out", k.path("out"))
	k.requireFound(r)
	require.Contains(t, strings.Join(r.Warnings, "\n"), "2 of the 108 pixels")
	check(k.path("out/abundances.npy"))
	code, _, errs := call(t.Context(), "select", image, "--rank", "3", "--out", k.path("select"))
	require.Equal(t, exitDone, code, errs)
	check(k.path("select/abundances.npy"))
	code, _, errs = call(t.Context(), "nmf", image, "--rank", "2", "--max-sweeps", "3", "--out", k.path("nmf"))
	require.Equal(t, exitDone, code, errs)
	check(k.path("nmf/V.npy"))
	code, _, errs = call(t.Context(), "rank", image, "--image=false", "--max", "1", "--starts", "1", "--max-sweeps", "3")
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, errs, "211 of the 22788 entries")
	require.Contains(t, errs, "taken for unknown")
}
