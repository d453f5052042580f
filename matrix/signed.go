package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/par"
)

// AtMostLS returns the V with at most k entries that are not zero in every column, of any
// sign, that minimises ‖X − D·V‖: with cpd.ExactSupports the best of all supports, each of
// which is looked at, with cpd.PursuitSupports that of orthogonal matching pursuit.
// [AtMostNNLS] is for V ≥ 0.
//
// Errors: as [NNLS]; [ErrRank] unless 1 ≤ k ≤ d, [ErrMethod] for another search, [ErrSize]
// for an exact one among more than 10⁵ supports. Work for a column, beside Dᵀx: k·d·k
// flops of pursuit, C(d, k)·k² of the exact search.
//
// References:
//   - Pati, Y.C., Rezaiifar, R., Krishnaprasad, P.S.: Orthogonal matching pursuit. Asilomar
//     Conf. Signals, Systems and Computers (1993).
//   - Rubinstein, R., Zibulevsky, M., Elad, M.: Efficient implementation of the K-SVD
//     algorithm using batch orthogonal matching pursuit. Technion CS-2008-08 (2008).
func AtMostLS(ctx context.Context, d, x mat.Matrix, k int, search cpd.SupportSearch) (*Abundances, error) {
	if d == nil {
		return nil, fmt.Errorf("%w: D is nil", ErrShape)
	}
	_, atoms := d.Dims()
	if k < 1 || k > atoms {
		return nil, fmt.Errorf("%w: at most %d of %d atoms in a column; want 1 to the number of atoms", ErrRank, k, atoms)
	}
	if err := checkSupports(search, atoms, k, true); err != nil {
		return nil, err
	}
	return solve(ctx, d, x, &signed{k: k, search: search}, 0)
}

// supportsMost is the number of supports a column up to which all are looked at.
const supportsMost = 1e5

// checkSupports refuses searches that there are not, or that would take too long.
func checkSupports(search cpd.SupportSearch, atoms, k int, signed bool) error {
	if err := (cpd.KSparse{K: k, Search: search}).Check(0, 0); err != nil {
		return fmt.Errorf("%w: %w", ErrMethod, err)
	}
	if signed && search != cpd.ExactSupports && search != cpd.PursuitSupports {
		return fmt.Errorf("%w: entries of any sign have ExactSupports and PursuitSupports", ErrMethod)
	}
	if count := binomial(atoms, k); search == cpd.ExactSupports && count > supportsMost {
		return fmt.Errorf("%w: %d of %d atoms are %.0e supports for every column; give cpd.PursuitSupports", ErrSize, k, atoms, count)
	}
	return nil
}

// binomial is C(n, k).
func binomial(n, k int) float64 {
	c := 1.0
	for i := range min(k, n-k) {
		c *= float64(n-i) / float64(i+1)
	}
	return math.Round(c)
}

// signed finds rows with at most k entries of any sign.
type signed struct {
	k      int
	search linalg.SupportSearch // Exact, Pursuit or Given

	a, m *mat.Dense
	g    []float64 // R×R
	row  []*signedRow
	body func(worker, lo, hi int)
}

// Solve overwrites a (n×R) with the minimiser for m (n×R) and g (R×R); with Given it
// solves on the entries of a that are not zero.
func (s *signed) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	n, r := m.Dims()
	if s.body == nil {
		s.body = s.rows
	}
	if len(s.g) != r*r {
		s.g, s.row = make([]float64, r*r), nil
	}
	for len(s.row) < par.Workers() {
		s.row = append(s.row, newSignedRow(r, s.k))
	}
	for k := range r {
		for l := range r {
			s.g[k*r+l] = g.At(k, l)
		}
	}
	s.a, s.m = a, m
	par.For(n, 1+(1<<14)/(r*s.k), s.body)
	return nil
}

