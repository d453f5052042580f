package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A method that ends far above plain successive projection is warned of.
func TestSelectWarnsOfWorse(t *testing.T) {
	k := newFiles(t)
	near := k.array("near.npy", []int{2, 4}, []float64{1, 0, 0.6, 0.5, 0, 1, 0.5, 0.6})
	r := selectJSON(t, near, "--rank", "2", "--method", "xray-greedy")
	require.Greater(t, r.RelativeError, 0.1, "the columns between are nearer to all")
	require.Len(t, r.Warnings, 1)
	require.Contains(t, r.Warnings[0], "as many columns by --method spa leave a relative error of")
	require.Empty(t, selectJSON(t, near, "--rank", "2", "--method", "snpa").Warnings)
}
