package dict

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
)

const (
	partnersEach = 4   // exchanges of each component that are combined
	partnersMost = 40  // and of all together
	together     = 320 // combinations in a race at most, and as many with two atoms transposed
	togetherEach = 22  // and of each pair of components
	mostTogether = 3   // atoms that are exchanged at a time
	further      = 8   // combinations that go on to one atom more
)

// combined looks for exchanges of several atoms that lower the error. Those are raced that
// came closest to it alone, whatever they did to it: two wrong atoms that stand for two
// right ones often hold each other in place.
func (f *portfolio) combined(ctx context.Context, singles []*entrant, most int, goal float64) (*candidate, error) {
	ones := partners(singles)
	made := ones
	for range mostTogether - 1 {
		list := f.combine(made, ones, most)
		if next, err := f.race(ctx, list, goal); next != nil || err != nil {
			return next, err
		}
		slices.SortStableFunc(list, byError)
		made = list[:min(len(list), further)]
	}
	return nil, nil
}

// partners are the exchanges of one atom that came closest to the present error, whichever
// the component, and the first few of each.
func partners(singles []*entrant) []*entrant {
	slices.SortStableFunc(singles, byError)
	own := map[[2]int]int{}
	var best []*entrant
	for at, e := range singles {
		key := [2]int{e.moves[0].i, e.moves[0].r}
		if own[key]++; own[key] <= partnersEach || at < partnersMost {
			best = append(best, e)
		}
	}
	return best
}

// combine joins one exchange more to some that have been made. Those are taken whose parts
// came closest to the present error, and each also with the last two atoms transposed: which
// of two components an atom is for was never asked before both had changed.
func (f *portfolio) combine(made, ones []*entrant, most int) []*entrant {
	type pair struct {
		*entrant
		a, b *entrant
	}
	seen := map[string]bool{}
	var pairs []pair
	for _, a := range made {
		for _, b := range ones {
			m := b.moves[0]
			if !a.leaves(m) || !f.p.modes[m.i].allows(a.atoms[m.i], m.r, m.j) {
				continue
			}
			atoms := m.in(a.atoms)
			if key := fmt.Sprint(atoms); !seen[key] {
				seen[key] = true
				pairs = append(pairs, pair{&entrant{moves: append(slices.Clone(a.moves), m), atoms: atoms, err: a.err + b.err}, a, b})
			}
		}
	}
	slices.SortStableFunc(pairs, func(x, y pair) int { return byError(x.entrant, y.entrant) })
	var list []*entrant
	for _, e := range pairs[:min(len(pairs), most)] {
		m, before := e.b.moves[0], e.a.moves[len(e.a.moves)-1]
		for n, a := range e.a.factors {
			a = mat.DenseCopyOf(a)
			a.SetCol(m.r, mat.Col(nil, m.r, e.b.factors[n]))
			e.factors = append(e.factors, a)
		}
		list = append(list, e.entrant)
		if m.i == before.i {
			list = append(list, e.transposed(m.i, m.r, before.r))
		}
	}
	return list
}

// leaves says whether the component of m is as it was.
func (e *entrant) leaves(m exchange) bool {
	return !slices.ContainsFunc(e.moves, func(o exchange) bool { return o.i == m.i && o.r == m.r })
}

// transposed is e with the atoms of two components exchanged.
func (e *entrant) transposed(i, r, q int) *entrant {
	t := &entrant{moves: e.moves, atoms: slices.Clone(e.atoms), factors: e.factors, err: e.err}
	t.atoms[i] = slices.Clone(t.atoms[i])
	t.atoms[i][r], t.atoms[i][q] = t.atoms[i][q], t.atoms[i][r]
	return t
}

// transpose looks for a better fit to the same atoms: where components are close to each
// other the fit has more than one minimum, and that with the atoms of two components
// exchanged may lead to another.
func (f *portfolio) transpose(ctx context.Context, c *candidate, goal float64) (*candidate, error) {
	if goal < rounding {
		return nil, nil
	}
	now := &entrant{atoms: c.atoms, factors: c.factors}
	stop := sweep.Any(sweep.Target(goal), sweep.RelChange{Tol: 1e-6, Patience: 3}, sweep.MaxSweeps(2*briefSweeps))
	for i := range f.p.modes {
		for r := range f.p.rank {
			for q := range r {
				if err := ctx.Err(); err != nil {
					return nil, fmt.Errorf("dict: stopped while fits were compared: %w", err)
				}
				e := now.transposed(i, r, q)
				next, err := f.p.quick(ctx, Auto{}.Name(), e.atoms, e.factors, stop)
				if err != nil {
					return nil, err
				}
				if e.factors, e.err = next.factors, next.err; e.err <= goal {
					return f.last(ctx, e)
				}
			}
		}
	}
	return nil, nil
}
