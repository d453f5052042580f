package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// tensorFile is a nonnegative tensor of rank 3 in a file, and its factors.
func tensorFile(t *testing.T, f files, noise synth.Noise) (string, *synth.CPProblem) {
	t.Helper()
	p, err := synth.CP([]int{9, 8, 7}, 3, &synth.CPOptions{Noise: noise, Seed: 2})
	require.NoError(t, err)
	return f.array("x.npy", p.X.Dims(), p.X.Data()), p
}

func TestCPD(t *testing.T) {
	f := newFiles(t)
	x, p := tensorFile(t, f, nil)
	var truth []string
	for n, a := range p.Truth.Factors {
		truth = append(truth, f.matrix(fmt.Sprintf("truth%d.npy", n), a))
	}
	for _, flags := range [][]string{
		{},
		{"--nonneg", "all"},
		{"--nonneg", "0,2"},
		{"--init", "svd"},
		{"--method", "als"},
		{"--method", "hals", "--nonneg", "all"},
		{"--starts", "3"},
		{"--seed", "9"},
		{"--init-factors", strings.Join(truth, ",")},
	} {
		r := succeed(t, append([]string{"cpd", x, "--rank", "3", "--max-sweeps", "2000", "--tol", "1e-9"}, flags...)...)
		require.Less(t, r.RelativeError, 5e-3, "%v", flags)
		require.Len(t, r.Weights, 3)
		require.Equal(t, "cpd", r.Verb)
	}
	given := succeed(t, "cpd", x, "--rank", "3", "--init-factors", strings.Join(truth, ","), "--max-sweeps", "1")
	require.Less(t, given.RelativeError, 1e-7)

	three := succeed(t, "cpd", x, "--rank", "3", "--starts", "3", "--max-sweeps", "20", "--tol", "0", "--trace")
	require.Equal(t, "max_sweeps", three.Status)
	require.Equal(t, 20, three.Sweeps)
	require.Len(t, three.Trace, 20)
	require.Len(t, three.Starts, 3)
	for _, s := range three.Starts {
		require.LessOrEqual(t, three.RelativeError, s.RelativeError*(1+1e-12))
	}
}

// The files are the model: its error is that of the result.
func TestCPDWritesTheModel(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, p := tensorFile(t, f, synth.SNR(20))
	out := f.path("out")
	r := succeed(t, "cpd", x, "--rank", "2", "--out", out)
	requireFiles(t, out, r)
	weights := readMatrix(t, filepath.Join(out, "weights.npy"))
	require.Equal(t, r.Weights, mat.Col(nil, 0, weights))
	var a [3]*mat.Dense
	for n := range a {
		a[n] = readMatrix(t, filepath.Join(out, fmt.Sprintf("factor%d.npy", n)))
	}
	var rest, all float64
	for i := range 9 {
		for j := range 8 {
			for k := range 7 {
				v := p.X.At(i, j, k)
				all += v * v
				for c, w := range r.Weights {
					v -= w * a[0].At(i, c) * a[1].At(j, c) * a[2].At(k, c)
				}
				rest += v * v
			}
		}
	}
	require.InDelta(t, rest/all, r.RelativeError*r.RelativeError, 1e-12)
}

func TestCPDWithLibraries(t *testing.T) {
	f := newFiles(t)
	x, p := tensorFile(t, f, nil)
	decoys, err := synth.CP([]int{8, 5}, 5, &synth.CPOptions{Seed: 77})
	require.NoError(t, err)
	var lib mat.Dense
	lib.Augment(decoys.Truth.Factors[0], p.Truth.Factors[1].Slice(0, 8, 0, 2)) // the true ones are 5 and 6
	f.matrix("lib.npy", &lib)
	f.matrix("last.npy", p.Truth.Factors[1].Slice(0, 8, 2, 3).T())
	r := succeed(t, "cpd", x, "--rank", "3", "--nonneg", "all", "--starts", "3", "--out", f.path("out"),
		"--dict", "1:a="+f.path("lib.npy")+":2..2", "--dict", "1:"+f.path("last.npy")+":1..1")
	require.Less(t, r.RelativeError, 1e-4)
	found := map[string]bool{}
	for _, a := range r.Atoms {
		require.Equal(t, 1, a.Mode)
		found[fmt.Sprint(a.Library, a.Index)] = true
	}
	require.Equal(t, map[string]bool{"a5": true, "a6": true, "last0": true}, found)
	require.Contains(t, r.Warnings[0], "library last is 1×8: its rows are taken for spectra")
	_, out, _ := call(t.Context(), "cpd", x, "--rank", "3", "--nonneg", "all", "--dict", "1:"+f.path("lib.npy"))
	require.Contains(t, out, "lib 5 (lib, 5)")
}

// Every atom has a rival with a verdict, in JSON, on the page and on the screen.
func TestCPDSaysHowFarAtomsCanBeTrusted(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, p := tensorFile(t, f, nil)
	decoys, err := synth.CP([]int{8, 5}, 5, &synth.CPOptions{Seed: 77})
	require.NoError(t, err)
	var lib mat.Dense
	lib.Augment(decoys.Truth.Factors[0], p.Truth.Factors[1])
	f.matrix("lib.npy", &lib)
	args := []string{"cpd", x, "--rank", "3", "--nonneg", "all", "--dict", "1:" + f.path("lib.npy"), "--trust"}
	r := succeed(t, append(args, "--out", f.path("out"))...)
	require.Len(t, r.AtomTrust, 1)
	trust := r.AtomTrust[0]
	require.Equal(t, 1, trust.Mode)
	require.Equal(t, "holds", trust.Certified)
	require.Len(t, trust.Spectra, 3)
	for c, s := range trust.Spectra {
		require.Equal(t, r.Atoms[c].Name, s.Name)
		require.Contains(t, s.Verdict, s.Rival)
		require.NotEqual(t, s.Name, s.Rival)
		require.GreaterOrEqual(t, *s.Removed, *s.Swapped)
	}
	page, err := os.ReadFile(filepath.Join(f.path("out"), reportFile))
	require.NoError(t, err)
	require.Contains(t, string(page), "Can the atoms of mode 1 be trusted?")
	_, out, _ := call(t.Context(), args...)
	require.Contains(t, out, trust.Spectra[0].Verdict)
	fail(t, exitUsage, []string{"cpd", x, "--rank", "3", "--trust"}, "--dict")
}

// A matrix with a library: more than the greedy start only when asked for.
func TestCPDOfAMatrix(t *testing.T) {
	k := newTask(t)
	args := []string{"cpd", k.image, "--rank", "4", "--dict", "0:" + k.path("minerals.npy"), "--dict", "0:" + k.path("cover.npy")}
	require.Len(t, succeed(t, args...).Starts, 1)
	for _, flags := range [][]string{{"--starts", "2"}, {"--init", "svd"}} {
		r := succeed(t, append(args, flags...)...)
		require.Greater(t, len(r.Starts), 1, "%v", flags)
		k.requireFound(r)
	}
}
