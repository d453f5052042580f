package dict

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/polyad/polyad/sweep"
)

const (
	unfoldedWork = 8e8  // of choosing atoms for the unfolding, in the units of [descent]
	briefSweeps  = 40   // of a fit that is only to be compared with others
	finalists    = 5    // starts whose atoms are exchanged
	longRuns     = 2    // ends of these that more exchanges are tried from
	farAbove     = 1e-3 // unless they are so much worse that no few exchanges lead below the best
)

// brief ends a fit that is only to be compared with others.
var brief = sweep.Any(sweep.RelChange{Tol: 1e-7, Patience: 3}, sweep.MaxSweeps(briefSweeps))

// toTheEnd ends the last fit where the options do not say how: a choice of atoms is to be
// judged by its own error, not by how far it has come.
var toTheEnd = sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 5}, sweep.MaxSweeps(2000))

// portfolio is Auto where the fit is not convex in the other factors. Fits are brief
// until the atoms are settled.
type portfolio struct {
	Auto
	p *problem // with a brief stop
	u *unfolded
}

func (a Auto) fitTensor(ctx context.Context, p *problem) (*candidate, error) {
	if _, err := p.relax(ctx, 0); err != nil { // refuses a bad start
		return nil, err
	}
	last := *p
	if p.patient {
		last.stop = toTheEnd
	}
	q := last
	q.stop = sweep.Any(brief, p.stop)
	f := &portfolio{Auto: a, p: &q}
	var err error
	if f.u, err = q.unfold(); err != nil {
		return nil, err
	}
	c, err := f.run(ctx)
	p.compared, p.stopped, p.partial = q.compared, q.stopped, q.partial
	last.stopped = q.stopped
	if c == nil || err != nil {
		return c, err
	}
	// The atoms are settled; now the rest, and what a better fit still changes.
	c, err = f.finish(ctx, &last, c)
	p.stopped = last.stopped
	return c, err
}

// run finds the atoms by brief fits.
func (f *portfolio) run(ctx context.Context) (*candidate, error) {
	starts, err := f.starts(ctx)
	slices.SortStableFunc(starts, func(x, y *candidate) int { return cmp.Compare(x.err, y.err) })
	if err != nil {
		if len(starts) > 0 {
			return starts[0], err
		}
		return nil, err
	}
	var ends []*candidate
	var settled [][]int
	for _, c := range starts[:min(len(starts), finalists)] {
		if slices.ContainsFunc(settled, func(k []int) bool { return slices.Equal(k, sortedAtoms(c)) }) {
			continue // the same atoms have been exchanged already
		}
		settled = append(settled, sortedAtoms(c))
		c, err := f.settle(ctx, c)
		ends = append(ends, c)
		if err != nil {
			return lowest(ends), err
		}
	}
	slices.SortStableFunc(ends, func(x, y *candidate) int { return cmp.Compare(x.err, y.err) })
	ends = slices.CompactFunc(ends, func(x, y *candidate) bool { return slices.Equal(sortedAtoms(x), sortedAtoms(y)) })
	for i, c := range ends[:min(len(ends), longRuns)] {
		if c.err > lowest(ends).err*(1+farAbove) {
			break
		}
		if ends[i], err = f.goOn(ctx, c); err != nil {
			return lowest(ends), err
		}
	}
	return lowest(ends), nil
}

// lowest is the candidate of least error, the first of equals.
func lowest(list []*candidate) *candidate {
	return slices.MinFunc(list, func(x, y *candidate) int { return cmp.Compare(x.err, y.err) })
}

// goOn exchanges atoms, one or more at a time, until nothing that is tried helps.
func (f *portfolio) goOn(ctx context.Context, c *candidate) (*candidate, error) {
	for {
		next, err := f.marathon(ctx, c)
		if next == nil && err == nil && f.most() > 0 {
			c.search.Ended = PairsExhausted
		}
		if next != nil {
			c = c.followedBy(next)
		}
		if next == nil || err != nil {
			return c, err
		}
		if c, err = f.settle(ctx, c); err != nil {
			return c, err
		}
	}
}

// sortedAtoms are the atoms of all modes, in order.
func sortedAtoms(c *candidate) []int {
	k := slices.Concat(c.atoms...)
	slices.Sort(k)
	return k
}

// starts are the models that are compared.
func (f *portfolio) starts(ctx context.Context) (list []*candidate, err error) {
	if f.u != nil {
		k, factors, err := f.u.search(ctx)
		if err != nil {
			return nil, err
		}
		if k != nil {
			c, err := f.p.quick(ctx, "unfolded", [][]int{k}, factors, f.p.stop)
			if c != nil {
				f.p.compare("unfolded", 0, c)
				list = append(list, c)
			}
			if err != nil {
				return list, err
			}
		}
	}
	for _, a := range []Algorithm{Project{}, SOMP{}, Hard{}, Flexible{}} {
		c, err := a.fit(ctx, f.p)
		if c != nil {
			list = append(list, c)
		}
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// settle exchanges single atoms until none of the most promising ones helps, nor a new start
// from the unfolding with the same atoms.
func (f *portfolio) settle(ctx context.Context, c *candidate) (*candidate, error) {
	c.search.Ended = SinglesExhausted
	for {
		if err := ctx.Err(); err != nil {
			return c, fmt.Errorf("dict: stopped after %d exchanges: %w", c.swaps, err)
		}
		next, err := f.sprint(ctx, c)
		if next == nil && err == nil {
			next, err = f.u.reseat(ctx, f.p, c)
		}
		if next != nil {
			c = c.followedBy(next)
		}
		if next == nil || err != nil {
			return c, err
		}
	}
}

// most is the number of exchanges of several atoms in a race.
func (f *portfolio) most() int {
	switch {
	case f.Pairs < 0:
		return 0
	case f.Pairs > 0:
		return f.Pairs
	}
	if f.p.flat == nil {
		return costlyRace
	}
	return min(together, togetherEach*f.p.rank*(f.p.rank-1)/2)
}

// finish fits a model to the end.
func (f *portfolio) finish(ctx context.Context, p *problem, c *candidate) (*candidate, error) {
	full, err := p.quick(ctx, Auto{}.Name(), c.atoms, c.factors, p.stop)
	if full == nil || full.err > c.err { // ended early, or a method that is not monotone
		return c, err
	}
	swaps := c.swaps
	c = c.followedBy(full)
	c.swaps = swaps
	return c, err
}

// reseat fits the rest to the same atoms from the start that the unfolding gives, and
// returns what is better than c.
func (u *unfolded) reseat(ctx context.Context, p *problem, c *candidate) (*candidate, error) {
	if u == nil {
		return nil, nil
	}
	factors, err := u.start(ctx, c.atoms[0])
	if err != nil {
		return nil, err
	}
	next, err := p.quick(ctx, Auto{}.Name(), c.atoms, factors, p.stop)
	if next == nil || next.err > c.err*(1-leastGain) {
		return nil, err
	}
	return next, err
}
