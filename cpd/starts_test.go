package cpd

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/sweep"
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
