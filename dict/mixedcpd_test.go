package dict

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// combined is D·S of given columns.
func combined(d *Dictionary, columns []Combination) *mat.Dense {
	rows, _ := d.Dims()
	a := mat.NewDense(rows, len(columns), nil)
	for r, c := range columns {
		for i, j := range c.Atoms {
			for row := range rows {
				a.Set(row, r, a.At(row, r)+c.Weights[i]*d.Atoms().At(row, j))
			}
		}
	}
	return a
}

// sparseFactor is D·S with k random atoms in every column of S, and their indices.
func sparseFactor(seed uint64, d *Dictionary, rank, k int, nonnegative bool) (*mat.Dense, [][]int) {
	rng := newRand(seed + 1000)
	_, atoms := d.Dims()
	columns, truth := make([]Combination, rank), make([][]int, rank)
	for r := range columns {
		truth[r] = sorted(rng.Perm(atoms)[:k])
		columns[r].Atoms = truth[r]
		for range k {
			x := 0.4 + rng.Float64()
			if !nonnegative && rng.IntN(2) == 1 {
				x = -x
			}
			columns[r].Weights = append(columns[r].Weights, x)
		}
	}
	return combined(d, columns), truth
}

// checkMixed holds a result to its promises: the factor is the combination that is
// reported, of at most k atoms; the error is that of the model; the trace falls.
func checkMixed(t *testing.T, x *tensor.Dense, modes []Mode, r *Result) {
	t.Helper()
	require.InDelta(t, slowError(x, r.Model), r.RelativeError, 1e-7)
	for _, m := range modes {
		columns := r.Combinations[m.N]
		require.True(t, mat.EqualApprox(combined(m.Dict, columns), r.Model.Factors[m.N], 1e-9), "mode %d", m.N)
		for c, s := range columns {
			require.LessOrEqual(t, len(s.Atoms), max(1, m.PerComponent))
			require.Contains(t, s.Atoms, r.Atoms[m.N][c])
			for i, j := range s.Atoms {
				lead := slices.Index(s.Atoms, r.Atoms[m.N][c])
				require.LessOrEqual(t, math.Abs(s.Weights[i])*m.Dict.norms[j], math.Abs(s.Weights[lead])*m.Dict.norms[s.Atoms[lead]])
			}
		}
	}
	for k := 1; k < len(r.Trace); k++ {
		require.LessOrEqual(t, r.Trace[k].RelativeError, r.Trace[k-1].RelativeError*(1+1e-9)+1e-9)
	}
}

func supports(columns []Combination) [][]int {
	var all [][]int
	for _, c := range columns {
		all = append(all, c.Atoms)
	}
	slices.SortFunc(all, slices.Compare)
	return all
}

// The authors' cases, from their starts and from our own: at most the error of
// AO-DLRA, and, with the global optimum in reach, that of the true supports.
func TestMixedErrsAtMostAsIsRecorded(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct {
		name     string
		k        int
		recorded float64 // AO-DLRA's
		truth    float64 // of the noiseless model
	}{{"dcpd_case1", 4, 0.0536513028, 0.0316019375}, {"dmf_case1", 5, 0.0993332032, 0.0099981713}} {
		folder := sharedtest.Path(t, "ref", "dict", c.name)
		atoms := readMatrix(t, folder, "D")
		x, given := read(t, folder, "Y"), cpd.Given{Factors: []*mat.Dense{new(mat.Dense), readMatrix(t, folder, "B0")}}
		given.Factors[0].Mul(atoms, readMatrix(t, folder, "X0"))
		if len(x.Dims()) == 3 {
			given.Factors = append(given.Factors, readMatrix(t, folder, "C0"))
		}
		modes := []Mode{{N: 0, Dict: dictionary(t, atoms), PerComponent: c.k}}
		for _, init := range []cpd.Init{given, nil} {
			r, err := Decompose(t.Context(), x, 4, modes, &Options{Init: init})
			require.NoError(t, err)
			checkMixed(t, x, modes, r)
			t.Logf("%s, given start %v: relative error %.8f, recorded %.8f", c.name, init != nil, r.RelativeError, c.recorded)
			require.LessOrEqual(t, r.RelativeError, c.recorded)
			require.LessOrEqual(t, r.RelativeError, c.truth)
		}
	}
}