func (s *signed) rows(worker, lo, hi int) {
	p := s.row[worker]
	p.g = s.g
	for i := lo; i < hi; i++ {
		a, m := s.a.RawRowView(i), s.m.RawRowView(i)
		p.m, p.set, p.gain, p.most = m, p.set[:0], 0, 0
		p.best = p.best[:0]
		switch s.search {
		case linalg.Given:
			for k, v := range a {
				if v != 0 && len(p.set) < s.k {
					p.join(k)
				}
			}
			p.keep()
		case linalg.Pursuit:
			p.pursue(s.k)
		default:
			p.all(0, s.k)
		}
		clear(a)
		p.write(a)
	}
}

// signedRow is the state of one row: a set of unknowns with L, LLᵀ = G on the set, and
// y = L⁻¹m, of which ‖y‖² is what the set gains.
type signedRow struct {
	r, k       int
	g, m       []float64
	set, best  []int
	l, y       []float64 // k×k by rows, k
	q, c       []float64 // slopes of pursuit; the solution on a set
	gain, most float64
}

func newSignedRow(r, k int) *signedRow {
	return &signedRow{
		r: r, k: k, set: make([]int, 0, k), best: make([]int, 0, k),
		l: make([]float64, k*k), y: make([]float64, k), q: make([]float64, r), c: make([]float64, k),
	}
}

// join adds an unknown to the set unless it depends on the others.
func (p *signedRow) join(k int) bool {
	n, size := len(p.set), p.g[k*p.r+k]
	row, left, y := p.l[n*p.k:][:n+1], size, p.m[k]
	for i, q := range p.set {
		v := p.g[k*p.r+q]
		for t := range i {
			v -= row[t] * p.l[i*p.k+t]
		}
		row[i] = v / p.l[i*p.k+i]
		left -= row[i] * row[i]
		y -= row[i] * p.y[i]
	}
	if !(left > 1e-12*size) {
		return false
	}
	row[n] = math.Sqrt(left)
	p.y[n] = y / row[n]
	p.gain += p.y[n] * p.y[n]
	p.set = append(p.set, k)
	return true
}

// leave takes the unknown that joined last out again; gain is what it was before.
func (p *signedRow) leave(gain float64) {
	p.set, p.gain = p.set[:len(p.set)-1], gain
}

func (p *signedRow) keep() {
	p.best, p.most = append(p.best[:0], p.set...), p.gain
}

// all looks at the sets of up to k more unknowns from the given one on.
func (p *signedRow) all(from, k int) {
	if p.gain > p.most {
		p.keep()
	}
	if k == 0 {
		return
	}
	for q := from; q < p.r; q++ {
		if before := p.gain; p.join(q) {
			p.all(q+1, k-1)
			p.leave(before)
		}
	}
}

// pursue adds the unknown of the steepest slope for its length, k times.
func (p *signedRow) pursue(k int) {
	copy(p.q, p.m)
	floor := 1e-14 * kernel.MaxAbs(p.m)
	for range k {
		next, most := -1, 0.0
		for q, slope := range p.q {
			if size := p.g[q*p.r+q]; math.Abs(slope) > floor && slope*slope > most*size {
				next, most = q, slope*slope/size
			}
		}
		if next < 0 || !p.join(next) {
			break
		}
		p.solve(p.set)
		copy(p.q, p.m)
		for i, q := range p.set {
			kernel.Axpy(p.q, -p.c[i], p.g[q*p.r:][:p.r])
		}
		for _, q := range p.set {
			p.q[q] = 0
		}
	}
	p.keep()
}

// solve sets c to the solution on the set, for which l and y stand.
func (p *signedRow) solve(set []int) {
	for i := len(set) - 1; i >= 0; i-- {
		v := p.y[i]
		for t := i + 1; t < len(set); t++ {
			v -= p.l[t*p.k+i] * p.c[t]
		}
		p.c[i] = v / p.l[i*p.k+i]
	}
}

// write puts the solution on the best set into a.
func (p *signedRow) write(a []float64) {
	p.set, p.gain = p.set[:0], 0
	for _, k := range p.best {
		p.join(k)
	}
	p.solve(p.set)
	for i, k := range p.set {
		a[k] = p.c[i]
	}
}
