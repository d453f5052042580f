package linalg

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// KSparse minimises under A ≥ 0 and at most K entries of a row that are not zero;
// Sum asks for A·1 = 1 besides. The zero value of the unexported fields is ready for
// use; it must not be copied after the first use, nor used by two goroutines at
// once.
//
// Search says how. [Exact] finds the minimiser by branch and bound on supports:
// a node may use a set of unknowns, its bound is the minimum over them without
// the limit, which is never above that of any subset; where the minimiser has
// more than K positive entries, the children each leave out one of them, smallest
// first, and keep those that the children before left out, so that no support is
// looked at twice. Work for a row: at most C(R, K) small problems, a few when
// most of the row is in its K largest entries. The others are heuristics, one
// small problem a row or a few.
//
// References:
//   - Cohen, J.E., Gillis, N.: Nonnegative low-rank sparse component analysis.
//     IEEE ICASSP (2019).
//   - Nadisic, N., Vandaele, A., Gillis, N., Cohen, J.E.: Exact sparse nonnegative
//     least squares. IEEE ICASSP (2020).
type KSparse struct {
	K      int
	Sum    bool
	Search SupportSearch

	s    active
	row  []*sparseRow
	each func(worker int, a, m []float64)
}

// SupportSearch is a way to find the support of a row.
type SupportSearch int

const (
	// Exact is branch and bound.
	Exact SupportSearch = iota
	// Pursuit is nonnegative orthogonal matching pursuit: K times the unknown of
	// steepest descent joins, and the problem is solved on those that have.
	Pursuit
	// Stopped is the active set method of Lawson and Hanson, ended when K
	// unknowns are positive.
	Stopped
	// Largest solves without the limit, keeps the K largest contributions, entry
	// times length of column, and solves again.
	Largest
	// Given solves on the entries of a that are not zero on entry, however many.
	Given
)

// Solve overwrites a (I×R) with the minimiser for m (I×R) and g (R×R), whatever a
// held unless Search is [Given]. a must not overlap m. The errors are [ErrNotFinite] and [ErrNotGram], after
// which a is undefined.
func (s *KSparse) Solve(a, m *mat.Dense, g *mat.SymDense) (err error) {
	checkShapes("KSparse", a, m, g)
	if s.each == nil {
		s.each = func(worker int, a, m []float64) { s.row[worker].solve(a, m) }
	}
	if s.s.rho, err = s.s.scale.set(g, s.Sum); err != nil {
		return err
	}
	n, r := m.Dims()
	s.s.sum = s.Sum
	s.s.tol = 4 * float64(r) * eps
	for len(s.row) < par.Workers() {
		s.row = append(s.row, &sparseRow{})
	}
	for _, p := range s.row {
		p.begin(s, n)
	}
	s.s.rows.batch = nil
	return s.s.rows.run(a, m, 64*n*r*r, s.each)
}

// sparseRow is the state of one row's search.
type sparseRow struct {
	passive
	k      int
	search SupportSearch

	best  []float64 // b of the best support so far
	least float64   // its objective
	order [][]int   // by depth: the positive unknowns of a node, smallest first
	kept  []bool    // unknowns that the nodes below have to use
	keeps int       // their number
	out   []int     // only: what it bars
}

func (p *sparseRow) begin(s *KSparse, rows int) {
	p.passive.begin(&s.s, rows)
	r := s.s.scale.r
	p.k, p.search = min(s.K, r), s.Search
	p.best, p.kept, p.out = grow(p.best, r), grow(p.kept, r), grow(p.out, r)
	for len(p.order) < r+2 {
		p.order = append(p.order, nil)
	}
	for i := range p.order {
		p.order[i] = grow(p.order[i], r)
	}
}

