package dict

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Mixed fits models whose dictionary factors are made of at most k atoms a
// component,
//
//	X ≈ ⟦A₀, …⟧,  A_n = D·S,  ‖s_r‖₀ ≤ k,
//
// k the mode's PerComponent, by alternating updates. That of a dictionary factor is
// a mixed sparse coding problem: the coder's answer and the supports of the
// sweep before, both with exact coefficients and bettered by exchanges of single
// atoms, and the cheaper one is kept. So the error falls from sweep to sweep as far
// as the other methods are monotone. Then the supports are fixed, and
// coefficients and other factors are fitted to convergence; at the end, the best
// start is polished by exchanges of single atoms to which all of that is fitted anew.
//
// Supports come from starts without dictionary, and where a single mode has a
// dictionary also from combinations of k atoms near the signal subspace, which do
// not depend on a start: the columns of a matrix' unconstrained fit are any basis of
// that space and say nothing of components one by one.
//
// A mode whose method is nonnegative has S ≥ 0. Identifiable only where atoms are
// far from each other's spans, k of them a component; several starts help.
//
// References:
//   - [C22], algorithm 4 (AO-DLRA), which keeps the coder's answer alone and is
//     not monotone.
type Mixed struct {
	// Coder proposes supports in every sweep. Default: BlockFISTA{}.
	Coder Coder
}

// Name implements [Algorithm].
func (Mixed) Name() string { return "mixed" }

func (a Mixed) fit(ctx context.Context, p *problem) (*candidate, error) {
	if a.Coder == nil {
		a.Coder = BlockFISTA{}
	}
	best, err := p.bestOf(ctx, a.Name(), func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		return a.search(ctx, p, p.spread(r.Model))
	})
	if err == nil && len(p.modes) == 1 {
		var c *candidate
		c, err = a.fromSignal(ctx, p)
		if c != nil {
			p.compare(a.Name()+", signal subspace", 0, c)
			if c.err < best.err {
				best = c
			}
		}
	}
	if err != nil {
		return best, err
	}
	return p.polish(ctx, best)
}

// otherSweeps is how long the other factors are fitted to proposed columns before
// these are let go.
const otherSweeps = 30

// fromSignal begins with combinations of atoms near the signal subspace instead of the
// columns of the first fit without dictionary, which lends its other factors.
func (a Mixed) fromSignal(ctx context.Context, p *problem) (*candidate, error) {
	m := &p.modes[0]
	columns, err := p.propose(ctx, m, !p.free(m.N))
	if columns == nil {
		return nil, err
	}
	r, err := p.relax(ctx, 0)
	if err != nil {
		return nil, err
	}
	factors := p.spread(r.Model)
	order, err := nearest(factors[m.N], columns)
	if err != nil {
		return nil, err
	}
	for r, q := range order {
		v := mat.Col(nil, q, columns)
		if p.free(m.N) && mat.Dot(factors[m.N].ColView(r), columns.ColView(q)) < 0 {
			for i := range v {
				v[i] = -v[i]
			}
		}
		factors[m.N].SetCol(r, v)
	}
	update := make([]cpd.Updater, len(factors))
	for n, method := range p.relaxedMethods() {
		update[n] = method.Begin(p.x.Dims()[n], p.rank)
	}
	update[m.N] = cpd.Fixed{}.Begin(0, 0)
	c, err := p.alternate(ctx, a.Name(), factors, update, sweep.Any(relaxedStop, sweep.MaxSweeps(otherSweeps)))
	if err != nil || c == nil {
		return nil, err
	}
	return a.search(ctx, p, c.factors)
}

