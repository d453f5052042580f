package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What has files is told in six lines.
func TestUnmixTellsInSixLines(t *testing.T) {
	k := newTask(t)
	args := append(append([]string{"unmix", k.located()}, k.libraries...), k.shape[2:]...)
	for _, flags := range [][]string{{"--drop", "1350-1450"}, {"--memory", "100MB"}} {
		code, text, errs := call(t.Context(), append(append(args[:len(args):len(args)], "--out", k.path("out")), flags...)...)
		require.Zero(t, code, errs)
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		require.Len(t, lines, 6, text)
		for i, begin := range []string{"image: scene.hdr, 12×9 pixels, ", "relative error ", "mean abundances: ", "by library (spectra chosen): ", "trust: not asked for", "report: "} {
			require.True(t, strings.HasPrefix(lines[i], begin), lines[i])
		}
		require.True(t, strings.HasSuffix(lines[2], " (amplitudes, which sum to 1 on average)"), lines[2])
		require.Contains(t, lines[3], "minerals")
	}
	trust := &trustResult{Spectra: []spectrumTrust{{Name: "a", Verdict: "well determined: …"}, {Name: "b", Verdict: "dispensable"}}}
	require.Equal(t, "1 of 2 spectra well determined; not b", trust.brief())
	trust.Spectra = trust.Spectra[:1]
	require.Equal(t, "1 of 1 spectrum well determined", trust.brief())
}
