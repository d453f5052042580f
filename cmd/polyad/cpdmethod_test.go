package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// Every method reaches the error that the noise leaves.
func TestCPDMethods(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(40))
	fit := func(flags ...string) *result {
		return succeed(t, append([]string{"cpd", x, "--rank", "3", "--max-sweeps", "300", "--seed", "1"}, flags...)...)
	}
	best := fit("--nonneg", "all").RelativeError
	require.InDelta(t, 0.01, best, 0.002)
	for _, c := range []struct {
		flags string
		off   float64 // by how much its error may exceed the best, as a share
	}{
		{"--method als", 1e-3},
		{"--method accelerated-hals --nonneg all", 1e-3},
		{"--method nnls --nonneg 0,1", 1e-3},
		{"--method mu --nonneg all", 0.3},
		{"--method admm --nonneg all", 1e-3},
		{"--method fast-gradient --nonneg all", 1e-3},
		{"--method extrapolated --nonneg all", 1e-3},
		{"--method nnls,extrapolated --nonneg all", 1e-3},
		{"--method compressed --nonneg all", 1e-3},
		{"--method compressed,gauss-newton", 1e-3},
		{"--method sampled --starts 3", 0.3},
		{"--method sampled:200 --nonneg all", 0.3},
		{"--method sampled-leverage:200", 0.3},
		{"--method gauss-newton", 1e-3},
		{"--method nls --init gevd", 1e-3},
		{"--method lbfgs", 1e-3},
		{"--method cg", 1e-3},
		{"--method quasi-newton --nonneg all", 1e-3},
	} {
		r := fit(strings.Fields(c.flags)...)
		require.Less(t, r.RelativeError, best*(1+c.off), c.flags)
		require.Empty(t, r.Warnings, c.flags)
	}
}

// Names that share code do what they say: each takes a course of its own.
func TestCPDMethodsDiffer(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(20))
	seen := map[float64]string{}
	for _, flags := range []string{
		"", "--method extrapolated", "--method compressed", "--method compressed,extrapolated", "--method sampled",
		"--method sampled:150", "--method sampled-leverage", "--method gauss-newton", "--method lbfgs", "--method cg",
		"--nonneg all", "--method nnls --nonneg all", "--method mu --nonneg all",
		"--method admm --nonneg all", "--method fast-gradient --nonneg all", "--method quasi-newton --nonneg all",
		"--method hals,extrapolated --nonneg 0", "--init svd", "--init gevd",
	} {
		e := succeed(t, append([]string{"cpd", x, "--rank", "3", "--max-sweeps", "3", "--tol", "0"}, strings.Fields(flags)...)...).RelativeError
		require.NotContains(t, seen, e, "%q and %q", flags, seen[e])
		seen[e] = flags
	}
	// The limits hold for the sweeps on a core as well.
	one := succeed(t, "cpd", x, "--rank", "3", "--method", "compressed", "--max-sweeps", "1").RelativeError
	require.Greater(t, one, 1.1*succeed(t, "cpd", x, "--rank", "3", "--method", "compressed", "--max-sweeps", "30").RelativeError)
	require.Equal(t,
		succeed(t, "cpd", x, "--rank", "3", "--method", "nls").RelativeError,
		succeed(t, "cpd", x, "--rank", "3", "--method", "gauss-newton").RelativeError)
}

// The update of each wish, by the names of --method.
func TestCPDUpdates(t *testing.T) {
	simplex := constraint.Simplex{Sum: 1}
	unimodal := constraint.Unimodal{Nonnegative: true}
	for _, c := range []struct {
		flags fitFlags
		want  []cpd.Method
	}{
		{fitFlags{}, []cpd.Method{cpd.LeastSquares{}, cpd.LeastSquares{}, cpd.LeastSquares{}}},
		{fitFlags{nonneg: "0", method: "accelerated-hals"}, []cpd.Method{cpd.AcceleratedHALS{}, cpd.LeastSquares{}, cpd.LeastSquares{}}},
		{fitFlags{nonneg: "0,1", method: "mu"}, []cpd.Method{cpd.MU{}, cpd.MU{}, cpd.LeastSquares{}}},
		{
			fitFlags{nonneg: "all", constraints: []string{"0=simplex", "1=unimodal"}},
			[]cpd.Method{cpd.ADMM{Constraint: simplex}, cpd.ADMM{Constraint: unimodal}, cpd.HALS{}},
		},
		{fitFlags{nonneg: "all", constraints: []string{"0=simplex"}, method: "nnls"}, []cpd.Method{cpd.FCLS{}, cpd.NNLS{}, cpd.NNLS{}}},
		{fitFlags{nonneg: "all", constraints: []string{"0=l0-rows:2"}, method: "nnls"}, []cpd.Method{cpd.KSparse{K: 2}, cpd.NNLS{}, cpd.NNLS{}}},
		{fitFlags{constraints: []string{"0=simplex"}, method: "fast-gradient"}, []cpd.Method{cpd.FastGradient{Constraint: simplex}, cpd.LeastSquares{}, cpd.LeastSquares{}}},
		{fitFlags{constraints: []string{"0=smooth:2", "1=orthogonal"}}, []cpd.Method{cpd.Smooth{Weight: 2}, cpd.Orthogonal{}, cpd.LeastSquares{}}},
		{
			fitFlags{constraints: []string{"0,1=smooth:2"}, nonneg: "0", method: "admm"},
			[]cpd.Method{cpd.ADMM{Constraint: constraint.Smooth{Weight: 2, Nonnegative: true}}, cpd.ADMM{Constraint: constraint.Smooth{Weight: 2}}, cpd.LeastSquares{}},
		},
		{fitFlags{constraints: []string{"0=fixed"}, nonneg: "1", method: "nnls"}, []cpd.Method{cpd.Fixed{}, cpd.NNLS{}, cpd.LeastSquares{}}},
	} {
		r, err := c.flags.fit([]int{4, 4, 4}, []int{2}, nil)
		require.NoError(t, err)
		require.Equal(t, c.want, r.methods, "%+v", c.flags)
	}
}

func TestCPDMethodRefuses(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, nil)
	for _, c := range []struct{ flags, words string }{
		{"--method als,hals", "two updates"},
		{"--method admm", "no factor to work on"},
		{"--method als --constraint 0=unimodal", "does not serve --constraint 0=unimodal"},
		{"--method nnls --constraint 0=simplex-columns", "give admm or fast-gradient"},
		{"--method sampled:0", "no number of fibres"},
		{"--method sampled:x", "no number of fibres"},
		{"--method sampled,lbfgs", "one way to improve all factors"},
		{"--method compressed,compressed", "one way to improve all factors"},
		{"--method compressed,sampled", "do not go together"},
		{"--method als,lbfgs", "all factors at once, and als one"},
		{"--method gauss-newton --nonneg 1", "does not keep mode 1 nonnegative; give quasi-newton"},
		{"--method quasi-newton --constraint 2=simplex", "does not serve --constraint 2=simplex"},
		{"--method compressed --missing nan", "needs all entries"},
		{"--method sampled:9 --missing nan", "sampled needs all entries"},
		{"--method lbfgs --missing nan --exact", "--method lbfgs all at once"},
		{"--missing nan --exact --constraint 1=unimodal", "--constraint 1=unimodal ties rows together"},
	} {
		fail(t, exitUsage, append([]string{"cpd", x, "--rank", "2"}, strings.Fields(c.flags)...), c.words)
	}
}
