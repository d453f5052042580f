//go:build !amd64 || noasm

package kernel

func mulTAddAhead(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc, _ int) {
	refMulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

func mulBTAddAhead(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc, _ int) {
	refMulBTAdd(m, n, k, a, lda, b, ldb, c, ldc)
}
