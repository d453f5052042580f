package dict

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// match is the best choice of atoms for the columns of the dictionary factors.
func (p *problem) match(factors []*mat.Dense) ([][]int, error) {
	atoms := make([][]int, len(p.modes))
	for i := range p.modes {
		u := newChooser(&p.modes[i], p.rank, p.matchSigned(i))
		if err := u.choose(factors[p.modes[i].N]); err != nil {
			return nil, err
		}
		atoms[i] = append([]int(nil), u.atoms...)
	}
	return atoms, nil
}

// refit fits the other factors to the given atoms, from the given factors. With
// no more than one other mode the problem is convex, and one sweep of an exact
// method solves it. A candidate may come with an error.
func (p *problem) refit(ctx context.Context, stage string, atoms [][]int, factors []*mat.Dense, stop sweep.Stop) (*candidate, error) {
	start := append([]*mat.Dense(nil), factors...)
	update := make([]cpd.Updater, len(start))
	for n, m := range p.methods {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	for i, k := range atoms {
		n := p.modes[i].N
		start[n] = p.modes[i].columns(k, factors[n])
		update[n] = p.modes[i].hold(k, p.methods[n])
	}
	if p.exact() {
		stop = sweep.MaxSweeps(1)
		if _, ok := p.methods[p.carrier()].(cpd.HALS); ok { // the same problem, solved at once
			update[p.carrier()] = cpd.NNLS{}.Begin(p.x.Dims()[p.carrier()], p.rank)
		}
	} else if err := p.turn(start, update); err != nil {
		return nil, err
	}
	c, err := p.alternate(ctx, stage, start, update, stop)
	if c == nil {
		return nil, err
	}
	c.atoms = atoms
	if p.exact() && c.status == sweep.MaxedOut {
		c.status = sweep.Converged
	}
	return c, err
}

// alternate runs sweeps of the given updaters. A candidate, its atoms yet to be
// named, may come with an error.
func (p *problem) alternate(ctx context.Context, stage string, start []*mat.Dense, update []cpd.Updater, stop sweep.Stop) (*candidate, error) {
	s, err := cpd.NewALS(p.x, start, update)
	if err != nil {
		return nil, err
	}
	trace, status, err := p.sweeps(ctx, stage, s, stop)
	if len(trace) == 0 {
		return nil, err
	}
	return &candidate{factors: s.Factors(), err: trace.Last().RelativeError, trace: p.stamp(trace), status: status}, err
}

// sweeps runs s and tells the observer; that it was stopped is an error here.
func (p *problem) sweeps(ctx context.Context, stage string, s sweep.Stepper, stop sweep.Stop) (sweep.Trace, sweep.Status, error) {
	trace, status, err := sweep.Run(ctx, s, stop, func(q sweep.Point) error { return p.tell(stage, q) })
	if status == sweep.Stopped && err == nil && len(trace) > 0 {
		err = sweep.ErrStop
	}
	return trace, status, err
}

// turn gives the components the signs that go with their atoms, where signs are
// free: it solves for a factor of free sign before a nonnegative one is solved
// for, which a wrong sign would make zero for good.
func (p *problem) turn(factors []*mat.Dense, update []cpd.Updater) error {
	nonnegative := false
	for n, rows := range p.x.Dims() {
		switch {
		case p.mode(n) != nil:
		case !p.free(n):
			nonnegative = true
		case nonnegative:
			m := mat.NewDense(rows, p.rank, nil)
			p.mttkrp(m, factors, n)
			factors[n] = mat.DenseCopyOf(factors[n])
			return update[n].Update(factors[n], m, p.grams(factors, n))
		default:
			return nil
		}
	}
	return nil
}
