package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/racetest"
)

// A cube in tiles leads to the files that the cube in memory leads to.
func TestUnmixInTiles(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	rank := k.shape[2:]
	want := k.unmix(image, append(rank, "--out", k.path("whole"))...)
	got := k.unmix(image, append(rank, "--out", k.path("tiles"), "--memory", "100MB", "--resume")...)
	require.Equal(t, want.Atoms, got.Atoms)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-12)
	require.Subset(t, got.Files, []string{"abundances.npy", "residual.npy", "spectra.npy", "report.html"})
	requireSameAbundances(t, readMatrix(t, filepath.Join(k.path("whole"), "abundances.npy")), k.path("tiles"), 0)
	require.NoFileExists(t, filepath.Join(k.path("tiles"), stateFile))
	require.Len(t, got.Warnings, 1)
	require.Contains(t, got.Warnings[0], "no run to go on with")
	requireFiles(t, k.path("tiles"), got)
}

// A run that was killed goes on to the same bits, whatever the kill left behind the last
// tile that was noted.
func TestUnmixInTilesGoesOn(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	whole, killed := k.path("whole"), k.path("killed")
	begin := func(out string, resume bool) error {
		a := &app{stdout: io.Discard, stderr: io.Discard, began: time.Now()}
		a.common.out, a.common.quiet, a.iterate.maxSweeps, a.iterate.starts = out, true, 500, 1
		f := unmixFlags{rank: "3", memory: "100MB", normalize: "none", tileRows: 5, resume: resume}
		f.image.scale, f.image.order, f.image.drop = 2, "column", "0-1"
		f.fit.resample, f.fit.scale = "auto", 1
		for l := 1; l < len(k.libraries); l += 2 {
			file, _, _ := strings.Cut(k.libraries[l], ".npy:")
			f.libraries = append(f.libraries, file+".npy")
		}
		if !resume && out == killed {
			a.tileDone = func(rows int) error {
				if rows == 10 {
					return errKilled
				}
				return nil
			}
		}
		return a.unmix(t.Context(), image, f)
	}
	require.NoError(t, begin(whole, false))
	header, err := npy.Begin([]int{1, 1}, "float64")
	require.NoError(t, err)
	for _, row := range []int64{6, 2} { // of a tile whose line is torn, of one that was noted
		require.ErrorIs(t, begin(killed, false), errKilled)
		require.ErrorContains(t, begin(killed, false), "--resume")
		state := filepath.Join(killed, stateFile)
		text, err := os.ReadFile(state)
		require.NoError(t, err)
		require.Equal(t, 3, bytes.Count(text, []byte("\n")))
		require.NoError(t, os.WriteFile(state, text[:len(text)-20], 0o600))
		f, err := os.OpenFile(filepath.Join(killed, "abundances.npy"), os.O_RDWR, 0)
		require.NoError(t, err)
		_, err = f.WriteAt([]byte{1, 2, 3}, int64(len(header))+row*8)
		require.NoError(t, err)
		require.NoError(t, f.Close())

		require.NoError(t, begin(killed, true))
		for _, name := range []string{"abundances.npy", "residual.npy", "spectra.npy", "abundances.png"} {
			want, err := os.ReadFile(filepath.Join(whole, name))
			require.NoError(t, err)
			got, err := os.ReadFile(filepath.Join(killed, name))
			require.NoError(t, err)
			require.True(t, bytes.Equal(want, got), "%s, row %d", name, row)
		}
		require.NoFileExists(t, state)
	}
}

// A choice that was interrupted is not gone on with but repeated, to the same bits.
func TestUnmixInTilesRepeatsChoice(t *testing.T) {
	k := newTask(t)
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	begin := func(ctx context.Context, out string, resume bool, sweepDone func()) error {
		a := &app{stdout: io.Discard, stderr: io.Discard, began: time.Now(), sweepDone: sweepDone}
		a.tileDone = func(int) error { return errKilled } // the choice is in the state by then
		a.common.out, a.common.quiet, a.iterate.maxSweeps, a.iterate.starts = out, true, 500, 1
		f := unmixFlags{rank: "3", memory: "100MB", normalize: "none", resume: resume}
		f.image.scale, f.image.order = 2, "column"
		f.fit.resample, f.fit.scale = "auto", 1
		for l := 1; l < len(k.libraries); l += 2 {
			file, _, _ := strings.Cut(k.libraries[l], ".npy:")
			f.libraries = append(f.libraries, file+".npy")
		}
		return a.unmix(ctx, image, f)
	}
	whole, cut := k.path("whole"), k.path("cut")
	sweeps := 0
	err := begin(t.Context(), whole, false, func() { sweeps++ })
	require.ErrorIs(t, err, errKilled)
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	left := sweeps - 1 // when there is a result that would do
	err = begin(ctx, cut, false, func() {
		if left--; left == 0 {
			interrupt()
		}
	})
	require.ErrorContains(t, err, "begins anew")
	require.NoFileExists(t, filepath.Join(cut, stateFile))
	require.ErrorIs(t, begin(t.Context(), cut, true, nil), errKilled)
	want, got := choiceIn(t, whole), choiceIn(t, cut)
	require.Equal(t, want.Atoms, got.Atoms)
	require.Equal(t, want.Spectra, got.Spectra)
	require.Equal(t, want.Result.RelativeError, got.Result.RelativeError)
}

// choiceIn is what the state in a folder says of the choice.
func choiceIn(t *testing.T, dir string) (c choice) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	require.NoError(t, err)
	require.True(t, readLine(bufio.NewReader(bytes.NewReader(text)), &c))
	return c
}

var errKilled = errors.New("killed")

func TestUnmixInTilesRefuses(t *testing.T) {
	k := newTask(t)
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	base := append(append([]string{"unmix", image}, k.libraries...), k.shape[2:]...)
	for _, c := range []struct {
		flags []string
		words string
	}{
		{[]string{"--memory", "100MB"}, "say where with --out"},
		{[]string{"--memory", "much", "--out", k.path("x")}, "as 500MB"},
		{[]string{"--memory", "3MB", "--out", k.path("x")}, "at least 64MB"},
		{[]string{"--memory", "100MB", "--out", k.path("x"), "--trust"}, "--trust"},
		{[]string{"--memory", "100MB", "--out", k.path("x"), "--self"}, "--self"},
		{[]string{"--resume"}, "--memory"},
	} {
		fail(t, exitUsage, append(base[:len(base):len(base)], c.flags...), c.words)
	}
	matrix := append(append([]string{"unmix", k.image}, k.libraries...), append(k.shape, "--memory", "100MB", "--out", k.path("x"))...)
	fail(t, exitUsage, matrix, "is for cubes")
	require.NoFileExists(t, filepath.Join(k.path("x"), stateFile))
}

func TestMemorySizes(t *testing.T) {
	for text, want := range map[string]int64{"500MB": 5e8, "1.5gb": 15e8, "2GiB": 2 << 30, "1G": 1e9, "100000000": 1e8, "70 MiB": 70 << 20} {
		got, err := parseMemory(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "MB", "-1GB", "1e30GB", "NaN", "12"} {
		_, err := parseMemory(text)
		require.Error(t, err, text)
	}
}
