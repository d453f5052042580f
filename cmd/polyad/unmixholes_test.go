package main

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
)

// An image with pixels without data is unmixed in tiles as in memory, with at most two
// spectra in a pixel, and what has no data has the header's value for it.
func TestUnmixHolesInTiles(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	y := mat.DenseCopyOf(k.truth.Y)
	bands, _ := y.Dims()
	for b := range bands {
		y.Set(b, 0, -9)
		y.Set(b, 50, math.NaN())
	}
	y.Set(3, 77, -9) // in one band only
	image := k.envi("holes", y, 12, 9, "data ignore value = -9\nmap info = {UTM, 1, 1, 5e5, 4e6, 10, 10, 11, North}")
	flags := []string{"--rank", "3", "--per-pixel", "2"}
	want := k.unmix(image, append(flags, "--out", k.path("whole"))...)
	got := k.unmix(image, append(flags, "--out", k.path("tiles"), "--memory", "100MB")...)
	require.Equal(t, want.Atoms, got.Atoms)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-12)
	require.Equal(t, 2, got.PerPixel)
	require.Equal(t, "amplitudes", got.Scale.Kind)
	require.InDelta(t, want.Scale.Sum, got.Scale.Sum, 1e-12)
	for i := range want.Sums {
		require.InDelta(t, *want.Sums[i].Area, *got.Sums[i].Area, 1e-9)
		require.InDelta(t, want.Sums[i].Present, got.Sums[i].Present, 1e-12)
	}
	require.Contains(t, strings.Join(got.Warnings, "\n"), "3 of the 108 pixels of "+k.path("holes.hdr"))
	requireFiles(t, k.path("tiles"), got)
	a, b := readMatrix(t, k.path("whole/abundances.npy")), readMatrix(t, k.path("tiles/abundances.npy"))
	for c := range 3 {
		require.InDeltaSlice(t, a.RawRowView(c), b.RawRowView(c), 1e-12)
	}
	maps, err := format.Open(k.path("tiles/abundances.hdr"))
	require.NoError(t, err)
	defer maps.Close()
	require.NotNil(t, maps.Meta.Ignore)
	x, err := maps.Dense()
	require.NoError(t, err)
	layers, none := maps.Dims[2], 0
	for q := range 108 {
		used := 0
		for _, v := range x.Data()[q*layers:][:3] {
			if v > 0 {
				used++
			}
		}
		require.LessOrEqual(t, used, 2)
		blank := x.Data()[q*layers] == *maps.Meta.Ignore
		row, col := q/9, q%9
		require.Equal(t, map[int]bool{0: true, 50: true, 77: true}[col*12+row], blank, "row %d, column %d", row, col)
		if blank {
			none++
		}
	}
	require.Equal(t, 3, none)
}

// Amounts that three decimals would show as zero are shown, and warned of.
func TestVanishingAbundancesAreShown(t *testing.T) {
	require.Equal(t, []string{"0.000", "0.001", "0.00049", "1.250", "1.2e-07"}, []string{amount(0), amount(0.0005), amount(0.00049), amount(1.25), amount(1.2e-7)})
	f := newFiles(t)
	x := f.array("x.npy", []int{2, 3}, []float64{1, 2, 3, 2, 1, 1})
	r := succeed(t, "unmix", x, "--lib", f.array("lib.npy", []int{2, 2}, []float64{1e4, 0, 0, 1e4}), "--rank", "2")
	require.Contains(t, strings.Join(r.Warnings, "\n"), "--lib-scale")
	require.InDelta(t, 10.0/3e4, r.Scale.Sum, 1e-12)
}
