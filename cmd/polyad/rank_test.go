package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/synth"
)

func TestRankSuggestsThePlantedRank(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(30))
	out := filepath.Join(t.TempDir(), "out")
	code, text, errs := call(t.Context(), "rank", x, "--max", "5", "--nonneg", "all", "--split", "0", "--starts", "4", "--out", out, "--json")
	require.Equal(t, exitDone, code, errs)
	var r rankResult
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	require.Equal(t, 3, r.Suggested, r.Reason)
	require.Len(t, r.Ranks, 5)
	require.Greater(t, *r.Ranks[2].CoreConsistency, 90.0)
	require.Greater(t, *r.Ranks[2].Stability, 0.95)
	require.Greater(t, *r.Ranks[2].SplitHalf, 0.9)
	require.Greater(t, r.Ranks[1].RelativeError, r.Ranks[2].RelativeError)
	require.Equal(t, []string{"ranks.png", "report.html", "result.json"}, r.Files)
	for _, name := range r.Files {
		require.FileExists(t, filepath.Join(out, name))
	}
	code, text, errs = call(t.Context(), "rank", x, "--max", "2", "--starts", "1")
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, text, "core consistency %")
	require.Contains(t, text, "sugg")
}

func TestRankRefuses(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, nil)
	fail(t, exitUsage, []string{"rank", x}, "--max")
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--min", "3"}, "--min")
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--split", "3"}, "--split is 3")
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--split", "0", "--missing", "nan"}, "do not go together")
}
