package unmix

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/synth"
)

func readMatrix(t *testing.T, name string) *mat.Dense {
	t.Helper()
	a, err := format.Open(name)
	require.NoError(t, err)
	defer a.Close()
	m, err := a.Matrix()
	require.NoError(t, err)
	return m
}

// One spectrum from each class library of three scenes: at most the relative
// error of the published program (FGNSR's authors' NMF with one dictionary atom
// per class) on the same data.
func TestSolveScenesOfPublishedProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("reads whole scenes")
	}
	data := sharedtest.Path(t, "data")
	for _, c := range []struct {
		image, scene     string
		rows, cols, rank int
		scale, published float64
	}{
		{"jasper/jasperRidge2_R198.mat#Y", "jasperRidge", 100, 100, 4, 5000, 0.0496},
		{"samson/Samson.mat#Y", "samson", 95, 95, 3, 1, 0.0313},
		{"urban/urban_undersampled4.mat#M", "urban", 77, 77, 6, 1000, 0.0452},
	} {
		t.Run(c.scene, func(t *testing.T) {
			y := readMatrix(t, filepath.Join(data, "scenes", filepath.FromSlash(c.image)))
			y.Scale(1/c.scale, y)
			p := &Problem{Rank: c.rank}
			for l := range c.rank {
				name := filepath.Join(data, "libraries", "bundles", fmt.Sprintf("spectral_library_%s.mat#lib%d", c.scene, l+1))
				p.Libraries = append(p.Libraries, Library{Name: fmt.Sprint("lib", l+1), Atoms: readMatrix(t, name), Min: 1, Max: 1})
			}
			r, err := Solve(t.Context(), &Image{Y: y, Rows: c.rows, Cols: c.cols}, p)
			require.NoError(t, err)
			t.Logf("relative error %.5f, published %.4f, %d swaps, %v", r.RelativeError, c.published, r.Swaps, r.Solve)
			require.LessOrEqual(t, r.RelativeError, c.published)
			checkResult(t, &Image{Y: y, Rows: c.rows, Cols: c.cols}, p, r)
		})
	}
}

// One or two spectra from each class library: at most the relative error of the
// published program at twice the rank.
func TestSolveScenesWithTwoSpectraAClass(t *testing.T) {
	if testing.Short() {
		t.Skip("reads whole scenes")
	}
	data := sharedtest.Path(t, "data")
	for _, c := range []struct {
		image, scene        string
		rows, cols, classes int
		scale, published    float64
	}{
		{"jasper/jasperRidge2_R198.mat#Y", "jasperRidge", 100, 100, 4, 5000, 0.0347},
		{"samson/Samson.mat#Y", "samson", 95, 95, 3, 1, 0.0269},
		{"urban/urban_undersampled4.mat#M", "urban", 77, 77, 6, 1000, 0.0345},
	} {
		t.Run(c.scene, func(t *testing.T) {
			y := readMatrix(t, filepath.Join(data, "scenes", filepath.FromSlash(c.image)))
			y.Scale(1/c.scale, y)
			p := &Problem{Rank: 2 * c.classes}
			for l := range c.classes {
				name := filepath.Join(data, "libraries", "bundles", fmt.Sprintf("spectral_library_%s.mat#lib%d", c.scene, l+1))
				p.Libraries = append(p.Libraries, Library{Name: fmt.Sprint("lib", l+1), Atoms: readMatrix(t, name), Min: 1, Max: 2})
			}
			img := &Image{Y: y, Rows: c.rows, Cols: c.cols}
			r, err := Solve(t.Context(), img, p)
			require.NoError(t, err)
			t.Logf("relative error %.5f, published %.4f, %d swaps, %v", r.RelativeError, c.published, r.Swaps, r.Solve)
			require.LessOrEqual(t, r.RelativeError, c.published)
			checkResult(t, img, p, r)
		})
	}
}

// usgs is the 1995 library of the USGS on AVIRIS's bands, sorted by wavelength,
// its atoms at least 4.44° apart: 240 of 498.
func usgs(t *testing.T) *mat.Dense {
	t.Helper()
	lib := readMatrix(t, filepath.Join(sharedtest.Path(t, "data"), "libraries", "usgs1995", "USGS_1995_Library.mat#datalib"))
	bands, cols := lib.Dims()
	order := make([]int, bands)
	for i := range order {
		order[i] = i
	}
	sort.SliceStable(order, func(i, j int) bool { return lib.At(order[i], 0) < lib.At(order[j], 0) })
	spectra := mat.DenseCopyOf(rows(lib, order).Slice(0, bands, 3, cols)) // wavelength, resolution, channel come first
	d, err := dict.New(spectra, nil, nil)
	require.NoError(t, err)
	return d.Columns(d.Prune(4.44*math.Pi/180), true)
}

// Nine minerals of 240, mixed smoothly over 100×100 pixels at 30 dB, are all
// found for at least 9 of 10 seeds.
func TestSolveFindsUSGSMinerals(t *testing.T) {
	if testing.Short() {
		t.Skip("ten scenes of 100×100 pixels")
	}
	lib := usgs(t)
	_, atoms := lib.Dims()
	require.Equal(t, 240, atoms)
	whole := 0
	for seed := range uint64(10) {
		planted := rand.New(rand.NewPCG(seed, 7)).Perm(atoms)[:9]
		scene, err := synth.Mix(lib, planted, &synth.MixOptions{Rows: 100, Cols: 100, Noise: synth.SNR(30), Seed: seed})
		require.NoError(t, err)
		r, err := Solve(t.Context(), &Image{Y: scene.Y, Rows: 100, Cols: 100}, &Problem{
			Libraries: []Library{{Atoms: lib, Max: -1}}, Rank: 9, Seed: seed,
		})
		require.NoError(t, err)
		found := 0
		for _, a := range r.Atoms {
			if slices.Contains(planted, a.Index) {
				found++
			}
		}
		t.Logf("seed %d: %d of 9, relative error %.6f, %d swaps, %v", seed, found, r.RelativeError, r.Swaps, r.Solve)
		if found == 9 {
			whole++
		}
	}
	require.GreaterOrEqual(t, whole, 9)
}

// With pixels allowed beside the libraries a scene is explained at least as well, and
// no slower by more than there are more spectra to choose from.
func TestPixelsOfAScene(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a whole scene")
	}
	data := sharedtest.Path(t, "data")
	y := readMatrix(t, filepath.Join(data, "scenes", "samson", "Samson.mat#Y"))
	img := &Image{Y: y, Rows: 95, Cols: 95}
	p := &Problem{Rank: 6}
	for l := range 3 {
		name := filepath.Join(data, "libraries", "bundles", fmt.Sprintf("spectral_library_samson.mat#lib%d", l+1))
		p.Libraries = append(p.Libraries, Library{Name: fmt.Sprint("lib", l+1), Atoms: readMatrix(t, name), Min: 1, Max: 2})
	}
	without, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	p.Self = assign.Bound{Min: 0, Max: 2}
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	checkResult(t, img, p, r)
	t.Logf("relative error %.5f without and %.5f with pixels, %v and %v", without.RelativeError, r.RelativeError, without.Solve, r.Solve)
	require.LessOrEqual(t, without.RelativeError, 0.0269) // the published program's
	require.LessOrEqual(t, r.RelativeError, without.RelativeError)
}
