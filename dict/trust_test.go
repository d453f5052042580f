package dict

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// smoothAtoms are d nonnegative spectra of three humps each; the last one is the
// first, turned by angle (radians) towards the second.
func smoothAtoms(rng *rand.Rand, rows, d int, angle float64) *mat.Dense {
	a := mat.NewDense(rows, d, nil)
	for j := range d {
		for range 3 {
			at, width, height := rng.Float64(), 0.05+0.1*rng.Float64(), 0.2+rng.Float64()
			for i := range rows {
				t := (float64(i)/float64(rows-1) - at) / width
				a.Set(i, j, a.At(i, j)+height*math.Exp(-t*t/2))
			}
		}
	}
	if angle > 0 {
		basis, _ := span(a.Slice(0, rows, 0, 1).(*mat.Dense))
		off := mat.Col(nil, 1, a)
		along := 0.0
		for i := range off {
			along += off[i] * basis.At(i, 0)
		}
		for i := range off {
			off[i] -= along * basis.At(i, 0)
		}
		norm := mat.Norm(mat.NewVecDense(rows, off), 2)
		first := mat.Norm(a.ColView(0), 2)
		for i := range off {
			a.Set(i, d-1, math.Cos(angle)*a.At(i, 0)+math.Sin(angle)*first*off[i]/norm)
		}
	}
	return a
}

// mixture is pixels of nonnegative mixtures of the atoms k at 30 dB.
func mixture(rng *rand.Rand, d *Dictionary, pixels int, k []int) *tensor.Dense {
	return noisy(rng, math.Pow(10, -30.0/20), d.Columns(k, true), drawn(rng, pixels, len(k), true))
}

// A planted near duplicate (0.2°, 30 dB, 100×100 pixels) does not matter in
// practice and is clear in the statistics; an atom by itself is neither
// interchangeable nor in doubt.
func TestNearDuplicateIsInterchangeableAndClear(t *testing.T) {
	racetest.Slow(t)
	pixels := 10000
	const rows, atoms = 60, 40
	angle := 0.2 * math.Pi / 180
	rng := newRand(20)
	d := dictionary(t, smoothAtoms(rng, rows, atoms, angle))
	k := []int{0, 5, 11, 17}
	x := mixture(rng, d, pixels, k)
	modes := []Mode{{N: 0, Dict: d, Distinct: true}}
	o := Options{Methods: []cpd.Method{nil, cpd.NNLS{}}}
	r, err := Decompose(t.Context(), x, len(k), modes, &o)
	require.NoError(t, err)
	require.Equal(t, k, sorted(r.Atoms[0]))
	trust, err := Examine(t.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: 5})
	require.NoError(t, err)

	noise := x.SquaredNorm() * 1e-3 / (1 + 1e-3) / float64(rows*pixels)
	require.InEpsilon(t, noise, trust.Variance, 0.01)
	for c, at := range trust.Atoms[0] {
		t.Logf("%d: %s", at.Atom, at.Verdict)
		require.Equal(t, r.Atoms[0][c], at.Atom)
		require.True(t, at.Needed)
		require.True(t, at.Clear)
		require.Equal(t, 1.0, at.Resampled)
		require.True(t, math.IsNaN(at.Restarted), "nothing is random")
		if at.Atom != 0 {
			require.False(t, at.Interchangeable, at.Verdict)
			require.Contains(t, at.Verdict, "well determined")
			require.Empty(t, at.Group)
			continue
		}
		require.Equal(t, atoms-1, at.Rival)
		require.True(t, at.Proven)
		require.InDelta(t, angle, at.Angle, 1e-9)
		require.True(t, at.Interchangeable)
		require.Contains(t, at.Verdict, "practically interchangeable with atom 39, though the data tell them apart")
		require.Greater(t, at.Swapped.Deviance, 100.0)
		require.Equal(t, []int{atoms - 1}, at.Group)
	}
	require.Less(t, trust.KKT[1], 1e-10)
	require.Equal(t, Holds, trust.Certificates[0].Unique)
	require.Equal(t, atoms-1, trust.Certificates[0].Atom)
	require.Less(t, trust.Certificates[0].Distance, math.Sin(angle)*(1+1e-9))
}

