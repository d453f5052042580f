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
	// not worth waking: some 50 µs.
	gramGrain = 1 << 20
)

// Gram writes the Gram matrix AᵀA of the columns of a (I×R) to dst:
//
//	dst[r][q] = Σ_i a[i][r]·a[i][q]
//
// dst is R×R, or empty, in which case it is given that size. Work: I·R²
// flops, over all cores when that is more than 50 µs. The sums run over
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
		lo, hi := p*w.rowsPart, min(w.rows, (p+1)*w.rowsPart)
		kernel.GramAdd(w.r, hi-lo, w.a[lo*w.stride:], w.stride, sum, w.r)
	}
}

// grow returns a slice of length n, x itself where it is long enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
