package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestInfo(t *testing.T) {
	k := newTask(t)
	scene := k.envi("scene", k.truth.Y, 12, 9, "wavelength units = Nanometers\nreflectance scale factor = 100\ndata ignore value = -1\nmap info = {UTM, 1, 1, 0, 0, 1, 1}\n"+values("wavelength", k.truth.Wavelength))
	two := k.write("two.npz", twoMatrices)
	lib := k.text("lib.csv", "name,400,500,600\nclay,1,2,3\nsoil,2,3,5\n")

	code, out, errs := call(t.Context(), "info", scene, two, two+"#b", "--lib", lib)
	require.Equal(t, exitDone, code, errs)
	want := strings.NewReplacer("DIR", filepath.Dir(scene)).Replace(`DIR/scene.hdr: envi, 12×9×211 float32
  image of 12 rows × 9 columns × 211 bands
  bands: 211 from 400 to 2500 Nanometers, 0 marked as bad
  no data: -1
  reflectance scale factor: 100
  map info: UTM, 1, 1, 0, 0, 1, 1
DIR/two.npz: 2 variables
  #a  2×3 float64
  #b  3×2 float64
DIR/two.npz#b: npz, 3×2 float64
DIR/lib.csv: csv, 2×3 float64
  bands: 3 from 400 to 600 (no unit), 0 marked as bad
  columns of text: ["name"]
  names: ["clay" "soil"]
  coherence: 0.997176 (4.31° between clay and soil)
  covers 9.95 % of the first file's bands: 21 of 211 not marked as bad; 3 have one of the library's within 2.5 nm
  unmix takes its bands: resampled linearly
  outside: 610 to 2500 nm
`)
	require.Equal(t, want, filepath.ToSlash(out))
	require.Contains(t, errs, "taken for nanometres")

	code, out, _ = call(t.Context(), "info", two, "--json", "--quiet", "--out", k.path("out"))
	require.Equal(t, exitDone, code)
	var list infoList
	require.NoError(t, json.Unmarshal([]byte(out), &list))
	require.Equal(t, "info", list.Verb)
	require.Equal(t, []variableInfo{{Name: "a", Dims: []int{2, 3}, Type: "float64"}, {Name: "b", Dims: []int{3, 2}, Type: "float64"}}, list.Inputs[0].Variables)
	require.FileExists(t, k.path("out/result.json"))

	fail(t, exitUsage, []string{"info"}, "usage: polyad info FILE")
	fail(t, exitFailure, []string{"info", k.path("x")}, "no file")
	fail(t, exitFailure, []string{"info", two + "#c"}, "no variable c")
	fail(t, exitFailure, []string{"info", k.text("a.foo", "hello")}, "readable are")
}

// A cube that begins with its bands is told apart by the library's, or by being square,
// and turned by convert.
func TestBandsFirst(t *testing.T) {
	k := newTask(t)
	data := make([]float64, 5*3*4)
	for i := range data {
		data[i] = 1 + float64(i*i%7)
	}
	cube := k.array("cube.npy", []int{5, 3, 4}, data)
	lib := k.text("lib.csv", "clay,soil\n1,2\n2,3\n3,5\n4,4\n5,1\n")
	turn := "polyad convert " + cube + " turned.npy --bands-first"

	fail(t, exitFailure, []string{"unmix", cube, "--lib", lib, "--rank", "1"}, "read as 5 rows × 3 columns × 4 bands", "the library has 5 bands as well", turn)
	code, out, _ := call(t.Context(), "info", cube, "--lib", lib)
	require.Equal(t, exitDone, code)
	require.Contains(t, out, turn)
	_, out, _ = call(t.Context(), "info", cube)
	require.NotContains(t, out, turn, "nothing tells")
	_, out, _ = call(t.Context(), "info", k.array("square.npy", []int{5, 2, 2}, data[:20]))
	require.Contains(t, out, "its last two sizes are equal")

	code, _, errs := call(t.Context(), "convert", cube, k.path("turned.npy"), "--bands-first")
	require.Equal(t, exitDone, code, errs)
	succeed(t, "unmix", k.path("turned.npy"), "--lib", lib, "--rank", "1")
}

// Libraries are compared with the good bands of the image, in whatever unit; spectra with
// deleted values are counted and left out of the coherence.
func TestInfoComparesLibraries(t *testing.T) {
	f := newFiles(t)
	f.text("image.hdr", "ENVI\nsamples = 1\nlines = 1\nbands = 4\ndata type = 1\ninterleave = bsq\nwavelength units = Wavenumber\nwavelength = {25000, 20000, 12500, 5000}\nbbl = {1, 1, 1, 0}\ndata ignore value = nan\n")
	f.text("image", "abcd")
	lib := f.text("lib.csv", "wavelength (um),a,b,c\n0.5,1,2,-1.23e34\n0.8,1,3,1\n1.9,1,4,2\n0.81,2,3,4\n")
	code, out, errs := call(t.Context(), "info", f.path("image"), "--lib", lib)
	require.Equal(t, exitDone, code, errs)
	for _, want := range []string{
		"4 from 25000 to 5000 Wavenumber, 1 marked as bad", "values that are NaN stand for no data",
		"bands are not in order: 1 step back", "2 of 3 spectra are complete",
		"covers 66.7 % of the first file's bands: 2 of 3 not marked as bad; 2 have one", "outside: 400 to 400 nm", "unmix takes its bands: resampled",
	} {
		require.Contains(t, out, want)
	}
	code, _, errs = call(t.Context(), "info", f.path("image"), "--lib", lib, "--json")
	require.Equal(t, exitDone, code, errs)
}
