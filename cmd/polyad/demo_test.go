package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/synth"
)

// Six lines, all planted atoms found, and a report.
func TestDemo(t *testing.T) {
	t.Chdir(t.TempDir())
	code, out, errs := call(t.Context(), "demo")
	require.Equal(t, exitDone, code, errs)
	require.Empty(t, errs)
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	require.Len(t, lines, 6)
	for i, want := range []string{
		`^scene: 64×64 pixels, 211 bands, 5 spectra mixed at 30 dB$`,
		`^library minerals: 40 spectra, 1 to 3 of them asked for$`,
		`^library cover: 40 spectra, 1 to 3 of them asked for$`,
		`^found 5 of 5 planted spectra in \d+\.\d s$`,
		`^relative error 0\.03\d+ \(the noise is 0\.03\d+\), abundances off by 0\.0\d+ RMS$`,
		`^report: polyad-demo/report\.html$`,
	} {
		require.Regexp(t, want, filepath.ToSlash(lines[i]))
	}
	r := succeed(t, "demo") // over the first
	require.Equal(t, "demo", r.Verb)
	require.Equal(t, r.Truth["atoms_planted"], r.Truth["atoms_found"])
	require.Equal(t, 5.0, r.Truth["atoms_planted"])
	require.Less(t, r.Truth["abundance_rmse"], 0.03)
	require.Less(t, r.RelativeError, r.Truth["noise_relative_error"])
	requireFiles(t, demoFolder, r)
	require.FileExists(t, filepath.Join(demoFolder, reportFile))
}

func TestDemoFindsAllForOtherSeeds(t *testing.T) {
	if testing.Short() {
		t.Skip("two scenes")
	}
	t.Chdir(t.TempDir())
	for _, seed := range []string{"1", "2"} { // 0 is that of TestDemo
		r := succeed(t, "demo", "--seed", seed)
		require.Equal(t, r.Truth["atoms_planted"], r.Truth["atoms_found"], "seed %s", seed)
	}
}

// demo's scene, with the same seed, through the machinery of the test.
func TestDemoProblemIsTheScene(t *testing.T) {
	s, err := synth.NewScene(nil)
	require.NoError(t, err)
	sc, p := demoProblem(s)
	require.Same(t, s.Y, sc.Y)
	require.Len(t, p.Libraries, len(s.Sources))
	require.Equal(t, s.Wavelength, sc.axis)
}
