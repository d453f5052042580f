package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

// Asked for, every chosen spectrum has a rival and a verdict, in JSON, on the page and
// on the screen; not asked for, there is nothing of it.
func TestUnmixSaysHowFarSpectraCanBeTrusted(t *testing.T) {
	racetest.Slow(t)
	k := newTask(t)
	out := k.path("out")
	r := k.unmix(k.image, append(k.shape, "--out", out, "--trust")...)
	k.requireFound(r)
	require.NotNil(t, r.Trust)
	require.Len(t, r.Trust.Spectra, r.Rank)
	require.Equal(t, "holds", r.Trust.Certified)
	require.Equal(t, 20, r.Trust.Resamples)
	for c, s := range r.Trust.Spectra {
		require.Equal(t, r.Atoms[c].Name, s.Name)
		require.NotEmpty(t, s.Rival)
		require.Positive(t, *s.Angle)
		require.GreaterOrEqual(t, *s.Removed, *s.Swapped)
		require.Contains(t, s.Verdict, s.Rival)
	}
	require.Len(t, r.Trust.Conditions, 4)
	page, err := os.ReadFile(filepath.Join(out, reportFile))
	require.NoError(t, err)
	require.Contains(t, string(page), "Can it be trusted?")
	require.Contains(t, string(page), "spark(D)")

	args := append(append([]string{"unmix", k.image, "--trust"}, k.libraries...), k.shape...)
	code, stdout, _ := call(t.Context(), args...)
	require.Zero(t, code)
	require.Contains(t, stdout, r.Trust.Spectra[0].Verdict)

	require.Nil(t, k.unmix(k.image, k.shape...).Trust)
}
