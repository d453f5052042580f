package main

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

func TestBenchFigures(t *testing.T) {
	racetest.Slow(t)
	if testing.Short() {
		t.Skip("decompositions by the dozen")
	}
	for _, c := range []struct {
		args  []string
		files []string
	}{
		{[]string{"bench", "sweep", "size", "--rank", "2", "--trials", "1"}, []string{"factor-error.png", "atoms.png", "table.txt", resultFile}},
		{[]string{"bench", "windows", "--pixels", "50", "--trials", "1"}, []string{"missed.png", "table.txt", resultFile}},
		{[]string{"bench", "recovery", "--rank", "3", "--trials", "1", "--noise", "0,0.5"}, []string{"midpoints.png", "mixtures.png", "table.txt", resultFile}},
	} {
		code, out, errs := call(t.Context(), append(c.args, "--json", "--out", t.TempDir())...)
		require.Equal(t, exitDone, code, errs)
		var table tableResult
		require.NoError(t, json.Unmarshal([]byte(out), &table))
		require.Equal(t, c.files, table.Files)
		require.NotEmpty(t, table.Rows)
	}
}

func TestBenchFiguresRefuse(t *testing.T) {
	fail(t, exitUsage, []string{"bench", "sweep"}, "arg")
	fail(t, exitUsage, []string{"bench", "sweep", "rank"}, "rho, snr, coherence or size")
	fail(t, exitUsage, []string{"bench", "sweep", "rho", "--trials", "0"}, "--trials")
	fail(t, exitUsage, []string{"bench", "recovery", "--rank", "1"}, "--rank")
	fail(t, exitUsage, []string{"bench", "recovery", "--noise", "0.2,0.1"}, "--noise has 0.1")
	fail(t, exitUsage, []string{"bench", "windows", "--rank", "0"}, "--rank")
	fail(t, exitFailure, []string{"bench", "windows", "--pixels", "20"}, "largest window")
	fail(t, exitFailure, []string{"bench", "windows", "--image", "nothing.npy"}, "nothing.npy")
}