// One component of a matrix: with support K the least error is that of the best
// rank-one approximation of P_K·Y, so all supports can be gone through.
func TestMixedMatchesBruteForce(t *testing.T) {
	racetest.Slow(t)
	trials, exact := seeds(30, 8), 0
	for _, seed := range trials {
		rng := newRand(seed)
		d := dictionary(t, drawn(rng, 6, 9, false))
		y := drawn(rng, 6, 7, false)
		least := math.Inf(1)
		for i := range 9 {
			for j := range i {
				var on mat.Dense
				on.Mul(projector(t, 6, d.Columns([]int{j, i}, false)), y)
				var svd mat.SVD
				require.True(t, svd.Factorize(&on, mat.SVDNone))
				top := svd.Values(nil)[0] / mat.Norm(y, 2)
				least = min(least, math.Sqrt(1-top*top))
			}
		}
		x := tensor.FromMatrix(y)
		modes := []Mode{{Dict: d, PerComponent: 2}}
		r, err := Decompose(t.Context(), x, 1, modes, nil)
		require.NoError(t, err)
		checkMixed(t, x, modes, r)
		require.GreaterOrEqual(t, r.RelativeError, least-1e-9)
		if r.RelativeError < least+1e-6 {
			exact++
		}
	}
	t.Logf("least error in %d of %d", exact, len(trials))
	require.GreaterOrEqual(t, exact*10, len(trials)*8)
}

// Components of three atoms each, with little noise: the supports are found, on one
// mode or two, of tensors and matrices, with signs and without.
func TestMixedRecovers(t *testing.T) {
	racetest.Slow(t)
	for _, nonnegative := range []bool{false, true} {
		for _, seed := range seeds(4, 2) {
			rng := newRand(seed)
			d, e := dictionary(t, drawn(rng, 25, 40, nonnegative)), dictionary(t, drawn(rng, 22, 30, nonnegative))
			a, inA := sparseFactor(seed, d, 3, 3, nonnegative)
			b, inB := sparseFactor(seed+1, e, 3, 2, nonnegative)
			c, f := drawn(rng, 9, 3, nonnegative), drawn(rng, 20, 3, nonnegative)
			o := &Options{Seed: seed, Starts: 2}
			if nonnegative {
				o.Methods = same(cpd.HALS{}, 3)
			}
			for name, p := range map[string]struct {
				x     *tensor.Dense
				modes []Mode
				truth map[int][][]int
			}{
				"order 3":          {noisy(rng, 0.001, f, a, c), []Mode{{N: 1, Dict: d, PerComponent: 3}}, map[int][][]int{1: inA}},
				"two dictionaries": {noisy(rng, 0.001, a, c, b), []Mode{{N: 0, Dict: d, PerComponent: 3}, {N: 2, Dict: e, PerComponent: 2}}, map[int][][]int{0: inA, 2: inB}},
				"matrix":           {noisy(rng, 0.001, f, a), []Mode{{N: 1, Dict: d, PerComponent: 3}}, map[int][][]int{1: inA}},
			} {
				if nonnegative && name == "matrix" {
					continue // not identifiable: nonnegative mixtures of nonnegative columns
				}
				o.Methods = o.Methods[:min(len(o.Methods), len(p.x.Dims()))]
				r, err := Decompose(t.Context(), p.x, 3, p.modes, o)
				require.NoError(t, err)
				checkMixed(t, p.x, p.modes, r)
				for n, truth := range p.truth {
					slices.SortFunc(truth, slices.Compare)
					require.Equal(t, truth, supports(r.Combinations[n]), "%s, nonnegative %v, seed %d: error %g", name, nonnegative, seed, r.RelativeError)
				}
				require.Less(t, r.RelativeError, 0.0011)
			}
		}
	}
}

// The error falls from sweep to sweep while supports change as well; sweep 1 begins
// a new run.
func TestMixedDescends(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(10, 3) {
		for _, nonnegative := range []bool{false, true} {
			rng := newRand(seed)
			d := dictionary(t, drawn(rng, 15, 40, nonnegative))
			x := noisy(rng, 0.3, drawn(rng, 15, 3, nonnegative), drawn(rng, 8, 3, nonnegative), drawn(rng, 7, 3, nonnegative))
			o := &Options{Seed: seed}
			if nonnegative {
				o.Methods = same(cpd.NNLS{}, 3)
			}
			last := 0.0
			o.Observe = func(stage string, p sweep.Point) error {
				if stage == (Mixed{}).Name() && p.Sweep > 1 {
					require.LessOrEqual(t, p.RelativeError, last*(1+1e-9), "seed %d, sweep %d", seed, p.Sweep)
				}
				last = p.RelativeError
				return nil
			}
			_, err := Decompose(t.Context(), x, 3, []Mode{{Dict: d, PerComponent: 2}}, o)
			require.NoError(t, err)
		}
	}
}

