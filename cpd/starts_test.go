package cpd

import (
	"context"
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The winner of a race ends where it ends alone, for any number of workers, and
// the losers are told.
func TestRaceRunsTheBestStartToItsEnd(t *testing.T) {
	x := planted(newRand(1), []int{12, 11, 10}, 4, false, 0.1)
	race := &Options{Starts: 6, Race: 4, Stop: sweep.Any(sweep.RelChange{Tol: 1e-9, Patience: 3}, sweep.MaxSweeps(400))}
	r, err := Decompose(t.Context(), x, 4, race)
	require.NoError(t, err)
	require.Equal(t, sweep.Converged, r.Status)
	require.Len(t, r.Starts, 6)
	for start, run := range r.Starts {
		if start != r.Start {
			require.Equal(t, sweep.Stopped, run.Status)
			require.Contains(t, []int{4, 8, 16}, run.Sweeps, "start %d", start)
		}
	}
	require.Equal(t, len(r.Trace), r.Starts[r.Start].Sweeps)

	alone, err := Decompose(t.Context(), x, 4, &Options{Starts: 6, Stop: race.Stop})
	require.NoError(t, err)
	require.InDelta(t, alone.Starts[r.Start].RelativeError, r.RelativeError, 0, "the same start, not in a race")
	require.LessOrEqual(t, r.RelativeError, alone.RelativeError*1.05)

	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	single, err := Decompose(t.Context(), x, 4, race)
	require.NoError(t, err)
	require.Equal(t, r.Start, single.Start)
	require.Equal(t, r.Model, single.Model)
}

func TestRaceTellsOneAtATimeAndEnds(t *testing.T) {
	x := planted(newRand(2), []int{12, 11, 10}, 3, false, 0.1)
	told := 0 // not guarded: the race detector would see
	r, err := Decompose(t.Context(), x, 3, &Options{Starts: 4, Race: 5, Observe: func(int, sweep.Point) error {
		if told++; told == 7 {
			return sweep.ErrStop
		}
		return nil
	}})
	require.NoError(t, err)
	require.Equal(t, sweep.Stopped, r.Status)
	require.NotNil(t, r.Model)
	require.Equal(t, 7, told, "no start is told of after the end")

	ctx, cancel := context.WithCancel(t.Context())
	r, err = Decompose(ctx, x, 3, &Options{Starts: 4, Race: 50, Observe: func(_ int, p sweep.Point) error {
		if p.Sweep == 3 {
			cancel()
		}
		return nil
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, r)
	require.InDelta(t, r.Model.RelativeError(x), r.RelativeError, 1e-15)
}

// A run that is saved, ended and taken up ends where it ends in one piece.
func TestKeepGoesOnWhereItWas(t *testing.T) {
	x := planted(newRand(3), []int{9, 8, 7}, 3, true, 0.05)
	for name, methods := range map[string][]Method{"ALS": nil, "HALS": same(HALS{}, 3), "mixed": {FCLS{}, nil, NNLS{}}} {
		t.Run(name, func(t *testing.T) {
			o := Options{Methods: methods, Starts: 3, Stop: sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 3}, sweep.MaxSweeps(60))}
			whole, err := Decompose(t.Context(), x, 3, &o)
			require.NoError(t, err)

			boom := errors.New("boom")
			var kept *State
			o.Keep = &Keep{Every: 7, Save: func(s *State) error {
				kept = s
				if s.Start == 1 && len(s.Trace) == 14 {
					return boom
				}
				return nil
			}}
			part, err := Decompose(t.Context(), x, 3, &o)
			require.ErrorIs(t, err, boom)
			require.NotNil(t, part.Model, "the best so far")
			require.Len(t, kept.Trace, 14)
			require.NotNil(t, kept.Best)

			o.Keep = &Keep{From: kept}
			r, err := Decompose(t.Context(), x, 3, &o)
			require.NoError(t, err)
			require.Equal(t, whole.Start, r.Start)
			require.Len(t, r.Starts, 3)
			for s := range r.Starts {
				require.InDelta(t, whole.Starts[s].RelativeError, r.Starts[s].RelativeError, 1e-10, "start %d", s)
				require.Equal(t, whole.Starts[s].Sweeps, r.Starts[s].Sweeps, "start %d", s)
			}
			require.InDelta(t, whole.RelativeError, r.RelativeError, 1e-10)
		})
	}
}

func TestKeepRefuses(t *testing.T) {
	x := planted(newRand(4), []int{4, 3, 2}, 2, true, 0.1)
	r, err := Decompose(t.Context(), x, 2, nil)
	require.NoError(t, err)
	for _, c := range []struct {
		message string
		opts    Options
	}{
		{"a race keeps no state", Options{Starts: 2, Race: 3, Keep: &Keep{}}},
		{"a race over -1 sweeps", Options{Race: -1}},
		{"every -2 sweeps", Options{Keep: &Keep{Every: -2}}},
		{"start 1 of 1", Options{Keep: &Keep{From: &State{Start: 1, Model: r.Model}}}},
	} {
		_, err := Decompose(t.Context(), x, 2, &c.opts)
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, c.message)
	}
	_, err = Decompose(t.Context(), x, 3, &Options{Keep: &Keep{From: &State{Model: r.Model}}})
	require.ErrorIs(t, err, ErrShape)
}

