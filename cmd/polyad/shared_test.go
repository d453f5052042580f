package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// The published program's errors on its own three scenes.
func TestUnmixScenesOfPublishedProgram(t *testing.T) {
	if testing.Short() {
		t.Skip("reads whole scenes")
	}
	for _, c := range []struct {
		image, scene, shape, scale string
		rank                       int
		published                  float64
	}{
		{"jasper/jasperRidge2_R198.mat#Y", "jasperRidge", "100x100", "5000", 4, 0.0496},
		{"samson/Samson.mat#Y", "samson", "95x95", "1", 3, 0.0313},
		{"urban/urban_undersampled4.mat#M", "urban", "77x77", "1000", 6, 0.0452},
	} {
		args := []string{"unmix", shared(t, "scenes", filepath.FromSlash(c.image)), "--shape", c.shape, "--scale", c.scale, "--rank", fmt.Sprint(c.rank)}
		for l := range c.rank {
			args = append(args, "--lib", fmt.Sprintf("%s:1..1", shared(t, "libraries", "bundles", fmt.Sprintf("spectral_library_%s.mat#lib%d", c.scene, l+1))))
		}
		one := succeed(t, append(args, "--threads", "1")...)
		r := succeed(t, append(args, "--threads", "2")...)
		require.LessOrEqual(t, r.RelativeError, c.published, c.scene)
		require.Equal(t, one.Atoms, r.Atoms, "one core and two")
		require.Equal(t, one.RelativeError, r.RelativeError)
	}
}

// Files as instruments and agencies make them.
func TestUnmixRealFiles(t *testing.T) {
	racetest.Slow(t)
	cube, bundle := shared(t, "envi", "gdal", "jasper7x9_Int16_bil.dat"), shared(t, "libraries", "bundles", "spectral_library_jasperRidge.mat")
	r := succeed(t, "unmix", cube, "--lib", "all="+bundle+"#A", "--rank", "3")
	require.Less(t, r.RelativeError, 0.038)
	again := succeed(t, "unmix", shared(t, "envi", "spy", "jasper7x9_float64_bsq_bo0.hdr"), "--lib", "all="+bundle+"#A", "--rank", "3")
	require.Equal(t, r.Atoms, again.Atoms)

	jasper := shared(t, "scenes", "jasper", "jasperRidge2_R198.mat")
	splib := shared(t, "libraries", "splib", "s06av95a_envi.sli")
	fail(t, exitFailure, []string{"unmix", cube, "--lib", splib, "--rank", "3", "--resample", "no"}, "has 224 bands, the image 198, and band 0 of the image, at 399.37 nm, is 3.17 nm from the nearest", "give --bands")
	usgs := succeed(t, "unmix", cube, "--lib", splib, "--rank", "3", "--bands", jasper+"#SlectBands", "--scale", "5000")
	require.Contains(t, strings.Join(usgs.Warnings, "\n"), "has the rows that --bands names, though band 0 of the image, at 399.37 nm")
	require.Contains(t, strings.Join(usgs.Warnings, "\n"), "of the 1365 spectra of library s06av95a_envi are left out")
	require.Equal(t, 1365, usgs.Libraries[0].Spectra)

	gamsberg := succeed(t, "unmix", shared(t, "envi", "gamsberg", "cubus_gamsberg_subset"), "--lib", shared(t, "libraries", "gamsberg", "gamsberg_field_library"), "--rank", "2")
	require.Contains(t, strings.Join(gamsberg.Warnings, "\n"), "gamsberg_field_library is resampled from 2151 bands to those of the image, by Gaussian responses; no widths (FWHM) are given of library")
	require.Equal(t, "gaussian", gamsberg.Libraries[0].Resampled)
}

// The shares of three classes in an image of EMIT, with a library on other bands, are
// those of the reference, NNLS of every spectrum, interpolated linearly, summed by class. The
// wavelengths of the library are not in order, which the reference interpolated as they are
// (relative error 0.0702222); in order, NumPy and SciPy give the error below.
func TestUnmixClassesOfEMIT(t *testing.T) {
	f := newFiles(t)
	out := f.path("out")
	r := succeed(t, "unmix", shared(t, "envi", "emit", "emit20250324t221005_jpl_unmix_ex"),
		"--lib", shared(t, "libraries", "emit", "basic_endmember_library.csv"), "--lib-scale", "10000", "--resample", "linear",
		"--drop", "0-440,1310-1490,1770-2050,2440-2880", "--classes", "class", "--rank", "5", "--out", out)
	require.InDelta(t, 0.07021894390773893, r.RelativeError, 1e-9)
	want := readMatrix(t, shared(t, "..", "ref", "unmix", "emit_nnls_all_endmembers_classsum.csv")) // row-major pixels × NPV, PV, SOIL
	got := readMatrix(t, filepath.Join(out, "classes.npy"))                                         // classes × column-major pixels
	for k, c := range r.Classes {
		at := map[string]int{"NPV": 0, "PV": 1, "SOIL": 2}[c.Name]
		for row := range 10 {
			for col := range 10 {
				require.InDelta(t, want.At(row*10+col, at), got.At(k, col*10+row), 2e-3, c.Name)
			}
		}
	}
	require.Equal(t, "linear", r.Libraries[0].Resampled)
}

// A library of the 1995 USGS collection as its reader would prepare it: columns
// of spectra alone, rows sorted by wavelength, then the bands of the image.
func TestUnmixUSGSWithBands(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a whole scene")
	}
	jasper := shared(t, "scenes", "jasper", "jasperRidge2_R198.mat")
	lib := readMatrix(t, shared(t, "libraries", "usgs1995", "USGS_1995_Library.mat#datalib"))
	bands, cols := lib.Dims()
	f := newFiles(t)
	order := make([]int, bands)
	for i := range order {
		order[i] = i
	}
	sortBy(order, mat.Col(nil, 0, lib))
	f.matrix("usgs.npy", pick(lib, order).Slice(0, bands, 3, cols))
	r := succeed(t, "unmix", jasper+"#Y", "--shape", "100x100", "--scale", "5000", "--lib", f.path("usgs.npy"), "--bands", jasper+"#SlectBands", "--rank", "6")
	require.Less(t, r.RelativeError, 0.09) // all 498 together reach 0.0720
	require.Greater(t, r.RelativeError, 0.0720)
}

func TestClaus(t *testing.T) {
	claus := shared(t, "tensors", "eem", "claus.mat#X")
	seeds := 10
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		r := succeed(t, "cpd", claus, "--rank", "3", "--nonneg", "all", "--seed", fmt.Sprint(seed))
		require.InDelta(t, 0.0251, r.RelativeError, 0.0002, "seed %d", seed)
	}
	fail(t, exitFailure, []string{"cpd", shared(t, "tensors", "eem", "sugar.mat#X"), "--rank", "3"}, "[0 0 0]")
}
