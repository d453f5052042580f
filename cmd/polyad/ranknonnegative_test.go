package main

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestNonnegativeRankOfFile(t *testing.T) {
	f := newFiles(t)
	x := mat.NewDense(4, 4, []float64{1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1})
	file, out := f.matrix("x.npy", x), filepath.Join(t.TempDir(), "out")
	code, text, errs := call(t.Context(), "rank", file, "--nonnegative", "--json", "--out", out)
	require.Equal(t, exitDone, code, errs)
	var r nonnegativeResult
	require.NoError(t, json.Unmarshal([]byte(text), &r))
	require.Equal(t, [2]int{4, 4}, [2]int{r.Lower, r.Upper})
	require.Equal(t, "geometric", r.LowerBy)
	require.Equal(t, "rank", r.Bounds[0].Name)
	require.Equal(t, 3.0, *r.Bounds[0].Value)
	require.Equal(t, []string{"U.npy", "V.npy", "report.html", "result.json"}, r.Files)
	u, err := readFactor(filepath.Join(out, "U.npy"))
	require.NoError(t, err)
	v, err := readFactor(filepath.Join(out, "V.npy"))
	require.NoError(t, err)
	var p mat.Dense
	p.Mul(u, v)
	require.True(t, mat.EqualApprox(x, &p, 1e-12))
	code, text, errs = call(t.Context(), "rank", file, "--nonnegative")
	require.Equal(t, exitDone, code, errs)
	require.Contains(t, text, "nonnegative rank: 4, since the bounds meet (geometric)")

	fail(t, exitUsage, []string{"rank", file, "--nonnegative", "--max", "3"}, "--max is for numbers of components of a model")
	fail(t, exitUsage, []string{"rank", file, "--nonnegative", "--whiten"}, "leave it out with --nonnegative")
	fail(t, exitUsage, []string{"rank", f.array("t.npy", []int{1, 1, 2}, []float64{1, 2}), "--nonnegative"}, "--nonnegative is for a matrix", "1×1×2")
	fail(t, exitFailure, []string{"rank", f.matrix("n.npy", mat.NewDense(1, 2, []float64{1, -1})), "--nonnegative"}, "row 0, column 1")
	fail(t, exitFailure, []string{"rank", f.matrix("nan.npy", mat.NewDense(1, 2, []float64{1, nan()})), "--nonnegative"}, "row 0, column 1")
}

func TestExactNMFOfFile(t *testing.T) {
	f := newFiles(t)
	x := f.matrix("x.npy", mat.NewDense(5, 5, []float64{0, 1, 4, 9, 16, 1, 0, 1, 4, 9, 4, 1, 0, 1, 4, 9, 4, 1, 0, 1, 16, 9, 4, 1, 0}))
	out := filepath.Join(t.TempDir(), "out")
	r := succeed(t, "nmf", x, "--rank", "5", "--method", "exact", "--out", out)
	require.Less(t, r.RelativeError, 1e-6)
	require.Equal(t, "converged", r.Status)
	require.Len(t, r.Weights, 5)
	r = succeed(t, "nmf", x, "--rank", "4", "--method", "exact", "--starts", "2")
	require.Greater(t, r.RelativeError, 1e-3)
	require.Len(t, r.Warnings, 1)
	require.Contains(t, r.Warnings[0], "no exact factorisation with 4 components was found in 2 attempts")
}
