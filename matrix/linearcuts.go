package matrix

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// linearCuts is the program of [linear] in t = diag(X) alone: given t, every column has
// a problem of its own,
//
//	φ_j(t) = min ‖m_j − M·x‖₁,  x_j = t_j,  0 ≤ x_i ≤ t_i·w_j/w_i,
//
// in as few unknowns as t has entries, and what proves its minimum, y, is a cut
//
//	Σ_{i≠j} (w_j/w_i)·(m_iᵀy)₊·t_i + m_jᵀy·t_j ≥ m_jᵀy − ε_j
//
// that every feasible t obeys. The least cᵀt by the cuts so far is a bound from below.
// Cuts are taken half the way from the best feasible t to its t.
//
// Reference:
//   - Ben-Ameur, W., Neto, J.: Acceleration of Cutting-Plane and Column Generation
//     Algorithms: Applications to Network Design. Networks 49(1), 3–17 (2007).
type linearCuts struct {
	*linear
	mt     *mat.Dense // n×p
	inside []float64  // the best feasible t
	amount []*linearColumn
	x      *mat.Dense // n×n: that of inside
	try    *mat.Dense

	cut    [][]float64 // of length n
	right  []float64
	idle   []int
	active []int // entries of t in the master problem
	master pieces
	lambda []float64
	better bool    // a feasible t was found
	ever   float64 // weight of a cut that is not obeyed
}

// linearColumn is the problem of one column.
type linearColumn struct {
	pieces
	y []float64
}

const (
	cutsWay   = 0.5 // share of the way to the t of the cuts
	cutsSteps = 400 // of a simplex, for each unknown
	cutsIdle  = 30  // rounds that a cut is kept without effect
	cutsEver  = 1e3

	cutsRounding = 1e-13 // share of a column that rounding may leave
)

// newLinearCuts has the identity as the best, and ε of what rounding leaves at least.
func newLinearCuts(p *linear) *linearCuts {
	s := &linearCuts{
		linear: p, mt: mat.DenseCopyOf(p.m.T()), x: mat.NewDense(p.n, p.n, nil), try: mat.NewDense(p.n, p.n, nil),
		inside: make([]float64, p.n), amount: make([]*linearColumn, par.Workers()), ever: cutsEver,
	}
	for j, w := range p.w {
		p.eps[j] = max(p.eps[j], cutsRounding*w)
	}
	if p.trace > 0 {
		s.add(nil, p.trace)
		return s
	}
	p.upper = 0
	for j, w := range p.w {
		if w > 0 {
			s.x.Set(j, j, 1)
			s.inside[j] = 1
			p.upper += p.cost[j]
		}
	}
	p.best = s.x
	return s
}

