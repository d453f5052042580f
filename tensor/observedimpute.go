package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// Imputing is the same data, to be fitted by expectation and maximisation: its
// [Sequence] is an [Imputer], for methods whose rows cannot be solved for one by
// one. The tensor whose unknown cells hold the model Ŷ = ⟦w; B₀, …⟧ of the last sweep
// is Ŷ and the sparse residual at the known cells, so that
//
//	M = (Ω∗(X − Ŷ))₍ₙ₎·(⊙_{m≠n} A_m) + B_n·diag(w)·(∗_{m≠n} B_mᵀA_m),
//
// an MTTKRP of sparse data and products of R columns. Work 4·N·R flops an entry
// and mode, and 2·R²·ΣI a mode. The error never rises, but the share of cells that
// are unknown is about the factor by which it falls in a sweep: where few are
// known, take the exact form, Observed itself.
//
// Memory: 8 bytes an entry and one copy of the factors for each run.
func (x *Observed) Imputing() Tensor { return &imputingObserved{x} }

type imputingObserved struct{ *Observed }

// Sequence implements [Sequencer].
func (x *imputingObserved) Sequence() Sequence {
	q := &observedImputer{x: x.x, mode: -1}
	q.body = q.residuals
	return q
}

// observedImputer is the sequence of the imputing form.
type observedImputer struct {
	x        *Sparse
	model    *Kruskal  // Ŷ, a copy; nil while the unknown cells are zero
	residual []float64 // x − ŷ, sorted by rows of mode `mode`
	mode     int       // −1: of none

	h, b  *mat.Dense  // diag(w)·(∗ BᵀA) and one BᵀA, R×R
	terms [][]float64 // of each worker: weights, and a chunk of terms
	body  func(worker, lo, hi int)
}

// Updated implements [Sequence]. Nothing that is kept depends on the factors.
func (*observedImputer) Updated(int) {}

// Impute implements [Imputer].
func (q *observedImputer) Impute(k *Kruskal) float64 {
	s := q.x.StoredResidual(k)
	if q.model == nil || q.model.Rank() != k.Rank() {
		q.model = k.Clone()
		q.h, q.b = mat.NewDense(k.Rank(), k.Rank(), nil), mat.NewDense(k.Rank(), k.Rank(), nil)
	} else {
		copy(q.model.Weights, k.Weights)
		for n, a := range k.Factors {
			q.model.Factors[n].Copy(a)
		}
	}
	q.mode = -1
	return s
}

// MTTKRP implements [Sequence].
func (q *observedImputer) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	if q.model == nil {
		q.x.MTTKRP(dst, factors, n)
		return
	}
	rank := checkMTTKRP(q.x.dims, dst, factors, n)
	if rank != q.model.Rank() {
		panic(fmt.Sprintf("tensor: MTTKRP: factors of rank %d, and a model of rank %d was imputed", rank, q.model.Rank()))
	}
	for r := range rank {
		row := q.h.RawRowView(r)
		for s := range row {
			row[s] = q.model.Weights[r]
		}
	}
	for m, a := range factors {
		if m == n {
			continue
		}
		b, f, c := q.model.Factors[m].RawMatrix(), a.RawMatrix(), q.b.RawMatrix()
		q.b.Zero()
		kernel.MulTAdd(rank, rank, b.Rows, b.Data, b.Stride, f.Data, f.Stride, c.Data, c.Stride)
		q.h.MulElem(q.h, q.b)
	}
	dst.Zero()
	b, h, d := q.model.Factors[n].RawMatrix(), q.h.RawMatrix(), dst.RawMatrix()
	kernel.MulAdd(b.Rows, rank, rank, b.Data, b.Stride, h.Data, h.Stride, d.Data, d.Stride)
	if len(q.x.value) > 0 {
		q.sortedResidual(n)
		runSparse(q.x.rows(n), q.residual, dst, factors, n, rank, false)
	}
}

// sortedResidual makes residual that of the entries sorted by mode n.
func (q *observedImputer) sortedResidual(n int) {
	if q.mode == n {
		return
	}
	q.mode = n
	s := q.x.rows(n)
	q.residual = grow(q.residual, len(s.value))
	for len(q.terms) < min(len(s.first), par.Workers()) {
		q.terms = append(q.terms, nil)
	}
	par.For(len(s.first), max(1, sparseGrain/(sparseBlock*q.model.Rank())), q.body)
}

// residuals does blocks lo to hi of the entries.
func (q *observedImputer) residuals(worker, lo, hi int) {
	s, k, rank := q.x.rows(q.mode), q.model, q.model.Rank()
	q.terms[worker] = grow(q.terms[worker], (modelChunk+1)*rank)
	weight, terms := q.terms[worker][:rank], q.terms[worker][rank:]
	own := rowMajorOf(k.Factors[q.mode])
	for b := lo; b < hi; b++ {
		from, end := b*sparseBlock, min((b+1)*sparseBlock, len(s.value))
		for r := s.first[b]; from < end; r++ {
			kernel.MulTo(weight, k.Weights, own.data[int(s.row[r])*own.stride:][:rank])
			to := min(s.start[r+1], end)
			for ; from < to; from = min(to, from+modelChunk) {
				e := q.residual[from:min(to, from+modelChunk)]
				modelEntries(e, terms, weight, k.Factors, q.mode, s.other, from)
				for p, v := range s.value[from:][:len(e)] {
					e[p] = v - e[p]
				}
			}
		}
	}
}

var (
	_ Incomplete = (*imputingObserved)(nil)
	_ Imputer    = (*observedImputer)(nil)
)
