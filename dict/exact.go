package dict

import (
	"cmp"
	"container/heap"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Exact is branch and bound over the choices of atoms, from what [Auto] finds: the
// result is the best of all, or comes with a bound on what the best could be. With
// the atoms Q of a partial choice and any other R−|Q| directions in the place of the
// atoms to come, no factors leave less than
//
//	‖P⊥_Q X‖² − Σ_{i ≤ R−|Q|} λ_i(P⊥_Q X Xᵀ P⊥_Q),
//
// λ in descending order, whatever is asked of the other factor. Partial choices are
// taken up in order of that bound, on the data compressed to R+8 directions and the
// trace of the rest; a choice that is complete is fitted. Where atoms are well apart
// and the noise is low that ends after few; among many near-duplicates it cannot end, and
// what it gives is Result.Search.LowerBound.
//
// It needs a single other mode that is fitted exactly, a mode of size up to 2048, and data that
// give the Gram of their unfolding. Cost of a node: O((R+8)³) and one product of R+8
// columns with the dictionary.
//
// References:
//   - Land, A.H., Doig, A.G.: An automatic method of solving discrete programming
//     problems. Econometrica 28(3), 497–520 (1960).
type Exact struct {
	// Nodes is the number of partial choices to look at. Default: 100 000.
	Nodes int
}

// Name implements [Algorithm].
func (Exact) Name() string { return "exact" }

func (a Exact) fit(ctx context.Context, p *problem) (*candidate, error) {
	if !p.matrix() || !p.spectral(p.modes[0].N) {
		return nil, fmt.Errorf("%w: Exact needs a matrix whose other factor is fitted exactly, and a dictionary for a mode of size up to %d; use Auto", ErrOptions, gramLimit)
	}
	if a.Nodes <= 0 {
		a.Nodes = 100_000
	}
	c, _, err := Auto{}.descend(ctx, p)
	if c == nil || err != nil || c.search.Ended == Interrupted {
		return c, err
	}
	return a.prove(ctx, p, c)
}

// prove looks for a better choice than that of c, and for a proof that there is none.
func (a Exact) prove(ctx context.Context, p *problem, c *candidate) (*candidate, error) {
	if !p.spectral(p.modes[0].N) {
		return c, nil
	}
	b := newBranching(p, c)
	err := b.run(ctx, a.Nodes)
	b.best.search.Nodes, b.best.search.LowerBound = b.nodes, b.bound()
	if err == nil && b.open.Len() == 0 {
		b.best.search.Ended = Proven
	}
	return b.best, err
}

// branching is the state of a search by branch and bound.
type branching struct {
	p     *problem
	m     *Mode
	z     *mat.Dense // I×k: the compressed data
	tail  float64    // what R directions more than Z leave of the rest of the data
	slack float64    // rounding of a bound

	left  *remainder // for the atoms that may be part of a better choice
	open  partials
	nodes int
	best  *candidate
	limit float64 // its loss
}

// partial is a choice of some atoms, to be completed by atoms from place next on.
type partial struct {
	k     []int // places
	next  int
	bound float64
}

// branchMost is the number of atoms that may be part of a better choice up to which it is
// worth looking further than at single ones.
const branchMost = 2048

func newBranching(p *problem, c *candidate) *branching {
	m := &p.modes[0]
	z := p.signal(m.N, 2*p.rank+oversample)
	rows, all := z.Dims()
	b := &branching{p: p, m: m, best: c, tail: p.x.SquaredNorm(), slack: 1e-12 * p.x.SquaredNorm(), limit: p.loss(c)}
	for i := range all {
		norm := mat.Norm(z.ColView(i), 2)
		b.tail -= norm * norm
	}
	b.tail = max(0, b.tail)
	b.z = z.Slice(0, rows, 0, min(all, p.rank+oversample)).(*mat.Dense)
	return b
}

func (b *branching) run(ctx context.Context, nodes int) error {
	root := &partial{bound: b.root()}
	if root.bound >= b.limit-b.slack {
		return nil
	}
	heap.Push(&b.open, root)
	if b.left == nil {
		return nil
	}
	for b.open.Len() > 0 && b.nodes < nodes {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("dict: stopped after %d partial choices: %w", b.nodes, err)
		}
		q := heap.Pop(&b.open).(*partial)
		if q.bound >= b.limit-b.slack {
			b.open = nil // nothing that is left is better
			return nil
		}
		b.nodes++
		if len(q.k) < b.p.rank {
			b.expand(q)
		} else if err := b.complete(ctx, q); err != nil {
			heap.Push(&b.open, q)
			return err
		}
	}
	return nil
}

