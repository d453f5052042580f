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
// independent of each other; when passes over them end is decided for every eight of them,
// rows 8k to 8k+7, on their own.
//
// A column that becomes zero would stay so for good; it is set to what makes its
// component 1e-16 of the largest one instead, and can grow again. So are columns whose
// components are smaller than that. Descent is monotone but for that.
//
// References:
//   - Cichocki, A., Zdunek, R., Amari, S.: Hierarchical ALS algorithms for
//     nonnegative matrix and 3D tensor factorization. ICA (2007).
//   - Gillis, N., Glineur, F.: Accelerated multiplicative updates and
//     hierarchical ALS algorithms for NMF. Neural Comput. 24(4) (2012).
type HALS struct {
	// Inner is the largest number of passes over the columns in one update.
	// They end early, eight rows by eight, when a pass moves those by less than Delta of
	// what the first did, columns measured with √g_rr. Default: 10.
	Inner int
	// Delta ends the passes, see Inner. Default: 0.1; negative: never.
	Delta float64
}

// Begin implements [Method].
func (h HALS) Begin(_, rank int) Updater {
	if h.Inner <= 0 {
		h.Inner = 10
	}
	if h.Delta == 0 {
		h.Delta = halsDelta
	}
	return newHALS(h.Inner, h.Delta, rank)
}

func newHALS(inner int, delta float64, rank int) *hals {
	u := &hals{inner: inner, delta: max(0, delta), full: make([]float64, rank*rank), steps: make([]float64, rank), top: make([]float64, rank)}
	// Multiples of eight that stay in the second cache, many since the last groups of a block
	// leave places empty, and odd ones, whose columns share no sets of the first cache.
	u.rows = min(264, max(72, 8192/rank&^31+8))
	u.atOnce = max(1, (1<<14)/(rank*rank))
	u.table = kernel.NewColumnTable(rank, u.rows)
	u.body, u.streamed = u.blocks, u.settleStreamed
	u.pool.New = func() any {
		return &halsBlock{a: make([]float64, rank*u.rows), m: make([]float64, rank*u.rows), settled: make([]float64, kernel.Groups*kernel.Group*rank)}
	}
	return u
}

// Nonnegative implements [Method].
func (HALS) Nonnegative() bool { return true }

const (
	halsDelta = 0.1 // ends the inner passes: the ε of accelerated HALS
	revived   = 1e-16
)

type hals struct {
	inner  int
	delta  float64
	rows   int // of a block
	atOnce int // passes of a call of the kernel
	table  *kernel.ColumnTable
	single bool      // one row of a factor, whose columns are finished elsewhere
	full   []float64 // G with both triangles, so that a row is contiguous
	steps  []float64 // 1/g_rr, 0 for columns that stay

	a, m blas64.General // of the call that is running
	body func(worker, lo, hi int)
	pool sync.Pool // of *halsBlock

	streamed func(rows int, a, m []float64) // settleStreamed

	lock sync.Mutex
	top  []float64 // the largest entry of every column so far

	sum func(x ...float64) ([]float64, error) // over the parts of a factor; nil: it is whole
}

// halsBlock holds some rows of A and M component by component, so that the loop
// over the rows is the inner one and runs over contiguous memory.
type halsBlock struct {
	a, m    []float64
	settled []float64 // groups of rows that are kept aside, see settleGroups
}

// Update implements [Updater].
func (h *hals) Update(a, m *mat.Dense, g *mat.SymDense) error {
	h.load(g)
	h.settleRows(a, m)
	if err := h.together(); err != nil {
		return err
	}
	if !h.single {
		h.revive(a)
	}
	return nil
}

// together makes the largest entries those of all parts. Sums of what is largest in each part
// are no less, and at most parts times, what is largest in all: near enough to tell columns
// that are as good as zero.
func (h *hals) together() error {
	if h.sum == nil {
		return nil
	}
	_, err := h.sum(h.top...)
	return err
}

