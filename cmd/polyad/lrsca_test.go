package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

// Data that meet the theorem: the components are found, and found to be the only ones.
func TestLRSCA(t *testing.T) {
	f := newFiles(t)
	p, err := synth.SparseComponents(3, 2, &synth.SparseOptions{Seed: 1, More: 10})
	require.NoError(t, err)
	f.matrix("x.npy", p.X)
	args := []string{"lrsca", f.path("x.npy"), "--rank", "3", "--sparsity", "2", "--starts", "5", "--max-sweeps", "1000", "--tol", "1e-9"}
	out := f.path("out")
	r := succeed(t, append(args, "--certify", "--out", out)...)
	require.Equal(t, "lrsca", r.Verb)
	require.Less(t, r.RelativeError, 1e-4)
	require.NotNil(t, r.Certificate)
	require.True(t, r.Certificate.Certified, r.Certificate.Because)
	require.Len(t, r.Certificate.Facets, 3)
	page, err := os.ReadFile(filepath.Join(out, reportFile))
	require.NoError(t, err)
	require.Contains(t, string(page), "Is it the only one?")
	require.Nil(t, succeed(t, args...).Certificate)
	_, text, _ := call(t.Context(), append(args, "--certify")...)
	require.Contains(t, text, "The model is the only one of its kind")
	compared := succeed(t, append(args, "--compare", "--starts", "2")...).Compared
	require.Len(t, compared, 3)
	require.LessOrEqual(t, compared[0].RelativeError, min(compared[1].RelativeError, compared[2].RelativeError)+1e-9)
	for _, method := range []string{"exact", "pursuit", "stopped", "largest", "summits"} {
		require.Less(t, succeed(t, append(args, "--method", method)...).RelativeError, 0.5, method)
	}
}

func TestLRSCARefuses(t *testing.T) {
	f := newFiles(t)
	p, err := synth.SparseComponents(3, 2, nil)
	require.NoError(t, err)
	f.matrix("x.npy", p.X)
	fail(t, exitUsage, []string{"lrsca", f.path("x.npy"), "--sparsity", "1"}, "--rank is missing; give the number of")
	fail(t, exitUsage, []string{"lrsca", f.path("x.npy"), "--rank", "3"}, "--sparsity is 0")
	fail(t, exitUsage, []string{"lrsca", f.path("x.npy"), "--rank", "3", "--sparsity", "3"}, "polyad nmf")
	fail(t, exitUsage, []string{"lrsca", f.path("x.npy"), "--rank", "3", "--sparsity", "1", "--method", "best"}, "summits")
	p.X.Set(1, 2, math.NaN())
	wrong := f.matrix("nan.npy", p.X)
	fail(t, exitFailure, []string{"lrsca", wrong, "--rank", "3", "--sparsity", "2"},
		"polyad: the matrix holds a NaN or an infinity at index [1 2]; remove or fill them (polyad nmf has --missing nan)\n")
	fail(t, exitFailure, []string{"nmf", wrong, "--rank", "3"}, "polyad: the matrix holds a NaN or an infinity at index [1 2]; ", "--missing nan")
}

// What was found before --compare was interrupted is the result.
func TestCompareInterrupted(t *testing.T) {
	f := newFiles(t)
	p, err := synth.SparseComponents(3, 2, nil)
	require.NoError(t, err)
	x := tensor.FromMatrix(p.X)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	var out, errs bytes.Buffer
	a := &app{stdout: &out, stderr: &errs}
	task := &nmfTask{verb: "lrsca", name: "x.npy", flags: nmfFlags{rank: 3, method: "auto"}, data: x, compare: 2}
	task.o = matrix.NMFOptions{Stop: sweep.MaxSweeps(2), Starts: 1}
	r, err := matrix.NMFTensor(t.Context(), x, 3, &task.o)
	require.NoError(t, err)
	task.out, err = a.openFolder(f.path("out"))
	require.NoError(t, err)
	res := &result{Verb: "lrsca", Rank: 3, Weights: []float64{1, 1, 1}}
	require.NoError(t, a.compareTo(ctx, task, res, r, 1))
	require.Len(t, res.Compared, 1)
	require.Contains(t, errs.String(), "--compare was interrupted")
	require.NoError(t, a.finishNMF(task, res, r))
	require.FileExists(t, filepath.Join(f.path("out"), "U.npy"))
}
