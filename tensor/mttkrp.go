package tensor

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// blockFloats bounds the block of Khatri–Rao rows that is kept at a time, in
// float64s: 128 KiB, which stays in a core's second-level cache beside the rows
// of the tensor that stream past it.
const blockFloats = 1 << 14

// MTTKRP implements [Tensor]. With X seen as left × I_n × right,
//
//	M[i,:] = Σ_l L[l,:] ∗ Σ_q X[l,i,q]·Q[q,:],
//
// L and Q the Khatri–Rao products of the factors before and behind mode n. Rows
// of L and blocks of Q are made as they are needed, so the extra memory is a few
// blocks of 128 KiB, and X is read where it lies. Work 2·ΠI·R flops, split over
// the rows of M: every row is summed in one order, whatever the workers.
func (x *Dense) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(x.dims, dst, factors, n)
	left, in, right := x.split(n)
	dst.Zero()
	if rank == 0 {
		return
	}
	grain := max(1, (1<<17)/max(1, left*right*rank)) // about 0.1 ms of work
	par.For(in, grain, func(_, lo, hi int) {
		if right == 1 && n > 0 {
			x.lastMode(dst, factors, n, left, in, lo, hi, rank)
			return
		}
		x.innerMode(dst, factors, n, left, in, right, lo, hi, rank)
	})
}

// lastMode sets rows lo…hi of dst to Q ∗ Σ_l X[l,i]·L[l,:], a block of rows of L
// at a time. Q is one row: of ones, or of the modes of size 1 behind mode n.
func (x *Dense) lastMode(dst *mat.Dense, factors []*mat.Dense, n, left, in, lo, hi, rank int) {
	out := dst.RawMatrix()
	size := max(1, min(left, blockFloats/rank))
	block := make([]float64, size*rank)
	before := newRows(factors[:n], rank)
	behind := newRows(factors[n+1:], rank).next()
	for l := 0; l < left; l += size {
		rows := min(size, left-l)
		for k := range rows {
			kernel.MulTo(block[k*rank:][:rank], before.next(), behind)
		}
		kernel.MulTAdd(hi-lo, rank, rows, x.data[l*in+lo:], in, block, rank, out.Data[lo*out.Stride:], out.Stride)
	}
}

// innerMode sets rows lo…hi of dst to Σ_l L[l,:] ∗ (X[l,i,:]·Q), a block of rows of Q at a time.
func (x *Dense) innerMode(dst *mat.Dense, factors []*mat.Dense, n, left, in, right, lo, hi, rank int) {
	out := dst.RawMatrix()
	size := max(1, min(right, blockFloats/rank))
	block := make([]float64, size*rank)
	behind := newRows(factors[n+1:], rank)
	before := newRows(factors[:n], rank)
	var part []float64 // X[l,i,block]·Q[block,:] for the rows lo…hi
	if left > 1 {
		part = make([]float64, (hi-lo)*rank)
	}
	for q := 0; q < right; q += size {
		cols := min(size, right-q)
		for k := range cols {
			copy(block[k*rank:], behind.next())
		}
		if left == 1 { // no factor before mode n: L is one row of ones (or the single rows of modes of size 1)
			x.addWeighted(out.Data[lo*out.Stride:], out.Stride, before.next(), n, block, lo, hi, q, cols, right, rank)
			continue
		}
		for l := range left {
			clear(part)
			kernel.MulAdd(hi-lo, rank, cols, x.data[(l*in+lo)*right+q:], right, block, rank, part, rank)
			weight := before.next()
			for i := range hi - lo {
				kernel.AddMul(out.Data[(lo+i)*out.Stride:][:rank], weight, part[i*rank:][:rank])
			}
		}
	}
}

// addWeighted adds weight ∗ (X[0,i,q…q+cols]·block) to the rows lo…hi of dst. For
// mode 0 the weight is one; for a later mode behind modes of size 1 it is folded
// into the block, which is this call's own.
func (x *Dense) addWeighted(dst []float64, stride int, weight []float64, n int, block []float64, lo, hi, q, cols, right, rank int) {
	if n > 0 {
		for k := range cols {
			row := block[k*rank:][:rank]
			kernel.MulTo(row, row, weight)
		}
	}
	kernel.MulAdd(hi-lo, rank, cols, x.data[lo*right+q:], right, block, rank, dst, stride)
}
