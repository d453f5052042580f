package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

func TestRankSuggestsThePlantedRank(t *testing.T) {
	racetest.Slow(t)
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
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--constraint", "0=fixed"}, "rank tries several")
	known := f.array("known.npy", []int{9, 1}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9})
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--split", "0", "--constraint", "0=known:" + known}, "--split halves them")
	fail(t, exitUsage, []string{"rank", x, "--max", "8", "--constraint", "2=orthogonal"}, "8 components")
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--method", "hals"}, "no factor to work on")
	fail(t, exitUsage, []string{"rank", x, "--max", "2", "--exact"}, "it needs --missing")
}

// The flags that say what a fit is reach the fits: three components of whatever kind.
func TestRankFits(t *testing.T) {
	f := newFiles(t)
	x, p := tensorFile(t, f, synth.SNR(30))
	peaked, err := synth.CP([]int{9, 8, 7}, 3, &synth.CPOptions{Noise: synth.SNR(30), Seed: 3})
	require.NoError(t, err)
	other := f.array("other.npy", peaked.X.Dims(), peaked.X.Data())
	known := f.matrix("known.npy", p.Truth.Factors[0].Slice(0, 9, 0, 1))
	errorAt3 := func(x string, flags ...string) rankPoint {
		code, text, errs := call(t.Context(), append([]string{"rank", x, "--min", "3", "--max", "3", "--starts", "2", "--json"}, flags...)...)
		require.Equal(t, exitDone, code, errs)
		var r rankResult
		require.NoError(t, json.Unmarshal([]byte(text), &r))
		return r.Ranks[0]
	}
	for _, flags := range [][]string{
		{"--method", "gauss-newton"},
		{"--nonneg", "all", "--method", "admm,extrapolated"},
		{"--constraint", "0=known:" + known},
		{"--missing", "nan"},
		{"--missing", "nan", "--exact"},
	} {
		r := errorAt3(x, flags...)
		require.InDelta(t, 0.03, r.RelativeError, 0.003, "%v", flags)
		require.NotNil(t, r.CoreConsistency, "%v", flags)
		require.Greater(t, *r.CoreConsistency, 90.0, "%v", flags)
	}
	few := []string{"--max-sweeps", "3", "--tol", "0"}
	require.NotEqual(t, errorAt3(x, few...).RelativeError, errorAt3(x, append(few, "--method", "gauss-newton")...).RelativeError)
	require.Greater(t, errorAt3(other, "--constraint", "0=known:"+known).RelativeError, 0.05, "of other data")
	require.Greater(t, errorAt3(x, "--constraint", "0=orthogonal").RelativeError, 0.05)
}