// With twelve pixels the same duplicate is not to be told apart at all, and resampled
// noise takes now one, now the other.
func TestResamplesConfuseWhatTheDataDo(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(21)
	d := dictionary(t, smoothAtoms(rng, 60, 40, 0.2*math.Pi/180))
	x := mixture(rng, d, 12, []int{0, 11, 17})
	modes := []Mode{{N: 0, Dict: d, Distinct: true}}
	o := Options{Methods: []cpd.Method{nil, cpd.NNLS{}}}
	r, err := Decompose(t.Context(), x, 3, modes, &o)
	require.NoError(t, err)
	trust, err := Examine(t.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: 40})
	require.NoError(t, err)
	require.Equal(t, 40, trust.Resamples)
	confused := 0
	for _, at := range trust.Atoms[0] {
		t.Logf("%d: %.2f, group %.2f: %s", at.Atom, at.Resampled, at.ResampledGroup, at.Verdict)
		require.GreaterOrEqual(t, at.ResampledGroup, at.Resampled)
		if at.Atom == 0 || at.Atom == 39 {
			confused++
			require.False(t, at.Clear)
			require.Contains(t, at.Verdict, "indistinguishable")
			require.Less(t, at.Resampled, 0.95)
			require.Greater(t, at.Resampled, 0.05)
			require.Greater(t, at.ResampledGroup, 0.95)
		}
	}
	require.Equal(t, 1, confused)
}

// A factor away from its optimum shows in KKT; the sum of the abundances counts where
// they are to sum to one, with atoms at their amplitudes.
func TestKKTShowsAFactorAwayFromItsOptimum(t *testing.T) {
	rng := newRand(5)
	d := dictionary(t, drawn(rng, 8, 12, true))
	b := drawn(rng, 30, 2, true)
	for i := range 30 {
		s := b.At(i, 0) + b.At(i, 1)
		b.SetRow(i, []float64{b.At(i, 0) / s, b.At(i, 1) / s})
	}
	x := noisy(rng, 0.05, d.Columns([]int{2, 3}, true), b)
	for _, method := range []cpd.Method{cpd.LeastSquares{}, cpd.HALS{}, cpd.FCLS{}, cpd.ADMM{Constraint: constraint.Nonnegative{}}} {
		m := []Mode{{Dict: d, Distinct: true, Physical: true}}
		o := Options{Methods: []cpd.Method{nil, method}}
		r, err := Decompose(t.Context(), x, 2, m, &o)
		require.NoError(t, err)
		trust, err := Examine(t.Context(), x, r, m, &TrustOptions{Fit: o, Resamples: -1, Restarts: -1})
		require.NoError(t, err)
		require.Less(t, trust.KKT[1], 1e-3, "%T", method)
		off := *r
		off.Model = r.Model.Clone()
		off.Model.Factors[1].Set(3, 0, 2*off.Model.Factors[1].At(3, 0)+0.2)
		worse, err := Examine(t.Context(), x, &off, m, &TrustOptions{Fit: o, Resamples: -1, Restarts: -1})
		require.NoError(t, err)
		require.Greater(t, worse.KKT[1], 10*trust.KKT[1], "%T", method)
		require.InEpsilon(t, trust.Loss, worse.Loss, 1e-4, "everything else is fitted again")
	}
}

