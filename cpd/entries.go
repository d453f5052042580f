package cpd

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	// entriesBlock is the number of entries whose products are summed at a time;
	// the sums of the blocks are added in order, whatever the workers.
	entriesBlock = 1 << 13
	// entriesGrain is the number of entries under which a second core is not
	// worth waking: about 0.1 ms of work.
	entriesGrain = 1 << 17
)

// entries does what takes one look at every entry of a factor, over all cores, and
// allocates only when a factor is larger than any before.
type entries struct {
	a    blas64.General // of the call that is running
	m    blas64.General
	by   []float64
	part []float64

	scaleBody, innerBody func(worker, lo, hi int)
}

func newEntries() *entries {
	e := new(entries)
	e.scaleBody, e.innerBody = e.scaleRows, e.innerBlocks
	return e
}

// scaleColumns multiplies column r of a by by[r], and says whether that changed
// anything.
func (e *entries) scaleColumns(a *mat.Dense, by []float64) bool {
	one := true
	for _, v := range by {
		one = one && v == 1
	}
	if one {
		return false
	}
	e.a, e.by = a.RawMatrix(), by
	par.For(e.a.Rows, max(1, entriesGrain/e.a.Cols), e.scaleBody)
	e.a, e.by = blas64.General{}, nil
	return true
}

func (e *entries) scaleRows(_, lo, hi int) {
	rows := e.a.Data[lo*e.a.Stride:]
	kernel.MulRows(hi-lo, e.a.Cols, rows, e.a.Stride, e.by, rows, e.a.Stride)
}

// inner returns ⟨A, M⟩.
func (e *entries) inner(a, m *mat.Dense) (sum float64) {
	e.a, e.m = a.RawMatrix(), m.RawMatrix()
	rows := e.blockRows()
	blocks := par.Blocks(e.a.Rows, rows)
	if cap(e.part) < blocks {
		e.part = make([]float64, blocks)
	}
	e.part = e.part[:blocks]
	par.For(blocks, max(1, entriesGrain/entriesBlock), e.innerBody)
	e.a, e.m = blas64.General{}, blas64.General{}
	for _, v := range e.part {
		sum += v
	}
	return sum
}

func (e *entries) blockRows() int { return max(1, entriesBlock/e.a.Cols) }

func (e *entries) innerBlocks(_, lo, hi int) {
	rows, cols := e.blockRows(), e.a.Cols
	for b := lo; b < hi; b++ {
		first, last := b*rows, min(e.a.Rows, (b+1)*rows)
		if e.a.Stride == cols && e.m.Stride == cols {
			e.part[b] = kernel.Dot(e.a.Data[first*cols:last*cols], e.m.Data[first*cols:last*cols])
			continue
		}
		e.part[b] = 0
		for i := first; i < last; i++ {
			e.part[b] += kernel.Dot(e.a.Data[i*e.a.Stride:][:cols], e.m.Data[i*e.m.Stride:][:cols])
		}
	}
}
