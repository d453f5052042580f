package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Observed is a [Sparse] of which the stored entries, stored zeros among them, are
// the only cells Ω that are known; all others are unknown, not zero: ratings of
// items by users in contexts, say, of which most were never given. As a [Tensor] it
// is zero at those, which is what the MTTKRP of known cells alone needs. A fit,
//
//	min ‖Ω∗(X − X̂)‖² = Σ_{stored} (x − x̂)²,
//
// comes in two forms, as that of a [Masked]; no tensor with every cell is ever made.
// Observed itself is the exact one: its [Sequence] is a [RowGramer] with
//
//	G_i = Σ_{entries p of row i} k_pᵀ·k_p,  k_p = ∗_{m≠n} A_m[i_m(p),:],
//
// taken from the entries sorted by rows, in fixed blocks as in [Sparse.MTTKRP], so
// that no row, however long, holds up the cores and every sum has one order. Work
// R·(R+1) + N·R flops an entry and mode, and R³/3 for the solution of a row. The
// constraints must hold row by row. [Observed.Imputing] is the other.
//
// A row without a known cell keeps its value, as nearly as the constraint allows.
// One with fewer known cells than components has no single answer, and gets
// the solution of least norm (with LeastSquares; slower, as its Gram is singular).
//
// Memory: that of the Sparse, shared, and for each run R/2 copies of the largest
// factor.
//
// References:
//   - Tomasi, G., Bro, R.: PARAFAC and missing values. Chemom. Intell. Lab. Syst.
//     75(2), 163–180 (2005).
//   - Karlsson, L., Kressner, D., Uschmajew, A.: Parallel algorithms for tensor
//     completion in the CP format. Parallel Comput. 57, 222–234 (2016).
type Observed struct{ x *Sparse }

// NewObserved takes the cells that x does not store for unknown. x is shared.
func NewObserved(x *Sparse) *Observed { return &Observed{x} }

// What follows is that of the Sparse, over the known cells. Its SquaredResidual is
// left out: it would count the other cells as zeros.

// Dims implements [Tensor].
func (x *Observed) Dims() []int { return x.x.dims }

// SquaredNorm implements [Tensor], over the known cells.
func (x *Observed) SquaredNorm() float64 { return x.x.SquaredNorm() }

// MTTKRP implements [Tensor], with zeros at the unknown cells.
func (x *Observed) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) { x.x.MTTKRP(dst, factors, n) }

// UnfoldingGram implements [Gramer], with zeros at the unknown cells.
func (x *Observed) UnfoldingGram(dst *mat.SymDense, n int) { x.x.UnfoldingGram(dst, n) }

// NonFinite implements [NonFiniter], over the known cells.
func (x *Observed) NonFinite() (index []int, ok bool) { return x.x.NonFinite() }

// MaxAbs implements [Measurer], over the known cells.
func (x *Observed) MaxAbs() float64 { return x.x.MaxAbs() }

// KnownCells implements [Incomplete].
func (x *Observed) KnownCells() int { return x.x.Stored() }

// KnownResidual implements [Incomplete]. It is [Sparse.StoredResidual].
func (x *Observed) KnownResidual(k *Kruskal) float64 { return x.x.StoredResidual(k) }

// Sequence implements [Sequencer]; it is a [RowGramer] without state.
func (x *Observed) Sequence() Sequence { return observing{x.x} }

// observing is the sequence of the exact form.
type observing struct{ *Sparse }

// Updated implements [Sequence].
func (observing) Updated(int) {}

// RowGrams implements [RowGramer].
func (q observing) RowGrams(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkRowGrams(q.dims, dst, factors, n)
	dst.Zero()
	if rank == 0 || len(q.value) == 0 {
		return
	}
	s := q.rows(n)
	runSparse(s, s.value, dst, factors, n, rank, true)
}

// checkRowGrams panics unless dst and factors fit dims and n, and returns R.
func checkRowGrams(dims []int, dst *mat.Dense, factors []*mat.Dense, n int) int {
	r, c := dst.Dims()
	rank := 0
	for rank*(rank+1)/2 < c {
		rank++
	}
	if rank*(rank+1)/2 != c {
		panic(fmt.Sprintf("tensor: RowGrams: destination is %d×%d, and %d is no R(R+1)/2", r, c, c))
	}
	fits := len(factors) == len(dims) && n >= 0 && n < len(dims) && r == dims[n]
	for m, a := range factors {
		if fits && m != n {
			ar, ac := a.Dims()
			fits = ar == dims[m] && ac == rank
		}
	}
	if !fits {
		panic(fmt.Sprintf("tensor: RowGrams: destination %d×%d of rank %d for mode %d does not fit the factors of a tensor of sizes %v", r, c, rank, n, dims))
	}
	return rank
}

var (
	_ Incomplete = (*Observed)(nil)
	_ Sequencer  = (*Observed)(nil)
	_ Gramer     = (*Observed)(nil)
	_ NonFiniter = (*Observed)(nil)
	_ Measurer   = (*Observed)(nil)
	_ RowGramer  = observing{}
)
