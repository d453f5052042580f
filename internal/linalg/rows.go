package linalg

import (
	"fmt"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/par"
)

// rowsBlock is how many rows a worker takes at a time. Blocks are handed out as
// workers come for them, because rows differ in difficulty and an image's hard
// rows lie together.
const rowsBlock = 128

// rows runs a solver over the rows of A and M.
type rows struct {
	a, m  *mat.Dense
	next  atomic.Int64 // next block to hand out
	bad   atomic.Int64 // first row of M that is not finite, or the number of rows
	body  func(worker, lo, hi int)
	solve func(worker int, a, m []float64)

	// batch, if not nil, solves rows lo to hi instead, and rejects those that are
	// not finite itself.
	batch func(worker, lo, hi int)
}

// run calls solve(worker, a_i, m_i) for each row i with finite m_i, on as many
// workers as work, the total in flops, is worth. Fields set by the first call
// stay, so that the next allocates nothing.
func (w *rows) run(a, m *mat.Dense, work int, solve func(worker int, a, m []float64)) error {
	if w.body == nil {
		w.body = w.blocks
	}
	n, _ := m.Dims()
	w.a, w.m, w.solve = a, m, solve
	w.next.Store(0)
	w.bad.Store(int64(n))

	workers := 1
	if work > 1<<20 {
		workers = min(par.Workers(), par.Blocks(n, rowsBlock))
	}
	par.For(workers, 1, w.body)

	w.a, w.m = nil, nil
	if bad := int(w.bad.Load()); bad < n {
		return fmt.Errorf("%w: right-hand side, row %d", ErrNotFinite, bad)
	}
	return nil
}

func (w *rows) blocks(worker, _, _ int) {
	a, m := w.a.RawMatrix(), w.m.RawMatrix()
	for {
		lo := (int(w.next.Add(1)) - 1) * rowsBlock
		if lo >= m.Rows {
			return
		}
		hi := min(lo+rowsBlock, m.Rows)
		if w.batch != nil {
			w.batch(worker, lo, hi)
			continue
		}
		for i := lo; i < hi; i++ {
			mi := m.Data[i*m.Stride : i*m.Stride+m.Cols]
			if !finite(mi) {
				w.reject(int64(i))
				continue
			}
			w.solve(worker, a.Data[i*a.Stride:i*a.Stride+a.Cols], mi)
		}
	}
}

// reject lowers bad to i.
func (w *rows) reject(i int64) {
	for {
		old := w.bad.Load()
		if i >= old || w.bad.CompareAndSwap(old, i) {
			return
		}
	}
}
