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
	require.Equal(t, "fooling set", r.LowerBy)
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
	require.Contains(t, text, "nonnegative rank: 4, since the bounds meet (fooling set)")

	fail(t, exitUsage, []string{"rank", file, "--nonnegative", "--max", "3"}, "--max is for numbers of components of a model")
	fail(t, exitUsage, []string{"rank", file, "--nonnegative", "--whiten"}, "leave it out with --nonnegative")
	fail(t, exitUsage, []string{"rank", f.array("t.npy", []int{1, 1, 2}, []float64{1, 2}), "--nonnegative"}, "--nonnegative is for a matrix", "1×1×2")
	fail(t, exitFailure, []string{"rank", f.matrix("n.npy", mat.NewDense(1, 2, []float64{1, -1})), "--nonnegative"}, "row 0, column 1")
	fail(t, exitFailure, []string{"rank", f.matrix("nan.npy", mat.NewDense(1, 2, []float64{1, nan()})), "--nonnegative"}, "row 0, column 1")
}
