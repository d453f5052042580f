package main

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// Every name, its parameters, and what nonnegative adds to it.
func TestCPDConstraintNames(t *testing.T) {
	for _, c := range []struct {
		text, nonneg string
		want         constraint.Constraint
	}{
		{"nonnegative", "", nil},
		{"box:0.1:0.5", "", constraint.Box{Lo: 0.1, Hi: 0.5}},
		{"box:-inf:inf", "", constraint.Box{Lo: math.Inf(-1), Hi: math.Inf(1)}},
		{"box:-1:0.25", "0", constraint.Box{Lo: 0, Hi: 0.25}},
		{"simplex", "", constraint.Simplex{Sum: 1}},
		{"simplex:2", "0", constraint.Simplex{Sum: 2}},
		{"simplex-columns", "", constraint.Simplex{Sum: 1, ByColumn: true}},
		{"l1:0.5", "", constraint.L1{Weight: 0.5}},
		{"l1:0.5", "0", constraint.L1{Weight: 0.5, Nonnegative: true}},
		{"l0:2", "", constraint.L0{K: 2}},
		{"l0-rows:1", "0", constraint.L0{K: 1, ByRow: true, Nonnegative: true}},
		{"ball", "", constraint.Ball{Radius: 1}},
		{"ball:0.5", "0", constraint.Ball{Radius: 0.5, Nonnegative: true}},
		{"unit", "", constraint.Sphere{}},
		{"unit", "0", constraint.Sphere{Nonnegative: true}},
		{"smooth:3", "", constraint.Smooth{Weight: 3}},
		{"smooth:3", "0", constraint.Smooth{Weight: 3, Nonnegative: true}},
		{"unimodal", "", constraint.Unimodal{}},
		{"unimodal", "0", constraint.Unimodal{Nonnegative: true}},
		{"monotone", "", constraint.Monotone{}},
		{"monotone:decreasing", "0", constraint.Monotone{Decreasing: true, Nonnegative: true}},
		{"orthogonal", "", constraint.Orthogonal{}},
	} {
		w, err := fitFlags{nonneg: c.nonneg, constraints: []string{"0=" + c.text}}.wishes(3)
		require.NoError(t, err)
		require.Equal(t, c.want, w[0].constraint, "%s %s", c.text, c.nonneg)
		require.Equal(t, c.nonneg != "" || c.text == "nonnegative", w[0].nonnegative, c.text)
		require.Equal(t, []wish{{}, {}}, w[1:])
	}
	all, err := fitFlags{constraints: []string{"all=nonnegative", "1,2=unit"}}.wishes(3)
	require.NoError(t, err)
	positive := constraint.Sphere{Nonnegative: true}
	require.Equal(t, []constraint.Constraint{nil, positive, positive}, []constraint.Constraint{all[0].constraint, all[1].constraint, all[2].constraint})
}

// The factor that is written meets what was asked of it, and the factors that are
// written are the model.
func TestCPDConstraints(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, p := tensorFile(t, f, synth.SNR(20))
	known := f.matrix("known.npy", p.Truth.Factors[0].Slice(0, 9, 1, 3))
	for _, c := range []struct {
		flags string // of mode 0
		want  constraint.Constraint
	}{
		{"--constraint 0=simplex", constraint.Simplex{}},
		{"--constraint 0=l0-rows:1 --nonneg 0 --method fast-gradient", constraint.L0{K: 1, ByRow: true, Nonnegative: true}},
		{"--constraint 0=unit --method admm", constraint.Sphere{}},
		{"--constraint 0=unimodal --nonneg all", constraint.Unimodal{Nonnegative: true}},
		{"--constraint 0=orthogonal", constraint.Orthogonal{}},
	} {
		out := f.path("out")
		r := succeed(t, append([]string{"cpd", x, "--rank", "3", "--max-sweeps", "60", "--out", out}, strings.Fields(c.flags)...)...)
		requireFiles(t, out, r)
		a := asAsked(t, out)[0]
		require.Zero(t, c.want.Value(a), "%s: %v", c.flags, mat.Formatted(a))
		k, err := readModel(out)
		require.NoError(t, err)
		require.InDelta(t, r.RelativeError, k.RelativeError(p.X), 1e-9, c.flags)
	}

	// Known columns, of components that say which; sorted by weight they may be anywhere.
	r := succeed(t, "cpd", x, "--rank", "3", "--constraint", "0=known:"+known+":0,2", "--nonneg", "all", "--out", f.path("out"))
	require.Less(t, r.RelativeError, 0.11)
	require.Empty(t, r.Warnings)
	requireColumns(t, readMatrix(t, known), asAsked(t, f.path("out"))[0])
}

// asAsked are the factors as their constraints ask, else those with unit columns.
func asAsked(t *testing.T, out string) []*mat.Dense {
	t.Helper()
	for _, pattern := range []string{"scaled%d.npy", "factor%d.npy"} {
		a, err := readFactors(out, pattern)
		require.NoError(t, err)
		if a != nil {
			return a
		}
	}
	return nil
}

