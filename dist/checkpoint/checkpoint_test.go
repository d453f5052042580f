package checkpoint_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist/checkpoint"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

var problem = checkpoint.Problem{Dims: []int{3, 2}, Rank: 2, Seed: 7, Norm: 1.25, Options: "als"}

func state(start, sweeps int, v float64) *cpd.State {
	k := tensor.NewKruskal(mat.NewDense(3, 2, []float64{v, 2, 3, 4, 5, 6}), mat.NewDense(2, 2, []float64{7, 8, 9, -v}))
	k.Weights[1] = 0.5
	var trace sweep.Trace
	for s := range sweeps {
		trace = append(trace, sweep.Point{Sweep: s + 1, RelativeError: 1 / float64(s+2), Elapsed: 5})
	}
	s := &cpd.State{Start: start, Trace: trace, Model: k}
	if start > 0 {
		s.Factors = []*mat.Dense{mat.NewDense(3, 2, []float64{1, 2, 3, 4, v, 6}), mat.NewDense(2, 2, []float64{7, v, 9, 1})}
		s.Best = &cpd.Result{Factors: s.Factors, Model: k.Clone(), Trace: trace[:1], Status: sweep.Converged, RelativeError: 0.125, Loss: 2.5, Starts: []cpd.Run{{RelativeError: 0.125, Sweeps: 1, Status: sweep.Converged}}}
	}
	return s
}

func TestLoadReturnsWhatSaveWasGiven(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	for _, want := range []*cpd.State{state(0, 10, 1), state(0, 20, 2), state(1, 10, 1e-300), state(1, 20, 4)} {
		require.NoError(t, checkpoint.Save(dir, problem, want))
		got, passed, err := checkpoint.Load(dir, problem)
		require.NoError(t, err)
		require.NoError(t, passed)
		require.Equal(t, want, got)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3, "LATEST and two states: %v", entries)
}

// Whatever is done to the newest state, the one before it is found and the damage
// told; with both damaged nothing is made up.
func TestLoadPassesDamageOver(t *testing.T) {
	for name, damage := range map[string]func(folder string) error{
		"a bit":     func(f string) error { return flip(filepath.Join(f, "factor1.f64")) },
		"truncated": func(f string) error { return os.Truncate(filepath.Join(f, "factor0.f64"), 40) },
		"missing":   func(f string) error { return os.Remove(filepath.Join(f, "best1.f64")) },
		"manifest":  func(f string) error { return os.Truncate(filepath.Join(f, "manifest.json"), 100) },
		"empty":     func(f string) error { return os.Remove(filepath.Join(f, "manifest.json")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := state(1, 10, 1)
			require.NoError(t, checkpoint.Save(dir, problem, first))
			require.NoError(t, checkpoint.Save(dir, problem, state(1, 20, 2)))
			require.NoError(t, damage(filepath.Join(dir, "it-001-000020")))
			got, passed, err := checkpoint.Load(dir, problem)
			require.NoError(t, err)
			require.ErrorIs(t, passed, checkpoint.ErrDamaged)
			require.Equal(t, first, got)
			require.NoError(t, damage(filepath.Join(dir, "it-001-000010")))
			_, _, err = checkpoint.Load(dir, problem)
			require.ErrorIs(t, err, checkpoint.ErrDamaged)
		})
	}
}

func flip(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	data[9] ^= 1
	return os.WriteFile(name, data, 0o666)
}

// A run that died before LATEST was renamed is taken up from the state before.
func TestLoadBelievesLatest(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, checkpoint.Save(dir, problem, state(0, 10, 1)))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "it-000-000020"), 0o777))
	got, passed, err := checkpoint.Load(dir, problem)
	require.NoError(t, err)
	require.NoError(t, passed)
	require.Len(t, got.Trace, 10)
	require.NoError(t, checkpoint.Save(dir, problem, state(0, 20, 2)), "over what it left")
}

// What is saved is what is loaded, whatever states of another run, or of later sweeps that
// could not be read, are in the folder.
func TestSaveOutlivesLaterStates(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, checkpoint.Save(dir, problem, state(2, 10, 1)))
	require.NoError(t, checkpoint.Save(dir, problem, state(2, 20, 1)))
	for _, sweeps := range []int{4, 8, 12} {
		want := state(0, sweeps, 3)
		require.NoError(t, checkpoint.Save(dir, problem, want))
		got, passed, err := checkpoint.Load(dir, problem)
		require.NoError(t, err)
		require.NoError(t, passed)
		require.Equal(t, want, got)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3, "LATEST and two states: %v", entries)
}