// From a fitted model the first sweep changes nothing, and the model is not touched.
func TestFromGoesOn(t *testing.T) {
	x := planted(newRand(5), []int{9, 8, 7}, 3, false, 0.05)
	r, err := Decompose(t.Context(), x, 3, &Options{Stop: sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 3}, sweep.MaxSweeps(3000))})
	require.NoError(t, err)
	before := r.Model.Clone()
	again, err := Decompose(t.Context(), x, 3, &Options{Init: From(r.Model), Stop: sweep.MaxSweeps(1)})
	require.NoError(t, err)
	require.InDelta(t, r.RelativeError, again.RelativeError, 1e-10)
	require.Equal(t, before, r.Model)
}

// startAlgorithms are all of them, with methods of which one keeps its scale where that is
// taken.
func startAlgorithms() map[string]Options {
	box := ADMM{Constraint: constraint.Box{Lo: 0, Hi: 0.9}}
	return map[string]Options{
		"Alternating":          {Algorithm: Alternating{}, Methods: []Method{FCLS{}, HALS{}, nil}},
		"Extrapolated":         {Algorithm: Extrapolated{}, Methods: []Method{FCLS{}, HALS{}, nil}},
		"GaussNewton":          {Algorithm: GaussNewton{}},
		"LBFGS":                {Algorithm: LBFGS{}},
		"ConjugateGradient":    {Algorithm: ConjugateGradient{}},
		"ProjectedQuasiNewton": {Algorithm: ProjectedQuasiNewton{}, Methods: []Method{box, HALS{}, nil}},
		"Generalized":          {Algorithm: Generalized{Loss: Poisson{}}, Methods: []Method{box, HALS{}, HALS{}}},
		"Generalized/Huber":    {Algorithm: Generalized{Loss: Huber{}}},
		"Compressed":           {Algorithm: Compressed{}, Methods: []Method{FCLS{}, HALS{}, nil}},
		"Sampled":              {Algorithm: Sampled{}, Methods: []Method{FCLS{}, HALS{}, nil}},
	}
}