// settleRows updates the rows of a.
func (h *hals) settleRows(a, m *mat.Dense) {
	rank := len(h.top)
	h.a, h.m = a.RawMatrix(), m.RawMatrix()
	par.For(par.Blocks(h.a.Rows, kernel.Group), max(1, (1<<19)/(kernel.Group*rank*rank)), h.body)
	h.a, h.m = blas64.General{}, blas64.General{}
}

// sumBy implements [summer].
func (h *hals) sumBy(sum func(x ...float64) ([]float64, error)) { h.sum = sum }

// begin implements [streamable].
func (h *hals) begin(g *mat.SymDense) (rows int, update func(rows int, a, m []float64)) {
	h.load(g)
	return h.rows, h.streamed
}

// end implements [streamable].
func (h *hals) end(a *mat.Dense) bool { return h.revive(a) }

// load takes G over.
func (h *hals) load(g *mat.SymDense) {
	rank := len(h.top)
	for i := range rank {
		for j := range rank {
			h.full[i*rank+j] = g.At(i, j)
		}
		h.steps[i] = 1 / g.At(i, i)
		if g.At(i, i) <= 0 || math.IsInf(h.steps[i], 1) {
			h.steps[i] = 0 // the others' component i is zero: any value fits alike
		}
	}
	if !h.single {
		h.table.Load(h.full, h.steps)
	}
	clear(h.top)
}

// Row implements [Separable]. Zeros of a row are no zero columns, which are left to
// finish.
func (h *hals) Row() Updater {
	u := newHALS(h.inner, h.delta, len(h.top))
	u.single = true
	return u
}

// blocks updates the rows of groups lo…hi, a block at a time.
func (h *hals) blocks(_, lo, hi int) {
	b := h.pool.Get().(*halsBlock)
	rank, end := len(h.top), min(h.a.Rows, hi*kernel.Group)
	for first := lo * kernel.Group; first < end; first += h.rows {
		rows := min(end-first, h.rows)
		a := h.a.Data[first*h.a.Stride:]
		kernel.Transpose(rows, rank, b.a, h.rows, a, h.a.Stride)
		kernel.Transpose(rows, rank, b.m, h.rows, h.m.Data[first*h.m.Stride:], h.m.Stride)
		h.settle(b, rows, b.a, b.m)
		kernel.Transpose(rank, rows, a, h.a.Stride, b.a, h.rows)
	}
	h.pool.Put(b)
}

// raise raises the largest entries of the columns to those of some rows; columns are
// stride apart.
func (h *hals) raise(rows, stride int, a []float64) {
	h.lock.Lock()
	for r := range h.top {
		h.top[r] = max(h.top[r], kernel.MaxAbs(a[r*stride:][:rows]))
	}
	h.lock.Unlock()
}

// finish revives the columns of a factor whose rows have Grams of their own, g the
// Hadamard product of the Grams of the other factors.
func (h *hals) finish(a *mat.Dense, g *mat.SymDense) {
	h.load(g)
	rows, _ := a.Dims()
	for i := range rows {
		h.raise(1, 1, a.RawRowView(i))
	}
	h.revive(a)
}

// revive sets columns that are as good as zero, given the largest entry of each. They
// are measured with √g_rr, the norm of the rest of their components: entries of columns
// whose components are cut up differently say nothing of each other, and a column of
// "1e-16 of the largest entry" could be a component of any size. It says whether it set
// any.
func (h *hals) revive(a *mat.Dense) (any bool) {
	raw, rank := a.RawMatrix(), len(h.top)
	largest, entry := 0.0, 0.0
	for r, v := range h.top {
		largest = max(largest, v*math.Sqrt(h.full[r*rank+r]))
		entry = max(entry, v)
	}
	for r, v := range h.top {
		to := revived * largest / math.Sqrt(h.full[r*rank+r])
		if math.IsNaN(to) || math.IsInf(to, 0) {
			to = 0
			if v == 0 {
				to = revived * entry // the rest of the component is zero, and every value fits alike
			}
		}
		if v >= to {
			continue
		}
		any = true
		for i := range raw.Rows {
			raw.Data[i*raw.Stride+r] = to
		}
	}
	return any
}
