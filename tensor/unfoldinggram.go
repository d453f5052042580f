package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	// gramFloats bounds the block of columns of an unfolding that its Gram matrix takes
	// at a time, turned round: 512 KiB.
	gramFloats = 1 << 16
	// gramBand is the number of rows of the Gram matrix that are made together.
	gramBand = 64
)

// UnfoldingGram implements [Gramer]. Extra memory: a block of 512 KiB for every
// worker, or, for the last mode, one I_n×I_n matrix for each of at most 4 parts of the
// tensor.
func (x *Dense) UnfoldingGram(dst *mat.SymDense, n int) {
	denseGram(dst, x.dims, values{f64: x.data}, n)
}

// UnfoldingGram implements [Gramer], as that of Dense.
func (x *Dense32) UnfoldingGram(dst *mat.SymDense, n int) {
	denseGram(dst, x.dims, values{f32: x.data}, n)
}

func denseGram(dst *mat.SymDense, dims []int, data values, n int) {
	left, in, right := split(dims, n)
	if dst.SymmetricDim() != in {
		panic(fmt.Sprintf("tensor: UnfoldingGram: destination has order %d, mode %d has size %d", dst.SymmetricDim(), n, in))
	}
	if right == 1 {
		data.lastModeGram(dst, left, in)
		return
	}
	raw := dst.RawSymmetric()
	bands := par.Blocks(in, gramBand)
	par.For(bands, 1, func(_, lo, hi int) {
		g := unfoldingGram{data: raw.Data, stride: raw.Stride, in: in, bands: bands, lo: lo, hi: hi}
		g.clear()
		g.block = make([]float64, max(1, gramFloats/in)*in)
		for l := range left {
			for q := 0; q < right; {
				size := min(right-q, len(g.block)/in-g.rows)
				data.transpose(in, size, g.block[g.rows*in:], in, l*in*right+q, right)
				q += size
				if g.rows += size; g.rows == len(g.block)/in {
					g.add()
				}
			}
		}
		g.add()
	})
}

// unfoldingGram is what one worker sums: bands lo…hi of the upper triangle. Columns
// of the unfolding, X[l,:,q], are rows of the block, so that it is the product of its
// transpose with itself.
type unfoldingGram struct {
	data       []float64
	stride, in int
	bands      int
	lo, hi     int
	block      []float64
	rows       int
}

// band is the first row and the number of rows of band k: long and short bands by
// turns, so that workers have equal work.
func (g *unfoldingGram) band(k int) (first, rows int) {
	b := k / 2
	if k%2 == 1 {
		b = g.bands - 1 - b
	}
	return b * gramBand, min(gramBand, g.in-b*gramBand)
}

func (g *unfoldingGram) clear() {
	for k := g.lo; k < g.hi; k++ {
		first, rows := g.band(k)
		for i := first; i < first+rows; i++ {
			clear(g.data[i*g.stride:][first:g.in])
		}
	}
}

// add adds what the block holds, and empties it.
func (g *unfoldingGram) add() {
	for k := g.lo; k < g.hi && g.rows > 0; k++ {
		first, rows := g.band(k)
		kernel.MulTAdd(rows, g.in-first, g.rows, g.block[first:], g.in, g.block[first:], g.in, g.data[first*g.stride+first:], g.stride)
	}
	g.rows = 0
}

// lastModeGram is Σ_l x_l x_lᵀ over the rows x_l of X seen as left×I_n.
func (v values) lastModeGram(dst *mat.SymDense, left, in int) {
	count := min(4, par.Blocks(left, 64))
	parts := make([]float64, count*in*in)
	par.For(count, 1, func(_, lo, hi int) {
		for b := lo; b < hi; b++ {
			first, last := cutAt(b, left, count), cutAt(b+1, left, count)
			v.gramAdd(in, last-first, first*in, parts[b*in*in:])
		}
	})
	setSym(dst, parts, count)
}

// gramAdd is kernel.GramAdd of rows of in entries beginning at entry `at`.
func (v values) gramAdd(in, rows, at int, dst []float64) {
	if v.f32 == nil {
		kernel.GramAdd(in, rows, v.f64[at:], in, dst, in)
		return
	}
	block := make([]float64, max(1, gramFloats/in)*in)
	for rows > 0 {
		some := min(rows, len(block)/in)
		v.copyTo(block[:some*in], at)
		kernel.GramAdd(in, some, block, in, dst, in)
		rows, at = rows-some, at+some*in
	}
}

// transpose is kernel.Transpose with the source beginning at entry `at`.
func (v values) transpose(rows, cols int, dst []float64, ldd, at, lds int) {
	if v.f32 == nil {
		kernel.Transpose(rows, cols, dst, ldd, v.f64[at:], lds)
		return
	}
	for i := range rows {
		for j, e := range v.f32[at+i*lds:][:cols] {
			dst[j*ldd+i] = float64(e)
		}
	}
}

// setSym sets dst to the sum of parts, each a full square matrix, in order.
func setSym(dst *mat.SymDense, parts []float64, count int) {
	n := dst.SymmetricDim()
	for i := range n {
		for j := i; j < n; j++ {
			var s float64
			for b := range count {
				s += parts[b*n*n+i*n+j]
			}
			dst.SetSym(i, j, s)
		}
	}
}