// A race is won by the least loss, with every algorithm, and what it returns is the
// winner's own run for any number of workers.
func TestRaceOfEveryAlgorithm(t *testing.T) {
	x := planted(newRand(6), []int{9, 8, 7}, 3, true, 0)
	for name, o := range startAlgorithms() {
		o.Starts, o.Race, o.Stop = 4, 3, sweep.MaxSweeps(25)
		r, err := Decompose(t.Context(), x, 3, &o)
		require.NoError(t, err, name)
		require.Len(t, r.Starts, 4, name)
		for start, run := range r.Starts {
			require.Equal(t, start == r.Start, run.Status != sweep.Stopped, "%s: start %d", name, start)
		}
		workers := runtime.GOMAXPROCS(1)
		single, err := Decompose(t.Context(), x, 3, &o)
		runtime.GOMAXPROCS(workers)
		require.NoError(t, err, name)
		require.Equal(t, r.Start, single.Start, name)
		require.Equal(t, r.Model, single.Model, name)
		require.Equal(t, r.Loss, single.Loss, name)

		if racetest.Enabled {
			continue // what follows are single starts
		}
		o.Race = 0
		all, err := Decompose(t.Context(), x, 3, &o)
		require.NoError(t, err, name)
		require.InDelta(t, all.Starts[r.Start].RelativeError, r.RelativeError, 0, "%s: the same start, not in a race", name)
		for start := range 4 {
			var best *Result
			one := o
			one.Starts = start + 1
			best, err = Decompose(t.Context(), x, 3, &one)
			require.NoError(t, err, name)
			require.GreaterOrEqual(t, best.Loss, all.Loss, "%s: the least loss of several starts", name)
		}
	}
}

// A run that is taken up goes on from the same model, at the scale that its methods
// need, and ends as well as it would have.
func TestKeepOfEveryAlgorithm(t *testing.T) {
	racetest.Slow(t)
	x := planted(newRand(7), []int{9, 8, 7}, 3, true, 0.05)
	positive := tensor.NewDense(x.Dims(), nil)
	for i, v := range x.Data() {
		positive.Data()[i] = math.Abs(v)
	}
	for name, o := range startAlgorithms() {
		o.Starts, o.Stop = 2, sweep.MaxSweeps(80)
		whole, err := Decompose(t.Context(), positive, 3, &o)
		require.NoError(t, err, name)

		boom := errors.New("boom")
		var kept *State
		o.Keep = &Keep{Every: 5, Save: func(s *State) error {
			kept = s
			if s.Start == 1 && len(s.Trace) == 10 {
				return boom
			}
			return nil
		}}
		_, err = Decompose(t.Context(), positive, 3, &o)
		require.ErrorIs(t, err, boom, name)
		require.Len(t, kept.Trace, 10, name)
		if kept.Factors != nil {
			again := tensor.NewKruskal(kept.Factors...)
			require.InDelta(t, kept.Model.RelativeError(positive), again.RelativeError(positive), 1e-12, name)
		}
		if _, fcls := append(o.Methods, nil)[0].(FCLS); fcls {
			require.Zero(t, constraint.Simplex{}.Value(kept.Factors[0]), name)
		}
		before := kept.Model.RelativeError(positive)

		o.Keep = &Keep{From: kept}
		r, err := Decompose(t.Context(), positive, 3, &o)
		require.NoError(t, err, name)
		require.Len(t, r.Starts, 2, name)
		require.Equal(t, whole.Starts[0], r.Starts[0], name)
		require.Len(t, r.Trace, 80, name)
		_, generalized := o.Algorithm.(Generalized) // whose errors may rise, as those of samples
		if name != "Sampled" && !generalized {
			for k := 10; r.Start == 1 && k < 80; k++ {
				require.LessOrEqual(t, r.Trace[k].RelativeError, before+1e-6, "%s, sweep %d", name, k+1)
			}
		}
		require.InEpsilon(t, whole.Loss, r.Loss, 0.2, name) // duals, momentum and memory are built up anew
	}
}

