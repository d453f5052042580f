package tensor

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// Dense32 is a [Dense] whose entries are float32, read in place: half the memory
// and half the traffic, with every product and sum in float64. Factors are
// float64 as everywhere.
type Dense32 struct {
	dims []int
	data []float32
}

// NewDense32 returns a tensor of the given sizes (order at least 1, each size at
// least 1) over data, which it keeps; nil data is allocated, zero. It panics
// when the length does not match or the sizes overflow an int.
func NewDense32(dims []int, data []float32) *Dense32 {
	n := size(dims)
	if data == nil {
		data = hugePages(make([]float32, n))
	}
	if len(data) != n {
		panic(fmt.Sprintf("tensor: NewDense32: %d values for sizes %v, want %d", len(data), dims, n))
	}
	return &Dense32{dims: append([]int(nil), dims...), data: data}
}

// Dims implements [Tensor].
func (x *Dense32) Dims() []int { return x.dims }

// Data is the storage itself, the last index fastest.
func (x *Dense32) Data() []float32 { return x.data }

// SquaredNorm implements [Tensor].
func (x *Dense32) SquaredNorm() float64 {
	return blockSum(len(x.data), func(lo, hi int) float64 {
		var s0, s1 float64
		v := x.data[lo:hi]
		for ; len(v) >= 2; v = v[2:] {
			s0 += float64(v[0]) * float64(v[0])
			s1 += float64(v[1]) * float64(v[1])
		}
		for _, e := range v {
			s0 += float64(e) * float64(e)
		}
		return s0 + s1
	})
}

// MTTKRP implements [Tensor], as [Dense.MTTKRP].
func (x *Dense32) MTTKRP(dst *mat.Dense, factors []*mat.Dense, n int) {
	denseMTTKRP(dst, x.dims, values{f32: x.data}, factors, n)
}

// Sequence implements [Sequencer], as [Dense.Sequence].
func (x *Dense32) Sequence() Sequence { return newDenseSequence(x.dims, values{f32: x.data}) }

// MaxAbs implements [Measurer].
func (x *Dense32) MaxAbs() float64 {
	var m float64
	for _, v := range x.data {
		m = max(m, math.Abs(float64(v)))
	}
	return m
}

// NonFinite implements [NonFiniter].
func (x *Dense32) NonFinite() (index []int, ok bool) {
	for at, v := range x.data {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return indexOf(x.dims, at), true
		}
	}
	return nil, false
}

// SquaredResidual implements [Residualer], as [Dense.SquaredResidual].
func (x *Dense32) SquaredResidual(k *Kruskal) float64 {
	if got := k.Dims(); !equalDims(got, x.dims) {
		panic(fmt.Sprintf("tensor: SquaredResidual: model of sizes %v, tensor of sizes %v", got, x.dims))
	}
	last := x.dims[len(x.dims)-1]
	sums := make([]float64, len(x.data)/last)
	k.rows(func(at int, row []float64) {
		var s float64
		for i, v := range x.data[at : at+last] {
			s += (float64(v) - row[i]) * (float64(v) - row[i])
		}
		sums[at/last] = s
	})
	var s float64
	for _, v := range sums {
		s += v
	}
	return s
}

// values are the entries of a tensor in one of the two precisions.
type values struct {
	f64 []float64
	f32 []float32 // in use if not nil
}

// mulAdd is kernel.MulAdd with A beginning at entry `at`.
func (v values) mulAdd(m, n, k, at, lda int, b []float64, ldb int, c []float64, ldc int) {
	if v.f32 != nil {
		kernel.MulAdd32(m, n, k, v.f32[at:], lda, b, ldb, c, ldc)
		return
	}
	kernel.MulAdd(m, n, k, v.f64[at:], lda, b, ldb, c, ldc)
}

// mulTAdd is kernel.MulTAdd with A beginning at entry `at`.
func (v values) mulTAdd(m, n, k, at, lda int, b []float64, ldb int, c []float64, ldc int) {
	if v.f32 != nil {
		kernel.MulTAdd32(m, n, k, v.f32[at:], lda, b, ldb, c, ldc)
		return
	}
	kernel.MulTAdd(m, n, k, v.f64[at:], lda, b, ldb, c, ldc)
}

var (
	_ Tensor     = (*Dense32)(nil)
	_ Residualer = (*Dense32)(nil)
	_ NonFiniter = (*Dense32)(nil)
	_ Measurer   = (*Dense32)(nil)
	_ Gramer     = (*Dense32)(nil)
)
