package cpd

import (
	"context"
	"fmt"
	"sort"
	"sync"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// race runs all starts by successive halving:
//
//	all starts make Race sweeps, the better half as many again, its better half
//	twice as many, …, until one is left, which runs to its end.
//
// What it answers depends on the seeds alone: starts are compared after equal
// numbers of sweeps, ties go to the earlier one, and no start knows of the
// others. As many starts as there are cores make their sweeps at the same time; all that are
// still in the race hold their own factors, partial products and whatever else their
// algorithm keeps. A start whose error overflows fails the race, as it would fail alone.
//
// Reference: Jamieson, K., Talwalkar, A.: Non-stochastic best arm identification
// and hyperparameter optimization. AISTATS (2016).
func (o Options) race(ctx context.Context, x tensor.Tensor, rank int) (*Result, error) {
	o.Observe = oneByOne(o.Observe)
	field := make([]*contender, o.Starts)
	for start := range field {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("cpd: stopped before the first sweep: %w", err)
		}
		c, err := o.contender(x, rank, start)
		if err != nil {
			return nil, err
		}
		field[start] = c
	}
	runs := make([]Run, o.Starts)
	for limit := o.Race; len(field) > 1; limit *= 2 {
		err := advanceAll(ctx, field, sweep.Any(o.Stop, sweep.MaxSweeps(limit)))
		sort.SliceStable(field, func(i, j int) bool { return field[i].better(field[j]) })
		for _, c := range field {
			runs[c.start] = Run{c.trace.Last().RelativeError, len(c.trace), sweep.Stopped}
		}
		if err != nil || stopped(field) {
			field[0].status = sweep.Stopped
			return field[0].finish(runs, err)
		}
		half := (len(field) + 1) / 2
		clear(field[half:]) // their memory is free
		field = field[:half]
	}
	err := field[0].advance(ctx, o.Stop)
	return field[0].finish(runs, err)
}

// oneByOne is an observer for several goroutines; after an error it only repeats
// that.
func oneByOne(observe func(start int, p sweep.Point) error) func(start int, p sweep.Point) error {
	if observe == nil {
		return nil
	}
	var one sync.Mutex
	var ended error
	return func(start int, p sweep.Point) error {
		one.Lock()
		defer one.Unlock()
		if ended == nil {
			ended = observe(start, p)
		}
		return ended
	}
}

// advanceAll lets every start go on until stop says so; the error is that of the
// first start that has one.
func advanceAll(ctx context.Context, field []*contender, stop sweep.Stop) error {
	errs := make([]error, len(field))
	free := make(chan struct{}, par.Workers())
	var all sync.WaitGroup
	for i, c := range field {
		all.Go(func() {
			free <- struct{}{}
			errs[i] = c.advance(ctx, stop)
			<-free
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// better orders starts by what they minimise; one without a sound model is last.
func (c *contender) better(d *contender) bool {
	if !c.sound || !d.sound {
		return c.sound && !d.sound
	}
	if a, ok := c.stepper.(LossStepper); ok {
		return a.Loss() < d.stepper.(LossStepper).Loss()
	}
	return c.trace.Last().RelativeError < d.trace.Last().RelativeError
}

// stopped says whether the observer or the clock, and not the length of the heat,
// ended a start.
func stopped(field []*contender) bool {
	for _, c := range field {
		if c.status == sweep.Stopped {
			return true
		}
	}
	return false
}

// finish is the result of the winner.
func (c *contender) finish(runs []Run, err error) (*Result, error) {
	if !c.sound {
		return nil, err
	}
	r, err := c.result(err)
	if r == nil {
		return nil, err
	}
	runs[c.start] = r.Starts[0]
	r.Starts = runs
	return r, err
}
