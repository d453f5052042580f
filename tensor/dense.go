package tensor

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// Dense is a tensor with every entry in memory, the last index fastest: entry
// (i₀, …, i_{N−1}) is Data[((i₀·I₁ + i₁)·I₂ + …) + i_{N−1}].
type Dense struct {
	dims []int
	data []float64
}

// NewDense returns a tensor of the given sizes (order at least 1, each size at
// least 1) over data, which it keeps; nil data is allocated, zero. It panics
// when the length does not match or the sizes overflow an int.
func NewDense(dims []int, data []float64) *Dense {
	n := size(dims)
	if data == nil {
		data = hugePages(make([]float64, n))
	}
	if len(data) != n {
		panic(fmt.Sprintf("tensor: NewDense: %d values for sizes %v, want %d", len(data), dims, n))
	}
	return &Dense{dims: append([]int(nil), dims...), data: data}
}

// FromMatrix is the order-2 tensor that shares a's storage when a is
// contiguous, and copies otherwise.
func FromMatrix(a *mat.Dense) *Dense {
	raw := a.RawMatrix()
	if raw.Stride == raw.Cols {
		return NewDense([]int{raw.Rows, raw.Cols}, raw.Data[:raw.Rows*raw.Cols])
	}
	return NewDense([]int{raw.Rows, raw.Cols}, mat.DenseCopyOf(a).RawMatrix().Data)
}

// size is Π dims; it panics on an empty or overflowing shape.
func size(dims []int) int {
	if len(dims) == 0 {
		panic("tensor: a tensor has at least one mode")
	}
	n := 1
	for m, d := range dims {
		if d < 1 {
			panic(fmt.Sprintf("tensor: mode %d has size %d; sizes are at least 1", m, d))
		}
		if n > math.MaxInt/d {
			panic(fmt.Sprintf("tensor: sizes %v overflow", dims))
		}
		n *= d
	}
	return n
}

// Dims implements [Tensor].
func (x *Dense) Dims() []int { return x.dims }

// Data is the storage itself.
func (x *Dense) Data() []float64 { return x.data }

// At is the entry at the given indices.
func (x *Dense) At(index ...int) float64 { return x.data[x.offset(index)] }

// Set changes the entry at the given indices.
func (x *Dense) Set(v float64, index ...int) { x.data[x.offset(index)] = v }

func (x *Dense) offset(index []int) int {
	if len(index) != len(x.dims) {
		panic(fmt.Sprintf("tensor: %d indices into a tensor of order %d", len(index), len(x.dims)))
	}
	at := 0
	for m, i := range index {
		if i < 0 || i >= x.dims[m] {
			panic(fmt.Sprintf("tensor: index %v out of range of sizes %v", index, x.dims))
		}
		at = at*x.dims[m] + i
	}
	return at
}

// index is the inverse of offset.
func (x *Dense) index(at int) []int { return indexOf(x.dims, at) }

func indexOf(dims []int, at int) []int {
	index := make([]int, len(dims))
	for m := len(dims) - 1; m >= 0; m-- {
		index[m] = at % dims[m]
		at /= dims[m]
	}
	return index
}

// normBlock is the number of entries that one partial sum covers: a fixed
// partition, so that sums do not depend on the number of workers.
const normBlock = 1 << 15

// SquaredNorm implements [Tensor]. Work 2·ΠI flops, one pass.
func (x *Dense) SquaredNorm() float64 {
	return blockSum(len(x.data), func(lo, hi int) float64 {
		v := x.data[lo:hi]
		return kernel.Dot(v, v)
	})
}

// blockSum is the sum of f over fixed blocks of [0, n), added in order.
func blockSum(n int, f func(lo, hi int) float64) float64 {
	parts := make([]float64, par.Blocks(n, normBlock))
	par.For(len(parts), 8, func(_, lo, hi int) {
		for b := lo; b < hi; b++ {
			parts[b] = f(b*normBlock, min(n, (b+1)*normBlock))
		}
	})
	var s float64
	for _, p := range parts {
		s += p
	}
	return s
}

// MaxAbs implements [Measurer].
func (x *Dense) MaxAbs() float64 {
	var m float64
	for _, v := range x.data {
		m = max(m, math.Abs(v))
	}
	return m
}

// NonFinite implements [NonFiniter].
func (x *Dense) NonFinite() (index []int, ok bool) {
	for at, v := range x.data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return x.index(at), true
		}
	}
	return nil, false
}

// Unfold is the mode-n unfolding X₍ₙ₎ as a new I_n × Π_{m≠n} I_m matrix, the
// columns over the remaining modes in their order, the last fastest.
func (x *Dense) Unfold(n int) *mat.Dense {
	left, in, right := x.split(n)
	dst := mat.NewDense(in, left*right, nil)
	for i := range in {
		row := dst.RawRowView(i)
		for l := range left {
			copy(row[l*right:(l+1)*right], x.data[(l*in+i)*right:])
		}
	}
	return dst
}

// Fold is the inverse of [Dense.Unfold]: the tensor of the given sizes whose
// mode-n unfolding is a.
func Fold(a mat.Matrix, dims []int, n int) *Dense {
	x := NewDense(dims, nil)
	left, in, right := x.split(n)
	if r, c := a.Dims(); r != in || c != left*right {
		panic(fmt.Sprintf("tensor: Fold: a %d×%d matrix is no mode-%d unfolding of sizes %v", r, c, n, dims))
	}
	for i := range in {
		for l := range left {
			for r := range right {
				x.data[(l*in+i)*right+r] = a.At(i, l*right+r)
			}
		}
	}
	return x
}

// split views the tensor as left × I_n × right: the sizes before mode n, of
// it, and behind it.
func (x *Dense) split(n int) (left, in, right int) { return split(x.dims, n) }

func split(dims []int, n int) (left, in, right int) {
	if n < 0 || n >= len(dims) {
		panic(fmt.Sprintf("tensor: mode %d of a tensor of order %d", n, len(dims)))
	}
	left, right = 1, 1
	for _, d := range dims[:n] {
		left *= d
	}
	for _, d := range dims[n+1:] {
		right *= d
	}
	return left, dims[n], right
}
