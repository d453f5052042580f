package main

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// libraryOf is a file of decoys and these columns, which come last, from number 5 on.
func libraryOf(t *testing.T, f files, name string, truth mat.Matrix) string {
	t.Helper()
	rows, _ := truth.Dims()
	decoys, err := synth.CP([]int{rows, 5}, 5, &synth.CPOptions{Seed: 78})
	require.NoError(t, err)
	var lib mat.Dense
	lib.Augment(decoys.Truth.Factors[0], truth)
	return f.matrix(name, &lib)
}

// indices are those of the atoms of a mode, in order.
func indices(r *result, mode int) []int {
	var list []int
	for _, a := range r.Atoms {
		if a.Mode == mode {
			list = append(list, a.Index)
		}
	}
	slices.Sort(list)
	return list
}

// Tied modes, components of no library, atoms that are only near, unknown entries and
// constraints on other modes, from the command line.
func TestCPDWithDictionariesOfEveryKind(t *testing.T) {
	racetest.Slow(t)
	f := newFiles(t)
	x, p := tensorFile(t, f, synth.SNR(40))
	one, two := libraryOf(t, f, "one.npy", p.Truth.Factors[1]), libraryOf(t, f, "two.npy", p.Truth.Factors[2])
	few := libraryOf(t, f, "few.npy", p.Truth.Factors[1].Slice(0, 8, 0, 2))
	var off mat.Dense
	off.Apply(func(i, j int, v float64) float64 { return v * (1 + 0.05*math.Sin(float64(i*7+j))) }, p.Truth.Factors[1])
	near := libraryOf(t, f, "near.npy", &off)
	data := slices.Clone(p.X.Data())
	for i := 0; i < len(data); i += 11 {
		data[i] = math.NaN()
	}
	holes := f.array("holes.npy", p.X.Dims(), data)

	all := []int{5, 6, 7}
	for _, c := range []struct {
		name  string
		x     string
		flags []string
		mode  int
		want  []int
	}{
		{"tied", x, []string{"--dict", "1+2:" + one + "," + two}, 1, all},
		{"tied, the other", x, []string{"--dict", "1+2:" + one + "," + two}, 2, all},
		{"free", x, []string{"--dict", "1:" + few, "--free", "1:0..1"}, 1, []int{-1, 5, 6}},
		{"tied and free", x, []string{"--dict", "2+1:" + two + "," + one, "--free", "2:1..1"}, 2, nil},
		{"two modes", x, []string{"--dict", "1:" + one, "--dict", "2:" + two + ":3..3"}, 2, all},
		{"near", x, []string{"--dict", "1:" + near, "--tolerance", "0.06"}, 1, all},
		{"apart", x, []string{"--dict", "1:" + one, "--apart", "1deg"}, 1, all},
		{"unknown entries", holes, []string{"--dict", "1:" + one, "--missing", "nan"}, 1, all},
		{"unknown entries, exactly", holes, []string{"--dict", "1:" + one, "--missing", "nan", "--exact"}, 1, all},
		{"a constraint", x, []string{"--dict", "1:" + one, "--constraint", "0=ball"}, 1, all},
	} {
		args := append([]string{"cpd", c.x, "--rank", "3", "--nonneg", "all", "--starts", "2", "--seed", "1"}, c.flags...)
		out := f.path(c.name)
		if c.name == "tied" || c.name == "near" {
			args = append(args, "--out", out)
		}
		r := succeed(t, args...)
		require.Less(t, r.RelativeError, 0.012, c.name)
		if c.want != nil {
			require.Equal(t, c.want, indices(r, c.mode), c.name)
		}
		for _, a := range r.Atoms {
			require.Equal(t, c.name == "near", a.Distance != nil, c.name)
			if a.Distance != nil {
				require.LessOrEqual(t, *a.Distance, 0.06*(1+1e-9))
			}
			if a.Index < 0 {
				require.Equal(t, "free", a.Library)
			}
		}
		if len(r.Files) > 0 {
			requireFiles(t, out, r)
		}
	}
	fail(t, exitUsage, []string{"cpd", x, "--rank", "3", "--dict", "1:" + one, "--free", "2:0..1"}, "MODE with a --dict of its own")
	fail(t, exitUsage, []string{"cpd", x, "--rank", "3", "--dict", "1:" + one, "--dict", "2:" + two, "--constraint", "0=simplex"}, "no other mode is left to carry the scale")
	fail(t, exitFailure, []string{"cpd", x, "--rank", "3", "--dict", "1:" + one, "--tolerance", "2"}, "from 0 to below 1")
	fail(t, exitFailure, []string{"cpd", x, "--rank", "3", "--dict", fmt.Sprintf("0:%s", one)}, "mode 0 are columns of 9")
}
