package cpd

import (
	"math"
	"sync"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// HALS keeps a factor nonnegative by hierarchical alternating least squares:
// cyclic exact updates of its columns,
//
//	a_r ← max(0, a_r + (m_r − A·g_r)/g_rr),
//
// several times over, since (M, G) cost far more than an update. The rows are
// independent of each other and are taken in blocks.
//
// A column that becomes zero would stay so for good; it is set to 1e-16 of the
// factor's largest entry instead, and can grow again. Descent is monotone but
// for that.
//
// References:
//   - Cichocki, A., Zdunek, R., Amari, S.: Hierarchical ALS algorithms for
//     nonnegative matrix and 3D tensor factorization. ICA (2007).
//   - Gillis, N., Glineur, F.: Accelerated multiplicative updates and
//     hierarchical ALS algorithms for NMF. Neural Comput. 24(4) (2012).
type HALS struct {
	// Inner is the largest number of passes over the columns in one update.
	// They end early, block of rows by block, when a pass moves a block by less
	// than 0.1 of what the first did. Default: 10.
	Inner int
}

// Begin implements [Method].
func (h HALS) Begin(_, rank int) Updater {
	if h.Inner <= 0 {
		h.Inner = 10
	}
	return newHALS(h.Inner, rank)
}

func newHALS(inner, rank int) *hals {
	u := &hals{inner: inner, full: make([]float64, rank*rank), alive: make([]bool, rank)}
	u.body = u.blocks
	u.pool.New = func() any {
		return &halsBlock{make([]float64, rank*halsRows), make([]float64, rank*halsRows), make([]float64, halsRows)}
	}
	return u
}

// Nonnegative implements [Method].
func (HALS) Nonnegative() bool { return true }

const (
	halsRows  = 256 // rows that are updated together: they and their scratch stay in the first cache up to R = 8
	halsDelta = 0.1 // ends the inner passes: the ε of accelerated HALS
	revived   = 1e-16
)

type hals struct {
	inner  int
	single bool      // one row of a factor, whose columns are finished elsewhere
	full   []float64 // G with both triangles, so that a row is contiguous
	alive  []bool    // columns that are not zero

	a, m blas64.General // of the call that is running
	body func(worker, lo, hi int)
	pool sync.Pool // of *halsBlock
}

// halsBlock holds some rows of A and M component by component, so that the loop
// over the rows is the inner one and runs over contiguous memory.
type halsBlock struct{ a, m, d []float64 }

// Update implements [Updater].
func (h *hals) Update(a, m *mat.Dense, g *mat.SymDense) error {
	rank := g.SymmetricDim()
	for i := range rank {
		for j := range rank {
			h.full[i*rank+j] = g.At(i, j)
		}
	}
	h.a, h.m = a.RawMatrix(), m.RawMatrix()
	par.For(par.Blocks(h.a.Rows, halsRows), max(1, (1<<16)/(halsRows*rank*rank)), h.body)
	if !h.single {
		h.finish(a)
	}
	h.a, h.m = blas64.General{}, blas64.General{}
	return nil
}

// Row implements [Separable]. Zeros of a row are no zero columns, which are left to
// finish.
func (h *hals) Row() Updater {
	u := newHALS(h.inner, len(h.alive))
	u.single = true
	return u
}

// blocks updates the rows of blocks lo…hi, each block until its own passes end.
func (h *hals) blocks(_, lo, hi int) {
	b := h.pool.Get().(*halsBlock)
	for k := lo; k < hi; k++ {
		first := k * halsRows
		rows := min(h.a.Rows, first+halsRows) - first
		b.load(h, first, rows)
		before := 0.0
		for pass := range h.inner {
			moved := b.pass(h.full, rows)
			if pass == 0 {
				before = moved
			}
			if moved <= halsDelta*halsDelta*before {
				break
			}
		}
		b.store(h, first, rows)
	}
	h.pool.Put(b)
}

// pass updates every column once and returns ‖Δ‖².
func (b *halsBlock) pass(g []float64, rows int) float64 {
	rank := len(b.a) / halsRows
	moved := 0.0
	for r := range rank {
		gr := g[r*rank:][:rank]
		step := 1 / gr[r]
		if gr[r] <= 0 || math.IsInf(step, 1) {
			continue // the others' component r is zero: any value fits alike
		}
		d := b.d[:rows]
		copy(d, b.m[r*halsRows:])
		for q, v := range gr {
			kernel.Axpy(d, -v, b.a[q*halsRows:][:rows])
		}
		moved += kernel.NonnegativeStep(b.a[r*halsRows:][:rows], step, d)
	}
	return moved
}

func (b *halsBlock) load(h *hals, first, rows int) {
	for i := range rows {
		a, m := h.a.Data[(first+i)*h.a.Stride:][:h.a.Cols], h.m.Data[(first+i)*h.m.Stride:][:h.a.Cols]
		for r, v := range a {
			b.a[r*halsRows+i], b.m[r*halsRows+i] = v, m[r]
		}
	}
}

func (b *halsBlock) store(h *hals, first, rows int) {
	for i := range rows {
		a := h.a.Data[(first+i)*h.a.Stride:][:h.a.Cols]
		for r := range a {
			a[r] = b.a[r*halsRows+i]
		}
	}
}

// finish sets columns that are zero to 1e-16 of the largest entry.
func (h *hals) finish(a *mat.Dense) {
	raw := a.RawMatrix()
	largest := 0.0
	clear(h.alive)
	for i := range raw.Rows {
		for r, v := range raw.Data[i*raw.Stride:][:raw.Cols] {
			if v > 0 {
				h.alive[r], largest = true, max(largest, v)
			}
		}
	}
	for r, ok := range h.alive {
		if ok {
			continue
		}
		for i := range raw.Rows {
			raw.Data[i*raw.Stride+r] = revived * largest
		}
	}
}
