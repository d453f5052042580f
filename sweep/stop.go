package sweep

import (
	"math"
	"time"
)

// A Stop criterion reads the trace, which holds at least one point, and says
// whether the run is over and with which status. It must not keep or change
// the trace.
type Stop interface {
	Stop(trace []Point) (Status, bool)
}

// DefaultStop ends a run when the relative error moved by less than 1e-8 of
// itself in each of three sweeps, or after 500 sweeps.
var DefaultStop = Any(RelChange{Tol: 1e-8, Patience: 3}, MaxSweeps(500))

// RelChange is met when each of the last Patience sweeps (at least one) changed
// the relative error e by at most Tol·e:
//
//	|e_k − e_{k−1}| ≤ Tol·e_{k−1}.
//
// Of errors up to 1e-14, which are rounding, no change counts. Tol 0 asks for errors that are equal to the last bit; negative Tol is never met.
type RelChange struct {
	Tol      float64
	Patience int
}

// rounding is the relative error of a model that is exact but for its rounding.
const rounding = 1e-14

// Stop implements [Stop].
func (c RelChange) Stop(trace []Point) (Status, bool) {
	patience := max(1, c.Patience)
	if len(trace) <= patience {
		return Running, false
	}
	for k := len(trace) - patience; k < len(trace); k++ {
		before, now := trace[k-1].RelativeError, trace[k].RelativeError
		if c.Tol > 0 && before <= rounding && now <= rounding {
			continue
		}
		if math.Abs(now-before) > c.Tol*before {
			return Running, false
		}
	}
	return Converged, c.Tol >= 0
}

// Target is met when the relative error is at most its value.
type Target float64

// Stop implements [Stop].
func (c Target) Stop(trace []Point) (Status, bool) {
	if trace[len(trace)-1].RelativeError <= float64(c) {
		return Converged, true
	}
	return Running, false
}

// MaxSweeps ends a run after that many sweeps.
type MaxSweeps int

// Stop implements [Stop].
func (c MaxSweeps) Stop(trace []Point) (Status, bool) {
	if len(trace) >= int(c) {
		return MaxedOut, true
	}
	return Running, false
}

// TimeLimit ends a run at the end of the first sweep after that much time.
type TimeLimit time.Duration

// Stop implements [Stop].
func (c TimeLimit) Stop(trace []Point) (Status, bool) {
	if trace[len(trace)-1].Elapsed >= time.Duration(c) {
		return Stopped, true
	}
	return Running, false
}

// Any ends a run at the first of its criteria that is met; the first in the
// list gives the status. Nil criteria are skipped.
func Any(criteria ...Stop) Stop { return anyOf(criteria) }

type anyOf []Stop

func (c anyOf) Stop(trace []Point) (Status, bool) {
	for _, s := range c {
		if s == nil {
			continue
		}
		if status, done := s.Stop(trace); done {
			return status, true
		}
	}
	return Running, false
}
