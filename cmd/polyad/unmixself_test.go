package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

// Pixels and free spectra beside libraries, on the screen, as JSON and as files.
func TestUnmixFromTheImageAndFree(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	plain := k.unmix(k.image, k.shape...)
	self := k.unmix(k.image, append(k.shape, "--self", "1..1", "--out", k.path("self"))...)
	pixels := 0
	for _, at := range self.Atoms {
		if at.Library == "self" {
			pixels++
			require.Regexp(t, `^pixel \(\d+, \d+\)$`, at.Name)
			require.GreaterOrEqual(t, at.Index, 0)
		}
	}
	require.Equal(t, 1, pixels)
	requireFiles(t, k.path("self"), self)
	require.LessOrEqual(t, k.unmix(k.image, append(k.shape, "--self=0..2")...).RelativeError, plain.RelativeError)

	free := k.unmix(k.image, append(k.shape, "--free", "1..1", "--trust", "--out", k.path("free"))...)
	require.Len(t, free.Trust.Spectra, 4)
	count := 0
	for _, at := range free.Atoms {
		if at.Library == "free" {
			count++
			require.Equal(t, -1, at.Index)
			require.Equal(t, "free 0", at.Name)
		}
	}
	require.Equal(t, 1, count)
	require.LessOrEqual(t, free.RelativeError, plain.RelativeError*(1+1e-6))
	requireFiles(t, k.path("free"), free)

	alone := succeed(t, append([]string{"unmix", k.image, "--self", "--quiet"}, k.shape...)...)
	for _, at := range alone.Atoms {
		require.Equal(t, "self", at.Library)
	}
	for flag, says := range map[string]string{"--self=2..1": "the bounds are empty", "--self=many": "give MIN..MAX", "--free=5..6": "add up to 5, more than 4"} {
		code := exitUsage
		if flag == "--free=5..6" {
			code = exitFailure
		}
		fail(t, code, append([]string{"unmix", k.image, "--lib", k.path("minerals.npy"), flag}, k.shape...), says)
	}
}
