package main

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
)

// What is printed as the loss is the sum of f over data and written model.
func TestCPDLosses(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	dims := []int{6, 5, 4}
	rng := rand.New(rand.NewPCG(1, 2))
	counts, bits := make([]float64, 120), make([]float64, 120)
	for i := range counts {
		counts[i], bits[i] = float64(1+rng.IntN(6)), float64(rng.IntN(2))
	}
	for _, c := range []struct {
		flags string
		data  []float64
		loss  cpd.Loss
	}{
		{"--loss poisson --nonneg all", counts, cpd.Poisson{}},
		{"--loss poisson-log", counts, cpd.PoissonLog{}},
		{"--loss bernoulli --nonneg all", bits, cpd.BernoulliOdds{}},
		{"--loss bernoulli-logit", bits, cpd.BernoulliLogit{}},
		{"--loss huber", counts, cpd.Huber{}},
		{"--loss huber:0.25", counts, cpd.Huber{Delta: 0.25}},
		{"--loss rayleigh --nonneg all", counts, cpd.Rayleigh{}},
		{"--loss gamma --nonneg all", counts, cpd.Gamma{}},
	} {
		x := f.array("x.npy", dims, c.data)
		r := succeed(t, append([]string{"cpd", x, "--rank", "2", "--max-sweeps", "50", "--out", f.path("out")}, strings.Fields(c.flags)...)...)
		require.NotNil(t, r.Loss, c.flags)
		k, err := readModel(f.path("out"))
		require.NoError(t, err)
		model := k.Dense().Data()
		sum := 0.0
		for i, v := range c.data {
			value, _ := c.loss.At(v, model[i])
			sum += value
		}
		require.InEpsilon(t, sum, *r.Loss, 1e-9, c.flags)
		_, same := links[strings.Fields(c.flags)[1]]
		require.Equal(t, same, r.Diagnostics.CoreConsistency == nil && r.Diagnostics.Alone == nil, c.flags)
	}
	x := f.array("x.npy", dims, counts)
	code, text, errs := call(t.Context(), "cpd", x, "--rank", "2", "--loss", "huber")
	require.Equal(t, exitDone, code, errs)
	require.Regexp(t, `^loss [0-9.]+ with 2 components`, text)
	require.Nil(t, succeed(t, "cpd", x, "--rank", "2").Loss)

	for _, c := range []struct{ flags, words string }{
		{"--loss x", `--loss is "x"`},
		{"--loss huber:0", `"0" is no number above 0`},
		{"--loss poisson", "mode 0 may be negative; give --nonneg all"},
		{"--loss poisson --nonneg 0,1", "mode 2 may be negative"},
		{"--loss huber --method lbfgs", "leave out --method lbfgs"},
		{"--loss huber --missing nan --exact", "leave out --exact"},
		{"--loss huber --constraint 1=unimodal", "does not serve --constraint 1=unimodal"},
	} {
		fail(t, exitUsage, append([]string{"cpd", x, "--rank", "2"}, strings.Fields(c.flags)...), c.words)
	}
	counts[7] = -1
	fail(t, exitFailure, []string{"cpd", f.array("x.npy", dims, counts), "--rank", "2", "--nonneg", "all", "--loss", "poisson"}, "-1", "cell 7")
}
