package sweep

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// script is a Stepper that reports the given errors one after the other and
// then repeats the last.
type script struct {
	errs []float64
	n    int
	fail error
}

func (s *script) Sweep() (Point, error) {
	if s.fail != nil && s.n == len(s.errs) {
		return Point{}, s.fail
	}
	e := s.errs[min(s.n, len(s.errs)-1)]
	s.n++
	return Point{RelativeError: e}, nil
}

func TestRunStops(t *testing.T) {
	for _, c := range []struct {
		name   string
		errs   []float64
		stop   Stop
		sweeps int
		status Status
	}{
		{"at the limit", []float64{1}, MaxSweeps(4), 4, MaxedOut},
		{"at the target", []float64{1, .5, .1, .01}, Target(.1), 3, Converged},
		{"when stationary for three sweeps", []float64{1, .5, .4, .4, .4, .4}, RelChange{Tol: 1e-3, Patience: 3}, 6, Converged},
		{"not while one of the three still moved", []float64{1, .5, .4, .4, .3, .3, .3, .3}, RelChange{Tol: 1e-3, Patience: 3}, 8, Converged},
		{"never on a negative tolerance", []float64{1}, Any(RelChange{Tol: -1}, MaxSweeps(9)), 9, MaxedOut},
		{"at the first of several", []float64{1, .5}, Any(nil, Target(.6), MaxSweeps(2)), 2, Converged},
		{"on time", []float64{1}, TimeLimit(0), 1, Stopped},
		{"when all that is left is rounding", []float64{1, 3e-15, 1e-15, 4e-15, 2e-15}, RelChange{Tol: 1e-8, Patience: 3}, 5, Converged},
		{"at zero error", []float64{0}, RelChange{Tol: 1e-8}, 2, Converged},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace, status, err := Run(context.Background(), &script{errs: c.errs}, c.stop, nil)
			require.NoError(t, err)
			require.Equal(t, c.status, status)
			require.Len(t, trace, c.sweeps)
			for k, p := range trace {
				require.Equal(t, k+1, p.Sweep)
			}
		})
	}
}

func TestRunHonoursTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := &script{errs: []float64{1}}
	trace, status, err := Run(ctx, s, MaxSweeps(100), func(p Point) error {
		if p.Sweep == 3 {
			cancel()
		}
		return nil
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, Stopped, status)
	require.Len(t, trace, 3)
}

func TestRunHonoursTheObserver(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct{ ret, want error }{{ErrStop, nil}, {boom, boom}} {
		trace, status, err := Run(context.Background(), &script{errs: []float64{1}}, MaxSweeps(100), func(p Point) error {
			if p.Sweep == 2 {
				return c.ret
			}
			return nil
		})
		require.ErrorIs(t, err, c.want)
		require.Equal(t, Stopped, status)
		require.Len(t, trace, 2)
	}
}

func TestRunPassesAFailedSweepOn(t *testing.T) {
	boom := errors.New("boom")
	trace, _, err := Run(context.Background(), &script{errs: []float64{1, 1}, fail: boom}, MaxSweeps(100), nil)
	require.ErrorIs(t, err, boom)
	require.Len(t, trace, 2)
}

func TestRunRefusesErrorsThatAreNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1)} {
		trace, _, err := Run(context.Background(), &script{errs: []float64{1, bad}}, MaxSweeps(100), nil)
		require.ErrorIs(t, err, ErrNotFinite)
		require.Len(t, trace, 1)
	}
}

func TestStatusStrings(t *testing.T) {
	require.Equal(t, "converged", Converged.String())
	require.Equal(t, "max_sweeps", MaxedOut.String())
	require.Equal(t, "stopped", Stopped.String())
	require.Equal(t, time.Duration(0), Trace(nil).Last().Elapsed)
}
