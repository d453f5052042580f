package tensor

import (
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// contract sets out to what mode n has of a partial product P, whose entries are
// rows of R values:
//
//	out[i,:] = Σ_l L[l,:] ∗ Σ_q P[l,i,q,:] ∗ Q[q,:].
//
// It is bound by reading P. Every row is summed in one order.
func (j *mttkrp) contract() {
	par.For(j.in, grain(j.left*j.right*j.rank), j.contractBody)
}

func (j *mttkrp) contractRows(_, lo, hi int) {
	s := getScratch(j.behind, j.before, j.right, j.rank)
	defer s.put()
	r, rows := j.rank, hi-lo
	out := j.out[lo*j.stride:]
	j.clear(part{lo: lo, hi: hi, out: out, stride: j.stride})
	if j.right == 1 && len(j.behind) == 0 {
		for l := range j.left {
			kernel.AddMulRows(rows, r, out, j.stride, s.weight.next(), j.data.f64[(l*j.in+lo)*r:], r)
		}
		return
	}
	s.part = grow(s.part, rows*r)
	for q := 0; q < j.right; q += s.size {
		k := min(s.size, j.right-q)
		s.fill(k)
		for l := range j.left {
			clear(s.part)
			for i := range rows {
				kernel.AddSumMulRows(k, r, s.part[i*r:][:r], j.data.f64[((l*j.in+lo+i)*j.right+q)*r:], r, s.block, r)
			}
			kernel.AddMulRows(rows, r, out, j.stride, s.weight.next(), s.part, r)
		}
	}
}

// contractMode sets out, left·right × R, to X contracted with one factor along its
// middle mode:
//
//	out[l,q,:] = Σ_j X[l,j,q]·A[j,:].
//
// Here in is the size of the mode that is summed over, and A the one factor of
// before. Work: 2·ΠI·R flops; every row of out is summed in one order.
func (j *mttkrp) contractMode() {
	switch {
	case j.right == 1: // rows of X times A
		j.in, j.right = j.left, j.in
		j.left, j.behind, j.before = 1, j.before, nil
		j.way, j.units, j.parts = (*mttkrp).first, j.right, 1
		par.For(j.in, grain(j.right*j.rank), j.rowsBody)
	case j.left == 1:
		j.left, j.in, j.right = j.in, j.right, 1
		j.way, j.units, j.parts = (*mttkrp).last, j.left, 1
		par.For(j.in, grain(j.left*j.rank), j.rowsBody)
	default:
		par.For(j.left, grain(j.in*j.right*j.rank), j.slabBody)
	}
}

// slabs does slabs lo…hi of contractMode.
func (j *mttkrp) slabs(_, lo, hi int) {
	a := j.before[0].RawMatrix()
	r := j.rank
	clear(j.out[lo*j.right*r : hi*j.right*r])
	for l := lo; l < hi; l++ {
		j.data.mulTAdd(j.right, r, j.in, l*j.in*j.right, j.right, a.Data, a.Stride, j.out[l*j.right*r:], r)
	}
}
