package tensor

import (
	"gonum.org/v1/gonum/mat"
)

// A Sequencer can share work between the MTTKRPs of a sweep. The Sequence that
// it returns is for one goroutine and one run.
type Sequencer interface{ Sequence() Sequence }

// A Sequence computes MTTKRPs of the same tensor with factors that change one
// at a time. MTTKRP is that of [Tensor]; Updated(n) says that factor n has
// changed since the last call. What is kept between calls, and what of it a
// change invalidates, is the Sequence's business.
type Sequence interface {
	MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int)
	Updated(n int)
}

// An Imputer is the Sequence of an [Incomplete] tensor that keeps a copy of the
// data with values of its own at the unknown cells, zeros at first. MTTKRP is that
// of the copy.
type Imputer interface {
	Sequence
	// Impute sets the unknown cells to the model and returns ‖Ω∗(X − X̂)‖². It must
	// not keep or change the model.
	Impute(k *Kruskal) float64
}

// A RowGramer is the Sequence of an [Incomplete] tensor that gives the normal
// equations of every row of a factor, over the known cells of its slice:
//
//	a_i·G_i = m_i,  G_i = Σ_{cells j known in slice i} k_jᵀ·k_j,
//
// m_i row i of the MTTKRP, k_j the row of ⊙_{m≠n} A_m that belongs to the cell.
type RowGramer interface {
	Sequence
	// RowGrams sets row i of dst, I_n×R(R+1)/2, to the upper triangle of G_i, row
	// after row. factors[n] is not read.
	RowGrams(dst *mat.Dense, factors []*mat.Dense, n int)
}

// Sequence implements [Sequencer] by a dimension tree of two halves. The modes
// are split at s into 0…s−1 and s…N−1, and the tensor is seen as a matrix of
// Π_{m<s} I_m rows and Π_{m≥s} I_m columns. Contracted with the factors of one half it
// leaves a partial product for the modes of the other,
//
//	P = X·(⊙_{m≥s} A_m)  and  Q = Xᵀ·(⊙_{m<s} A_m),
//
// from which every MTTKRP of a half follows at a small fraction of the work. P
// stays valid while the factors of modes ≥ s do, so that a sweep in mode order
// reads the tensor twice at any order, 4·ΠI·R flops, instead of N times.
//
// The split is the one with the smallest partial products. Where even they
// would take more than a quarter of the tensor's memory, the sequence falls
// back on independent MTTKRPs.
//
// References:
//   - Phan, A.-H., Tichavský, P., Cichocki, A.: Fast alternating LS algorithms
//     for high order CANDECOMP/PARAFAC tensor factorizations. IEEE Trans. Signal
//     Process. 61(19), 4834–4846 (2013).
func (x *Dense) Sequence() Sequence {
	return newDenseSequence(x.dims, values{f64: x.data})
}

func newDenseSequence(dims []int, data values) *denseSequence {
	n := size(dims)
	q := &denseSequence{dims: dims, data: data, size: n, at: 1}
	q.rows, q.cols = dims[0], n/dims[0]
	for s, rows := 2, dims[0]; s < len(dims); s++ {
		rows *= dims[s-1]
		if rows+n/rows < q.rows+q.cols {
			q.at, q.rows, q.cols = s, rows, n/rows
		}
	}
	return q
}

// denseSequence is the dimension tree of a tensor with every entry in memory.
type denseSequence struct {
	dims       []int
	data       values
	size       int // Π dims
	at         int // the split s; the first half has the modes below it
	rows, cols int // Π I of the halves

	first, second partial
}

// partial is the tensor contracted with the factors of the other half.
type partial struct {
	v     []float64 // (Π I of this half) × R
	rank  int
	valid bool
}

// Updated implements [Sequence].
func (q *denseSequence) Updated(n int) {
	if n < q.at {
		q.second.valid = false
	} else {
		q.first.valid = false
	}
}

// MTTKRP implements [Sequence].
func (q *denseSequence) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(q.dims, dst, factors, n)
	if len(q.dims) < 3 || 4*(q.rows+q.cols)*rank > q.size {
		denseMTTKRP(dst, q.dims, q.data, factors, n)
		return
	}
	lo, hi, p := 0, q.at, &q.first
	if n >= q.at {
		lo, hi, p = q.at, len(q.dims), &q.second
	}
	j := getJob(q.data, rank)
	if !p.valid || p.rank != rank {
		p.rank, p.valid = rank, true
		if n < q.at {
			p.v = grow(p.v, q.rows*rank)
			j.left, j.in, j.right = 1, q.rows, q.cols
			j.before, j.behind = nil, factors[q.at:]
		} else {
			p.v = grow(p.v, q.cols*rank)
			j.left, j.in, j.right = q.rows, q.cols, 1
			j.before, j.behind = factors[:q.at], nil
		}
		j.into(p.v, rank)
		j.multiply()
	}
	out := dst.RawMatrix()
	j.data = values{f64: p.v}
	j.into(out.Data, out.Stride)
	j.left, j.in, j.right = 1, q.dims[n], 1
	for _, d := range q.dims[lo:n] {
		j.left *= d
	}
	for _, d := range q.dims[n+1 : hi] {
		j.right *= d
	}
	j.before, j.behind = factors[lo:n], factors[n+1:hi]
	j.contract()
	j.put()
}

var (
	_ Sequencer = (*Dense)(nil)
	_ Sequencer = (*Dense32)(nil)
)
