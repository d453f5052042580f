package dict

import (
	"context"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// relax is the fit without dictionary of the given start, made once.
func (p *problem) relax(ctx context.Context, start int) (*cpd.Result, error) {
	if r, ok := p.relaxed[start]; ok {
		return r, nil
	}
	r, err := cpd.Decompose(ctx, p.x, p.rank, &cpd.Options{
		Methods: p.relaxedMethods(), Init: p.init, Stop: sweep.Any(relaxedStop, p.stop), Seed: p.seed + uint64(start)<<32,
		Observe: func(_ int, q sweep.Point) error { return p.tell("fit without dictionary", q) },
	})
	if r != nil && (err != nil || r.Status == sweep.Stopped) {
		p.partial = r
	}
	if err != nil {
		return nil, err
	}
	if r.Status == sweep.Stopped {
		return nil, sweep.ErrStop
	}
	p.relaxed[start] = r
	return r, nil
}

// salvage makes a model with atoms of what there is when the search is ended
// before it had one: of the fit without dictionary, finished or not, or, where
// one sweep fits the rest exactly, of the greedy choice. It is nil if there is
// neither.
func (p *problem) salvage() *candidate {
	p.observe = nil
	ctx := context.Background()
	factors, atoms := p.blank(), [][]int(nil)
	relaxed := p.partial
	if relaxed == nil {
		relaxed = p.relaxed[0]
	}
	switch {
	case relaxed != nil:
		factors = p.spread(relaxed.Model)
		k, err := p.match(factors)
		if err != nil {
			return nil
		}
		atoms = k
	case p.matrix():
		m := &p.modes[0]
		atoms = [][]int{newProjection(m, p.signal(m.N, p.rank)).pursue(p.rank - m.free)}
	default:
		return nil
	}
	c, err := p.refit(ctx, "salvage", atoms, factors, sweep.MaxSweeps(1))
	if err != nil {
		return nil
	}
	c.algorithm = Project{}.Name()
	if relaxed == nil {
		c.algorithm = SOMP{}.Name()
	}
	return c
}

// relaxedMethods are the methods, with rows that sum to one only asked to be
// nonnegative: without atoms at their amplitudes the sum means nothing. Beside
// factors of both signs, exact nonnegative least squares is replaced by HALS:
// where the other factors have the wrong sign the exact answer is a zero
// column, which no later update brings back.
func (p *problem) relaxedMethods() []cpd.Method {
	methods := make([]cpd.Method, len(p.methods))
	mixed := false
	for n, m := range p.methods {
		methods[n] = m
		if _, ok := m.(cpd.FCLS); ok {
			methods[n] = cpd.NNLS{}
		}
		mixed = mixed || p.free(n)
	}
	for n, m := range methods {
		if _, ok := m.(cpd.NNLS); ok && mixed {
			methods[n] = cpd.HALS{}
		}
	}
	return methods
}

// free says whether the factor of mode n, without a dictionary, may have entries
// of either sign.
func (p *problem) free(n int) bool {
	_, fixed := p.methods[n].(cpd.Fixed)
	return !fixed && !p.methods[n].Nonnegative()
}

// matchSigned says whether the columns of modes[i] are to be compared with atoms
// by their sign. They are not when a sign can go to another factor, be it that of
// another dictionary mode while that is relaxed.
func (p *problem) matchSigned(i int) bool {
	for n := range p.methods {
		if n != p.modes[i].N && p.free(n) {
			return false
		}
	}
	return true
}

// spread are the factors of a normalised model with the weights multiplied into
// the last mode without dictionary, so that dictionary factors have unit columns.
func (p *problem) spread(k *tensor.Kruskal) []*mat.Dense {
	k = k.Clone()
	p.normalize(k)
	n := p.carrier()
	for r, w := range k.Weights {
		c := mat.Col(nil, r, k.Factors[n])
		for i := range c {
			c[i] *= w
		}
		k.Factors[n].SetCol(r, c)
	}
	return k.Factors
}