// search alternates from the given factors, first with new supports in every sweep
// and then with the last ones.
func (a Mixed) search(ctx context.Context, p *problem, factors []*mat.Dense) (*candidate, error) {
	update := make([]cpd.Updater, len(factors))
	for n, m := range p.relaxedMethods() {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	coded := p.coded(ctx, update, a.Coder)
	c, err := p.alternate(ctx, a.Name(), factors, update, p.stop)
	if c == nil {
		return nil, err
	}
	stop := p.stop
	if err != nil {
		ctx, stop = context.Background(), sweep.MaxSweeps(1)
	}
	for n, m := range p.methods {
		if p.mode(n) == nil {
			update[n] = m.Begin(p.x.Dims()[n], p.rank)
		}
	}
	for _, u := range coded {
		u.ctx, u.coder = ctx, nil
	}
	c, e := p.alternate(ctx, a.Name(), c.factors, update, stop)
	if err == nil {
		err = e
	}
	if c == nil {
		return nil, err
	}
	p.name(c, coded)
	return c, err
}

// coded puts an Updater of combinations in the place of every dictionary mode's.
func (p *problem) coded(ctx context.Context, update []cpd.Updater, coder Coder) []*sparse {
	coded := make([]*sparse, len(p.modes))
	for i := range p.modes {
		m := &p.modes[i]
		coded[i] = &sparse{coding: newCoding(m.Dict, p.rank, max(1, m.PerComponent), !p.free(m.N)), ctx: ctx, coder: coder}
		update[m.N] = coded[i]
	}
	return coded
}

// name enters the present combinations into the candidate that they came to.
func (p *problem) name(c *candidate, coded []*sparse) {
	c.combinations, c.atoms = nil, nil
	for i, u := range coded {
		columns := u.columns()
		c.combinations = append(c.combinations, columns)
		c.atoms = append(c.atoms, leading(columns, u.dict))
		p.orient(c, i)
	}
}

// orient turns components so that the leading atom of modes[i] has a positive
// weight, where another factor can take the sign.
func (p *problem) orient(c *candidate, i int) {
	n := p.carrier()
	for !p.free(n) || p.mode(n) != nil {
		if n--; n < 0 {
			return
		}
	}
	for r, s := range c.combinations[i] {
		if at := slices.Index(s.Atoms, c.atoms[i][r]); at < 0 || s.Weights[at] > 0 {
			continue
		}
		for at := range s.Weights {
			s.Weights[at] = -s.Weights[at]
		}
		for _, f := range []*mat.Dense{c.factors[p.modes[i].N], c.factors[n]} {
			v := mat.Col(nil, r, f)
			for row := range v {
				v[row] = -v[row]
			}
			f.SetCol(r, v)
		}
	}
}

// leading is the atom of every combination whose share has the largest norm, 0 for
// a combination of none.
func leading(columns []Combination, d *Dictionary) []int {
	k := make([]int, len(columns))
	for r, c := range columns {
		most := 0.0
		for i, j := range c.Atoms {
			if x := math.Abs(c.Weights[i]) * d.norms[j]; x > most {
				k[r], most = j, x
			}
		}
	}
	return k
}

// combine are the combinations of a candidate at the scale of the model's unit
// columns, component order[to] of the candidate being number to of the model.
func (p *problem) combine(c *candidate, model *tensor.Kruskal, order []int) [][]Combination {
	all := make([][]Combination, len(c.factors))
	for i := range p.modes {
		m := &p.modes[i]
		for to, from := range order {
			s := Combination{Atoms: []int{c.atoms[i][from]}, Weights: []float64{1}}
			if c.combinations != nil {
				s = c.combinations[i][from]
			}
			all[m.N] = append(all[m.N], s.scaled(m.Dict, mat.Col(nil, to, model.Factors[m.N])))
		}
	}
	return all
}

// scaled is the combination at the norm and sign of a column that it is a multiple
// of.
func (s Combination) scaled(d *Dictionary, column []float64) Combination {
	sum := make([]float64, len(column))
	for i, j := range s.Atoms {
		for row := range sum {
			sum[row] += s.Weights[i] * d.atoms.At(row, j)
		}
	}
	v := blas64.Vector{N: len(sum), Data: sum, Inc: 1}
	norm := blas64.Nrm2(v)
	if norm == 0 {
		return s
	}
	by := blas64.Dot(v, blas64.Vector{N: len(sum), Data: column, Inc: 1}) / norm / norm
	scaled := Combination{Atoms: s.Atoms, Weights: make([]float64, len(s.Weights))}
	for i, w := range s.Weights {
		scaled.Weights[i] = w * by
	}
	return scaled
}

// sparse is the Updater of [Mixed]. Without a coder it keeps its supports. The
// context is that of the run: a coder may take longer than a sweep should.
type sparse struct {
	*coding
	ctx   context.Context
	coder Coder
	idle  int // sweeps in a row in which the coder's answer was not the better one
	kept  solution
}

// tired is the number of sweeps in a row without use after which the coder is no
// longer asked: exchanges alone go on.
const tired = 3

func (u *sparse) Update(a, m *mat.Dense, g *mat.SymDense) error {
	u.begin(m, g)
	if err := u.refine(); err != nil {
		return err
	}
	if u.coder != nil {
		if err := u.renew(); err != nil {
			return err
		}
	}
	a.Copy(u.a)
	return nil
}

// renew exchanges atoms of the present supports, and takes those of the coder if
// they are better.
func (u *sparse) renew() error {
	if err := u.exchange(u.ctx); err != nil {
		return err
	}
	if u.idle >= tired {
		return nil
	}
	u.store(&u.kept)
	err := u.coder.code(u.ctx, u.coding)
	if err == nil {
		err = u.exchange(u.ctx)
	}
	if u.cost < u.kept.cost-leastFall*math.Abs(u.kept.cost) && err == nil {
		u.idle = 0
		return nil
	}
	u.idle++
	u.restore(&u.kept)
	return err
}
