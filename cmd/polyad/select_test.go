package main

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// pureImage is an image of 6×5 pixels, three of which are pure: 4, 17 and 22.
func pureImage(k files) string {
	w := mat.NewDense(4, 3, []float64{
		9, 1, 1,
		1, 8, 2,
		1, 1, 7,
		3, 2, 1,
	})
	h := mat.NewDense(3, 30, nil)
	for j := range 30 {
		a, b := 0.2+0.1*float64(j%4), 0.1+0.1*float64(j%3)
		h.SetCol(j, []float64{a, b, 1 - a - b})
	}
	for q, j := range []int{4, 17, 22} {
		h.SetCol(j, []float64{0, 0, 0})
		h.Set(q, j, 1)
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	return k.matrix("pure.npy", x)
}

func selectJSON(t *testing.T, args ...string) *selectResult {
	t.Helper()
	code, out, errs := call(t.Context(), append(append([]string{"select"}, args...), "--json")...)
	require.Equal(t, exitDone, code, errs)
	r := &selectResult{}
	require.NoError(t, json.Unmarshal([]byte(out), r))
	return r
}

func TestSelect(t *testing.T) {
	k := newFiles(t)
	image := pureImage(k)
	for _, s := range selectors {
		r := selectJSON(t, image, "--rank", "3", "--method", s.name, "--polish")
		require.Equal(t, "select", r.Verb)
		require.Equal(t, []int{4, 17, 22}, slices.Sorted(slices.Values(r.Selected)), s.name)
		require.Less(t, r.RelativeError, 1e-7, s.name)
		require.LessOrEqual(t, r.RelativeError, *r.Unpolished+1e-7)
	}
	dir := k.path("out")
	r := selectJSON(t, image, "--rank", "3", "--subsample", "20", "--method", "fgnsr", "--shape", "6x5", "--out", dir)
	require.Nil(t, r.Unpolished)
	require.Equal(t, 20, r.Subsample)
	require.Contains(t, r.Files, "abundances.png")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, len(r.Files))
	rows, cols := readMatrix(t, k.path("out/abundances.npy")).Dims()
	require.Equal(t, []int{3, 30}, []int{rows, cols})

	code, out, errs := call(t.Context(), "select", image, "--rank", "4")
	require.Equal(t, exitDone, code)
	require.Contains(t, errs, "spa found 3 columns, not 4")
	require.Contains(t, out, "with 3 columns by spa")
}

func TestSelectRefuses(t *testing.T) {
	k := newFiles(t)
	image := pureImage(k)
	fail(t, exitUsage, []string{"select"}, "usage: polyad select MATRIX")
	fail(t, exitUsage, []string{"select", image}, "--rank is missing; give the number of")
	fail(t, exitUsage, []string{"select", image, "--rank", "31"}, "--rank is 31", "30 columns")
	fail(t, exitUsage, []string{"select", image, "--rank", "3", "--method", "pca"}, "--method", "snpa")
	fail(t, exitUsage, []string{"select", image, "--rank", "3", "--subsample", "2"}, "--subsample is 2")
	fail(t, exitUsage, []string{"select", image, "--rank", "3", "--scale", "0"}, "--scale")
	fail(t, exitFailure, []string{"select", k.matrix("zero.npy", mat.NewDense(3, 4, nil)), "--rank", "2"}, "all columns are zero")
}

func TestBenchSeparable(t *testing.T) {
	k := newFiles(t)
	code, out, errs := call(t.Context(), "bench", "separable", pureImage(k), "--rank", "3", "--samples", "10", "--json")
	require.Equal(t, exitDone, code, errs)
	var table tableResult
	require.NoError(t, json.Unmarshal([]byte(out), &table))
	require.Equal(t, "bench separable", table.Verb)
	require.Equal(t, []string{"r", "method", "seconds", "error %", "published %"}, table.Columns)
	require.Len(t, table.Rows, 20)
	fail(t, exitUsage, []string{"bench", "separable", pureImage(k), "--rank", "0"}, "--rank has 0")
	fail(t, exitUsage, []string{"bench", "separable", pureImage(k), "--rank", "3", "--samples", "2"}, "--samples has 2")
	fail(t, exitUsage, []string{"bench", "separable", pureImage(k), "--rank", "31"}, "30 columns")
}
