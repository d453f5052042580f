package cpd

import (
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
// independent of each other, so the same numbers come out row by row.
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
	// They end early when a pass moves the factor by less than 0.1 of what the
	// first did. Default: 10.
	Inner int
}

// Begin implements [Method].
func (h HALS) Begin(rows, rank int) Updater {
	if h.Inner <= 0 {
		h.Inner = 10
	}
	u := &hals{inner: h.Inner, moved: make([]float64, par.Blocks(rows, halsRows)), full: make([]float64, rank*rank), alive: make([]bool, rank)}
	u.body = u.blocks
	return u
}

// Nonnegative implements [Method].
func (HALS) Nonnegative() bool { return true }

const (
	halsRows  = 512 // rows of one partial sum of the movement: a fixed partition
	halsDelta = 0.1 // ends the inner passes: the ε of accelerated HALS
	revived   = 1e-16
)

type hals struct {
	inner int
	moved []float64 // ‖Δ‖² of each block of rows
	full  []float64 // G with both triangles, so that a row is contiguous
	alive []bool    // columns that are not zero

	a, m blas64.General // of the call that is running
	body func(worker, lo, hi int)
}

// Update implements [Updater].
func (h *hals) Update(a, m *mat.Dense, g *mat.SymDense) error {
	rank := g.SymmetricDim()
	for i := range rank {
		for j := range rank {
			h.full[i*rank+j] = g.At(i, j)
		}
	}
	h.a, h.m = a.RawMatrix(), m.RawMatrix()
	first := 0.0
	for pass := range h.inner {
		moved := h.pass()
		if pass == 0 {
			first = moved
		}
		if moved <= halsDelta*halsDelta*first {
			break
		}
	}
	h.revive()
	h.a, h.m = blas64.General{}, blas64.General{}
	return nil
}

// pass updates every column of every row once and returns ‖Δ‖².
func (h *hals) pass() float64 {
	rank := h.a.Cols
	par.For(len(h.moved), max(1, (1<<16)/(halsRows*rank*rank)), h.body)
	var moved float64
	for _, s := range h.moved {
		moved += s
	}
	return moved
}

// blocks updates the rows of blocks lo…hi.
func (h *hals) blocks(_, lo, hi int) {
	rows, rank := h.a.Rows, h.a.Cols
	for b := lo; b < hi; b++ {
		sum := 0.0
		for i := b * halsRows; i < min(rows, (b+1)*halsRows); i++ {
			row, mi := h.a.Data[i*h.a.Stride:][:rank], h.m.Data[i*h.m.Stride:][:rank]
			for r := range row {
				gr := h.full[r*rank:][:rank]
				if gr[r] <= 0 {
					continue // the others' component r is zero: any value fits alike
				}
				v := max(0, row[r]+(mi[r]-kernel.Dot(gr, row))/gr[r])
				d := v - row[r]
				row[r] = v
				sum += d * d
			}
		}
		h.moved[b] = sum
	}
}

// revive sets columns that are zero to 1e-16 of the largest entry.
func (h *hals) revive() {
	largest := 0.0
	clear(h.alive)
	for i := range h.a.Rows {
		for r, v := range h.a.Data[i*h.a.Stride:][:h.a.Cols] {
			if v > 0 {
				h.alive[r], largest = true, max(largest, v)
			}
		}
	}
	for r, ok := range h.alive {
		if ok {
			continue
		}
		for i := range h.a.Rows {
			h.a.Data[i*h.a.Stride+r] = revived * largest
		}
	}
}
