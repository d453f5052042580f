//go:build amd64 && !noasm

package kernel

import "unsafe"

// A strided is an m×k operand: element (i, p) lies rs·i + cs·p bytes from p.
// Single says that the elements are float32.
type strided struct {
	at     unsafe.Pointer
	rs, cs int
	single bool
}

func mulAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	_, _, _ = a[(m-1)*lda+k-1], b[(k-1)*ldb+n-1], c[(m-1)*ldc+n-1]
	if n == 1 && ldb == 1 {
		for i := range m {
			c[i*ldc] += Dot(a[i*lda:][:k], b[:k])
		}
		return
	}
	product(m, n, k, strided{unsafe.Pointer(&a[0]), 8 * lda, 8, false}, b, ldb, c, ldc, false)
}

func mulTAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	_, _, _ = a[(k-1)*lda+m-1], b[(k-1)*ldb+n-1], c[(m-1)*ldc+n-1]
	if n == 1 && ldc == 1 {
		for p := range k {
			Axpy(c[:m], b[p*ldb], a[p*lda:][:m])
		}
		return
	}
	product(m, n, k, strided{unsafe.Pointer(&a[0]), 8, 8 * lda, false}, b, ldb, c, ldc, false)
}

func mulAdd32(m, n, k int, a []float32, lda int, b []float64, ldb int, c []float64, ldc int) {
	_, _, _ = a[(m-1)*lda+k-1], b[(k-1)*ldb+n-1], c[(m-1)*ldc+n-1]
	product(m, n, k, strided{unsafe.Pointer(&a[0]), 4 * lda, 4, true}, b, ldb, c, ldc, false)
}

func mulTAdd32(m, n, k int, a []float32, lda int, b []float64, ldb int, c []float64, ldc int) {
	_, _, _ = a[(k-1)*lda+m-1], b[(k-1)*ldb+n-1], c[(m-1)*ldc+n-1]
	product(m, n, k, strided{unsafe.Pointer(&a[0]), 4, 4 * lda, true}, b, ldb, c, ldc, false)
}

func gramAdd(n, k int, a []float64, lda int, c []float64, ldc int) {
	_, _ = a[(k-1)*lda+n-1], c[(n-1)*ldc+n-1]
	product(n, n, k, strided{unsafe.Pointer(&a[0]), 8, 8 * lda, false}, a, lda, c, ldc, true)
	mirror(n, c, ldc)
}

// product adds A·B to C, or only the tiles that reach into the upper triangle.
//
//	for blocks of columns, blocks of k:
//	    pack the block of B, if that pays
//	    for tiles of rows: for panels of columns: micro-kernel
//
// A tile of A (rows×kc) stays in the first-level cache over all panels of the
// block, so the large operand is read once per block of columns, in place; the
// block of B stays in the second level. With AVX2 and many columns the order is
// the other one, see sweepPanels.
func product(m, n, k int, a strided, b []float64, ldb int, c []float64, ldc int, upper bool) {
	newShape(m, n, k, a, b, ldb).product(m, n, k, a, b, ldb, c, ldc, upper)
}

// product is the loop over blocks of a given shape.
func (w shape) product(m, n, k int, a strided, b []float64, ldb int, c []float64, ldc int, upper bool) {
	var buf *buffer
	if w.packB || w.packA || a.single {
		buf = pool.Get().(*buffer)
	}
	blk := block{shape: w, buf: buf, ldb: ldb}
	for j := 0; j < n; j += w.nc {
		blk.cols = min(w.nc, n-j)
		for p := 0; p < k; p += w.kc {
			blk.depth, blk.b = min(w.kc, k-p), b[p*ldb+j:]
			if w.packB {
				blk.packPanels()
			}
			part := a
			part.at = unsafe.Add(a.at, p*a.cs)
			if w.mc > 0 {
				blk.sweepPanels(m, part, c[j:], ldc, upper, j)
			} else {
				blk.sweep(m, part, c[j:], ldc, upper, j)
			}
		}
	}
	if buf != nil {
		pool.Put(buf)
	}
}
