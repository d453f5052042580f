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

// A Streamer is the Sequence of data that can update the factor of their last mode
// while they are read: with that, its MTTKRP and the next one of the other mode take
// one pass over the data together.
type Streamer interface {
	Sequence
	// Stream sets factor A of the last mode to its update. update gets up to `rows` rows of
	// A and of the MTTKRP M at a time, component by component: entry (i, r) of a block
	// is a[r·rows+i], the full number of rows, also where fewer are left. It changes a,
	// must leave m alone and keep neither, and may be called from several goroutines at
	// once. The blocks are [b·rows, (b+1)·rows), whatever the number of workers.
	//
	// g becomes AᵀA and inner is ⟨M, A⟩, of the update. The sequence knows of the
	// change; Updated tells of any other. Without ok nothing has been done, since a
	// pass of this kind is not possible or does not pay.
	Stream(g *mat.SymDense, factors []*mat.Dense, rows int, update func(rows int, a, m []float64)) (inner float64, ok bool)
}
