package cpd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Every result: sorted, unit columns or zero, nonnegative where asked, the error
// that of its model, the trace in order, the runs listed.
func TestResultIsConsistent(t *testing.T) {
	for _, p := range corpus() {
		for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
			order := len(p.x.Dims())
			_, rank := p.start[0].Dims()
			r, err := Decompose(t.Context(), p.x, rank, &Options{
				Methods: same(method, order), Init: Given{p.start}, Starts: 2, Stop: sweep.MaxSweeps(4),
			})
			at := fmt.Sprintf("%T on %s", method, p.name)
			require.NoError(t, err, at)
			require.Equal(t, rank, r.Model.Rank(), at)
			require.Equal(t, p.x.Dims(), r.Model.Dims(), at)
			for c, w := range r.Model.Weights {
				require.GreaterOrEqual(t, w, 0.0, at)
				if c > 0 {
					require.LessOrEqual(t, w, r.Model.Weights[c-1], at)
				}
				for _, a := range r.Model.Factors {
					if norm := mat.Norm(a.ColView(c), 2); norm != 0 || w != 0 {
						require.InDelta(t, 1, norm, 1e-14, at)
					}
				}
			}
			if method.Nonnegative() {
				for _, a := range r.Model.Factors {
					require.GreaterOrEqual(t, mat.Min(a), 0.0, at)
				}
			}
			want := slowError(p.x, r.Model)
			length := 1.0
			for _, w := range r.Model.Weights {
				length += w / math.Sqrt(p.x.SquaredNorm())
			}
			require.InDelta(t, want*want, r.RelativeError*r.RelativeError, 64*eps*length*length, at)
			require.InDelta(t, r.RelativeError*r.RelativeError, r.Trace.Last().RelativeError*r.Trace.Last().RelativeError, 128*eps*length*length, at)
			for k, point := range r.Trace {
				require.Equal(t, k+1, point.Sweep, at)
			}
			require.Len(t, r.Starts, 2, at)
			require.Equal(t, r.Starts[0], r.Starts[1], "%s: starts from Given are all the same", at)
			require.Equal(t, 0, r.Start, at)
			require.Equal(t, Run{r.RelativeError, len(r.Trace), r.Status}, r.Starts[r.Start], at)
		}
	}
}

func TestEqualSeedsGiveEqualBits(t *testing.T) {
	x := planted(newRand(7), []int{40, 60, 40}, 6, true, 0.1) // large enough for two workers
	for _, init := range []Init{Random{}, SVD{}} {
		for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}, FCLS{}} {
			if _, ok := init.(SVD); ok && testing.Short() {
				continue
			}
			o := &Options{Methods: []Method{method, method}, Init: init, Starts: 2, Seed: 11, Stop: sweep.MaxSweeps(3)}
			var all []*Result
			for _, workers := range []int{1, 2, 3} {
				before := runtime.GOMAXPROCS(workers)
				r, err := Decompose(t.Context(), x, 6, o)
				runtime.GOMAXPROCS(before)
				require.NoError(t, err)
				all = append(all, r)
			}
			for _, r := range all[1:] {
				requireSameRun(t, all[0], r)
			}
			if _, ok := init.(Random); ok {
				o.Seed = 12
				r, err := Decompose(t.Context(), x, 6, o)
				require.NoError(t, err)
				require.NotEqual(t, all[0].Trace[0].RelativeError, r.Trace[0].RelativeError, "another seed, another start")
			}
		}
	}
}

// The best of several starts is returned, and run k is the run that start k alone
// would have been.
func TestBestOfSeveralStartsIsReturned(t *testing.T) {
	x := planted(newRand(8), []int{7, 6, 5}, 5, false, 0.1)
	seen := map[int]int{}
	r, err := Decompose(t.Context(), x, 5, &Options{Starts: 6, Stop: sweep.MaxSweeps(15), Observe: func(start int, p sweep.Point) error {
		seen[start] = p.Sweep
		return nil
	}})
	require.NoError(t, err)
	require.Len(t, r.Starts, 6)
	best := 0
	for k, run := range r.Starts {
		require.Equal(t, seen[k], run.Sweeps)
		if run.RelativeError < r.Starts[best].RelativeError {
			best = k
		}
	}
	require.Equal(t, best, r.Start)
	require.Equal(t, r.Starts[best].RelativeError, r.RelativeError)
	require.NotEqual(t, 0, best, "a seed for which the first start is not the best")

	alone, err := Decompose(t.Context(), x, 5, &Options{Stop: sweep.MaxSweeps(15)})
	require.NoError(t, err)
	require.Equal(t, r.Starts[0], alone.Starts[0])
}

