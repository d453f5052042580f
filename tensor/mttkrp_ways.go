package tensor

import (
	"github.com/polyad/polyad/internal/kernel"
)

// The ways of a product, each for a part of the rows and a part of what is
// summed over. The factors of modes of size 1 on the empty side are left to the
// caller.

const (
	// blockFloats bounds the block of Khatri–Rao rows that is kept at a time, in
	// float64s: 128 KiB, which stays in a core's second-level cache beside the rows
	// of the tensor that stream past it.
	blockFloats = 1 << 14
	// batchFloats bounds the products of slabs that are weighed together: 64 KiB.
	batchFloats = 1 << 13
)

func (j *mttkrp) clear(p part) {
	if p.stride == j.rank {
		clear(p.out[:(p.hi-p.lo)*j.rank])
		return
	}
	for i := range p.hi - p.lo {
		clear(p.out[i*p.stride:][:j.rank])
	}
}

// first is X[i,q]·Q[q,:] for a mode with nothing before it, a block of rows of Q at
// a time; units are columns q.
func (j *mttkrp) first(p part) {
	if len(j.behind) == 1 { // Q is the factor itself
		q := j.behind[0].RawMatrix()
		j.clear(p)
		j.data.mulAdd(p.hi-p.lo, j.rank, p.to-p.from, p.lo*j.right+p.from, j.right, q.Data[p.from*q.Stride:], q.Stride, p.out, p.stride)
		return
	}
	s := getScratch(j.behind, nil, p.to-p.from, j.rank)
	defer s.put()
	j.clear(p)
	s.over.seek(p.from)
	for q := p.from; q < p.to; q += s.size {
		k := min(s.size, p.to-q)
		s.fill(k)
		j.data.mulAdd(p.hi-p.lo, j.rank, k, p.lo*j.right+q, j.right, s.block, j.rank, p.out, p.stride)
	}
}

// last is Σ_l X[l,i]·L[l,:] for a mode with nothing behind it; units are rows l. It
// takes blocks of rows of L, and within them as many i as leave their sums in the
// cache.
func (j *mttkrp) last(p part) {
	s := getScratch(j.before, nil, p.to-p.from, j.rank)
	defer s.put()
	j.clear(p)
	cols := max(64, blockFloats/j.rank&^7)
	for l := p.from; l < p.to; l += s.size {
		k := min(s.size, p.to-l)
		if l == p.from {
			s.over.seek(l)
		}
		s.fill(k)
		for i := p.lo; i < p.hi; i += cols {
			j.data.mulTAdd(min(cols, p.hi-i), j.rank, k, l*j.in+i, j.in, s.block, j.rank, p.out[(i-p.lo)*p.stride:], p.stride)
		}
	}
}

// middle is Σ_l L[l,:] ∗ X[l,i,q]·Q[q,:], a block of rows of Q at a time; units are
// slabs l, of which several small ones are multiplied at once.
func (j *mttkrp) middle(p part) {
	s := getScratch(j.behind, j.before, j.right, j.rank)
	defer s.put()
	j.clear(p)
	rows, batch := p.hi-p.lo, 1
	if rows == j.in {
		batch = max(1, min(p.to-p.from, batchFloats/(rows*j.rank)))
	}
	s.part = grow(s.part, batch*rows*j.rank)
	for q := 0; q < j.right; q += s.size {
		k := min(s.size, j.right-q)
		s.fill(k)
		s.weight.seek(p.from)
		for l := p.from; l < p.to; l += batch {
			n := min(batch, p.to-l)
			sum := s.part[:n*rows*j.rank]
			clear(sum)
			j.data.mulAdd(n*rows, j.rank, k, (l*j.in+p.lo)*j.right+q, j.right, s.block, j.rank, sum, j.rank)
			for b := range n {
				kernel.AddMulRows(rows, j.rank, p.out, p.stride, s.weight.next(), sum[b*rows*j.rank:], j.rank)
			}
		}
	}
}