// Numbers of more digits than names are padded to are later all the same.
func TestManyStartsAndSweepsAreInOrder(t *testing.T) {
	dir := t.TempDir()
	for _, at := range [][2]int{{1, 999_999}, {1, 1_000_000}, {999, 10}, {1000, 5}} {
		want := state(at[0], 3, 1)
		want.Trace[2].Sweep = at[1]
		require.NoError(t, checkpoint.Save(dir, problem, want))
		got, passed, err := checkpoint.Load(dir, problem)
		require.NoError(t, err)
		require.NoError(t, passed)
		require.Equal(t, want, got)
	}
}

func TestLoadRefusesOtherProblems(t *testing.T) {
	dir := t.TempDir()
	_, _, err := checkpoint.Load(dir, problem)
	require.ErrorIs(t, err, checkpoint.ErrNone)
	require.NoError(t, checkpoint.Save(dir, problem, state(0, 10, 1)))
	near := problem
	near.Norm *= 1 + 1e-15 // of another machine
	_, _, err = checkpoint.Load(dir, near)
	require.NoError(t, err)
	for want, change := range map[string]func(p *checkpoint.Problem){
		"dims [3 2], this run has [3 3]": func(p *checkpoint.Problem) { p.Dims = []int{3, 3} },
		"rank 2, this run has 3":         func(p *checkpoint.Problem) { p.Rank = 3 },
		"seed 7, this run has 8":         func(p *checkpoint.Problem) { p.Seed = 8 },
		"norm 1.25, this run has 1.5":    func(p *checkpoint.Problem) { p.Norm = 1.5 },
		"options als, this run has hals": func(p *checkpoint.Problem) { p.Options = "hals" },
	} {
		p := problem
		change(&p)
		_, _, err := checkpoint.Load(dir, p)
		require.ErrorIs(t, err, checkpoint.ErrOther)
		require.ErrorContains(t, err, want)
	}
}

func TestSaveKeepsToItsOwn(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "thesis.txt"), nil, 0o666))
	require.ErrorIs(t, checkpoint.Save(dir, problem, state(0, 10, 1)), checkpoint.ErrForeign)
	like := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(like, "it-department"), 0o777))
	require.ErrorIs(t, checkpoint.Save(like, problem, state(0, 10, 1)), checkpoint.ErrForeign)
	file := filepath.Join(dir, "thesis.txt")
	require.Error(t, checkpoint.Save(filepath.Join(file, "run"), problem, state(0, 10, 1)), "no folder can be made there")
}

// A run saved by files, killed, and taken up by another process ends where it would
// have ended.
func TestARunIsTakenUp(t *testing.T) {
	made, err := synth.CP([]int{9, 8, 7}, 3, &synth.CPOptions{Seed: 1, Noise: synth.SNR(20)})
	require.NoError(t, err)
	x := made.X
	o := cpd.Options{Starts: 2, Stop: sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 3}, sweep.MaxSweeps(80))}
	whole, err := cpd.Decompose(t.Context(), x, 3, &o)
	require.NoError(t, err)
	dir := t.TempDir()
	p := checkpoint.Problem{Dims: x.Dims(), Rank: 3}
	o.Keep = &cpd.Keep{Every: 4, Save: func(s *cpd.State) error { return checkpoint.Save(dir, p, s) }}
	o.Observe = func(start int, q sweep.Point) error {
		if start == 1 && q.Sweep == 10 {
			return sweep.ErrStop
		}
		return nil
	}
	_, err = cpd.Decompose(t.Context(), x, 3, &o)
	require.NoError(t, err)
	s, _, err := checkpoint.Load(dir, p)
	require.NoError(t, err)
	require.Len(t, s.Trace, 8)
	o.Keep, o.Observe = &cpd.Keep{From: s}, nil
	r, err := cpd.Decompose(t.Context(), x, 3, &o)
	require.NoError(t, err)
	require.InDelta(t, whole.RelativeError, r.RelativeError, 1e-10)
	require.Len(t, r.Trace, len(whole.Trace))
}