// A fixed factor is returned as it was given, but for the order of its columns.
func TestCPDFixes(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, p := tensorFile(t, f, synth.SNR(20))
	var given []string
	for n, a := range p.Truth.Factors {
		given = append(given, f.matrix(fmt.Sprintf("given%d.npy", n), a))
	}
	r := succeed(t, "cpd", x, "--rank", "3", "--constraint", "1=fixed", "--init-factors", strings.Join(given, ","), "--out", f.path("out"))
	require.Less(t, r.RelativeError, 0.11)
	require.Greater(t, r.Sweeps, 1)
	requireColumns(t, p.Truth.Factors[1], asAsked(t, f.path("out"))[1])
}

// requireColumns wants the columns of a factor somewhere among those of another.
func requireColumns(t *testing.T, want, got *mat.Dense) {
	t.Helper()
	_, cols := want.Dims()
	for c := range cols {
		found := 0
		_, rank := got.Dims()
		for k := range rank {
			if mat.EqualApprox(want.ColView(c), got.ColView(k), 1e-15) {
				found++
			}
		}
		require.Equal(t, 1, found, "column %d", c)
	}
}

// Smooth factors are smoother the greater the weight, and penalties that another factor can evade are told.
func TestCPDPenalties(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(10))
	for name, penalty := range map[string]constraint.Constraint{"smooth": constraint.Smooth{Weight: 1}, "l1": constraint.L1{Weight: 1}} {
		before := -1.0
		for _, weight := range []string{"0.001", "0.1"} {
			r := succeed(t, "cpd", x, "--rank", "2", "--constraint", "1="+name+":"+weight, "--constraint", "0,2=ball", "--nonneg", "0,1", "--out", f.path("out"))
			require.NotContains(t, strings.Join(r.Warnings, ""), "evaded")
			size := penalty.Value(asAsked(t, f.path("out"))[1])
			if before >= 0 {
				require.Less(t, size, before, "%s:%s", name, weight)
			}
			before = size
		}
	}
	r := succeed(t, "cpd", x, "--rank", "2", "--constraint", "1=smooth:1")
	require.Contains(t, r.Warnings[0], "--constraint 0,2=ball")
}

func TestCPDConstraintRefuses(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, nil)
	short := f.array("short.npy", []int{3, 1}, []float64{1, 2, 3})
	right := f.array("right.npy", []int{9, 1}, make([]float64, 9))
	lib := f.array("lib.npy", []int{8, 4}, make([]float64, 32))
	for _, c := range []struct{ flags, words string }{
		{"--constraint unimodal", "MODE=NAME"},
		{"--constraint 3=unimodal", "modes from 0 to 2"},
		{"--constraint 0=x", `no constraint "x"`},
		{"--constraint 0=box", "a bound is missing"},
		{"--constraint 0=box:1", "a bound is missing"},
		{"--constraint 0=box:a:1", `"a" is no number`},
		{"--constraint 0=box:NaN:1", `"NaN" is no number`},
		{"--constraint 0=box:2:1", "no entry lies between 2 and 1"},
		{"--constraint 0=box:-2:-1 --nonneg 0", "no entry lies between 0 and -1"},
		{"--constraint 0=simplex:0", `"0" is no number above 0`},
		{"--constraint 0=smooth", "a number is missing"},
		{"--constraint 0=l1:-1", `"-1" is no number above 0`},
		{"--constraint 0=l1:inf", `"inf" is no number above 0`},
		{"--constraint 0=l0:0", `"0" is no number of entries`},
		{"--constraint 0=unimodal:3", `"3" is one parameter too many`},
		{"--constraint 0=monotone:falling", `"falling" is one parameter too many`},
		{"--constraint 0=unit --constraint all=unimodal", "mode 0 is to be unit and unimodal"},
		{"--constraint 0=orthogonal --nonneg 0", "leave the mode out of --nonneg"},
		{"--constraint 0=fixed --nonneg all", "leave the mode out of --nonneg"},
		{"--constraint 0=fixed", "give --init-factors or --from"},
		{"--constraint 2=orthogonal --rank 8", "8 components"},
		{"--constraint 0=known:", "known:FILE"},
		{"--constraint 0=known:" + f.path("none.npy"), "none.npy"},
		{"--constraint 0=known:" + right + ":1,,2", "no list of components"},
		{"--constraint 0=known:" + right + ":2", "2 components"},
		{"--constraint 0=known:" + right + ":0,2", `: 1, components in "0,2": 2`},
		{"--constraint 0=known:" + short, "3×1, want 9×1"},
		{"--constraint 0=known:" + f.array("nan.npy", []int{9, 1}, []float64{1, 2, nan(), 4, 5, 6, 7, 8, 9}), "holds NaN in row 2, column 0"},
		{"--constraint 1=unimodal --dict 1:" + lib, "atoms are what they are"},
		{"--constraint 0,2=simplex --dict 1:" + lib, "carry the scale"},
		{"--method lbfgs --dict 1:" + lib, "do not go together"},
		{"--loss huber --dict 1:" + lib, "do not go together"},
	} {
		args := append([]string{"cpd", x}, strings.Fields(c.flags)...)
		if !strings.Contains(c.flags, "--rank") {
			args = append(args, "--rank", "2")
		}
		if strings.Contains(c.flags, lib) {
			v := make([]float64, 32)
			for i := range v {
				v[i] = float64(i*i%7 + 1)
			}
			f.array(filepath.Base(lib), []int{8, 4}, v)
		}
		fail(t, exitUsage, args, c.words)
	}
}
