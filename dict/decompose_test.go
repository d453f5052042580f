package dict

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Incoherent atoms at 20 dB, order 3: every algorithm finds them from a plain
// random start (best of three), nonnegative and without signs.
func TestAlgorithmsRecoverIncoherentAtoms(t *testing.T) {
	racetest.Slow(t)
	for _, nonnegative := range []bool{true, false} {
		for _, seed := range seeds(6, 2) {
			rng := newRand(seed)
			d := dictionary(t, drawn(rng, 40, 100, nonnegative))
			k := rng.Perm(100)[:4]
			x := noisy(rng, 0.1, drawn(rng, 12, 4, nonnegative), d.Columns(k, false), drawn(rng, 9, 4, nonnegative))
			modes := []Mode{{N: 1, Dict: d, Distinct: true}}
			o := Options{Starts: 3, Seed: seed}
			if nonnegative {
				o.Methods = same(cpd.HALS{}, 3)
			}
			for _, a := range everyAlgorithm() {
				o.Algorithm = a
				r, err := Decompose(t.Context(), x, 4, modes, &o)
				require.NoError(t, err)
				require.Equal(t, sorted(k), sorted(r.Atoms[1]), "%s, nonnegative %v", label(a, seed), nonnegative)
				require.Less(t, r.RelativeError, 0.1, label(a, seed))
				checkResult(t, x, 4, modes, r)
			}
		}
	}
}

// A sign that only the last factor may have: the first, nonnegative one must not
// be made zero by a wrong sign on the way.
func TestAlgorithmsFindFreeSigns(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(8, 2) {
		rng := newRand(seed)
		d := dictionary(t, drawn(rng, 30, 60, false))
		k := rng.Perm(60)[:4]
		x := noisy(rng, 0.01, drawn(rng, 12, 4, true), d.Columns(k, false), drawn(rng, 9, 4, false))
		modes := []Mode{{N: 1, Dict: d, Distinct: true}}
		for _, a := range everyAlgorithm() {
			r, err := Decompose(t.Context(), x, 4, modes, &Options{Methods: []cpd.Method{cpd.NNLS{}}, Algorithm: a, Seed: seed, Starts: 2, Stop: sweep.RelChange{Tol: 1e-5}})
			require.NoError(t, err)
			require.Equal(t, sorted(k), sorted(r.Atoms[1]), label(a, seed))
			require.Less(t, r.RelativeError, 0.01, label(a, seed))
			require.GreaterOrEqual(t, mat.Min(r.Model.Factors[0]), 0.0)
			checkResult(t, x, 4, modes, r)
		}
	}
}

// Dictionaries on two modes, of a tensor of order 3 or 4, with the atoms of a
// component paired: a permutation in one mode alone would not fit.
func TestTwoDictionaries(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(4, 2) {
		for _, nonnegative := range []bool{true, false} {
			for _, order := range []int{3, 4} {
				rng := newRand(seed)
				d, e := dictionary(t, drawn(rng, 30, 60, nonnegative)), dictionary(t, drawn(rng, 25, 50, nonnegative))
				k, l := rng.Perm(60)[:3], rng.Perm(50)[:3]
				factors := []*mat.Dense{d.Columns(k, false), drawn(rng, 7, 3, true), e.Columns(l, false), drawn(rng, 4, 3, true)}[:order]
				x := noisy(rng, 0.01, factors...)
				modes := []Mode{{N: 2, Dict: e, Distinct: true}, {N: 0, Dict: d, Distinct: true}}
				methods := same(cpd.HALS{}, order)
				if !nonnegative {
					methods[0], methods[2] = nil, nil // atoms of both signs, the rest ≥ 0
				}
				for _, a := range everyAlgorithm() {
					r, err := Decompose(t.Context(), x, 3, modes, &Options{Methods: methods, Algorithm: a, Seed: seed, Starts: 2})
					require.NoError(t, err)
					require.Less(t, r.RelativeError, 0.011, "%s, nonnegative %v, order %d", label(a, seed), nonnegative, order)
					for c, j := range r.Atoms[0] {
						require.Equal(t, slices.Index(k, j), slices.Index(l, r.Atoms[2][c]), "%s: atoms %v, want pairs of %v and %v", label(a, seed), r.Atoms, k, l)
					}
					checkResult(t, x, 3, modes, r)
				}
			}
		}
	}
}

