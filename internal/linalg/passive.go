package linalg

import (
	"math"
	"math/bits"

	"github.com/polyad/polyad/internal/kernel"
)

// passive is the state of one row's solve, in the units of [scaling]: a set P of
// unknowns that may be positive, the others being zero, and with it
//
//	b   on P: Ĝ_PP·b = m̂_P − μ·c_P,  b = 0 elsewhere
//	w = Ĝ·b − m̂ + μ·c,              the gradient; zero on P
//
// with c = 0 for NNLS, and for FCLS c = 1/D and μ such that cᵀb = 1. The row is
// solved when b ≥ 0 on P and w ≥ 0 off P.
type passive struct {
	s *active

	set  []uint64 // P as bits
	list []int    // P, in ascending order for pivot, in order of entry for activeSet
	m    []float64
	b, w []float64
	x, y []float64 // scratch, as long as list
	next []float64 // activeSet: the minimiser on P, when b is still on its way
	skip []bool    // activeSet: unknowns that rounding keeps from entering
	bar  []bool    // unknowns that are to stay zero
	most int       // activeSet: it ends when P has as many
	mu   float64
	l    []float64 // activeSet's own factor

	cache factorCache
	batch batch
}

func (p *passive) begin(s *active, rows int) {
	r := s.scale.r
	p.s = s
	p.set = grow(p.set, (r+63)/64)
	p.list = grow(p.list, r)
	p.skip = grow(p.skip, r)
	p.bar, p.most = grow(p.bar, r), r
	clear(p.bar)
	for _, v := range []*[]float64{&p.m, &p.b, &p.w, &p.x, &p.y, &p.next} {
		*v = grow(*v, r)
	}
	p.l = grow(p.l, packed(r))
	p.cache.begin(r, rows)
}

func (p *passive) flip(r int)     { p.set[r/64] ^= 1 << (r % 64) }
func (p *passive) has(r int) bool { return p.set[r/64]>>(r%64)&1 != 0 }

// listSet writes the members of P to list in ascending order.
func (p *passive) listSet() {
	p.list = p.list[:0]
	for k, word := range p.set {
		for ; word != 0; word &= word - 1 {
			p.list = append(p.list, 64*k+bits.TrailingZeros64(word))
		}
	}
}

// minimiser writes the b of P, in the order of list, to x, and μ; l is the factor
// of Ĝ_PP, y its solution for the right-hand side c_P, and cy = c_Pᵀy.
func (p *passive) minimiser(l, y []float64, cy float64) {
	p.x = p.x[:len(p.list)]
	for k, r := range p.list {
		p.x[k] = p.m[r]
	}
	cholSolve(l, p.x)
	p.mu = 0
	if !p.s.sum {
		return
	}
	// Twice, because the first time rounding leaves of the sum what is large
	// where Ĝ⁻¹m̂ is.
	for range 2 {
		sum := 0.0
		for k, r := range p.list {
			sum += p.s.scale.inv[r] * p.x[k]
		}
		mu := (sum - 1) / cy
		p.mu += mu
		kernel.Axpy(p.x, -mu, y)
	}
}

// sumDirection writes to y the solution of Ĝ_PP·y = c_P and returns c_Pᵀy.
func (p *passive) sumDirection(l, y []float64) (cy float64) {
	if !p.s.sum {
		return 0
	}
	for k, r := range p.list {
		y[k] = p.s.scale.inv[r]
	}
	cholSolve(l, y)
	for k, r := range p.list {
		cy += p.s.scale.inv[r] * y[k]
	}
	return cy
}

// gradient writes w, with zeros on P, from b and μ. It returns what rounding may
// have done to an entry of w: nothing smaller is negative.
func (p *passive) gradient() (tol float64) {
	r := p.s.scale.r
	if len(p.list) == r {
		clear(p.w)
		return 0
	}
	size := math.Abs(p.mu)
	if p.s.sum {
		size *= maxAbs(p.s.scale.inv)
	}
	for q, m := range p.m {
		p.w[q] = -m
		size = max(size, math.Abs(m))
	}
	if p.s.sum {
		kernel.Axpy(p.w, p.mu, p.s.scale.inv)
	}
	for _, k := range p.list {
		kernel.Axpy(p.w, p.b[k], p.s.scale.hat[k*r:(k+1)*r])
		size = max(size, math.Abs(p.b[k]))
	}
	for _, k := range p.list {
		p.w[k] = 0
	}
	return 8 * float64(r+4) * eps * size
}