// Two perfect fits: the exchange changes nothing, no infinity comes of a loss of zero,
// and the certificate says why.
func TestPerfectFitsThatAreNotUnique(t *testing.T) {
	d := dictionary(t, mat.NewDense(3, 3, []float64{1, 0, 1, 0, 1, 1, 0, 0, 0}))
	rng := newRand(8)
	x := noisy(rng, 0, d.Columns([]int{0, 1}, false), drawn(rng, 20, 2, false))
	modes := []Mode{{Dict: d, Distinct: true}}
	r, err := Decompose(t.Context(), x, 2, modes, nil)
	require.NoError(t, err)
	trust, err := Examine(t.Context(), x, r, modes, nil)
	require.NoError(t, err)
	require.Equal(t, Fails, trust.Certificates[0].Unique)
	require.Less(t, trust.Certificates[0].Distance, 1e-15)
	for _, at := range trust.Atoms[0] {
		require.Zero(t, at.Swapped.Relative)
		require.True(t, at.Interchangeable)
		require.True(t, at.Needed)
		require.Contains(t, at.Verdict, "indistinguishable")
		require.Greater(t, at.Removed.Relative, 1e6)
		require.False(t, math.IsInf(at.Removed.Deviance, 0))
	}
	// Spark 3: not above R+1 = 3, but above R = 2.
	var findings []Finding
	for _, c := range trust.Conditions {
		findings = append(findings, c.Finding)
	}
	require.Equal(t, []Finding{Fails, Holds, Fails, Holds}, findings)
}

// No other atom is allowed: there is no rival, and nothing that is not a number
// where one is asked for.
func TestWithoutARival(t *testing.T) {
	rng := newRand(9)
	d := dictionary(t, drawn(rng, 6, 2, true))
	x := noisy(rng, 0.1, d.Columns([]int{0, 1}, false), drawn(rng, 10, 2, true))
	modes := []Mode{{Dict: d, Distinct: true}}
	r, err := Decompose(t.Context(), x, 2, modes, nil)
	require.NoError(t, err)
	trust, err := Examine(t.Context(), x, r, modes, nil)
	require.NoError(t, err)
	for _, at := range trust.Atoms[0] {
		require.Equal(t, -1, at.Rival)
		require.Equal(t, -1, at.Closest)
		require.True(t, at.Proven)
		require.False(t, at.Interchangeable)
		require.Contains(t, at.Verdict, "without a rival")
		require.Equal(t, 1.0, at.Resampled)
	}
	require.Equal(t, -1, trust.Certificates[0].Atom)
	require.Equal(t, 1.0, trust.Certificates[0].Distance)
}

// One component: without it the model is zero.
func TestASingleComponent(t *testing.T) {
	rng := newRand(10)
	d := dictionary(t, drawn(rng, 6, 5, true))
	x := noisy(rng, 0.1, d.Columns([]int{3}, false), drawn(rng, 10, 1, true))
	modes := []Mode{{Dict: d}}
	r, err := Decompose(t.Context(), x, 1, modes, nil)
	require.NoError(t, err)
	trust, err := Examine(t.Context(), x, r, modes, nil)
	require.NoError(t, err)
	require.InEpsilon(t, x.SquaredNorm(), trust.Atoms[0][0].Removed.Loss, 1e-12)
	require.True(t, trust.Atoms[0][0].Needed)
}

func TestExamineRejects(t *testing.T) {
	rng := newRand(11)
	d := dictionary(t, drawn(rng, 6, 5, true))
	x := noisy(rng, 0.1, d.Columns([]int{3, 1}, false), drawn(rng, 10, 2, true))
	modes := []Mode{{Dict: d}}
	r, err := Decompose(t.Context(), x, 2, modes, nil)
	require.NoError(t, err)
	wide := *r
	wide.Atoms = [][]int{{7, 1}, nil}
	short := *r
	short.Atoms = [][]int{{1}, nil}
	none := *r
	none.Atoms = nil
	for name, c := range map[string]struct {
		x    tensor.Tensor
		r    *Result
		o    *TrustOptions
		is   error
		says string
	}{
		"no result":      {x, nil, nil, ErrOptions, "no result"},
		"another tensor": {noisy(rng, 0, drawn(rng, 6, 2, true), drawn(rng, 9, 2, true)), r, nil, ErrShape, "factor 1 of the result has 10 rows, mode 1 has size 9"},
		"another atom":   {x, &wide, nil, ErrShape, "component 0 has atom 7 of a dictionary of 5"},
		"few atoms":      {x, &short, nil, ErrShape, "1 atoms in mode 0 for 2 components"},
		"no atoms":       {x, &none, nil, ErrShape, "atoms of 0 modes"},
		"a threshold":    {x, r, &TrustOptions{Matters: -1}, ErrOptions, "Matters is -1"},
		"a NaN":          {x, r, &TrustOptions{Clear: math.NaN()}, ErrOptions, "Clear is NaN"},
		"known columns":  {x, r, &TrustOptions{Fit: Options{Methods: []cpd.Method{nil, cpd.FixedColumns{Index: []int{0}, Columns: drawn(rng, 10, 1, true)}}}}, ErrOptions, "columns by number"},
	} {
		_, err := Examine(t.Context(), c.x, c.r, modes, c.o)
		require.ErrorIs(t, err, c.is, name)
		require.ErrorContains(t, err, c.says, name)
	}
}