// root returns the bound without any atom, and keeps the atoms that may be part of a
// better choice, in descending order of what they explain by themselves.
func (b *branching) root() float64 {
	_, d := b.m.Dict.Dims()
	_, k := b.z.Dims()
	left := newRemainder(b.z)
	left.reset(nil)
	rest, lead, others := left.bound(b.p.rank)
	gain := make([]float64, d)
	newPass(b.m.Dict, &b.m.Dict.plain, k, func(_, first int, c []float64) {
		for j := first; len(c) > 0; j++ {
			for _, x := range c[:k] {
				gain[j] += x * x
			}
			c = c[k:]
		}
	}).run(b.z)
	var list []int
	for j, g := range gain {
		if rest-g-others+b.tail < b.limit-b.slack {
			list = append(list, j)
		}
	}
	if len(list) > branchMost {
		return rest - lead + b.tail
	}
	slices.SortStableFunc(list, func(x, y int) int { return cmp.Compare(gain[y], gain[x]) })
	left.prepare(b.m.Dict, list)
	var kept []int
	for q, j := range list {
		left.reset([]int{q})
		if rest, lead, _ := left.bound(b.p.rank - 1); rest-lead+b.tail < b.limit-b.slack {
			kept = append(kept, j)
		}
	}
	left.prepare(b.m.Dict, kept)
	b.left = left
	return rest - lead + b.tail
}

// expand replaces a partial choice by those with one atom more. By Cauchy's
// interlacing, what is left without atom j has no larger eigenvalues than before.
func (b *branching) expand(q *partial) {
	b.left.reset(q.k)
	rest, lead, others := b.left.bound(b.p.rank - len(q.k))
	if q.bound = max(q.bound, rest-lead+b.tail); q.bound >= b.limit-b.slack {
		return
	}
	atoms := b.left.atoms(q.k)
	for at := q.next; at < len(b.left.index); at++ {
		bound := max(q.bound, rest-b.left.gain(at)-others+b.tail)
		if bound >= b.limit-b.slack || !b.m.extends(atoms, b.left.index[at], b.p.rank) {
			continue
		}
		next := at
		if b.m.Distinct {
			next++
		}
		heap.Push(&b.open, &partial{k: append(slices.Clone(q.k), at), next: next, bound: bound})
	}
}

// complete fits a whole choice.
func (b *branching) complete(ctx context.Context, q *partial) error {
	c, err := b.p.refit(ctx, Exact{}.Name(), [][]int{b.left.atoms(q.k)}, b.p.blank(), nil)
	if c != nil && c.err < b.best.err*(1-leastGain) {
		c = b.best.followedBy(c)
		c.search = b.best.search
		b.best, b.limit = c, b.p.loss(c)
	}
	return err
}

// bound is a relative error that no choice can be below.
func (b *branching) bound() float64 {
	least := b.limit
	for _, q := range b.open {
		least = min(least, q.bound)
	}
	return math.Sqrt(max(0, least-b.slack) / b.p.x.SquaredNorm())
}

// partials are a heap by bound, of equals the longer choice first, then by atoms.
type partials []*partial

func (h partials) Len() int { return len(h) }
func (h partials) Less(x, y int) bool {
	if h[x].bound != h[y].bound {
		return h[x].bound < h[y].bound
	}
	if len(h[x].k) != len(h[y].k) {
		return len(h[x].k) > len(h[y].k)
	}
	return slices.Compare(h[x].k, h[y].k) < 0
}
func (h partials) Swap(x, y int) { h[x], h[y] = h[y], h[x] }

// Push implements [heap.Interface].
func (h *partials) Push(x any) { *h = append(*h, x.(*partial)) }

// Pop implements [heap.Interface].
func (h *partials) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