// A start that was kept at its end is taken up without a sweep that is reported, with the
// loss that it had: no more, and no less where the model is as it was.
func TestKeepOfARunAtItsEnd(t *testing.T) {
	x := planted(newRand(8), []int{9, 8, 7}, 3, true, 0)
	for name, o := range startAlgorithms() {
		o.Stop = sweep.MaxSweeps(10)
		whole, err := Decompose(t.Context(), x, 3, &o)
		require.NoError(t, err, name)
		var kept *State
		o.Keep = &Keep{Save: func(s *State) error {
			kept = s
			return nil
		}}
		_, err = Decompose(t.Context(), x, 3, &o)
		require.NoError(t, err, name)
		o.Keep = &Keep{From: kept}
		r, err := Decompose(t.Context(), x, 3, &o)
		require.NoError(t, err, name)
		require.Len(t, r.Trace, 10, name)
		require.LessOrEqual(t, r.RelativeError, whole.RelativeError*(1+1e-6), name)
		if k, ok := o.Algorithm.(Generalized); ok {
			require.InEpsilon(t, whole.Loss, r.Loss, 1e-6, "%s: %T", name, k.Loss)
		}
	}
}

// blowUp is an Algorithm whose start `which` overflows in its third sweep, at the least error
// of all until then.
type blowUp struct{ which *int }

func (b blowUp) Begin(p Problem) (Stepper, error) {
	s, err := Alternating{}.Begin(p)
	*b.which--
	return &blowing{Stepper: s, doomed: *b.which == -1}, err
}

type blowing struct {
	Stepper
	doomed bool
	sweeps int
}

func (b *blowing) Sweep() (sweep.Point, error) {
	p, err := b.Stepper.Sweep()
	if b.sweeps++; b.doomed {
		p.RelativeError = 1e-9
		if b.sweeps == 3 {
			p.RelativeError = math.NaN()
		}
	}
	return p, err
}

// A start that has overflowed has no model to return, however small its error was: the
// others of a race have.
func TestRaceWithAStartThatOverflows(t *testing.T) {
	x := planted(newRand(9), []int{9, 8, 7}, 2, false, 0.1)
	for _, race := range []int{2, 5} { // after it has won, and before
		which := 1
		r, err := Decompose(t.Context(), x, 2, &Options{Algorithm: blowUp{&which}, Starts: 2, Race: race})
		require.ErrorIs(t, err, sweep.ErrNotFinite)
		if race == 2 {
			require.Nil(t, r)
			continue
		}
		require.Zero(t, r.Start)
	}
}

// All the sweeps on the core are one sweep, which the context ends all the same.
func TestCompressedEndsWithTheContext(t *testing.T) {
	x := planted(newRand(10), []int{30, 29, 28}, 3, false, 0.1)
	ctx, cancel := context.WithCancel(t.Context())
	asked := 0
	_, err := Decompose(ctx, x, 3, &Options{Algorithm: Compressed{Stop: stopFunc(func([]sweep.Point) (sweep.Status, bool) {
		if asked++; asked == 5 {
			cancel()
		}
		return sweep.MaxedOut, asked > 1000
	})}})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 5, asked)
}

type stopFunc func(trace []sweep.Point) (sweep.Status, bool)

func (f stopFunc) Stop(trace []sweep.Point) (sweep.Status, bool) { return f(trace) }

// The zero model of data that are zero has a loss, where zeros are data of the loss at all.
func TestLossOfZeros(t *testing.T) {
	x := tensor.NewDense([]int{4, 3, 2}, nil)
	r, err := Decompose(t.Context(), x, 2, &Options{Algorithm: Generalized{Loss: PoissonLog{}}})
	require.NoError(t, err)
	require.InDelta(t, 24, r.Loss, 1e-12, "e⁰ of each cell")
	_, err = Decompose(t.Context(), x, 2, &Options{Algorithm: Generalized{Loss: Gamma{}}, Methods: same(HALS{}, 3)})
	require.ErrorIs(t, err, ErrOptions)
	r, err = Decompose(t.Context(), x, 2, nil)
	require.NoError(t, err)
	require.Zero(t, r.Loss)
}
