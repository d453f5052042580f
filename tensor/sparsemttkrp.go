package tensor

import (
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	// sparseGrain is the work, in entries times R, that is worth a second core:
	// about half a millisecond of Go, a fifth of one of vector code.
	sparseGrain = 1 << 19
	// sparsePiece bounds the entries times R that a kernel is given at a time, so
	// that the factor rows it gathers are still in the first-level cache when it
	// comes back to them for the next columns.
	sparsePiece = 1 << 11
	// sparsePrefetch is the size of the other factors, in bytes, above which their
	// rows are prefetched. Below, they are in the second-level cache, and hints
	// cost more than they save: without them the sweeps of two power-law tensors with
	// up to 0.9 MB of factors took 0.75 of the time, one with 5 MB 1.4 times as long.
	sparsePrefetch = 1 << 20
)

// MTTKRP implements [Tensor]:
//
//	M[i,:] = Σ_{entries p of row i} x_p · ∗_{m≠n} A_m[i_m(p),:]
//
// from the entries sorted by mode n. The first product of a mode other than 0
// sorts a copy of the entries, 4·(N−1)+8 bytes each, which stays.
//
// The entries are cut into blocks of 2¹⁴, whatever rows they belong to, so that
// one row with most of the entries is spread over the cores like any other data.
// A row belongs to the block it begins in, which writes it to dst; a block that
// begins inside a row sums the rest of it on the side, and those parts are added
// in order at the end. No two goroutines write the same memory, and every sum
// has one order, whatever the workers.
//
// Work N·R flops an entry. Sorted copies are chosen over one copy in interleaved
// (linearised) order, which costs a read and a write of a row of M for every entry
// and, on several cores, windows of M that are summed up, and over compressed
// fibres, whose inner loops of one to six entries cost more than the products
// they save: with the same vector code at R=16 they took 3.4–7 and 1.1–2 times as
// long on four power-law tensors of 10⁶ and 10⁷ entries.
func (x *Sparse) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	rank := checkMTTKRP(x.dims, dst, factors, n)
	dst.Zero()
	if rank == 0 || len(x.value) == 0 {
		return
	}
	s := x.rows(n)
	runSparse(s, s.value, dst, factors, n, rank, false)
}

var sparsePool = sync.Pool{New: func() any {
	w := new(sparseWork)
	w.body = w.blocks
	return w
}}

// sparseWork is the state of one MTTKRP, pooled so that a warm call is free of
// allocation.
type sparseWork struct {
	s      *sparseRows
	value  []float64  // of the entries, in the order of s
	factor []rowMajor // of the other modes, in order
	dst    rowMajor
	rank   int
	width  int       // columns of dst: R, or R(R+1)/2 for Grams
	grams  bool      // instead of an MTTKRP, the Grams of rows: [Observed]
	hints  bool      // give the kernels the indices that come next, too
	carry  []float64 // carry[b]: what block b adds to the row that it begins inside
	chunk  [][]float64
	body   func(worker, lo, hi int)
}

// rowMajor is a matrix as the kernels take it.
type rowMajor struct {
	data   []float64
	stride int
}

func rowMajorOf(a *mat.Dense) rowMajor {
	raw := a.RawMatrix()
	return rowMajor{raw.Data, raw.Stride}
}

// runSparse adds to dst the MTTKRP of the entries of s with these values, or the
// Grams of the rows.
func runSparse(s *sparseRows, value []float64, dst *mat.Dense, factors []*mat.Dense, n, rank int, grams bool) {
	w := sparsePool.Get().(*sparseWork)
	w.s, w.value, w.dst, w.rank, w.grams = s, value, rowMajorOf(dst), rank, grams
	w.factor = w.factor[:0]
	size := 0
	for m, a := range factors {
		if m != n {
			w.factor = append(w.factor, rowMajorOf(a))
			size += 8 * len(a.RawMatrix().Data)
		}
	}
	w.hints = size > sparsePrefetch
	w.width = dst.RawMatrix().Cols
	w.run(len(s.first))
	w.s, w.value, w.dst = nil, nil, rowMajor{}
	clear(w.factor) // keep no caller's memory
	sparsePool.Put(w)
}

