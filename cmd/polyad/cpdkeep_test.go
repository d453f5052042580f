package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

// A run that is cut off by --max-sweeps and taken up ends where it ends in one piece.
func TestCPDResumes(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(20))
	dir := filepath.Join(t.TempDir(), "states")
	args := func(more ...string) []string {
		return append([]string{"cpd", x, "--rank", "3", "--nonneg", "all", "--tol", "0"}, more...)
	}
	whole := succeed(t, args("--max-sweeps", "60", "--trace")...)
	fresh := succeed(t, args("--max-sweeps", "20", "--checkpoint", dir, "--every", "5", "--resume")...)
	require.Len(t, fresh.Warnings, 1, "there was nothing to take up: %v", fresh.Warnings)
	resumed := succeed(t, args("--max-sweeps", "60", "--checkpoint", dir, "--resume", "--trace")...)
	require.Equal(t, 60, resumed.Sweeps)
	require.InDelta(t, whole.RelativeError, resumed.RelativeError, 1e-10)
	require.InDelta(t, whole.Trace[30].RelativeError, resumed.Trace[30].RelativeError, 1e-10)

	fail(t, exitFailure, args("--checkpoint", dir, "--resume", "--seed", "5"), "seed 0, this run has 5")
	fail(t, exitFailure, []string{"cpd", x, "--rank", "3", "--checkpoint", dir, "--resume"}, "of another problem", "nonneg=all")
	fail(t, exitUsage, args("--checkpoint", dir), "holds the state of a run", "--resume")
	fail(t, exitUsage, args("--resume"), "--resume needs --checkpoint")
	fail(t, exitUsage, args("--checkpoint", dir, "--every", "0"), "--every is 0")
	fail(t, exitUsage, args("--checkpoint", dir, "--race", "3", "--starts", "2"), "do not go together")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o666))
	fail(t, exitFailure, args("--checkpoint", dir), "holds notes.txt")
}

func TestCPDRacesItsStarts(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(20))
	r := succeed(t, "cpd", x, "--rank", "3", "--starts", "5", "--race", "4")
	require.Len(t, r.Starts, 5)
	stopped := 0
	for _, s := range r.Starts {
		if s.Status == "stopped" {
			stopped++
		}
	}
	require.Equal(t, 4, stopped)
}

// Three components are certified; a fourth is one too many, and its core says so.
func TestCPDDiagnoses(t *testing.T) {
	f := newFiles(t)
	x, _ := tensorFile(t, f, synth.SNR(30))
	three := succeed(t, "cpd", x, "--rank", "3", "--nonneg", "all").Diagnostics
	require.NotNil(t, three)
	require.Greater(t, *three.CoreConsistency, 90.0)
	require.True(t, three.Unique, three.Uniqueness)
	require.Equal(t, []int{3, 3, 3}, three.KruskalRanks)
	require.NotNil(t, three.Condition)
	require.Len(t, three.Alone, 3)
	five := succeed(t, "cpd", x, "--rank", "5").Diagnostics
	require.Less(t, *five.CoreConsistency, 50.0)
	require.Nil(t, warned(succeed(t, "cpd", x, "--rank", "3").Warnings, "ill-determined"))
	// Two components that differ by a thousandth in every mode.
	alike := tensor.NewKruskal(collinear(1e-3, 6), collinear(1e-3, 7), collinear(1e-3, 8)).Dense()
	name := f.array("alike.npy", alike.Dims(), alike.Data())
	require.NotNil(t, warned(succeed(t, "cpd", name, "--rank", "2", "--method", "gauss-newton", "--init", "gevd").Warnings, "ill-determined"))
}

// warned is the first warning with these words.
func warned(warnings []string, words string) *string {
	for _, w := range warnings {
		if strings.Contains(w, words) {
			return &w
		}
	}
	return nil
}

// collinear is two columns that differ by so much.
func collinear(by float64, rows int) *mat.Dense {
	a := mat.NewDense(rows, 2, nil)
	for i := range rows {
		a.Set(i, 0, 1+math.Sin(float64(i)))
		a.Set(i, 1, a.At(i, 0)+by*math.Cos(float64(3*i)))
	}
	return a
}

// Whatever changes the course of a run is in its states, so that no run takes up
// one that went another way.
func TestCPDCourse(t *testing.T) {
	flags := []cpdFlags{
		{},
		{fitFlags: fitFlags{nonneg: "all"}},
		{fitFlags: fitFlags{method: "als"}},
		{fitFlags: fitFlags{constraints: []string{"0=unimodal"}}},
		{fitFlags: fitFlags{constraints: []string{"0=unimodal", "1=ball"}}},
		{fitFlags: fitFlags{missing: "nan"}},
		{fitFlags: fitFlags{missing: "nan", exact: true}},
		{loss: "huber"},
		{init: "svd"},
		{initFactors: "a,b,c"},
		{from: "a"},
	}
	seen := map[string]int{}
	for i, f := range flags {
		require.NotContains(t, seen, f.course(), "%+v and %+v", f, flags[seen[f.course()]])
		seen[f.course()] = i
	}
}

func TestCPDTellsOfSlicesWithoutAKnownEntry(t *testing.T) {
	f := newFiles(t)
	x, p := tensorFile(t, f, nil)
	mask := make([]float64, len(p.X.Data()))
	for i := range mask {
		if i >= 8*7 { // all but slice 0 of mode 0
			mask[i] = 1
		}
	}
	r := succeed(t, "cpd", x, "--rank", "2", "--missing", f.array("mask.npy", p.X.Dims(), mask))
	require.Contains(t, r.Warnings[0], "nothing is known of 1 slice of mode 0, the first of them 0")
	_, _, errs := call(t.Context(), "cpd", x, "--rank", "2", "--missing", "nan")
	require.Contains(t, errs, "504 of 504 entries are known")
	fail(t, exitUsage, []string{"cpd", x, "--rank", "2", "--race", "3"}, "--race is 3 with --starts 1")
	fail(t, exitUsage, []string{"cpd", x, "--rank", "2", "--race", "-1", "--starts", "2"}, "--race is -1")
}
