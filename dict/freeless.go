package dict

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
)

// lessen looks for a model with fewer free components, from Free.Min on, that is no worse
// than the numbers saved are worth: a rise of the loss by at most 2σ² for each number that is
// no longer fitted, σ² from the model with more. First the whole search is made with fewer;
// where none of these models is as good, single free components are given one of the atoms
// closest to their column.
func (p *problem) lessen(ctx context.Context, c *candidate) (*candidate, error) {
	for i := range p.modes {
		m := &p.modes[i]
		if freeIn(c.atoms[i]) <= m.Free.Min {
			continue
		}
		next, err := p.fewer(ctx, m, freeIn(c.atoms[i]), c)
		if err != nil {
			return c, err
		}
		if next != nil {
			c = next
		}
	}
	for i := range p.modes {
		for m := &p.modes[i]; freeIn(c.atoms[i]) > m.Free.Min; {
			m.free = freeIn(c.atoms[i]) - 1
			next, err := p.named(ctx, c, i)
			if err != nil {
				return c, err
			}
			if next == nil {
				m.free++
				break
			}
			next.algorithm, next.swaps, next.search = c.algorithm, c.swaps, c.search // the trace begins anew, for the error rises
			c = next
		}
	}
	return c, nil
}

// fewer makes the search anew with fewer than most free components of a mode, the fewest
// first, and returns the first model that is as good as c; nil if none is.
func (p *problem) fewer(ctx context.Context, m *Mode, most int, c *candidate) (*candidate, error) {
	bounds := m.Free
	defer func() { m.Free = bounds }()
	for f := m.leastFree(p.rank); f < most; f++ {
		m.Free, m.free = assign.Bound{Min: f, Max: f}, f
		next, err := p.algorithm.fit(ctx, p)
		if next != nil && err == nil && p.asGood(next, c) {
			return next, nil
		}
		m.free = most
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// asGood says whether what c fits better than next is worth no more than the numbers that
// it fits more.
func (p *problem) asGood(next, c *candidate) bool {
	variance := p.variance(c)
	return !math.IsNaN(variance) && p.loss(next)-p.loss(c) <= 2*variance*float64(p.fitted(c)-p.fitted(next))
}

// named is the best model with an atom in the place of one free component of modes[i],
// nil if none is as good as c, the numbers fitted considered.
func (p *problem) named(ctx context.Context, c *candidate, i int) (*candidate, error) {
	m := &p.modes[i]
	var best *candidate
	for r, j := range c.atoms[i] {
		if j >= 0 {
			continue
		}
		for _, j := range p.nearestAtoms(c, i, r) {
			atoms := make([][]int, len(c.atoms))
			for q, k := range c.atoms {
				atoms[q] = slices.Clone(k)
			}
			atoms[i][r] = j
			start := slices.Clone(c.factors)
			start[m.N] = mat.DenseCopyOf(start[m.N])
			next, err := p.refit(ctx, "atom for a free component", atoms, start, p.stop)
			if err != nil {
				return nil, err
			}
			if best == nil || next.err < best.err {
				best = next
			}
		}
	}
	if best == nil || !p.asGood(best, c) {
		return nil, nil
	}
	return best, nil
}

// nearestAtoms are a few atoms that the mode allows beside the others, those at the
// smallest angles to free column r first.
func (p *problem) nearestAtoms(c *candidate, i, r int) []int {
	m := &p.modes[i]
	column := mat.DenseCopyOf(c.factors[m.N].ColView(r))
	scores := m.correlations(column)
	others := chosen(c.atoms[i])
	var list []int
	for len(list) < fewTries {
		best := -1
		for j, x := range scores {
			if (best < 0 || x > scores[best]) && !slices.Contains(list, j) && m.extends(others, j, p.rank-m.free) {
				best = j
			}
		}
		if best < 0 {
			break
		}
		list = append(list, best)
	}
	return list
}

// correlations are those of a column with all atoms, by absolute value.
func (m *Mode) correlations(column *mat.Dense) []float64 {
	_, atoms := m.Dict.Dims()
	scores := make([]float64, atoms)
	newPass(m.Dict, &m.Dict.plain, 1, func(_, first int, c []float64) {
		for k, x := range c {
			scores[first+k] = math.Abs(x)
		}
	}).run(column)
	return scores
}

// fitted counts the numbers that are fitted, those of free columns among them.
func (p *problem) fitted(c *candidate) int {
	count := p.freedom(c.factors)
	for i, k := range c.atoms {
		for r, j := range k {
			if j < 0 {
				count += max(0, positive(mat.DenseCopyOf(c.factors[p.modes[i].N].ColView(r)))-1)
			}
		}
	}
	return count
}

// trades are the exchanges of roles: a free component takes an atom, and another is
// free in its place. They promise what freeing the one does to the loss less what the best
// atom does to it in the place of the other, all else kept. e and g are those of
// [Swap].
func (p *problem) trades(k []int, i int, e *mat.Dense, g *mat.SymDense) []exchange {
	m := &p.modes[i]
	if freeIn(k) == 0 {
		return nil
	}
	whole := func(r int) float64 { // what a free column explains
		sum := 0.0
		for row := range e.RawMatrix().Rows {
			if v := e.At(row, r); v > 0 || !p.signed {
				sum += v * v
			}
		}
		return sum / g.At(r, r)
	}
	var list []exchange
	for s, j := range k {
		if j >= 0 || g.At(s, s) == 0 {
			continue
		}
		scores := m.correlations(mat.DenseCopyOf(e.ColView(s)))
		for r, own := range k {
			if own < 0 || g.At(r, r) == 0 {
				continue
			}
			others, best := chosen(without(k, r)), -1
			for j, x := range scores {
				if (best < 0 || x > scores[best]) && m.extends(others, j, len(k)-freeIn(k)) {
					best = j
				}
			}
			if best < 0 {
				continue
			}
			present := mat.Dot(m.Dict.Columns([]int{own}, false).ColView(0), e.ColView(r))
			rise := whole(s) - scores[best]*scores[best]/g.At(s, s)
			list = append(list, exchange{i: i, r: s, j: best, n: -1, promise: whole(r) - present*present/g.At(r, r) - rise, frees: r + 1})
		}
	}
	return list
}
