package tensor

import (
	"fmt"
	"sync"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	// gramParts is the most parts that the rows of a tall matrix are cut into.
	// It bounds the memory of the partial sums, and being fixed it fixes the
	// order of the additions.
	gramParts = 32
	// gramRows is the least number of rows of a part.
	gramRows = 256
	// gramGrain is the work, in multiplications, under which a second core is
	// not worth waking: about a millisecond.
	gramGrain = 1 << 20
)

// Gram writes the Gram matrix AᵀA of the columns of a (I×R) to dst:
//
//	dst[r][q] = Σ_i a[i][r]·a[i][q]
//
// dst is R×R, or empty, in which case it is given that size. Work: I·R²
// flops, over all cores when that is more than a millisecond. The sums run over
// parts of the rows that depend on I only, and the parts are added in order, so
// the result does not depend on the number of cores.
func Gram(dst *mat.SymDense, a *mat.Dense) {
	rows, r := a.Dims()
	if dst.IsEmpty() {
		dst.ReuseAsSym(r)
	}
	if n := dst.SymmetricDim(); n != r {
		panic(fmt.Sprintf("tensor: Gram: destination is %d×%d, matrix is %d×%d", n, n, rows, r))
	}
	w := gramPool.Get().(*gramWork)
	w.run(dst.RawSymmetric().Data, dst.RawSymmetric().Stride, a)
	gramPool.Put(w)
}

var gramPool = sync.Pool{New: func() any {
	w := new(gramWork)
	w.body = w.part
	return w
}}

// gramWork is the state of one Gram, pooled so that a warm call is free of
// allocation.
type gramWork struct {
	a, sum           []float64
	rows, r, stride  int
	rowsPart, nParts int
	body             func(worker, lo, hi int)
}

func (w *gramWork) run(dst []float64, dstStride int, a *mat.Dense) {
	raw := a.RawMatrix()
	w.a, w.rows, w.r, w.stride = raw.Data, raw.Rows, raw.Cols, raw.Stride
	w.rowsPart = max(gramRows, (w.rows+gramParts-1)/gramParts)
	w.nParts = par.Blocks(w.rows, w.rowsPart)
	w.sum = grow(w.sum, w.nParts*w.r*w.r)

	grain := 1
	if w.rows*w.r*w.r < gramGrain {
		grain = w.nParts
	}
	par.For(w.nParts, grain, w.body)

	for p := 1; p < w.nParts; p++ {
		part := w.sum[p*w.r*w.r : (p+1)*w.r*w.r]
		for i, v := range part {
			w.sum[i] += v
		}
	}
	for i := range w.r {
		copy(dst[i*dstStride+i:i*dstStride+w.r], w.sum[i*w.r+i:(i+1)*w.r])
	}
	w.a = nil
}

func (w *gramWork) part(_, lo, hi int) {
	for p := lo; p < hi; p++ {
		sum := w.sum[p*w.r*w.r : (p+1)*w.r*w.r]
		clear(sum)
		gramAdd(sum, w.a, w.stride, w.r, p*w.rowsPart, min(w.rows, (p+1)*w.rowsPart))
	}
}

// gramAdd adds the outer products of rows lo to hi of a to the upper triangle
// of sum (R×R). Four rows at a time: one pass over sum for eight flops an
// entry instead of two.
func gramAdd(sum, a []float64, stride, r, lo, hi int) {
	i := lo
	for ; i+4 <= hi; i += 4 {
		a0 := a[i*stride : i*stride+r]
		a1 := a[(i+1)*stride : (i+1)*stride+r]
		a2 := a[(i+2)*stride : (i+2)*stride+r]
		a3 := a[(i+3)*stride : (i+3)*stride+r]
		for j := range r {
			v0, v1, v2, v3 := a0[j], a1[j], a2[j], a3[j]
			s := sum[j*r+j : (j+1)*r]
			b0, b1, b2, b3 := a0[j:], a1[j:], a2[j:], a3[j:]
			b0, b1, b2, b3 = b0[:len(s)], b1[:len(s)], b2[:len(s)], b3[:len(s)]
			for k := range s {
				s[k] += v0*b0[k] + v1*b1[k] + v2*b2[k] + v3*b3[k]
			}
		}
	}
	for ; i < hi; i++ {
		row := a[i*stride : i*stride+r]
		for j, v := range row {
			kernel.Axpy(sum[j*r+j:(j+1)*r], v, row[j:])
		}
	}
}

// grow returns a slice of length n, x itself where it is long enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