// run sums the given number of blocks.
func (w *sparseWork) run(count int) {
	s, width := w.s, w.width
	w.carry = grow(w.carry, count*width)
	clear(w.carry)
	for len(w.chunk) < count { // no more workers than blocks
		w.chunk = append(w.chunk, nil)
	}
	par.For(count, max(1, sparseGrain/(sparseBlock*width)), w.body)
	for b := 1; b < count; b++ {
		if q := s.first[b]; s.start[q] < b*sparseBlock {
			row := w.dst.data[int(s.row[q])*w.dst.stride:][:width]
			kernel.Axpy(row, 1, w.carry[b*width:][:width])
		}
	}
}

// blocks sums blocks lo to hi.
func (w *sparseWork) blocks(worker, lo, hi int) {
	s, width := w.s, w.width
	for b := lo; b < hi; b++ {
		from, end := b*sparseBlock, min((b+1)*sparseBlock, len(w.value))
		for q := s.first[b]; from < end; q++ {
			acc := w.dst.data[int(s.row[q])*w.dst.stride:][:width]
			if s.start[q] < from { // only of the first row, and not at a row's beginning
				acc = w.carry[b*width:][:width]
			}
			to := min(s.start[q+1], end)
			if w.grams {
				w.addGram(worker, acc, from, to)
			} else {
				w.add(worker, acc, from, to)
			}
			from = to
		}
	}
}

// add adds entries from to to, all of one row, to acc.
func (w *sparseWork) add(worker int, acc []float64, from, to int) {
	piece := max(16, sparsePiece/w.rank)
	for ; from < to; from += piece {
		w.addPiece(worker, acc, from, min(to, from+piece))
	}
}

// addPiece is add for entries that a kernel takes at a time. Where hints are worth
// it, the kernel is given the indices after them as well, which are gathered next.
func (w *sparseWork) addPiece(worker int, acc []float64, from, to int) {
	v, o, f := w.value[from:to], w.s.other, w.factor
	upTo := to
	if w.hints {
		upTo = len(w.value)
	}
	switch len(o) {
	case 0:
		for _, s := range v {
			for r := range acc {
				acc[r] += s
			}
		}
	case 1:
		kernel.GatherAdd1(acc, v, f[0].data, f[0].stride, o[0][from:upTo])
	case 2:
		kernel.GatherAdd2(acc, v, f[0].data, f[0].stride, o[0][from:upTo], f[1].data, f[1].stride, o[1][from:upTo])
	case 3:
		kernel.GatherAdd3(acc, v, f[0].data, f[0].stride, o[0][from:upTo], f[1].data, f[1].stride, o[1][from:upTo], f[2].data, f[2].stride, o[2][from:upTo])
	default:
		w.addMany(worker, acc, from, to)
	}
}

// addMany is addPiece for orders above 4: the rows of all modes but two are
// multiplied into a chunk that stays in the cache.
func (w *sparseWork) addMany(worker int, acc []float64, from, to int) {
	rank, last := w.rank, len(w.factor)-2
	w.chunk[worker] = grow(w.chunk[worker], (to-from)*rank)
	t := w.chunk[worker]
	w.products(t, last, from, to)
	b, d := w.factor[last], w.factor[last+1]
	kernel.GatherAdd3(acc, w.value[from:to], t, rank, ascending[:to-from], b.data, b.stride, w.s.other[last][from:to], d.data, d.stride, w.s.other[last+1][from:to])
}

// products sets the rows of t to the products of the rows of the first count ≥ 1
// other factors that entries from to to pick.
func (w *sparseWork) products(t []float64, count, from, to int) {
	rank, first := w.rank, w.factor[0]
	for k, at := range w.s.other[0][from:to] {
		copy(t[k*rank:][:rank], first.data[int(at)*first.stride:])
	}
	for m := 1; m < count; m++ {
		kernel.GatherMul(rank, t, w.factor[m].data, w.factor[m].stride, w.s.other[m][from:to])
	}
}

// ascending is 0, 1, 2, …: the rows of a chunk in their order.
var ascending = func() (a [sparsePiece]int32) {
	for k := range a {
		a[k] = int32(k)
	}
	return a
}()