// start looks at the columns chosen by SPA, twice as many until they are enough: t of
// few entries is little work.
func (s *linearCuts) start(ctx context.Context, r int) error {
	sel, err := SPA{}.Select(ctx, s.m, min(s.p, s.n))
	if err != nil {
		return err
	}
	for size := r; size <= len(sel.Index) && !s.better; size = min(2*size, max(size+1, len(sel.Index))) {
		t := make([]float64, s.n)
		for _, j := range sel.Index[:size] {
			t[j] = 1
		}
		if err := s.look(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// add takes a cut; nil is that of the trace, to be met exactly.
func (s *linearCuts) add(cut []float64, right float64) {
	if cut == nil {
		cut = make([]float64, s.n)
		for i, w := range s.w {
			if w > 0 {
				cut[i] = 1
			}
		}
	}
	s.cut, s.right, s.idle = append(s.cut, cut), append(s.right, right), append(s.idle, 0)
}

// look takes t as the best if it is feasible and better, and cuts it off if it is not. When
// ctx ends, nothing has changed.
func (s *linearCuts) look(ctx context.Context, t []float64) error {
	var index []int
	for i, v := range t {
		if v > 0 {
			index = append(index, i)
		}
	}
	type violation struct {
		right float64
		cut   []float64
	}
	found := make([]*violation, s.n)
	s.try.Zero()
	par.For(s.n, 1, func(worker, lo, hi int) {
		for j := lo; j < hi && ctx.Err() == nil; j++ {
			if s.w[j] == 0 {
				continue
			}
			if s.amount[worker] == nil {
				s.amount[worker] = &linearColumn{y: make([]float64, s.p)}
			}
			if c := s.amount[worker]; !s.column(ctx, c, t, index, j) {
				cut, right := s.cutOf(c.y, j)
				found[j] = &violation{right, cut}
			}
		}
	})
	if err := ctx.Err(); err != nil {
		return err
	}
	feasible := true
	for _, v := range found {
		if v != nil {
			feasible = false
			s.add(v.cut, v.right)
		}
	}
	if value := kernel.Dot(t, s.cost); feasible && value < s.upper {
		s.upper, s.better = value, true
		copy(s.inside, t)
		s.x, s.try = s.try, s.x
		s.best = s.x
	}
	return nil
}

// column solves the problem of column j; it reports whether t is feasible for it.
func (s *linearCuts) column(ctx context.Context, c *linearColumn, t []float64, index []int, j int) bool {
	p := s.p
	c.k = 0
	c.a, c.top = c.a[:0], c.top[:0]
	var of []int
	for _, i := range index {
		if i != j {
			of = append(of, i)
			c.top = append(c.top, t[i]*s.w[j]/s.w[i])
		}
	}
	c.k = len(of)
	c.b = append(c.b[:0], s.mt.RawRowView(j)...)
	for l := range c.b {
		c.b[l] *= 1 - t[j]
		row := s.m.RawRowView(l)
		for _, i := range of {
			c.a = append(c.a, row[i])
		}
	}
	c.c = slices.Grow(c.c[:0], c.k)[:c.k]
	clear(c.c)
	for len(c.up) < p {
		c.up, c.down = append(c.up, 1), append(c.down, 1)
	}
	c.begin()
	left := c.solve(ctx, cutsSteps*(1+c.k), s.eps[j])
	s.try.Set(j, j, t[j])
	for q, i := range of {
		s.try.Set(i, j, min(max(c.x[q], 0), c.top[q]))
	}
	if left <= s.eps[j] {
		return true
	}
	c.weights(c.y)
	return false
}

// cutOf is the cut by y, divided by its largest entry.
func (s *linearCuts) cutOf(y []float64, j int) ([]float64, float64) {
	cut := make([]float64, s.n)
	top := 0.0
	for i := range cut {
		if s.w[i] == 0 {
			continue
		}
		d := kernel.Dot(s.mt.RawRowView(i), y)
		if cut[i] = d; i != j {
			cut[i] = max(0, d) * s.w[j] / s.w[i]
		}
		top = max(top, math.Abs(cut[i]))
	}
	right := kernel.Dot(s.mt.RawRowView(j), y) - s.eps[j]
	if top > 0 {
		for i := range cut {
			cut[i] /= top
		}
		right /= top
	}
	return cut, right
}

// least is the t of least cost that obeys the cuts, and a bound on that cost.
func (s *linearCuts) least(ctx context.Context) ([]float64, float64, error) {
	t := make([]float64, s.n)
	if len(s.cut) == 0 {
		sum := 0.0
		for i, c := range s.cost {
			if c < 0 && s.w[i] > 0 {
				t[i] = 1
				sum += c
			}
		}
		return t, sum, ctx.Err()
	}
	for {
		s.restrict(ctx)
		if err := ctx.Err(); err != nil {
			return nil, 0, err
		}
		s.lambda = slices.Grow(s.lambda[:0], len(s.cut))[:len(s.cut)]
		s.master.weights(s.lambda)
		lower, add := s.reduced()
		if len(add) == 0 {
			clear(t)
			for q, i := range s.active {
				t[i] = s.master.x[q]
			}
			if s.slack() && s.ever < 1e9 {
				s.ever *= 10
				continue
			}
			s.forget()
			return t, lower, nil
		}
		s.active = append(s.active, add...)
	}
}

// restrict solves for the active entries, from zero.
func (s *linearCuts) restrict(ctx context.Context) {
	m, k := &s.master, len(s.active)
	m.k = k
	m.a, m.b, m.up, m.down, m.c, m.top = m.a[:0], append(m.b[:0], s.right...), m.up[:0], m.down[:0], m.c[:0], m.top[:0]
	for _, cut := range s.cut {
		for _, i := range s.active {
			m.a = append(m.a, cut[i])
		}
		m.up, m.down = append(m.up, s.ever), append(m.down, 0)
	}
	if s.trace > 0 { // the first cut
		m.down[0] = s.ever
	}
	for _, i := range s.active {
		m.c, m.top = append(m.c, s.cost[i]), append(m.top, 1)
	}
	m.begin()
	m.solve(ctx, cutsSteps*(1+k), math.Inf(-1))
}

// reduced is the bound by the multipliers, and the entries of t that are worth having.
func (s *linearCuts) reduced() (lower float64, add []int) {
	reduced := slices.Clone(s.cost)
	for l, v := range s.lambda {
		if v != 0 {
			lower += v * s.right[l]
			kernel.Axpy(reduced, -v, s.cut[l])
		}
	}
	var fall []float64
	for i, v := range reduced {
		if s.w[i] == 0 {
			continue
		}
		lower += min(0, v)
		if v < -1e-9 && !slices.Contains(s.active, i) {
			add, fall = append(add, i), append(fall, v)
		}
	}
	order := lowest(fall, 10, func(int) bool { return true })
	for i, at := range order {
		order[i] = add[at]
	}
	return lower, order
}

// slack says whether a cut is not obeyed.
func (s *linearCuts) slack() bool {
	for l, v := range s.master.rest {
		if v > 1e-9 || v < -1e-9 && s.master.down[l] > 0 {
			return true
		}
	}
	return false
}

// forget drops cuts that have long had no effect.
func (s *linearCuts) forget() {
	keep := 0
	for l, v := range s.lambda {
		if s.idle[l]++; v != 0 || s.trace > 0 && l == 0 {
			s.idle[l] = 0
		}
		if s.idle[l] <= cutsIdle {
			s.cut[keep], s.right[keep], s.idle[keep] = s.cut[l], s.right[l], s.idle[l]
			keep++
		}
	}
	s.cut, s.right, s.idle = s.cut[:keep], s.right[:keep], s.idle[:keep]
}
