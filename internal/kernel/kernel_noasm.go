//go:build !amd64 || noasm

package kernel

var level = levelGo

func detect() int { return levelGo }

func mulAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	refMulAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

func mulTAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	refMulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

func mulAdd32(m, n, k int, a []float32, lda int, b []float64, ldb int, c []float64, ldc int) {
	refMulAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

func mulTAdd32(m, n, k int, a []float32, lda int, b []float64, ldb int, c []float64, ldc int) {
	refMulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

func gramAdd(n, k int, a []float64, lda int, c []float64, ldc int) { refGramAdd(n, k, a, lda, c, ldc) }

func axpyLong(dst []float64, s float64, a []float64) { refAxpy(dst, s, a) }

func dotLong(a, b []float64) float64 { return refDot(a, b) }

func mulToLong(dst, a, b []float64) { refMulTo(dst, a, b) }

func addMulLong(dst, a, b []float64) { refAddMul(dst, a, b) }

func addMulRows(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	refAddMulRows(rows, n, dst, ldd, w, part, ldp)
}

func gatherAdd1(acc, v, a []float64, lda int, i []int32) { refGatherAdd1(acc, v, a, lda, i) }

func gatherAdd2(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32) {
	refGatherAdd2(acc, v, a, lda, i, b, ldb, j)
}

func gatherAdd3(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32, d []float64, ldd int, l []int32) {
	refGatherAdd3(acc, v, a, lda, i, b, ldb, j, d, ldd, l)
}

func mulRows(rows, n int, dst []float64, ldd int, w, a []float64, lda int) {
	refMulRows(rows, n, dst, ldd, w, a, lda)
}

func addSumMulRows(rows, n int, dst, a []float64, lda int, b []float64, ldb int) {
	refAddSumMulRows(rows, n, dst, a, lda, b, ldb)
}
