package matrix

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Cover is what [RectangleCover] finds.
type Cover struct {
	// Lower and Upper hold the least number of rectangles. They are equal if the search came to
	// its end.
	Lower, Upper int
	// Rectangles cover every positive entry, Upper of them.
	Rectangles []Rectangle
}

// Rectangle is a set of rows and a set of columns, positive wherever one meets the other.
type Rectangle struct{ Rows, Columns []int }

// CoverOptions of [RectangleCover] and [FoolingSet]. nil is the zero value.
type CoverOptions struct {
	// Zero is the share of the largest entry up to which an entry of X, of either sign, counts as
	// zero. Default: 1e-12; negative: none.
	Zero float64
	// Nodes is the most nodes that a search looks at, a node counting for more where there are more than
	// 100 rectangles or entries. Default: 100000, some seconds.
	Nodes int
}

// pattern is that of x, and the number of nodes to look at.
func (o *CoverOptions) pattern(x mat.Matrix) (p *pattern, nodes int, err error) {
	f := CoverOptions{}
	if o != nil {
		f = *o
	}
	if f.Nodes < 0 {
		return nil, 0, fmt.Errorf("%w: %d nodes", ErrOptions, f.Nodes)
	}
	y, _, err := aboveZero(x, f.Zero)
	if err != nil {
		return nil, 0, err
	}
	p, err = newPattern(y)
	return p, orDefault(f.Nodes, 100000), err
}

// RectangleCover is the least number of rectangles, sets of rows times sets of columns without a zero, that
// together cover the positive entries of X ≥ 0. It is a lower bound of the nonnegative rank, since
// each u_k·v_kᵀ is positive on a rectangle, and of the Boolean rank the value.
//
// Only maximal rectangles matter, at most 4096 of which are listed; they are chosen from by
// depth-first search with a growing number of rectangles: the open entry that fewest rectangles hold
// is branched on, and a branch ends where a fooling set or a dual solution y_e = min_{R∋e} 1/|R| of
// the open entries e needs more than are left. Where there are more rectangles, or nodes, bounds that
// hold are returned.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries below zero, [ErrOptions], [ErrSize] for
// more than 4096 positive entries in distinct rows and columns, and that of ctx.
//
// Reference:
//   - Fiorini, S., Kaibel, V., Pashkovich, K., Theis, D.O.: Combinatorial bounds on nonnegative rank
//     and extended formulations. Discrete Math. 313(1), 67–83 (2013).
func RectangleCover(ctx context.Context, x mat.Matrix, opts *CoverOptions) (*Cover, error) {
	p, nodes, err := opts.pattern(x)
	if err != nil {
		return nil, err
	}
	res, err := p.cover(ctx, len(p.clique(ctx, nodes)), nodes)
	if err != nil {
		return nil, fmt.Errorf("matrix: rectangle cover: %w", err)
	}
	return res, nil
}

// covering is the search.
type covering struct {
	ctx   context.Context
	rect  []set
	of    [][]int // the rectangles that hold an entry
	meet  []set   // the entries that share a rectangle with one
	left  int     // nodes
	path  []int
	found []int
	short []float64
}