// Shapes at the edge: rank 1, one atom, as many components as atoms, twins among
// the atoms, a rank beyond every size, a zero slice.
func TestEdgeShapes(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct {
		name              string
		dims              []int
		rank, atoms       int
		distinct, twins   bool
		noise             float64
		nonnegative, hole bool
	}{
		{"rank 1", []int{6, 5, 4}, 1, 8, true, false, 0.1, true, false},
		{"one atom", []int{6, 5, 4}, 1, 1, true, false, 0.1, false, false},
		{"one atom for all", []int{6, 5, 4}, 3, 1, false, false, 0.1, true, false},
		{"every atom", []int{6, 5, 4}, 4, 4, true, false, 0.1, true, false},
		{"every atom of a matrix", []int{6, 5}, 4, 4, true, false, 0.1, false, false},
		{"twins", []int{6, 5, 4}, 3, 8, true, true, 0.1, true, false},
		{"twins in a matrix", []int{6, 9}, 3, 8, false, true, 0.1, true, false},
		{"rank above the sizes", []int{3, 2, 2}, 6, 9, true, false, 0.3, true, false},
		{"rank above those of a matrix", []int{3, 4}, 6, 9, true, false, 0.3, false, false},
		{"sizes of 1", []int{4, 1, 1}, 2, 5, true, false, 0.1, true, false},
		{"atoms of length 1", []int{1, 5, 4}, 2, 3, true, false, 0.1, true, false},
		{"a zero slice", []int{6, 5, 4}, 2, 8, true, false, 0.1, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, seed := range seeds(3, 2) {
				rng := newRand(seed)
				atoms := drawn(rng, c.dims[0], c.atoms, c.nonnegative)
				if c.twins {
					for j := 1; j < c.atoms; j += 2 {
						atoms.SetCol(j, mat.Col(nil, j-1, atoms))
					}
				}
				d := dictionary(t, atoms)
				planted := make([]int, c.rank)
				for r := range planted {
					planted[r] = r % c.atoms
				}
				factors := []*mat.Dense{d.Columns(planted, false)}
				for _, rows := range c.dims[1:] {
					factors = append(factors, drawn(rng, rows, c.rank, c.nonnegative))
				}
				if c.hole {
					factors[1].SetRow(2, make([]float64, c.rank))
					factors[0].SetRow(1, make([]float64, c.rank))
				}
				x := noisy(rng, c.noise, factors...)
				modes := []Mode{{N: 0, Dict: d, Distinct: c.distinct}}
				for _, a := range everyAlgorithm() {
					o := Options{Algorithm: a, Seed: seed, Stop: sweep.MaxSweeps(200)}
					if c.nonnegative {
						o.Methods = same(cpd.NNLS{}, len(c.dims))
					}
					r, err := Decompose(t.Context(), x, c.rank, modes, &o)
					require.NoError(t, err, label(a, seed))
					require.Less(t, r.RelativeError, 1.0, label(a, seed))
					checkResult(t, x, c.rank, modes, r)
				}
			}
		})
	}
}

