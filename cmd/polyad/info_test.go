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
  bands: 211 from 400 to 2500 Nanometers, 0 marked as bad
  no data: -1
  reflectance scale factor: 100
  map info: UTM, 1, 1, 0, 0, 1, 1
DIR/two.npz: 2 variables
  #a  2×3 float64
  #b  3×2 float64
DIR/two.npz#b: npz, 3×2 float64
DIR/lib.csv: csv, 2×3 text
  bands: 3 from 400 to 600 (no unit), 0 marked as bad
  names: ["clay" "soil"]
  coherence: 0.997176 (4.31° between clay and soil)
  covers 10 % of the first file's bands
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