func TestMixedRejects(t *testing.T) {
	rng := newRand(1)
	d := dictionary(t, drawn(rng, 6, 9, true))
	x := noisy(rng, 0.1, drawn(rng, 6, 2, true), drawn(rng, 5, 2, true), drawn(rng, 4, 2, true))
	for name, c := range map[string]struct {
		mode Mode
		o    *Options
		want error
	}{
		"negative":      {Mode{Dict: d, PerComponent: -1}, nil, ErrOptions},
		"k above I":     {Mode{Dict: d, PerComponent: 7}, nil, ErrBounds},
		"distinct":      {Mode{Dict: d, PerComponent: 2, Distinct: true}, nil, ErrOptions},
		"physical":      {Mode{Dict: d, PerComponent: 2, Physical: true}, nil, ErrOptions},
		"bounds":        {Mode{Dict: d, PerComponent: 2, Group: make([]int, 9), Bounds: []assign.Bound{{Max: -1}}}, nil, ErrOptions},
		"algorithm":     {Mode{Dict: d, PerComponent: 2}, &Options{Algorithm: Hard{}}, ErrOptions},
		"mixed, bounds": {Mode{Dict: d, Distinct: true}, &Options{Algorithm: Mixed{}}, ErrOptions},
	} {
		_, err := Decompose(t.Context(), x, 2, []Mode{c.mode}, c.o)
		require.ErrorIs(t, err, c.want, name)
	}
}

// With k = 1 the result is one of atoms; ended at any sweep, it is a sound model of
// at most k atoms a component.
func TestMixedOfOneAtomAndEndedEarly(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(5)
	d := dictionary(t, drawn(rng, 20, 50, false))
	k := rng.Perm(50)[:3]
	x := noisy(rng, 0.01, d.Columns(k, false), drawn(rng, 9, 3, false), drawn(rng, 8, 3, false))
	modes := []Mode{{Dict: d}}
	r, err := Decompose(t.Context(), x, 3, modes, &Options{Algorithm: Mixed{}})
	require.NoError(t, err)
	checkMixed(t, x, modes, r)
	checkResult(t, x, 3, modes, r)
	require.Equal(t, sorted(k), sorted(r.Atoms[0]))

	modes[0].PerComponent = 2
	for after := range 12 {
		calls := 0
		r, err := Decompose(t.Context(), x, 3, modes, &Options{Stop: sweep.MaxSweeps(5), Observe: func(string, sweep.Point) error {
			if calls++; calls > after {
				return sweep.ErrStop
			}
			return nil
		}})
		if err != nil { // during the fit without dictionary
			require.ErrorIs(t, err, sweep.ErrStop)
			require.Less(t, after, 5)
		} else {
			checkMixed(t, x, modes, r)
		}

		ctx, cancel := context.WithCancel(t.Context())
		calls = 0
		r, err = Decompose(ctx, x, 3, modes, &Options{Stop: sweep.MaxSweeps(5), Observe: func(string, sweep.Point) error {
			if calls++; calls > after {
				cancel()
			}
			return nil
		}})
		cancel()
		if err != nil {
			require.ErrorIs(t, err, context.Canceled)
		}
		require.NotNil(t, r)
		checkMixed(t, x, modes, r)
	}
}

func TestMixedDoesNotDependOnWorkers(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(9)
	d := dictionary(t, drawn(rng, 30, 2000, false))
	a, _ := sparseFactor(3, d, 3, 3, false)
	x := noisy(rng, 0.05, a, drawn(rng, 12, 3, false), drawn(rng, 11, 3, false))
	o := &Options{Algorithm: Mixed{Coder: HOMP{}}}
	if racetest.Enabled {
		o.Stop = sweep.MaxSweeps(10)
	}
	run := func(workers int) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		r, err := Decompose(t.Context(), x, 3, []Mode{{Dict: d, PerComponent: 3}}, o)
		require.NoError(t, err)
		return r
	}
	one, two := run(1), run(2)
	require.Equal(t, one.Combinations, two.Combinations)
	require.Equal(t, one.RelativeError, two.RelativeError)
}

// With its supports fixed an update allocates nothing.
func TestUpdateOnSupportsAllocatesNothing(t *testing.T) {
	racetest.Allocations(t)
	for _, nonnegative := range []bool{false, true} {
		d, y, b, _ := sparseMixture(4, 20, 40, 15, 3, 3, 0.1, nonnegative)
		c := codingOf(d, y, b, 3, nonnegative)
		require.NoError(t, TrickOMP{}.code(t.Context(), c))
		u, a := &sparse{coding: c}, mat.NewDense(20, 3, nil)
		m, g := mat.DenseCopyOf(c.m), mat.NewSymDense(3, nil)
		g.CopySym(c.g)
		require.NoError(t, u.Update(a, m, g))
		require.Zero(t, testing.AllocsPerRun(20, func() {
			if u.Update(a, m, g) != nil {
				t.Error("update failed")
			}
		}))
	}
}
