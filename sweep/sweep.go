package sweep

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"
)

// Point is where a sweep led.
type Point struct {
	Sweep         int           // sweeps done, counted from 1
	RelativeError float64       // ‖X − X̂‖/‖X‖ as the method estimates it after this sweep
	Elapsed       time.Duration // since the start of the run
}

// Trace is one Point per sweep, in order.
type Trace []Point

// Last is the last point, or the zero Point of an empty trace.
func (t Trace) Last() Point {
	if len(t) == 0 {
		return Point{}
	}
	return t[len(t)-1]
}

// A Stepper is a method between two sweeps. Sweep updates every block once and
// reports the relative error; Run fills in the rest of the point.
type Stepper interface {
	Sweep() (Point, error)
}

// Status says why a run ended.
type Status int

const (
	Running   Status = iota // has not ended
	Converged               // a convergence criterion was met
	MaxedOut                // the limit on sweeps was reached
	Stopped                 // the time limit, the observer or the context ended the run
)

// String is the status as results carry it: converged, max_sweeps, stopped,
// running.
func (s Status) String() string {
	switch s {
	case Running:
		return "running"
	case Converged:
		return "converged"
	case MaxedOut:
		return "max_sweeps"
	case Stopped:
		return "stopped"
	}
	return fmt.Sprintf("sweep.Status(%d)", int(s))
}

// ErrStop, returned by an observer, ends the run with Status Stopped and no error.
var ErrStop = errors.New("sweep: stop")

// ErrNotFinite reports that a sweep ended in a relative error that is NaN or infinite.
var ErrNotFinite = errors.New("sweep: relative error is not finite")

// Run sweeps until stop says so. observe may be nil; it is called after each
// sweep, and an error from it ends the run ([ErrStop]: without an error). When
// ctx ends, Run returns Status Stopped and an error that wraps ctx.Err(); the
// Stepper then still holds the state after the last whole sweep.
func Run(ctx context.Context, s Stepper, stop Stop, observe func(Point) error) (Trace, Status, error) {
	return Resume(ctx, nil, s, stop, observe)
}

// Resume is [Run] for a Stepper that is where the given trace led: sweep numbers,
// times and criteria go on from there. The trace that it returns begins with the
// given one, which is not changed. A trace that meets the criteria already is
// returned as it is.
func Resume(ctx context.Context, done Trace, s Stepper, stop Stop, observe func(Point) error) (Trace, Status, error) {
	trace := slices.Clip(done)
	if len(trace) > 0 {
		if status, over := stop.Stop(trace); over {
			return trace, status, nil
		}
	}
	start := time.Now().Add(-done.Last().Elapsed)
	for {
		if err := ctx.Err(); err != nil {
			return trace, Stopped, fmt.Errorf("sweep: stopped after %d sweeps: %w", len(trace), err)
		}
		p, err := s.Sweep()
		if err != nil {
			return trace, Stopped, err
		}
		p.Sweep, p.Elapsed = len(trace)+1, time.Since(start)
		if math.IsNaN(p.RelativeError) || math.IsInf(p.RelativeError, 0) {
			return trace, Stopped, fmt.Errorf("%w: %g after sweep %d", ErrNotFinite, p.RelativeError, p.Sweep)
		}
		trace = append(trace, p)
		if observe != nil {
			switch err := observe(p); {
			case errors.Is(err, ErrStop):
				return trace, Stopped, nil
			case err != nil:
				return trace, Stopped, err
			}
		}
		if status, done := stop.Stop(trace); done {
			return trace, status, nil
		}
	}
}