// An end asked for while noise is drawn anew leaves what was found before.
func TestExamineEndsEarly(t *testing.T) {
	rng := newRand(12)
	d := dictionary(t, drawn(rng, 6, 9, true))
	x := noisy(rng, 0.1, d.Columns([]int{3, 1}, false), drawn(rng, 10, 2, true))
	modes := []Mode{{Dict: d}}
	r, err := Decompose(t.Context(), x, 2, modes, nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	o := &TrustOptions{Fit: Options{Observe: func(stage string, _ sweep.Point) error {
		if stage == "resample 3 of 20" {
			cancel()
		}
		return nil
	}}}
	trust, err := Examine(ctx, x, r, modes, o)
	require.ErrorIs(t, err, context.Canceled)
	require.GreaterOrEqual(t, trust.Resamples, 2)
	require.NotEmpty(t, trust.Atoms[0][0].Verdict)
	trust, err = Examine(ctx, x, r, modes, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, trust)
	o.Fit.Observe = func(string, sweep.Point) error { return sweep.ErrStop }
	trust, err = Examine(t.Context(), x, r, modes, o)
	require.True(t, errors.Is(err, sweep.ErrStop))
	require.Nil(t, trust)
}

// The same bits for any number of workers, and for Dense and Dense32 the same
// verdicts.
func TestExamineDoesNotDependOnWorkers(t *testing.T) {
	rng := newRand(13)
	d := dictionary(t, drawn(rng, 20, 3000, true))
	x := noisy(rng, 0.1, d.Columns([]int{3, 1, 900}, false), drawn(rng, 40, 3, true))
	modes := []Mode{{Dict: d, Distinct: true}}
	o := Options{Methods: []cpd.Method{nil, cpd.NNLS{}}}
	r, err := Decompose(t.Context(), x, 3, modes, &o)
	require.NoError(t, err)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one, err := Examine(t.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: 3})
	require.NoError(t, err)
	runtime.GOMAXPROCS(3)
	three, err := Examine(t.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: 3})
	require.NoError(t, err)
	for c, at := range one.Atoms[0] {
		other := three.Atoms[0][c]
		require.Equal(t, at.Verdict, other.Verdict)
		require.Equal(t, at.Rival, other.Rival)
		require.InEpsilon(t, at.Swapped.Loss, other.Swapped.Loss, 1e-12)
		require.Equal(t, at.Resampled, other.Resampled)
	}
	require.Equal(t, one.Certificates, three.Certificates)
	single := make([]float32, len(x.Data()))
	for i, v := range x.Data() {
		single[i] = float32(v)
	}
	short, err := Examine(t.Context(), tensor.NewDense32(x.Dims(), single), r, modes, &TrustOptions{Fit: o, Resamples: 3})
	require.NoError(t, err)
	require.Equal(t, 3, short.Resamples)
	for c, at := range one.Atoms[0] {
		require.Equal(t, at.Rival, short.Atoms[0][c].Rival)
	}
}