// solve finds one row of A.
func (p *sparseRow) solve(a, m []float64) {
	p.s.scale.rhs(p.m, m, p.s.rho)
	clear(p.bar)
	clear(p.best)
	p.most = len(p.m)
	if p.search == Given {
		for r, v := range a {
			p.bar[r] = v == 0
		}
		p.activeSet()
		copy(p.best, p.b)
	} else if p.k > 0 {
		switch p.search {
		case Exact:
			p.exact()
		case Pursuit:
			p.pursue()
		case Stopped:
			p.most = p.k
			p.activeSet()
			copy(p.best, p.b)
		case Largest:
			p.activeSet()
			p.keepLargest()
		}
	}
	for r, inv := range p.s.scale.inv {
		a[r] = p.best[r] * inv
	}
}

// objective is ½bᵀĜb − m̂ᵀb at a minimiser, where Ĝb = m̂ − μc on P.
func (p *sparseRow) objective() float64 {
	f := p.mu
	for _, r := range p.list {
		f += p.m[r] * p.b[r]
	}
	return -f / 2
}

// exact starts from what pursuit finds, so that the first bounds already cut.
func (p *sparseRow) exact() {
	p.pursue()
	clear(p.bar)
	clear(p.kept)
	p.keeps = 0
	for r := range p.m {
		p.order[0][r] = r
	}
	p.branch(0, p.order[0])
}

// minimum solves on the unknowns that are not barred, from those of the given ones
// as a first guess.
func (p *sparseRow) minimum(guess []int) {
	clear(p.set)
	for _, r := range guess {
		if !p.bar[r] {
			p.flip(r)
		}
	}
	if !p.pivot() {
		p.activeSet()
	}
	n := 0
	for _, r := range p.list { // without zeros, of which pivot may leave some
		if p.b[r] > 0 {
			p.list[n] = r
			n++
		}
	}
	p.list = p.list[:n]
}

// branch looks for better supports among the unknowns that are not barred, those that
// hold all the kept ones.
func (p *sparseRow) branch(depth int, guess []int) {
	p.minimum(guess)
	f := p.objective()
	if f >= p.least-16*eps*math.Abs(p.least) {
		return
	}
	if len(p.list) <= p.k {
		p.least = f
		copy(p.best, p.b)
		return
	}
	order := append(p.order[depth+1][:0], p.list...)
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(p.b[i], p.b[j]) })
	before := p.keeps
	n := 0
	for _, r := range order {
		if p.kept[r] {
			continue
		}
		if p.keeps == p.k { // all the others are out at once
			p.only(order)
			break
		}
		p.bar[r] = true
		p.branch(depth+1, order)
		p.bar[r] = false
		p.kept[r] = true
		p.keeps++
		order[n] = r // the ones kept here, in the places that the loop has passed
		n++
	}
	for _, r := range order[:n] {
		p.kept[r] = false
	}
	p.keeps = before
}

// only tries the support of the kept unknowns alone.
func (p *sparseRow) only(guess []int) {
	p.out = p.out[:0]
	for r, bar := range p.bar {
		if !bar && !p.kept[r] {
			p.out = append(p.out, r)
			p.bar[r] = true
		}
	}
	p.minimum(guess)
	if f := p.objective(); f < p.least {
		p.least = f
		copy(p.best, p.b)
	}
	for _, r := range p.out {
		p.bar[r] = false
	}
}

// pursue writes what [Pursuit] finds to best and least.
func (p *sparseRow) pursue() {
	clear(p.bar)
	p.restart() // with the sum, at the best single unknown
	for r := range p.bar {
		p.bar[r] = !p.has(r)
	}
	for range p.k - len(p.list) {
		tol := p.gradient()
		join, lowest := -1, -tol
		for r, w := range p.w {
			if p.bar[r] && w < lowest {
				join, lowest = r, w
			}
		}
		if join < 0 {
			break
		}
		p.bar[join] = false
		p.activeSet()
	}
	p.least = p.objective()
	copy(p.best, p.b)
}

// keepLargest solves on the K largest entries of b, the scale of which is that of unit
// columns.
func (p *sparseRow) keepLargest() {
	order := append(p.order[0][:0], p.list...)
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(p.b[j], p.b[i]) })
	for r := range p.bar {
		p.bar[r] = true
	}
	for _, r := range order[:min(p.k, len(order))] {
		p.bar[r] = false
	}
	p.activeSet()
	copy(p.best, p.b)
}