// With Physical and rows that sum to one, the rows do for the atoms at their
// amplitude, and amplitudes are told apart: each atom comes also half as bright.
// Two atoms whose brightness is wrong in opposite ways are a local optimum of
// single exchanges, and the exchanges that make the first one right promise the
// same up to rounding, so that not every seed gets every brightness right.
func TestPhysicalKeepsAmplitudes(t *testing.T) {
	racetest.Slow(t)
	bright := 0
	for _, seed := range seeds(40, 40) {
		rng := newRand(seed)
		atoms := mat.NewDense(20, 16, nil)
		atoms.Slice(0, 20, 0, 8).(*mat.Dense).Copy(drawn(rng, 20, 8, true))
		for j := range 8 {
			for i := range 20 {
				atoms.Set(i, 8+j, atoms.At(i, j)/2)
			}
		}
		d := dictionary(t, atoms)
		k := []int{1, 10, 4}
		share := drawn(rng, 40, 3, true)
		for i := range 40 {
			sum := share.At(i, 0) + share.At(i, 1) + share.At(i, 2)
			for r := range 3 {
				share.Set(i, r, share.At(i, r)/sum)
			}
		}
		x := noisy(rng, 0.001, d.Columns(k, true), share)
		modes := []Mode{{N: 0, Dict: d, Physical: true, Distinct: true}}
		r, err := Decompose(t.Context(), x, 3, modes, &Options{Methods: []cpd.Method{cpd.NNLS{}, cpd.FCLS{}}, Algorithm: Swap{Tries: 16}, Seed: seed})
		require.NoError(t, err)
		end := fitted(t, x, modes[0], cpd.FCLS{}, r.Atoms[0])
		for at := range k { // no atom can be exchanged for one of another brightness
			q := slices.Clone(r.Atoms[0])
			if q[at] = (q[at] + 8) % 16; permitted(modes[0], q) {
				require.Greater(t, fitted(t, x, modes[0], cpd.FCLS{}, q).err, end.err, "seed %d: %v", seed, r.Atoms[0])
			}
		}
		if slices.Equal(sorted(k), sorted(r.Atoms[0])) {
			bright++
		}
		checkResult(t, x, 3, modes, r)
		for i := range 40 {
			sum := 0.0
			for c, j := range r.Atoms[0] {
				sum += r.Model.Weights[c] * r.Model.Factors[1].At(i, c) / d.norms[j]
			}
			require.InDelta(t, 1, sum, 1e-9, "row %d", i)
		}
	}
	t.Logf("every brightness right for %d seeds", bright)
	require.GreaterOrEqual(t, 2*bright, len(seeds(40, 40)))
}

// Equal seeds give equal bits, whatever the number of workers; another seed another start.
func TestSeedsReproduce(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(5)
	d := dictionary(t, drawn(rng, 50, 400, true))
	x := noisy(rng, 0.3, drawn(rng, 20, 5, true), d.Columns([]int{1, 60, 200, 300, 399}, false), drawn(rng, 7, 5, true))
	modes := []Mode{{N: 1, Dict: d, Distinct: true}}
	for _, a := range []Algorithm{Flexible{}, Swap{}} {
		run := func(workers int, seed uint64) *Result {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			r, err := Decompose(t.Context(), x, 5, modes, &Options{Methods: same(cpd.HALS{}, 3), Algorithm: a, Seed: seed})
			require.NoError(t, err)
			for k := range r.Trace {
				r.Trace[k].Elapsed = 0
			}
			return r
		}
		one := run(1, 9)
		require.Equal(t, one, run(1, 9))
		require.Equal(t, one, run(2, 9))
		require.NotEqual(t, one.Trace, run(2, 10).Trace)
	}
}

// hasty is a problem on which every algorithm has something to do.
func hasty(t *testing.T) (*tensor.Dense, []Mode, Options) {
	rng := newRand(3)
	d := dictionary(t, drawn(rng, 12, 80, true))
	x := noisy(rng, 0.5, drawn(rng, 9, 4, true), d.Columns([]int{1, 20, 30, 44}, false), drawn(rng, 7, 4, true))
	return x, []Mode{{N: 1, Dict: d, Distinct: true}}, Options{Methods: same(cpd.HALS{}, 3), Seed: 1}
}