func (p *pattern) cover(ctx context.Context, fooling, nodes int) (*Cover, error) {
	if len(p.ones) == 0 {
		return &Cover{}, nil
	}
	rect, all := p.rectangles()
	s := &covering{ctx: ctx, rect: rect, left: nodes, of: make([][]int, len(p.ones)), short: make([]float64, len(p.ones))}
	for k, r := range rect {
		r.each(func(e int) { s.of[e] = append(s.of[e], k) })
	}
	for e := range p.ones {
		meet := newSet(len(p.ones))
		for _, k := range s.of[e] {
			for w, v := range rect[k] {
				meet[w] |= v
			}
		}
		s.meet = append(s.meet, meet)
	}
	open := s.essential()
	res := &Cover{Lower: fooling}
	best := s.greedy(open)
	if all { // else some rectangles are missing, and what follows would be no lower bound
		res.Lower = max(res.Lower, s.least(open))
		for res.Lower < len(best) && s.left > 0 {
			if found := s.exchanges(open, res.Lower); found != nil {
				best = found
				break
			}
			if s.within(open, res.Lower) {
				best = s.found
				break
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if s.left > 0 {
				res.Lower++
			}
		}
	}
	res.Upper = len(best)
	for _, k := range best {
		res.Rectangles = append(res.Rectangles, p.rectangle(rect[k]))
	}
	return res, nil
}

// rectangle is one in rows and columns of X.
func (p *pattern) rectangle(ones set) Rectangle {
	rows, columns := newSet(p.p), newSet(p.n)
	ones.each(func(e int) {
		rows.add(p.ones[e][0])
		columns.add(p.ones[e][1])
	})
	var r Rectangle
	for i, at := range p.rowOf {
		if at >= 0 && rows.has(at) {
			r.Rows = append(r.Rows, i)
		}
	}
	for j, at := range p.colOf {
		if at >= 0 && columns.has(at) {
			r.Columns = append(r.Columns, j)
		}
	}
	return r
}

// essential are the entries that are not covered whenever some other one is.
func (s *covering) essential() set {
	n := len(s.of)
	member, open := make([]set, n), newSet(n)
	for e, of := range s.of {
		member[e] = newSet(len(s.rect))
		for _, k := range of {
			member[e].add(k)
		}
	}
	for e := range n {
		spare := false
		for f := range n {
			if f != e && member[f].in(member[e]) && (len(s.of[f]) < len(s.of[e]) || f < e) {
				spare = true
				break
			}
		}
		if !spare {
			open.add(e)
		}
	}
	return open
}

// greedy is a cover: the rectangle with most open entries, one after the other.
func (s *covering) greedy(open set) []int {
	var list []int
	for !open.empty() {
		best, most := 0, 0
		for k, r := range s.rect {
			if n := r.common(open); n > most {
				best, most = k, n
			}
		}
		list = append(list, best)
		open = open.without(s.rect[best])
	}
	return list
}

// coverPlain is the number of rectangles, or of positive entries for fooling sets, beyond which a node
// counts for several, as it takes longer.
const coverPlain = 100

// coverExchanges is how many an exchange search makes: a tenth of a second for a thousand rectangles.
const coverExchanges = 3000

// exchanges looks for a cover by k rectangles, from k of them: one that misses least is left for the
// best one that holds an open entry, what is open weighing more from step to step; the one that came
// last stays for a step.
func (s *covering) exchanges(open set, k int) []int {
	now, weight := s.greedy(open)[:k], make([]float64, len(s.of))
	for e := range weight {
		weight[e] = 1
	}
	times, last := make([]int, len(s.of)), -1
	for _, r := range now {
		s.rect[r].each(func(e int) { times[e]++ })
	}
	for step := range coverExchanges {
		at, bare := -1, 0
		open.each(func(e int) {
			if times[e] == 0 {
				weight[e]++
				if bare++; at < 0 || (step+e)%bare == 0 {
					at = e
				}
			}
		})
		if at < 0 {
			return now
		}
		out, least := -1, math.Inf(1)
		for i, r := range now {
			loss := 0.0
			s.rect[r].each(func(e int) {
				if times[e] == 1 && open.has(e) {
					loss += weight[e]
				}
			})
			if r != last && loss < least {
				out, least = i, loss
			}
		}
		if out < 0 {
			return nil
		}
		s.rect[now[out]].each(func(e int) { times[e]-- })
		in, most := -1, 0.0
		for _, r := range s.of[at] {
			gain := 0.0
			s.rect[r].each(func(e int) {
				if times[e] == 0 && open.has(e) {
					gain += weight[e]
				}
			})
			if gain > most && r != now[out] {
				in, most = r, gain
			}
		}
		now[out], last = in, in
		s.rect[in].each(func(e int) { times[e]++ })
	}
	return nil
}

// least is a lower bound of the number of rectangles that cover the open entries.
func (s *covering) least(open set) int {
	clear(s.short)
	for _, r := range s.rect {
		if n := r.common(open); n > 0 {
			for w, v := range r {
				for v &= open[w]; v != 0; v &= v - 1 {
					e := 64*w + bits.TrailingZeros64(v)
					s.short[e] = max(s.short[e], float64(n))
				}
			}
		}
	}
	sum, apart, rest := 0.0, 0, slices.Clone(open)
	open.each(func(e int) { sum += 1 / s.short[e] })
	for !rest.empty() { // entries no two of which share a rectangle
		best, fewest := -1, 0
		rest.each(func(e int) {
			if n := s.meet[e].common(rest); best < 0 || n < fewest {
				best, fewest = e, n
			}
		})
		apart++
		rest = rest.without(s.meet[best])
	}
	return max(apart, int(math.Ceil(sum-1e-9)))
}

// within looks for a cover by at most k rectangles.
func (s *covering) within(open set, k int) bool {
	if open.empty() {
		s.found = slices.Clone(s.path)
		return true
	}
	if s.left -= 1 + len(s.rect)/coverPlain; s.left <= 0 || s.ctx.Err() != nil {
		s.left = 0
		return false
	}
	if s.least(open) > k {
		return false
	}
	at, fewest := -1, 0
	open.each(func(e int) {
		if n := len(s.of[e]); at < 0 || n < fewest {
			at, fewest = e, n
		}
	})
	for _, r := range s.choices(open, at, k) {
		s.path = append(s.path, r)
		done := s.within(open.without(s.rect[r]), k-1)
		s.path = s.path[:len(s.path)-1]
		if done {
			return true
		}
		if s.left <= 0 {
			return false
		}
	}
	return false
}

// choices are the rectangles that hold an open entry, those with most open ones first, without those
// that another one is as good as, and those after which k−1 of the largest would not be enough.
func (s *covering) choices(open set, at, k int) []int {
	total, largest := 0, 0
	for _, w := range open {
		total += bits.OnesCount64(w)
	}
	for _, r := range s.rect {
		largest = max(largest, r.common(open))
	}
	type choice struct {
		rect, size int
		ones       set
	}
	var all, kept []choice
	for _, r := range s.of[at] {
		if n := s.rect[r].common(open); total-n <= (k-1)*largest {
			all = append(all, choice{r, n, s.rect[r].and(open)})
		}
	}
	slices.SortStableFunc(all, func(a, b choice) int { return b.size - a.size })
	var order []int
	for _, c := range all {
		if !slices.ContainsFunc(kept, func(b choice) bool { return c.ones.in(b.ones) }) {
			kept, order = append(kept, c), append(order, c.rect)
		}
	}
	return order
}
