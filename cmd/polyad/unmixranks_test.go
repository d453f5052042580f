package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// Ranks choose the spectra of one process, and write the files that it writes.
func TestUnmixOnRanksAgrees(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	rank := append(k.shape[2:], "--sum-to-one")
	want := k.unmix(image, append(rank, "--out", k.path("whole"))...)
	got := k.unmix(image, append(rank, "--out", k.path("ranks"), "--engine", "local:3")...)
	require.Equal(t, want.Atoms, got.Atoms)
	require.Equal(t, 3, got.Ranks)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-12)
	for _, name := range []string{"abundances.npy", "spectra.npy"} {
		require.True(t, mat.EqualApprox(readMatrix(t, filepath.Join(k.path("whole"), name)), readMatrix(t, filepath.Join(k.path("ranks"), name)), 1e-10), name)
	}
	require.NoFileExists(t, filepath.Join(k.path("ranks"), stateFile))
	requireFiles(t, k.path("ranks"), got)
}

func TestUnmixOnRanksRefuses(t *testing.T) {
	k := newTask(t)
	image := k.envi("cube", k.truth.Y, k.truth.Rows, k.truth.Cols, "")
	base := append(append([]string{"unmix", image, "--engine", "local:2"}, k.libraries...), k.shape[2:]...)
	out := k.path("x")
	for _, c := range []struct {
		flags []string
		words string
	}{
		{nil, "say where with --out"},
		{[]string{"--out", out, "--trust"}, "--trust needs the image"},
		{[]string{"--out", out, "--self"}, "--self needs the image"},
		{[]string{"--out", out, "--resume"}, "--resume goes on in one process"},
		{[]string{"--out", out, "--memory", "3MB"}, "at least 64MB"},
		{[]string{"--out", out, "--shape", "3x3"}, "--shape and --order are for matrices"},
	} {
		fail(t, exitUsage, append(base[:len(base):len(base)], c.flags...), c.words)
	}
	fail(t, exitFailure, append(base[:len(base):len(base)], "--out", out, "--engine", "local:99"), "use fewer ranks")
	require.NoDirExists(t, out)
}
