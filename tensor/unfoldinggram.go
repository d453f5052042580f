package tensor

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// gramCols is the number of columns of an unfolding that its Gram matrix takes at
// a time: 2 KiB of every row.
const gramCols = 256

// UnfoldingGram implements [Gramer]. Extra memory: one I_n×I_n matrix for each of
// at most 4 parts of the tensor.
func (x *Dense) UnfoldingGram(dst *mat.SymDense, n int) {
	left, in, right := x.split(n)
	if dst.SymmetricDim() != in {
		panic(fmt.Sprintf("tensor: UnfoldingGram: destination has order %d, mode %d has size %d", dst.SymmetricDim(), n, in))
	}
	if right == 1 {
		x.lastModeGram(dst, left, in)
		return
	}
	// Row i of the unfolding is made of the pieces X[l,i,:]; row i of the Gram
	// needs the dot products with the rows j ≥ i, a block of columns at a time, so
	// that the block stays in the cache while every row meets every other.
	raw := dst.RawSymmetric()
	par.For(in, 1, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			clear(raw.Data[i*raw.Stride:][i:in])
		}
		for l := range left {
			for q := 0; q < right; q += gramCols {
				size := min(gramCols, right-q)
				for i := lo; i < hi; i++ {
					row, a := raw.Data[i*raw.Stride:][:in], x.data[(l*in+i)*right+q:][:size]
					for j := i; j < in; j++ {
						row[j] += kernel.Dot(a, x.data[(l*in+j)*right+q:][:size])
					}
				}
			}
		}
	})
}

// lastModeGram is Σ_l x_l x_lᵀ over the rows x_l of X seen as left×I_n.
func (x *Dense) lastModeGram(dst *mat.SymDense, left, in int) {
	count := min(4, par.Blocks(left, 64))
	parts := make([]float64, count*in*in)
	par.For(count, 1, func(_, lo, hi int) {
		for b := lo; b < hi; b++ {
			first, last := b*left/count, (b+1)*left/count
			v := x.data[first*in:]
			kernel.MulTAdd(in, in, last-first, v, in, v, in, parts[b*in*in:], in)
		}
	})
	setSym(dst, parts, count)
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
