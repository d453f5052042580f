package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// New samples of known composition come out as they were mixed.
func TestCPDProjects(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	p, err := synth.CP([]int{9, 8, 7}, 3, &synth.CPOptions{Seed: 2})
	require.NoError(t, err)
	block := 8 * 7
	old := f.array("old.npy", []int{6, 8, 7}, p.X.Data()[:6*block])
	fresh := f.array("new.npy", []int{3, 8, 7}, p.X.Data()[6*block:])
	model := f.path("model")
	fitted := succeed(t, "cpd", old, "--rank", "3", "--nonneg", "all", "--max-sweeps", "20000", "--tol", "1e-13", "--out", model)
	require.Less(t, fitted.RelativeError, 1e-5)

	project := func(args ...string) projectResult {
		code, text, errs := call(t.Context(), append([]string{"cpd"}, append(args, "--json")...)...)
		require.Equal(t, exitDone, code, errs)
		var r projectResult
		require.NoError(t, json.Unmarshal([]byte(text), &r))
		return r
	}
	for _, flags := range []string{"", "--nonneg 0 --method nnls", "--constraint 0=box:0:1e9"} {
		r := project(append([]string{fresh, "--project", model, "--out", f.path("scores")}, strings.Fields(flags)...)...)
		require.Less(t, r.RelativeError, 1e-4, flags)
		require.Equal(t, []any{"cpd", model, 0, 3}, []any{r.Verb, r.Project, r.Mode, r.Rank})
		require.Len(t, r.SliceErrors, 3)
		require.Equal(t, []string{"factor0.npy", "factor0.png", "report.html", "result.json"}, r.Files)
		rows, cols := readMatrix(t, f.path("scores/factor0.npy")).Dims()
		require.Equal(t, []int{3, 3}, []int{rows, cols})
	}
	// The data of the fit have its own factor, weights included.
	require.InDelta(t, fitted.RelativeError, project(old, "--project", model+":0", "--out", f.path("scores")).RelativeError, 1e-6)
	scores, own := readMatrix(t, f.path("scores/factor0.npy")), readMatrix(t, model+"/factor0.npy")
	for i := range 6 {
		for c, w := range fitted.Weights {
			require.InDelta(t, w*own.At(i, c), scores.At(i, c), 1e-3*fitted.Weights[0])
		}
	}
	// With unknown entries, row by row.
	data := append([]float64(nil), p.X.Data()[6*block:]...)
	data[5], data[70] = nan(), nan()
	holes := f.array("holes.npy", []int{3, 8, 7}, data)
	require.Less(t, project(holes, "--project", model, "--missing", "nan", "--exact").RelativeError, 1e-4)

	code, text, errs := call(t.Context(), "cpd", fresh, "--project", model)
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, text, "of 3 slices of mode 0 on 3 components")

	for _, c := range []struct {
		code         int
		flags, words string
	}{
		{exitUsage, "--project " + model + " --rank 3", "leave out --rank"},
		{exitUsage, "--project " + model + " --starts 3", "leave out --starts"},
		{exitUsage, "--project " + model + " --seed 3", "leave out --seed"},
		{exitUsage, "--project " + model + ":3", "mode 3 of a model of 3 modes"},
		{exitUsage, "--project " + model + " --nonneg all", "for mode 0 alone"},
		{exitUsage, "--project " + model + " --constraint 0=fixed", "cannot be fixed"},
		{exitUsage, "--project " + model + " --method lbfgs", "improves all"},
		{exitFailure, "--project " + model + ":1", "the tensor is 3×8×7, and the model in " + model + " is 6×8×7"},
		{exitFailure, "--project " + f.dir, "no factor0.npy"},
	} {
		fail(t, c.code, append([]string{"cpd", fresh}, strings.Fields(c.flags)...), c.words)
	}
}
