package matrix

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// coordinates minimises ½aᵀGa − mᵀa + weight·‖a‖₁ for every row, a ≥ 0 if so asked, by exact
// updates of one entry after the other from what a holds,
//
//	a_k ← S(m_k − Σ_{l≠k} g_kl·a_l)/g_kk,  S soft thresholding by the weight,
//
// where entries that are not zero are updated until they stand still before all are
// again. Where that takes long, as with dependent columns and small weights, steps of Newton's
// method on these entries, each up to the first that becomes zero, lead to the minimum
// between their signs. Work of an update: R.
//
// References:
//   - Friedman, J., Hastie, T., Tibshirani, R.: Regularization paths for generalized linear
//     models via coordinate descent. J. Stat. Softw. 33(1) (2010).
//   - Lee, H., Battle, A., Raina, R., Ng, A.Y.: Efficient sparse coding algorithms. NIPS
//     (2006), the steps between signs.
type coordinates struct {
	weight      float64
	nonnegative bool
	unit        float64 // by which the weight is multiplied; 0 is 1

	a, m *mat.Dense
	by   float64          // the weight in the units of m
	g    []float64        // R×R
	row  []*coordinateRow // by worker
	body func(worker, lo, hi int)
}

const (
	coordinatesSettle = 1e-13 // change of a slope, relative to the largest entry of m, that counts as none
	coordinatesMost   = 10000 // passes of a row
	coordinatesWait   = 20    // passes between steps of Newton's method
	coordinatesRidge  = 1e-10 // what is added to the diagonal there, relative to it
)

// shift says what m is in units of the data.
func (s *coordinates) shift(_ *mat.Dense, unit float64) { s.unit = unit }

// Solve overwrites a (n×R) with the minimiser for m (n×R) and g (R×R).
func (s *coordinates) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	n, r := m.Dims()
	if s.body == nil {
		s.body = s.rows
	}
	if len(s.g) != r*r {
		s.g, s.row = make([]float64, r*r), nil
	}
	for len(s.row) < par.Workers() {
		s.row = append(s.row, &coordinateRow{s: s, q: make([]float64, r), l: make([]float64, r*r), step: make([]float64, r), set: make([]int, 0, r)})
	}
	for k := range r {
		for l := range r {
			s.g[k*r+l] = g.At(k, l)
		}
	}
	s.a, s.m, s.by = a, m, s.weight
	if s.unit > 0 {
		s.by *= s.unit
	}
	par.For(n, 1+(1<<16)/(r*r), s.body)
	return nil
}

func (s *coordinates) rows(worker, lo, hi int) {
	for i := lo; i < hi; i++ {
		s.row[worker].solve(s.a.RawRowView(i), s.m.RawRowView(i))
	}
}

func (s *coordinates) soft(v float64) float64 {
	switch {
	case v > s.by:
		return v - s.by
	case v < -s.by && !s.nonnegative:
		return v + s.by
	}
	return 0
}

// coordinateRow is the state of one row.
type coordinateRow struct {
	s    *coordinates
	q    []float64 // m − G·a
	set  []int     // entries that are not zero
	l    []float64 // Cholesky factor of G on them, by rows
	step []float64
}

func (p *coordinateRow) solve(a, m []float64) {
	p.slopes(a, m)
	settled := coordinatesSettle * kernel.MaxAbs(m)
	all := true
	for pass := range coordinatesMost {
		moved := p.pass(a, all)
		switch {
		case moved > settled:
			all = false
			if pass%coordinatesWait == coordinatesWait-1 {
				p.newton(a, settled)
				p.slopes(a, m)
				all = true
			}
		case all:
			return
		default:
			all = true
		}
	}
}

// slopes sets q.
func (p *coordinateRow) slopes(a, m []float64) {
	copy(p.q, m)
	for k, v := range a {
		if v != 0 {
			p.change(k, -v)
		}
	}
}

// change adds by·g_k to q.
func (p *coordinateRow) change(k int, by float64) {
	r := len(p.q)
	kernel.Axpy(p.q, by, p.s.g[k*r:][:r])
}

// pass updates all entries, or those that are not zero, and returns by how much a slope changed.
func (p *coordinateRow) pass(a []float64, all bool) (moved float64) {
	for k, v := range a {
		if v == 0 && !all {
			continue
		}
		size := p.s.g[k*len(a)+k]
		if !(size > 0) {
			a[k] = 0
			continue
		}
		if next := p.s.soft(p.q[k]+size*v) / size; next != v {
			p.change(k, v-next)
			moved = max(moved, size*math.Abs(next-v))
			a[k] = next
		}
	}
	return moved
}

// newton goes to the minimum over the entries that are not zero, which leave when they
// become so.
func (p *coordinateRow) newton(a []float64, settled float64) {
	for range len(a) {
		p.set = p.set[:0]
		worst := 0.0
		for k, v := range a {
			if v != 0 {
				p.step[len(p.set)] = p.q[k] - math.Copysign(p.s.by, v)
				worst = max(worst, math.Abs(p.step[len(p.set)]))
				p.set = append(p.set, k)
			}
		}
		if worst <= settled || !p.direction() {
			return
		}
		first, most := -1, 1.0
		for i, k := range p.set {
			if d := p.step[i]; a[k]*(a[k]+d) <= 0 && -a[k]/d < most {
				first, most = k, -a[k]/d
			}
		}
		for i, k := range p.set {
			p.change(k, -most*p.step[i])
			a[k] += most * p.step[i]
		}
		if first < 0 {
			return
		}
		p.change(first, a[first])
		a[first] = 0
	}
}

// direction replaces step by its solution with G on the set.
func (p *coordinateRow) direction() bool {
	r, n := len(p.q), len(p.set)
	for i, k := range p.set {
		row := p.l[i*r:][:i+1]
		for j := range i {
			other := p.l[j*r:][:j+1]
			row[j] = (p.s.g[k*r+p.set[j]] - kernel.Dot(row[:j], other[:j])) / other[j]
		}
		left := p.s.g[k*r+k]*(1+coordinatesRidge) - kernel.Dot(row[:i], row[:i])
		if !(left > 0) {
			return false
		}
		row[i] = math.Sqrt(left)
		p.step[i] = (p.step[i] - kernel.Dot(row[:i], p.step[:i])) / row[i]
	}
	for i := n - 1; i >= 0; i-- {
		p.step[i] /= p.l[i*r+i]
		kernel.Axpy(p.step[:i], -p.step[i], p.l[i*r:][:i])
	}
	return true
}