func TestDecomposeEndsWithTheContext(t *testing.T) {
	x := planted(newRand(9), []int{7, 6, 5}, 3, false, 0.1)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	r, err := Decompose(ctx, x, 3, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.Nil(t, r, "no sweep, no model")

	for _, c := range []struct{ start, sweep, runs int }{{0, 3, 1}, {2, 1, 3}} {
		ctx, stop := context.WithCancel(t.Context())
		r, err := Decompose(ctx, x, 3, &Options{Starts: 5, Stop: sweep.MaxSweeps(20), Observe: func(start int, p sweep.Point) error {
			if start == c.start && p.Sweep == c.sweep {
				stop()
			}
			return nil
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.NotNil(t, r)
		require.Len(t, r.Starts, c.runs)
		require.Equal(t, Run{r.Starts[c.start].RelativeError, c.sweep, sweep.Stopped}, r.Starts[c.start])
		for _, run := range r.Starts {
			require.LessOrEqual(t, r.RelativeError, run.RelativeError, "the best so far")
		}
		require.InEpsilon(t, slowError(x, r.Model), r.RelativeError, 1e-9)
	}
}

// ErrStop ends the whole, not the start, and is no error; any other error of the
// observer comes back with the model.
func TestObserverEndsDecompose(t *testing.T) {
	x := planted(newRand(9), []int{7, 6, 5}, 3, false, 0.1)
	mine := errors.New("mine")
	for _, reason := range []error{sweep.ErrStop, fmt.Errorf("wrapped: %w", sweep.ErrStop), mine} {
		calls := 0
		r, err := Decompose(t.Context(), x, 3, &Options{Starts: 5, Stop: sweep.MaxSweeps(4), Observe: func(start int, p sweep.Point) error {
			if calls++; start == 1 && p.Sweep == 2 {
				return reason
			}
			return nil
		}})
		if errors.Is(reason, mine) {
			require.ErrorIs(t, err, mine)
		} else {
			require.NoError(t, err)
		}
		require.Equal(t, 4+2, calls)
		require.Len(t, r.Starts, 2)
		require.Equal(t, sweep.Stopped, r.Starts[1].Status)
		require.Equal(t, r.Starts[r.Start].Status, r.Status)
	}
}

func TestEveryStatusIsReached(t *testing.T) {
	x := planted(newRand(9), []int{7, 6, 5}, 3, true, 0.1)
	for _, c := range []struct {
		stop sweep.Stop
		want sweep.Status
	}{
		{nil, sweep.Converged},
		{sweep.MaxSweeps(3), sweep.MaxedOut},
		{sweep.TimeLimit(0), sweep.Stopped},
		{sweep.Target(0.5), sweep.Converged},
		{sweep.Any(sweep.RelChange{Tol: 1e-8, Patience: 3}, sweep.MaxSweeps(2)), sweep.MaxedOut},
	} {
		r, err := Decompose(t.Context(), x, 3, &Options{Stop: c.stop})
		require.NoError(t, err)
		require.Equal(t, c.want, r.Status)
		require.Equal(t, c.want, r.Starts[0].Status)
	}
}

// failAfterTwo makes an Updater that fails from its third call on.
type failAfterTwo struct{ LeastSquares }

var errFailing = errors.New("no more")

func (failAfterTwo) Begin(int, int) Updater { return &failingUpdater{} }

type failingUpdater struct {
	leastSquares
	calls int
}

func (u *failingUpdater) Update(a, m *mat.Dense, g *mat.SymDense) error {
	if u.calls++; u.calls > 2 {
		return errFailing
	}
	return u.leastSquares.Update(a, m, g)
}

// The model that comes with a failing sweep's error has the error it states.
func TestFailingUpdateKeepsTheModel(t *testing.T) {
	x := planted(newRand(9), []int{7, 6, 5}, 3, true, 0.1)
	r, err := Decompose(t.Context(), x, 3, &Options{Methods: []Method{nil, failAfterTwo{}}, Starts: 3})
	require.ErrorIs(t, err, errFailing)
	require.ErrorContains(t, err, "mode 1")
	require.Len(t, r.Trace, 2)
	require.Len(t, r.Starts, 1)
	require.InEpsilon(t, slowError(x, r.Model), r.RelativeError, 1e-9)
}

func TestZeroTensorHasTheZeroModel(t *testing.T) {
	for _, dims := range corpusDims {
		for _, methods := range [][]Method{nil, same(HALS{}, len(dims))} {
			r, err := Decompose(t.Context(), tensor.NewDense(dims, nil), 3, &Options{Methods: methods})
			require.NoError(t, err)
			require.Equal(t, 3, r.Model.Rank())
			require.Equal(t, []float64{0, 0, 0}, r.Model.Weights)
			require.Zero(t, r.RelativeError)
			require.Zero(t, r.Model.SquaredNorm())
			require.Equal(t, sweep.Converged, r.Status)
			require.Len(t, r.Starts, 1)
		}
	}
}

// Data that no nonnegative model reduces at all: the zero model, and no NaN.
func TestNegativeDataHaveTheZeroNonnegativeModel(t *testing.T) {
	for _, method := range []Method{HALS{}, NNLS{}} {
		x := scaled(planted(newRand(2), []int{5, 4, 3}, 2, true, 0), -1)
		r, err := Decompose(t.Context(), x, 2, &Options{Methods: same(method, 3)})
		require.NoError(t, err)
		require.InDelta(t, 1, r.RelativeError, 1e-15)
		require.Equal(t, sweep.Converged, r.Status)
		require.Zero(t, r.Model.SquaredNorm())
	}
}
