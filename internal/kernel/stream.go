package kernel

// MulTAddAhead is [MulTAdd] for an A of few columns and a B that comes from memory:
//
//	for p := range k { for i := range m { for j := range n {
//		c[i*ldc+j] += a[p*lda+i] * b[p*ldb+j]
//	}}}
//
// B is read once, in strips of a cache line or so over all of its rows, and while
// that is done b[p*ldb+j+ahead] is prefetched, which need not exist.
//
// Shapes: A k×m, B k×n, C m×n. Work: 2mnk flops. C must not overlap A or B.
func MulTAddAhead(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc, ahead int) {
	if level == levelGo || m == 0 || n == 0 || k == 0 {
		refMulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
		return
	}
	mulTAddAhead(m, n, k, a, lda, b, ldb, c, ldc, ahead)
}

// MulBTAddAhead adds the product A·Bᵀ to C, for an A of few rows:
//
//	for i := range m { for j := range n { for p := range k {
//		c[i*ldc+j] += a[i*lda+p] * b[j*ldb+p]
//	}}}
//
// While B is read b[j*ldb+p+ahead] is prefetched, which need not exist. Sums run in
// interleaved parts.
//
// Shapes: A m×k, B n×k, C m×n. Work: 2mnk flops. C must not overlap A or B. A call
// with assembly cannot be preempted for 12 rows of k elements: keep k to a few ten
// thousand.
func MulBTAddAhead(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc, ahead int) {
	done := 0
	if level != levelGo && m > 0 && n >= dotRows && k >= 8 {
		done = k &^ 7
		mulBTAddAhead(m, n, done, a, lda, b, ldb, c, ldc, ahead)
	}
	if done < k && m > 0 && n > 0 {
		refMulBTAdd(m, n, k-done, a[done:], lda, b[done:], ldb, c, ldc)
	}
}

// dotRows is the rows of B of a tile of dot products.
const dotRows = 4

func refMulBTAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	for i := range m {
		for j := range n {
			c[i*ldc+j] += refDot(a[i*lda:][:k], b[j*ldb:][:k])
		}
	}
}
