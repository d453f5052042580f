package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// Ranks choose the columns of one process and write the same files.
func TestSelectOnRanksAgrees(t *testing.T) {
	k := newFiles(t)
	cube := make([]float64, 7*5*4) // rows × columns × bands
	for i := range cube {
		cube[i] = float64((i*i*31+i*7)%97) / 10
	}
	for name, args := range map[string][]string{
		"matrix": {pureImage(k), "--rank", "3", "--shape", "6x5"},
		"cube":   {k.array("cube.npy", []int{7, 5, 4}, cube), "--rank", "4", "--drop", "0-0", "--scale", "3"},
	} {
		for _, method := range []string{"spa", "spa-normalized", "snpa", "xray", "xray-rand"} {
			args := append(args[:len(args):len(args)], "--method", method)
			one, many := slices.Clone(args), append(slices.Clone(args), "--engine", "local:3")
			files := name == "cube" && method == "spa" // they take a second
			if files {
				one, many = append(one, "--out", k.path("one")), append(many, "--out", k.path("many"))
			}
			want, got := selectJSON(t, one...), selectJSON(t, many...)
			require.Equal(t, want.Selected, got.Selected, method)
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10, method)
			require.Equal(t, 3, got.Ranks)
			// No rank has all the pixels that the quick-look shows.
			require.Equal(t, slices.DeleteFunc(want.Files, func(f string) bool { return f == "quicklook.png" }), got.Files)
			if !files {
				continue
			}
			for _, file := range []string{"abundances.npy", "spectra.npy"} {
				require.True(t, mat.EqualApprox(readMatrix(t, filepath.Join(k.path("one"), file)), readMatrix(t, filepath.Join(k.path("many"), file)), 1e-10), file)
			}
		}
	}
	args := []string{"select", pureImage(k), "--rank", "3", "--engine", "local:2"}
	for flag, words := range map[string]string{"--method=vca": "give spa, spa-normalized", "--method=xray-greedy": "needs all columns", "--polish": "--polish need all columns", "--order=row": "--order row needs", "--shape=4x4": "16 pixels", "--rank=31": "--rank is 31"} {
		fail(t, exitUsage, append(args, flag), words)
	}
	fail(t, exitFailure, append(args, "--engine", "local:31"), "use fewer ranks")
}
