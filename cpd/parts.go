package cpd

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// A summer is an Updater of rows that are apart but for sums over all of them. Where a
// factor is in parts, sum adds them up over the parts.
type summer interface {
	sumBy(sum func(x ...float64) ([]float64, error))
}

// apart refuses Updaters that need all rows of a factor of which only a part is here, and
// gives the others their sums.
func apart(p *tensor.Parts, n int, u Updater) error {
	if !p.Split(n) {
		return nil
	}
	switch u := u.(type) {
	case fixed:
		return nil
	case fixedColumnsRows:
		return apart(p, n, u.rest)
	case Separable:
		if s, ok := u.(summer); ok {
			s.sumBy(p.Sum)
		}
		return nil
	case nil:
		return nil
	}
	return fmt.Errorf("%w: mode %d is split over several processes, and %s needs all rows of its factor; use a method whose rows are apart there (least squares, HALS, NNLS, FCLS, or ADMM with a constraint on entries or rows), or split another mode", ErrOptions, n, named(u))
}

func named(u Updater) string {
	if s, ok := u.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", u)
}

// checkParts refuses what has no form for data in parts.
func (o Options) checkParts(x tensor.Tensor) error {
	if tensor.PartsOf(x) == nil {
		return nil
	}
	if _, ok := o.Algorithm.(Alternating); !ok {
		return fmt.Errorf("%w: %T needs the data in one process; data that are split over several are fitted by Alternating{}", ErrOptions, o.Algorithm)
	}
	switch o.Init.(type) {
	case Random, Given:
	default:
		return fmt.Errorf("%w: the start %T needs the data in one process; data that are split over several start from Random{} or Given{…}", ErrOptions, o.Init)
	}
	if o.Race > 0 {
		return fmt.Errorf("%w: a race needs the data in one process; leave out Race for data that are split over several", ErrOptions)
	}
	return nil
}

// together is a criterion that is decided by the first part for all, where a context that
// has ended in any of them is one more: two words a sweep.
type together struct {
	ctx   context.Context
	x     tensor.Partitioned
	first bool
	stop  sweep.Stop
	ended *error // why the run ended early
}

// Stop implements [sweep.Stop].
func (t together) Stop(trace []sweep.Point) (sweep.Status, bool) {
	var v [2]float64
	if t.first {
		if status, done := t.stop.Stop(trace); done {
			v[0] = 1 + float64(status)
		}
	}
	if t.ctx.Err() != nil {
		v[1] = 1
	}
	if err := t.x.Sum(v[:]); err != nil {
		*t.ended = err
		return sweep.Stopped, true
	}
	if v[1] > 0 {
		why := t.ctx.Err()
		if why == nil {
			why = context.Canceled // in another part
		}
		*t.ended = fmt.Errorf("sweep: stopped after %d sweeps: %w", len(trace), why)
		return sweep.Stopped, true
	}
	return sweep.Status(v[0] - 1), v[0] > 0
}

// inParts runs with ctx and stop as all parts see them; for whole data as they are.
func inParts(ctx context.Context, x tensor.Tensor, stop sweep.Stop, run func(context.Context, sweep.Stop) error) error {
	p, ok := x.(tensor.Partitioned)
	if !ok {
		return run(ctx, stop)
	}
	_, _, lo, _ := p.Part()
	var ended error
	err := run(context.WithoutCancel(ctx), together{ctx, p, lo == 0, stop, &ended})
	if err == nil {
		err = ended
	}
	return err
}

// RowsTogether is the number of rows of a factor that m settles together: where a mode is
// split at multiples of it, the parts take the steps that one process takes. It is 8 for
// [HALS], whose passes end for so many rows at a time, and 1 where rows have nothing to do
// with each other.
func RowsTogether(m Method, rank int) int {
	switch u := m.Begin(1, rank).(type) {
	case *hals:
		return kernel.Group
	case fixedColumnsRows:
		if _, ok := u.rest.(*hals); ok {
			return kernel.Group
		}
	}
	return 1
}
