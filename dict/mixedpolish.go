package dict

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// polish exchanges single atoms of the best candidate of [Mixed], the other factors
// fitted anew to each exchange, as long as the error falls. To the exchanges within
// an update the other factors are fixed, which is what it can better. The first
// exchange that does is kept; those that promise most with the other factors
// fixed are tried first, a few a mode.
func (p *problem) polish(ctx context.Context, c *candidate) (*candidate, error) {
	update := make([]cpd.Updater, len(p.methods))
	for n, m := range p.methods {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	coded := p.coded(ctx, update, nil)
	for i, u := range coded {
		for r, s := range c.combinations[i] {
			for _, j := range s.Atoms {
				u.list = append(u.list, slot{r, j})
			}
		}
	}
	for {
		next, err := p.improve(ctx, c, coded, update)
		if next == nil {
			return c, err
		}
		p.name(next, coded)
		next.trace, next.algorithm, next.swaps = append(c.trace, next.trace...), c.algorithm, c.swaps+1
		for i := range next.trace {
			next.trace[i].Sweep = i + 1
		}
		if c = next; err != nil {
			return c, err
		}
	}
}

// improve returns the first exchange found that lowers the error, or nil. The
// supports are left in coded.
func (p *problem) improve(ctx context.Context, c *candidate, coded []*sparse, update []cpd.Updater) (*candidate, error) {
	kept := make([][]slot, len(coded))
	restore := func() {
		for q, u := range coded {
			u.list = append(u.list[:0], kept[q]...)
		}
	}
	for q, u := range coded {
		kept[q] = slices.Clone(u.list)
	}
	for i, u := range coded {
		m := &p.modes[i]
		rows, _ := m.Dict.Dims()
		mttkrp := mat.NewDense(rows, p.rank, nil)
		p.x.MTTKRP(mttkrp, c.factors, m.N)
		u.begin(mttkrp, tensor.HadamardOfGrams(c.factors, m.N))
		if err := u.refine(); err != nil {
			return nil, err
		}
		kept[i] = slices.Clone(u.list) // as the places of the moves count
		moves := (&exchanger{coding: u.coding, all: true}).moves()
		for _, e := range moves {
			restore()
			u.apply(e)
			next, err := p.trial(ctx, c.err*(1-leastGain), c.factors, update)
			if next != nil || err != nil {
				return next, err
			}
		}
		restore()
	}
	return nil, nil
}

// trial fits the model to new supports, to convergence if it soon shows an error of
// at most goal, and returns nil if not.
func (p *problem) trial(ctx context.Context, goal float64, factors []*mat.Dense, update []cpd.Updater) (*candidate, error) {
	const stage = "exchange"
	trial, err := p.alternate(ctx, stage, factors, update, sweep.Any(sweep.Target(goal), sweep.MaxSweeps(trialSweeps)))
	if trial == nil || trial.err > goal {
		return nil, err
	}
	if err != nil {
		return trial, err
	}
	full, err := p.alternate(ctx, stage, trial.factors, update, p.stop)
	if full == nil { // ended before a sweep was done: the trial is sound
		return trial, err
	}
	return full, err
}