// Whenever the context ends, or the observer says stop, even if it says so only
// once, what comes back is a whole model or a plain error, and soon.
func TestEndingEarlyKeepsTheBest(t *testing.T) {
	racetest.Slow(t)
	x, modes, o := hasty(t)
	boom := errors.New("boom")
	for _, a := range append(everyAlgorithm(), Hard{Schedule: PublishedMPALS}, Smooth{Schedule: PublishedSmooth}) {
		o.Algorithm = a
		var stages []string
		o.Observe = func(stage string, _ sweep.Point) error { stages = append(stages, stage); return nil }
		_, err := Decompose(t.Context(), x, 4, modes, &o)
		require.NoError(t, err)
		total := len(stages)
		for _, after := range []int{1, 2, slices.Index(stages, stages[total-1]) + 1, total / 3, total / 2, total - 1} {
			for _, how := range []string{"cancel", "stop", "fail"} {
				ctx, cancel := context.WithCancel(t.Context())
				calls := 0
				o.Observe = func(string, sweep.Point) error {
					if calls++; calls != after {
						return nil
					}
					switch how {
					case "stop":
						return sweep.ErrStop
					case "fail":
						return boom
					}
					cancel()
					return nil
				}
				r, err := Decompose(ctx, x, 4, modes, &o)
				cancel()
				about := label(a, uint64(after)) + ", " + how + " in " + stages[after-1]
				switch {
				case how == "cancel":
					require.ErrorIs(t, err, context.Canceled, about)
				case how == "fail":
					require.ErrorIs(t, err, boom, about)
				case r == nil:
					require.ErrorIs(t, err, sweep.ErrStop, about)
					require.Equal(t, "fit without dictionary", stages[after-1], about)
				default:
					require.NoError(t, err, about)
				}
				require.Equal(t, after, calls, "%s: the observer was called again", about)
				if r != nil {
					require.Equal(t, sweep.Stopped, r.Status, about)
					checkResult(t, x, 4, modes, r)
				}
			}
		}
	}
}

func TestDecomposeRejects(t *testing.T) {
	x, modes, _ := hasty(t)
	d := modes[0].Dict
	bad := tensor.NewDense(x.Dims(), slices.Clone(x.Data()))
	bad.Data()[17] = math.NaN()
	for name, c := range map[string]struct {
		x     *tensor.Dense
		rank  int
		modes []Mode
		opts  *Options
		is    error
		says  string
	}{
		"no dictionary":      {x, 2, nil, nil, ErrOptions, "use package cpd"},
		"two of one mode":    {x, 2, []Mode{{N: 1, Dict: d}, {N: 1, Dict: d}}, nil, ErrOptions, "two dictionaries for mode 1"},
		"no mode left":       {tensor.NewDense([]int{12}, make([]float64, 12)), 2, []Mode{{N: 0, Dict: d}}, nil, ErrOptions, ""},
		"every mode":         {noisy(newRand(1), 0, d.Columns([]int{1}, false), d.Columns([]int{2}, false)), 1, []Mode{{N: 0, Dict: d}, {N: 1, Dict: d}}, nil, ErrOptions, "carry the scale"},
		"rank 0":             {x, 0, modes, nil, cpd.ErrRank, "0 components"},
		"a NaN":              {bad, 2, modes, nil, cpd.ErrNotFinite, "index [0 2 3]"},
		"nothing":            {tensor.NewDense(x.Dims(), make([]float64, len(x.Data()))), 2, modes, nil, ErrOptions, "zero"},
		"too many methods":   {x, 2, modes, &Options{Methods: same(nil, 4)}, ErrOptions, "4 methods"},
		"too many atoms":     {x, 81, modes, nil, ErrBounds, "81 components"},
		"a start of no size": {x, 2, modes, &Options{Init: cpd.Given{}}, cpd.ErrShape, "0 starting factors"},
		"bounds":             {x, 2, []Mode{{N: 1, Dict: d, Group: make([]int, 80), Bounds: []assign.Bound{{Min: 3, Max: -1}}}}, nil, ErrBounds, "group 0"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := Decompose(t.Context(), c.x, c.rank, c.modes, c.opts)
			require.Nil(t, r)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}
