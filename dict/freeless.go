package dict

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// lessen gives free components beyond Free.Min an atom where that is no worse than the
// numbers saved are worth: a rise of the loss by at most 2σ² for each number that is
// no longer fitted, σ² from the model with the component free. Of every free component
// the atoms closest to its column are tried.
func (p *problem) lessen(ctx context.Context, c *candidate) (*candidate, error) {
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
			next.algorithm, next.swaps = c.algorithm, c.swaps // the trace begins anew, for the error rises
			c = next
		}
	}
	return c, nil
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
	if best == nil {
		return nil, nil
	}
	variance := p.variance(c)
	if math.IsNaN(variance) || p.loss(best)-p.loss(c) > 2*variance*float64(p.fitted(c)-p.fitted(best)) {
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
