package main

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

const placeOfTask = `map info = {UTM, 1, 1, 500000, 4100000, 20, 30, 11, North, WGS-84, units=Meters}
coordinate system string = {PROJCS["WGS_1984_UTM_Zone_11N"]}
x start = 7
data ignore value = -9999
wavelength units = Nanometers
`

// located is the image of the task with a place on the map, wavelengths and widths.
func (k *task) located() string {
	widths := make([]float64, len(k.truth.Wavelength))
	for b := range widths {
		widths[b] = 10 + float64(b)/4
	}
	return k.envi("scene", k.truth.Y, k.truth.Rows, k.truth.Cols, placeOfTask+values("wavelength", k.truth.Wavelength)+"\n"+values("fwhm", widths))
}

// The maps lie where the image lies, hold what abundances.npy holds, and are the same
// whether the image is read whole or in tiles.
func TestUnmixWritesENVI(t *testing.T) {
	k := newTask(t)
	drop := values("", k.truth.Wavelength[3:4])
	drop = strings.Trim(drop, " ={}")
	var before []float64
	for _, flags := range [][]string{nil, {"--memory", "100MB"}} {
		out := k.path("out")
		r := k.unmix(k.located(), append(append(k.shape[2:], "--drop", drop+"-"+drop, "--out", out), flags...)...)
		require.Subset(t, r.Files, []string{"abundances.hdr", "abundances.img", "spectra.hdr", "spectra.sli", "abundances.npy"})
		requireFiles(t, out, r)

		cube, err := format.Open(filepath.Join(out, "abundances.hdr"))
		require.NoError(t, err)
		x, err := cube.Dense()
		require.NoError(t, err)
		names := make([]string, 0, 8)
		for _, at := range r.Atoms {
			names = append(names, at.Name)
		}
		for _, src := range k.truth.Sources {
			names = append(names, "sum of "+src.Library.Name)
		}
		require.Equal(t, append(names, "residual"), cube.Meta.Names)
		require.Equal(t, []int{12, 9, len(names) + 1}, cube.Dims)
		require.Equal(t, "float32", cube.Type)
		require.Equal(t, -9999.0, *cube.Meta.Ignore)
		require.Contains(t, cube.Meta.MapInfo, "500000, 4100000, 20, 30, 11, North")
		require.Contains(t, cube.Meta.CoordinateSys, "UTM_Zone_11N")
		require.True(t, slices.ContainsFunc(cube.Meta.Raw, func(f format.KeyValue) bool { return f.Key == "x start" && f.Value == "7" }))

		a := readMatrix(t, filepath.Join(out, "abundances.npy"))
		for q := range 12 * 9 {
			row, col := q/9, q%9
			sums := map[string]float64{}
			for c, at := range r.Atoms {
				v := a.At(c, col*12+row)
				require.Equal(t, float64(float32(v)), x.At(row, col, c))
				sums[at.Library] += v
			}
			for l, src := range k.truth.Sources {
				require.InDelta(t, sums[src.Library.Name], x.At(row, col, len(r.Atoms)+l), 1e-6)
			}
			require.Positive(t, x.At(row, col, len(names)))
		}
		require.NoError(t, cube.Close())
		if before == nil {
			before = x.Data()
		}
		require.InDeltaSlice(t, before, x.Data(), 1e-6)

		lib, err := format.Open(filepath.Join(out, "spectra.sli"))
		require.NoError(t, err)
		e, err := lib.Matrix()
		require.NoError(t, err)
		require.True(t, mat.Equal(readMatrix(t, filepath.Join(out, "spectra.npy")), e))
		require.Equal(t, names[:len(r.Atoms)], lib.Meta.Names)
		require.Equal(t, append(slices.Clone(k.truth.Wavelength[:3]), k.truth.Wavelength[4:]...), lib.Meta.Wavelengths)
		require.Equal(t, 11.0, lib.Meta.FWHM[3]) // of band 4
		require.NoError(t, lib.Close())
	}
}

// What stands for no data must not be an abundance.
func TestAbundanceMetaOfNoData(t *testing.T) {
	for given, want := range map[float64]float64{-9999: -9999, 0: -9999, 1: -9999, -1.23e34: -1.23e34, 65535: 65535} {
		m := abundanceMeta(&format.Meta{Ignore: &given}, nil)
		require.Equal(t, want, *m.Ignore)
	}
	require.Nil(t, abundanceMeta(&format.Meta{}, nil).Ignore)

	f := newFiles(t)
	none := -1.0
	s := &scene{Image: unmix.Image{Rows: 1, Cols: 2}, source: &format.Array{Meta: format.Meta{Ignore: &none}}}
	l := &enviLayers{names: []string{"a", "sum of x", "residual"}, rank: 1, sums: []librarySum{{components: []int{0}}}}
	out := &folder{dir: f.dir}
	require.NoError(t, out.writeAbundances(s, l, 1, 1, func(cells []float64, _, _ int) error {
		copy(cells, []float64{math.NaN(), 0, math.NaN(), 0.5, 0, 0.25})
		return nil
	}))
	cube, err := format.Open(f.path("abundances.img"))
	require.NoError(t, err)
	x, err := cube.Dense()
	require.NoError(t, err)
	require.NoError(t, cube.Close())
	require.Equal(t, []float64{-1, -1, -1, 0.5, 0.5, 0.25}, x.Data())
}
