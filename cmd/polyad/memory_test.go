package main

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/internal/racetest"
)

// A tensor that is left in its file leads where it leads in memory, and what needs its
// cells says so.
func TestCPDWithinMemory(t *testing.T) {
	racetest.Slow(t)
	k := newFiles(t)
	dims := []int{300, 120, 118}
	data := make([]float64, 300*120*118) // 34 MB, more than half of --memory
	for at := range data {
		i, j, l := at/(120*118), at/118%120, at%118
		data[at] = float64(1+i%7)*float64(1+j%5)*float64(1+l%3) + float64(i%3)*float64(j%11)*float64(l%4)
	}
	name := k.path("x.npy")
	require.NoError(t, format.WriteFile(name, func(w io.Writer) error { return npy.Write(w, dims, data) }))
	flags := []string{"cpd", name, "--rank", "2", "--method", "als", "--max-sweeps", "6", "--tol", "0", "--starts", "1"}
	want := succeed(t, flags...)
	got := succeed(t, append(flags, "--memory", "64MB")...)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-7)
	require.Nil(t, got.Diagnostics.CoreConsistency, "it would take many passes")
	require.InDeltaSlice(t, want.Diagnostics.Alone, got.Diagnostics.Alone, 1e-4)

	for _, no := range [][]string{{"--missing", "nan"}, {"--loss", "poisson", "--nonneg", "all"}, {"--init", "gevd"}, {"--method", "sampled"}, {"--race", "2", "--starts", "2"}} {
		fail(t, exitUsage, append(append(flags[:4:4], "--memory", "64MB"), no...), "--memory reads the data in passes", no[0])
	}
}
