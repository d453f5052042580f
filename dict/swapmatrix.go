package dict

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/polyad/polyad/sweep"
)

// pairWork is what the search for pairs may cost, in the units of [descent]: some
// tenths of a second.
const pairWork = 2e9

// errStopped ends a descent that the options' Stop ends.
var errStopped = errors.New("stopped")

// descend exchanges single atoms and pairs by the table of the problem, and fits
// every choice that is better to the data themselves, so that the trace is that of
// the model.
func (a Swap) descend(ctx context.Context, p *problem, t *table, best *candidate) (*candidate, error) {
	accept := func(k []int) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, fmt.Errorf("dict: stopped after %d exchanges: %w", best.swaps, err)
		}
		next, err := p.refit(ctx, a.Name(), [][]int{k}, best.factors, nil)
		if next == nil || !(next.err < best.err*(1-leastGain)) {
			return false, err
		}
		best = best.followedBy(next)
		if status, done := p.stop.Stop(best.trace); err == nil && done { // a sweep is an exchange: what ends sweeps ends these
			best.status, best.search.Ended = status, Interrupted
			return true, errStopped
		}
		return true, err
	}
	if status, done := p.stop.Stop(best.trace); done {
		best.status, best.search.Ended = status, Interrupted
		return best, nil
	}
	work := pairWork
	switch {
	case a.Pairs < 0:
		work = 0
	case a.Pairs > 0:
		work = math.Inf(1)
	}
	for {
		d := newDescent(t, best.atoms[0], accept)
		if a.Tries > 0 {
			d.tries = a.Tries
		}
		if a.Pairs > 0 {
			d.pairs = a.Pairs
		}
		moves, complete, err := d.settle(ctx, work)
		if errors.Is(err, errStopped) {
			return best, nil
		}
		if err != nil {
			return best, err
		}
		best.search.Ended = SinglesExhausted
		if complete {
			best.search.Ended = PairsExhausted
		}
		if moves == 0 || len(t.pool) == len(t.at) {
			return best, nil
		}
		t = p.newTable(best.atoms[0]) // other atoms are now the ones to watch
	}
}

// followedBy is next with what led to it, less the sweeps in which it was not yet better.
func (c *candidate) followedBy(next *candidate) *candidate {
	trace := slices.DeleteFunc(slices.Clone(next.trace), func(q sweep.Point) bool { return q.RelativeError > c.err && len(c.trace) > 0 })
	next.trace, next.algorithm, next.swaps, next.search = append(c.trace, trace...), c.algorithm, c.swaps+1, c.search
	for i := range next.trace {
		next.trace[i].Sweep = i + 1
	}
	return next
}
