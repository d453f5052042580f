package dict

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Auto is a portfolio of starts, the cheapest first, of which the best is finished
// by exchanges.
//
// With a single other mode, starts are screened on a sample of the rows of the
// other factor: greedy choices on the compressed data ([SOMP], and without its
// exchanges, and [MUSIC]), one that heeds the signs, then random choices; single
// atoms of each are exchanged until none helps. The search for starts ends when
// two of them have come to the same best choice. That one is finished on all the
// data by [Swap], pairs included, and [Exact] has a few nodes to prove it the best. A
// choice whose error is higher, but only by less noise fitted, is taken instead.
//
// Otherwise the fit is not convex in the rest: the starts are those of [Swap], and the choice
// for the tensor's unfolding as a matrix; the best few are compared by brief fits and their
// single atoms exchanged. From the two best ends many exchanges are raced, fitted by turns while
// only the best go on: single ones, then those that came closest two and three at a time; and
// the atoms of two components are transposed, for the fit to given atoms can have several
// minima. With free components, a Tolerance or unknown cells it is [Swap].
type Auto struct {
	// Pairs is that of [Swap]; with more than one other mode, the number of exchanges of
	// several atoms in a race, each raced with two of its atoms transposed as well. Default
	// there: 22 for each pair of components, 320 at most.
	// −1: none.
	Pairs int
	// Nodes is the number of partial choices that branch and bound may look at.
	// Default: 1000. −1: none.
	Nodes int
}

const (
	screenWork = 7e9 // of all starts, in the units of [descent]: some tenths of a second
	screenRows = 512 // that starts are compared on
	agree      = 2   // starts that come to the same best choice are enough
	mostStarts = 32  // starts at most
	autoNodes  = 1000
)

// Name implements [Algorithm].
func (Auto) Name() string { return "auto" }

func (a Auto) fit(ctx context.Context, p *problem) (*candidate, error) {
	if !p.plain() {
		return Swap{Pairs: a.Pairs}.fit(ctx, p)
	}
	if !p.matrix() {
		return a.fitTensor(ctx, p)
	}
	c, t, err := a.descend(ctx, p)
	if t == nil || err != nil || c.search.Ended == Interrupted {
		return c, err
	}
	if a.Nodes == 0 {
		a.Nodes = autoNodes
	}
	if a.Nodes > 0 {
		if c, err = (Exact{Nodes: a.Nodes}).prove(ctx, p, c); err != nil {
			return c, err
		}
	}
	return p.settleMisfit(ctx, t, c)
}

// descend finishes the best start, by the table of the problem if there is one.
func (a Auto) descend(ctx context.Context, p *problem) (*candidate, *table, error) {
	k, name, number, t, err := p.screen(ctx, screenWork)
	if err != nil {
		return nil, nil, err
	}
	if t == nil {
		c, err := Swap{Pairs: a.Pairs}.fit(ctx, p)
		return c, nil, err
	}
	c, err := p.refit(ctx, name, [][]int{k}, p.blank(), p.stop)
	if c == nil || err != nil {
		return c, nil, err
	}
	p.compare(name, number, c)
	c, err = Swap{Pairs: a.Pairs}.descend(ctx, p, t, c)
	return c, t, err
}

// screen returns the best choice of several starts, which start it came from, and the
// table of the problem; none if there is no table.
func (p *problem) screen(ctx context.Context, work float64) (k []int, name string, number int, t *table, err error) {
	v := newProjection(&p.modes[0], p.signal(p.modes[0].N, p.rank))
	greedy := v.pursue(p.rank)
	first := v.exchange(slices.Clone(greedy))
	if t = p.newTable(first); t == nil {
		return nil, "", 0, nil, nil
	}
	s := &screening{p: p, t: t.sample(screenRows), most: work}
	err = s.run(ctx, first, greedy)
	return s.best, s.name, s.number, t, err
}

// screening compares starts on a sample of the rows.
type screening struct {
	p *problem
	t *table

	best   []int
	name   string
	number int
	loss   float64
	found  int // how often
	work   float64
	most   float64
}

func (s *screening) run(ctx context.Context, first, greedy []int) error {
	s.loss = math.Inf(1)
	for start := 0; s.found < agree && start < mostStarts && (s.work < s.most || start == 0); start++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("dict: stopped after %d starts: %w", start, err)
		}
		name, k := SOMP{}.Name(), first
		switch start {
		case 0:
		case 1:
			name, k = "nonnegative pursuit", s.t.pursue(s.p.rank)
		case 2:
			var err error
			if k, err = (MUSIC{}).choose(s.p, &s.p.modes[0]); err != nil {
				return err
			}
			name = MUSIC{}.Name()
		case 3:
			k = greedy
		default:
			name, k = "random atoms", s.t.draw(s.p.rank, s.p.rng(start))
		}
		if k == nil { // a choice that came to a dead end
			continue
		}
		if err := s.try(ctx, name, start, k); err != nil {
			return err
		}
	}
	return nil
}

// try exchanges single atoms of a start and compares where that ends.
func (s *screening) try(ctx context.Context, name string, number int, k []int) error {
	if !s.t.holds(k) {
		return nil
	}
	d := newDescent(s.t, k, func([]int) (bool, error) { return true, nil })
	defer func() { s.work += d.work }()
	if _, _, err := d.settle(ctx, 0); err != nil {
		return err
	}
	end := slices.Sorted(slices.Values(d.atoms(d.k)))
	switch {
	case s.best != nil && slices.Equal(end, s.best):
		s.found++
	case d.loss < s.loss-roundingLoss*math.Abs(s.loss) || s.best == nil:
		s.best, s.name, s.number, s.loss, s.found = end, name, number, d.loss, 1
	}
	return nil
}

// pursue chooses rank atoms of the pool greedily, by what each takes off the loss
// of the rows; nil where that comes to a dead end.
func (t *table) pursue(rank int) []int {
	rows, _ := t.b.Dims()
	s, f := new(scorer), fitter{t: t}
	var k, places []int
	var a *mat.Dense // the fit to these
	for len(k) < rank {
		f.score(s, places, a, rows)
		best := -1
		for q, g := range s.gain {
			if (best < 0 || g > s.gain[best]) && t.mode.extends(k, t.pool[q], rank) {
				best = q
			}
		}
		if best < 0 {
			return nil
		}
		k, places = append(k, t.pool[best]), append(places, best)
		next := mat.NewDense(rows, len(k), nil)
		if a != nil {
			next.Slice(0, rows, 0, len(k)-1).(*mat.Dense).Copy(a)
		}
		a = next
	}
	return k
}

// draw chooses rank atoms of the pool at random, within the bounds of the mode; nil where
// that comes to a dead end.
func (t *table) draw(rank int, rng *rand.Rand) []int {
	var k []int
	for len(k) < rank {
		before := len(k)
		for _, q := range rng.Perm(len(t.pool)) {
			if len(k) < rank && t.mode.extends(k, t.pool[q], rank) {
				k = append(k, t.pool[q])
			}
		}
		if len(k) == before {
			return nil
		}
	}
	return k
}
