package kernel

// MulRows is one row times each row of a block, elementwise: rows of a Khatri–Rao
// product.
//
//	for i := range rows { for j := range n {
//		dst[i*ldd+j] = w[j] * a[i*lda+j]
//	}}
//
// Shapes: dst, a rows×n, w n. Work: rows·n flops, 16 bytes moved for each. dst may be
// a, and must not overlap w or a otherwise.
func MulRows(rows, n int, dst []float64, ldd int, w, a []float64, lda int) {
	if level == levelGo {
		refMulRows(rows, n, dst, ldd, w, a, lda)
		return
	}
	mulRows(rows, n, dst, ldd, w, a, lda)
}

// AddSumMulRows adds up the elementwise products of the rows of two blocks, the
// contraction of a partial product of MTTKRP with a factor:
//
//	for i := range rows { for j := range n {
//		dst[j] += a[i*lda+j] * b[i*ldb+j]
//	}}
//
// Shapes: a, b rows×n, dst n. Work: 2·rows·n flops, 16 bytes read for two. dst must
// not overlap a or b.
func AddSumMulRows(rows, n int, dst, a []float64, lda int, b []float64, ldb int) {
	if level == levelGo {
		refAddSumMulRows(rows, n, dst, a, lda, b, ldb)
		return
	}
	addSumMulRows(rows, n, dst, a, lda, b, ldb)
}

func refMulRows(rows, n int, dst []float64, ldd int, w, a []float64, lda int) {
	for i := range rows {
		refMulTo(dst[i*ldd:][:n], w[:n], a[i*lda:][:n])
	}
}

func refAddSumMulRows(rows, n int, dst, a []float64, lda int, b []float64, ldb int) {
	for i := range rows {
		refAddMul(dst[:n], a[i*lda:][:n], b[i*ldb:][:n])
	}
}
