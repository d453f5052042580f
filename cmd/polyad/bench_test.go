package main

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("two dozen decompositions")
	}
	dir := t.TempDir()
	code, out, errs := call(t.Context(), "bench", "dict", "--trials", "1", "--rank", "3", "--json", "--out", dir)
	require.Equal(t, exitDone, code, errs)
	var table tableResult
	require.NoError(t, json.Unmarshal([]byte(out), &table))
	require.Equal(t, "bench dict", table.Verb)
	require.Len(t, table.Rows, 30)
	require.Equal(t, []any{"coherent", 1.0, "projection"}, table.Rows[0][:3])
	require.Nil(t, table.Rows[0][10])
	require.Equal(t, 0.0, table.Rows[4][10])
	require.Equal(t, []string{"table.txt", resultFile}, table.Files)
}

func TestBenchKernels(t *testing.T) {
	if testing.Short() {
		t.Skip("an array of 512 MiB")
	}
	dir := t.TempDir()
	code, out, errs := call(t.Context(), "bench", "kernels", "--only", "^product/(8|16)x", "--rounds", "1", "--time", "1ms", "--threads", "1", "--json", "--out", dir)
	require.Equal(t, exitDone, code, errs)
	var table tableResult
	require.NoError(t, json.Unmarshal([]byte(out), &table))
	require.Equal(t, "bench kernels", table.Verb)
	require.Equal(t, []string{"kernel", "threads", "ms", "GFLOP/s", "% of peak", "GB/s", "% of read", "% of limit"}, table.Columns)
	require.Len(t, table.Rows, 4)
	require.Nil(t, table.Rows[0][2])
	require.Equal(t, 100.0, table.Rows[0][4])
	require.Equal(t, []any{"product/16x16x16", 1.0}, table.Rows[2][:2])
	require.Equal(t, []any{"product/8x8x8", 1.0}, table.Rows[3][:2])
	require.Equal(t, []string{"table.txt", resultFile}, table.Files)
}

func TestBenchKernelsRefuses(t *testing.T) {
	fail(t, exitUsage, []string{"bench", "kernels", "--rounds", "0"}, "--rounds")
	fail(t, exitUsage, []string{"bench", "kernels", "--time", "0s"}, "--time")
	fail(t, exitUsage, []string{"bench", "kernels", "--threads", "1,0"}, "--threads has 0")
	fail(t, exitUsage, []string{"bench", "kernels", "--only", "("}, "--only")
	fail(t, exitFailure, []string{"bench", "kernels", "--only", "xyz"}, `no kernel matches "xyz"`)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, errs := call(ctx, "bench", "kernels", "--only", "product/8x")
	require.Equal(t, exitFailure, code)
	require.Contains(t, errs, "interrupted before there was a result")
}

func TestBenchRefuses(t *testing.T) {
	f := newFiles(t)
	f.array("d.npy", []int{3, 4}, make([]float64, 12))
	fail(t, exitUsage, []string{"bench", "x"}, `unknown table "x"`)
	fail(t, exitUsage, []string{"bench", "dict", "--trials", "0"}, "--trials")
	fail(t, exitFailure, []string{"bench", "dict", "--dictionary", f.path("d.npy")}, "is 3×4", "50 rows")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, errs := call(ctx, "bench", "dict", "--trials", "1")
	require.Equal(t, exitFailure, code)
	require.Contains(t, errs, "interrupted before there was a result")
}
