package dict

import (
	"context"
	"fmt"
	"slices"
	"sort"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Swap starts from the best of several algorithms and exchanges single atoms:
// for each component the atoms that promise most are put in its place, the
// other factors are fitted again, and an exchange that lowers the error stays.
// It ends when no exchange that was tried lowers it. The error is monotone and
// is at all times that of a model made of atoms; the end is a local optimum
// with respect to the exchanges tried.
//
// What an exchange promises: with a single other mode, what the exact fit to the new
// atoms leaves if the coefficients that are zero without atom r are zero with j in
// its place as well; when no single exchange helps, pairs are tried, the most
// promising first ones each followed by the best second one. Otherwise, what the loss
// does when atom j at its best scale takes the place of component r and all else
// stays,
//
//	−(d_jᵀ e_r)²/(g_rr‖d_j‖²),  e_r = m_r − Σ_{q≠r} a_q g_qr.
type Swap struct {
	// Starts are the algorithms whose best model the exchanges start from.
	// Default: SOMP{} alone with a single other mode, where it scores exactly;
	// Project{}, Hard{}, Flexible{} and SOMP{} otherwise.
	Starts []Algorithm
	// Tries is the number of atoms tried for each component before it is left
	// as it is. Default: 4; with a single other mode, whose fits are exact, as
	// many more as 10⁹ multiplications allow for all components together.
	Tries int
	// Pairs is the number of exchanges that are each followed by the best second
	// one, once no single exchange helps. In Swap it only matters with a single other mode.
	// Default: as many as some tenths of a second allow. −1: none.
	Pairs int
}

// Of every component the fewTries most promising atoms are tried as long as that
// leads on; when it no longer does, widen times as many, and so on up to Tries.
const (
	fewTries = 4
	widen    = 4
)

// trialWork is the number of multiplications that a round of exact exchanges may
// cost: some tenths of a second.
const trialWork = 1e9

// tries is the default of Tries.
func (p *problem) tries() int {
	if !p.matrix() {
		return fewTries
	}
	cells := 1
	for _, d := range p.x.Dims() {
		cells *= d
	}
	others := p.x.Dims()[p.carrier()]
	fit := float64(cells*p.rank) + float64(others*p.rank*p.rank*p.rank) // the product with the data, and the small solves
	return max(fewTries, int(min(1e6, trialWork/(fit*float64(p.rank)))))
}

// Name implements [Algorithm].
func (Swap) Name() string { return "swap" }

// leastGain is the relative fall of the error that an exchange must bring to
// stay: well above the rounding of the error itself.
const leastGain = 1e-7

// trialSweeps is how long an exchange may take to show that it is better.
const trialSweeps = 20

func (a Swap) fit(ctx context.Context, p *problem) (*candidate, error) {
	if len(a.Starts) == 0 {
		a.Starts = []Algorithm{Project{}, Hard{}, Flexible{}, SOMP{}}
		switch {
		case p.projects():
			a.Starts = []Algorithm{SOMP{}}
		case p.rowwise: // the others replace whole factors
			a.Starts = []Algorithm{Project{}, SOMP{}}
		}
	}
	var best *candidate
	for _, start := range a.Starts {
		c, err := start.fit(ctx, p)
		if c != nil && (best == nil || c.err < best.err) {
			best = c
		}
		if err != nil {
			return best, err
		}
	}
	if p.matrix() {
		if t := p.newTable(best.atoms[0]); t != nil {
			return a.descend(ctx, p, t, best)
		}
	}
	if a.Tries <= 0 {
		a.Tries = p.tries()
	}
	tries := min(fewTries, a.Tries)
	for {
		if err := ctx.Err(); err != nil {
			return best, fmt.Errorf("dict: stopped after %d exchanges: %w", best.swaps, err)
		}
		if p.exact() { // a sweep is an exchange: what ends sweeps ends these
			if status, done := p.stop.Stop(best.trace); done {
				best.status, best.search.Ended = status, Interrupted
				return best, nil
			}
		}
		best.search.Ended = SinglesExhausted
		next, err := Swap{Tries: tries}.improve(ctx, p, best)
		if next == nil && err == nil && tries < a.Tries {
			tries = min(widen*tries, a.Tries)
			continue
		}
		if next == nil {
			return best, err
		}
		best = best.followedBy(next)
		if err != nil {
			return best, err
		}
	}
}

// exchange is atom j for component r of modes[i].
type exchange struct {
	i, r, j int
	promise float64 // fall of the squared error, up to a common factor
	frees   int     // where r has no atom yet: 1 + the component that is free instead
	n       int     // the mode whose factor is to be fitted first; −1: as it comes
}

// improve returns the first exchange found that lowers the error, or nil.
func (a Swap) improve(ctx context.Context, p *problem, c *candidate) (*candidate, error) {
	for _, e := range a.proposals(p, c) {
		next, err := a.try(ctx, p, c, e)
		if next != nil || err != nil {
			return next, err
		}
	}
	return nil, nil
}

// proposals are the most promising exchanges of all dictionary modes, in order.
func (a Swap) proposals(p *problem, c *candidate) []exchange {
	var list []exchange
	for i := range p.modes {
		of := a.jointExchanges(p, c, i)
		if of == nil {
			of = a.exchanges(p, c, i)
		}
		list = append(list, of...)
	}
	sort.SliceStable(list, func(x, y int) bool { return list[x].promise > list[y].promise })
	return list
}

// try makes the exchange and returns the model fitted to it if it is better.
func (a Swap) try(ctx context.Context, p *problem, c *candidate, e exchange) (*candidate, error) {
	atoms := e.in(c.atoms)
	goal := c.err * (1 - leastGain)
	factors := p.followed(e, atoms, c.factors)
	trial, err := p.quick(ctx, a.Name(), atoms, factors, sweep.Any(sweep.Target(goal), hopeless(goal), sweep.MaxSweeps(trialSweeps)))
	if trial == nil || trial.err > goal || c.err == 0 {
		return nil, err
	}
	if err != nil || p.exact() {
		return trial, err
	}
	full, err := p.quick(ctx, a.Name(), atoms, trial.factors, p.stop)
	if full == nil || full.err > trial.err {
		return trial, err // ended before a sweep was done, or a method that is not monotone: the trial is sound
	}
	return full, err
}

// in are the atoms with the exchange made.
func (e exchange) in(atoms [][]int) [][]int {
	atoms = slices.Clone(atoms)
	atoms[e.i] = slices.Clone(atoms[e.i])
	atoms[e.i][e.r] = e.j
	if e.frees > 0 {
		atoms[e.i][e.frees-1] = -1
	}
	return atoms
}

// hopeless ends a fit that would not come to this error if it went on falling twice as fast
// as it did last for as many sweeps as it may take.
type hopeless float64

// Stop implements [sweep.Stop].
func (h hopeless) Stop(trace []sweep.Point) (sweep.Status, bool) {
	k := len(trace)
	if k < 6 {
		return 0, false
	}
	last := trace[k-1].RelativeError
	return sweep.MaxedOut, last-2*float64(trialSweeps-k)*(trace[k-2].RelativeError-last) > float64(h)
}

// positive counts the entries that are not zero.
func positive(a *mat.Dense) int {
	rows, _ := a.Dims()
	count := 0
	for i := range rows {
		for _, v := range a.RawRowView(i) {
			if v != 0 {
				count++
			}
		}
	}
	return count
}

// exchanges are the most promising atoms for every component of modes[i].
func (a Swap) exchanges(p *problem, c *candidate, i int) []exchange {
	if p.projects() {
		return a.exactExchanges(p, c, i)
	}
	m := &p.modes[i]
	rows, rank := c.factors[m.N].Dims()
	mttkrp := mat.NewDense(rows, rank, nil)
	p.mttkrp(mttkrp, c.factors, m.N)
	g := p.grams(c.factors, m.N)
	// e = M − A·G + A·diag(g), column r of it e_r.
	e := mat.DenseCopyOf(mttkrp)
	for row := range rows {
		av, ev := c.factors[m.N].RawRowView(row), e.RawRowView(row)
		for r := range rank {
			for q := range rank {
				if q != r {
					ev[r] -= av[q] * g.At(q, r)
				}
			}
		}
	}
	return append(a.rank(p.signed, m, c.atoms[i], i, e, g), p.trades(c.atoms[i], i, e, g)...)
}

// rank finds the exchanges that the columns of e and the squared norms on the
// diagonal of g promise most of, in one pass over the atoms.
func (a Swap) rank(signed bool, m *Mode, k []int, i int, e *mat.Dense, g *mat.SymDense) []exchange {
	tops := make([][][]exchange, par.Workers()) // of each worker, of each component
	for w := range tops {
		tops[w] = make([][]exchange, len(k))
	}
	present := make([]float64, len(k)) // what the atoms in place promise
	newPass(m.Dict, &m.Dict.plain, len(k), func(worker, first int, scores []float64) {
		for j := first; len(scores) > 0; j++ {
			for r, v := range scores[:len(k)] {
				if grr := g.At(r, r); grr > 0 && (v > 0 || !signed) {
					promise := v * v / grr
					if j == k[r] {
						present[r] = promise
					}
					tops[worker][r] = a.enter(tops[worker][r], m, k, exchange{i: i, r: r, j: j, n: -1, promise: promise})
				}
			}
			scores = scores[len(k):]
		}
	}).run(e)
	var list []exchange
	for r := range k {
		top := tops[0][r]
		for _, of := range tops[1:] {
			for _, e := range of[r] {
				top = a.enter(top, m, k, e)
			}
		}
		for _, e := range top {
			if e.promise > present[r] {
				e.promise -= present[r]
				list = append(list, e)
			}
		}
	}
	return list
}

// exactExchanges scores by the data projected off the other atoms, the other
// factor free. An atom whose free fit is above the present error cannot help, up
// to what the compression leaves out: nothing, where the whole unfolding can be
// afforded.
func (a Swap) exactExchanges(p *problem, c *candidate, i int) []exchange {
	m := &p.modes[i]
	rows, atoms := m.Dict.Dims()
	keep := p.rank + oversample
	if rows <= gramLimit && 2*float64(rows)*float64(rows)*float64(atoms)*float64(p.rank) <= trialWork {
		keep = rows
	}
	z := p.signal(m.N, keep)
	v := newProjection(m, z)
	v.free = freeIn(c.atoms[i])
	norm := mat.Norm(z, 2)
	outside := 0.0
	if rows <= gramLimit { // of the compression, explained by no atom; a sketch only estimates it
		outside = p.x.SquaredNorm() - norm*norm
	}
	present := c.err * c.err * p.x.SquaredNorm()
	var list []exchange
	for r, j := range c.atoms[i] {
		if j < 0 {
			continue
		}
		rest := v.score(without(c.atoms[i], r)) + outside
		list = append(list, a.top(m, c.atoms[i], i, r, v.gain, rest-present)...)
	}
	return list
}

// top are the Tries atoms of largest gain for component r that the mode allows
// and whose gain exceeds the given one.
func (a Swap) top(m *Mode, k []int, i, r int, gain []float64, least float64) []exchange {
	var list []exchange
	for j, g := range gain {
		if g > least {
			list = a.enter(list, m, k, exchange{i: i, r: r, j: j, n: -1, promise: g - least})
		}
	}
	return list
}

// enter puts an exchange that the mode allows into a list of the Tries most
// promising, behind its equals.
func (a Swap) enter(list []exchange, m *Mode, k []int, e exchange) []exchange {
	if len(list) == a.Tries && e.promise <= list[len(list)-1].promise || !m.allows(k, e.r, e.j) {
		return list
	}
	if len(list) == a.Tries {
		list = list[:len(list)-1]
	}
	at := sort.Search(len(list), func(x int) bool { return list[x].promise < e.promise })
	list = append(list, exchange{})
	copy(list[at+1:], list[at:])
	list[at] = e
	return list
}

// followed are the factors with the atoms in place, and that of mode e.n, if there is one,
// fitted to them.
func (p *problem) followed(e exchange, atoms [][]int, factors []*mat.Dense) []*mat.Dense {
	if e.n < 0 {
		return factors
	}
	factors = slices.Clone(factors)
	m := &p.modes[e.i]
	factors[m.N] = m.Dict.Columns(atoms[e.i], m.Physical)
	a := mat.DenseCopyOf(factors[e.n])
	rows, rank := a.Dims()
	products := mat.NewDense(rows, rank, nil)
	p.given(factors).MTTKRP(products, factors, e.n)
	if fitRows(p.free(e.n), a, products, tensor.HadamardOfGrams(factors, e.n)) == nil {
		factors[e.n] = a
	}
	return factors
}
