package matrix

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// FoolingSet is a set of positive entries (row, column) of X ≥ 0 no two of which lie in a common
// rectangle of positive ones,
//
//	x_il·x_kj = 0 for any (i,j) and (k,l) of it,
//
// the largest there is, or that was found. No component of a nonnegative factorisation can
// hold two of them, so their number is a lower bound of the nonnegative rank whether or not it is
// the most. It is a largest clique, searched for by branch and bound with a colouring as the bound.
//
// Errors: those of [RectangleCover].
//
// References:
//   - Fiorini, S., Kaibel, V., Pashkovich, K., Theis, D.O.: Combinatorial bounds on nonnegative rank
//     and extended formulations. Discrete Math. 313(1), 67–83 (2013).
//   - Tomita, E., Seki, T.: An efficient branch-and-bound algorithm for finding a maximum clique.
//     DMTCS, LNCS 2731, 278–289 (2003).
func FoolingSet(ctx context.Context, x mat.Matrix, opts *CoverOptions) ([][2]int, error) {
	p, nodes, err := opts.pattern(x)
	if err != nil {
		return nil, err
	}
	var entries [][2]int
	for _, e := range p.clique(ctx, nodes) {
		entries = append(entries, [2]int{slices.Index(p.rowOf, p.ones[e][0]), slices.Index(p.colOf, p.ones[e][1])})
	}
	if err := ctx.Err(); err != nil {
		return entries, fmt.Errorf("matrix: fooling set: %w", err)
	}
	return entries, nil
}

// cliques is the search.
type cliques struct {
	ctx        context.Context
	apart      []set
	left       int
	path, best []int
}

// clique is a largest set of ones that are apart from each other.
func (p *pattern) clique(ctx context.Context, nodes int) []int {
	n := len(p.ones)
	s := &cliques{ctx: ctx, left: nodes}
	every := newSet(n)
	for e, a := range p.ones {
		apart := newSet(n)
		for f, b := range p.ones {
			if a[0] != b[0] && a[1] != b[1] && (p.at[a[0]*p.n+b[1]] < 0 || p.at[b[0]*p.n+a[1]] < 0) {
				apart.add(f)
			}
		}
		s.apart = append(s.apart, apart)
		every.add(e)
	}
	s.grow(every)
	return s.best
}

// grow extends the clique of the path by members of from, all of which are apart from it.
func (s *cliques) grow(from set) {
	if len(s.path) > len(s.best) {
		s.best = slices.Clone(s.path)
	}
	if s.left -= 1 + len(s.apart)/coverPlain; s.left <= 0 || s.ctx.Err() != nil {
		s.left = 0
		return
	}
	order, color := s.colors(from)
	from = slices.Clone(from)
	for k := len(order) - 1; k >= 0 && s.left > 0; k-- {
		if len(s.path)+color[k] <= len(s.best) {
			return
		}
		e := order[k]
		s.path = append(s.path, e)
		s.grow(from.and(s.apart[e]))
		s.path = s.path[:len(s.path)-1]
		from[e/64] &^= 1 << (e % 64)
	}
}

// colors puts members in order of their colour, from 1 on; no two of a colour are apart, so a clique
// among the first k has at most color[k-1] members.
func (s *cliques) colors(from set) (order, color []int) {
	rest := slices.Clone(from)
	for c := 1; !rest.empty(); c++ {
		free := slices.Clone(rest)
		for !free.empty() {
			e := free.first()
			order, color = append(order, e), append(color, c)
			rest[e/64] &^= 1 << (e % 64)
			free[e/64] &^= 1 << (e % 64)
			free = free.without(s.apart[e])
		}
	}
	return order, color
}
