package matrix

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// halsRows solves min_{A ≥ 0} ½⟨G·A, A⟩ − ⟨M, A⟩ for A of R rows by exact updates of
// one row after the other,
//
//	a_k ← max(0, a_k + (m_k − g_k·A)/g_kk).
//
// Unlike cpd.HALS, whose passes end block by block, a pass here ends by what it moved
// as a whole: iterates are those of the authors' program.
type halsRows struct {
	r, n int
	a, m []float64 // R×n, a row contiguous
	g    []float64 // R×R
	zero bool      // rows that become zero stay so

	part []float64 // what a pass moved, by blocks of columns
	body func(worker, lo, hi int)
}

// halsBlock is the number of columns that one worker takes at a time.
const halsBlock = 1 << 11

// revived is what rows that became zero are set to, relative to the largest entry.
const revived = 1e-16

func newHALSRows(r, n int) *halsRows {
	h := &halsRows{r: r, n: n, a: make([]float64, r*n), m: make([]float64, r*n), g: make([]float64, r*r)}
	h.part = make([]float64, par.Blocks(n, halsBlock))
	h.body = h.blocks
	return h
}

// load takes M (n×R) and G over; G gets extra on its diagonal.
func (h *halsRows) load(m *mat.Dense, g *mat.SymDense, extra float64) {
	raw := m.RawMatrix()
	kernel.Transpose(h.n, h.r, h.m, h.n, raw.Data, raw.Stride)
	for i := range h.r {
		for j := range h.r {
			h.g[i*h.r+j] = g.At(i, j)
		}
		h.g[i*h.r+i] += extra
	}
}

// setRows takes A over from its transpose, n×R.
func (h *halsRows) setRows(at *mat.Dense) {
	raw := at.RawMatrix()
	kernel.Transpose(h.n, h.r, h.a, h.n, raw.Data, raw.Stride)
}

// rows writes the transpose of A, n×R.
func (h *halsRows) rows(at *mat.Dense) {
	raw := at.RawMatrix()
	kernel.Transpose(h.r, h.n, raw.Data, raw.Stride, h.a, h.n)
}

// solve makes at most inner passes, fewer when the squares of what one moves are
// below delta² of those of the first.
func (h *halsRows) solve(inner int, delta float64) {
	first := 0.0
	for pass := range inner {
		moved := h.pass()
		if pass == 0 {
			first = moved
		}
		if moved < delta*delta*first || moved == 0 {
			return
		}
	}
}

// pass updates every row once and returns ‖Δ‖².
func (h *halsRows) pass() float64 {
	par.For(len(h.part), max(1, (1<<19)/(halsBlock*h.r*h.r)), h.body)
	moved := 0.0
	for _, v := range h.part {
		moved += v
	}
	h.revive()
	return moved
}

func (h *halsRows) blocks(_, lo, hi int) {
	for b := lo; b < hi; b++ {
		j0, j1 := b*halsBlock, min(h.n, (b+1)*halsBlock)
		moved := 0.0
		for k := range h.r {
			if g := h.g[k*h.r:][:h.r]; g[k] > 0 {
				moved += kernel.ColumnStep(h.a[k*h.n+j0:k*h.n+j1], h.a[j0:], h.n, h.m[k*h.n+j0:k*h.n+j1], g, 1/g[k])
			}
		}
		h.part[b] = moved
	}
}

// revive makes rows that became zero, which would stay so, as good as zero instead.
func (h *halsRows) revive() {
	if h.zero {
		return
	}
	for k := range h.r {
		row := h.a[k*h.n:][:h.n]
		if kernel.MaxAbs(row) > 0 {
			continue
		}
		to := revived * kernel.MaxAbs(h.a)
		for j := range row {
			row[j] = to
		}
	}
}
