package tensor

import "gonum.org/v1/gonum/mat"

// Exact is the same data, to be fitted by the exact problem of each row of a
// factor, with the Gram matrix over the known cells of the row's slice: its
// [Sequence] is a [RowGramer]. It takes far fewer sweeps than the imputing form
// where many cells are unknown; a sweep costs about R/2 times as much, and the
// constraints must hold row by row. A row without a known cell keeps its value.
//
// Memory: the mask as a tensor of its own, 8 bytes a cell, shared by all runs,
// and for each run R/2 copies of the factors.
func (x *Masked) Exact() Tensor {
	mask := NewDense(x.x.dims, nil)
	for at := range mask.data {
		mask.data[at] = 1
	}
	x.eachUnknown(0, len(mask.data), func(i int) { mask.data[i] = 0 })
	return &exactMasked{Masked: x, mask: mask}
}

type exactMasked struct {
	*Masked
	mask *Dense // one where a cell is known, zero elsewhere
}

// Sequence implements [Sequencer].
func (x *exactMasked) Sequence() Sequence {
	return newWeighing(x.x.Sequence(), x.mask.Sequence(), len(x.x.dims))
}

// weighing gives the Grams of rows for data X, zero where unknown, with a mask Ω
// of any kind of tensor. The row Grams of mode n, a row of R(R+1)/2 each, are the
// MTTKRP of the mask with products of pairs of columns,
//
//	G = Ω₍ₙ₎·(⊙_{m≠n} P_m),  P_m[i, (r,q)] = A_m[i,r]·A_m[i,q],  q ≥ r,
//
// so that they run in the same kernels as M, share partial products in the same
// way, and cost the same whatever is known. Work R(R+1)·ΠI flops a mode for a
// Dense mask.
type weighing struct {
	Sequence // of X
	mask     Sequence
	pairs    []*mat.Dense // P_m
	fresh    []bool       // pairs[m] is that of the present factor
}

func newWeighing(x, mask Sequence, order int) *weighing {
	return &weighing{Sequence: x, mask: mask, pairs: make([]*mat.Dense, order), fresh: make([]bool, order)}
}

// Updated implements [Sequence].
func (q *weighing) Updated(n int) {
	q.Sequence.Updated(n)
	q.mask.Updated(n)
	q.fresh[n] = false
}

// RowGrams implements [RowGramer].
func (q *weighing) RowGrams(dst *mat.Dense, factors []*mat.Dense, n int) {
	for m, a := range factors {
		if m != n {
			q.pair(m, a)
		}
	}
	q.mask.MTTKRP(dst, q.pairs, n)
}

// pair brings pairs[m] up to date.
func (q *weighing) pair(m int, a *mat.Dense) {
	rows, rank := a.Dims()
	count := rank * (rank + 1) / 2
	if p := q.pairs[m]; p == nil || p.RawMatrix().Cols != count {
		q.pairs[m], q.fresh[m] = mat.NewDense(rows, count, nil), false
	}
	if q.fresh[m] {
		return
	}
	q.fresh[m] = true
	for i := range rows {
		row, pairs := a.RawRowView(i), q.pairs[m].RawRowView(i)
		for r, v := range row {
			for _, w := range row[r:] {
				pairs[0] = v * w
				pairs = pairs[1:]
			}
		}
	}
}

var (
	_ Incomplete = (*exactMasked)(nil)
	_ RowGramer  = (*weighing)(nil)
)
