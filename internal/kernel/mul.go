package kernel

// MulAdd adds the product A·B to C:
//
//	for i := range m { for j := range n { for p := range k {
//		c[i*ldc+j] += a[i*lda+p] * b[p*ldb+j]
//	}}}
//
// Shapes: A m×k, B k×n, C m×n. Work: 2mnk flops. C must not overlap A or B.
func MulAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	if level == levelGo || m == 0 || n*k < productMin {
		refMulAdd(m, n, k, a, lda, b, ldb, c, ldc)
		return
	}
	mulAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

// MulTAdd adds the product Aᵀ·B to C:
//
//	for p := range k { for i := range m { for j := range n {
//		c[i*ldc+j] += a[p*lda+i] * b[p*ldb+j]
//	}}}
//
// Shapes: A k×m, B k×n, C m×n. Work: 2mnk flops. C must not overlap A or B.
func MulTAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	if level == levelGo || m == 0 || n*k < productMin {
		refMulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
		return
	}
	mulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
}

// MulAdd32 is MulAdd for an A stored as float32, which is widened on load: half
// the traffic, the sums of float64.
func MulAdd32(m, n, k int, a []float32, lda int, b []float64, ldb int, c []float64, ldc int) {
	if level == levelGo || m == 0 || n*k < productMin {
		refMulAdd(m, n, k, a, lda, b, ldb, c, ldc)
		return
	}
	mulAdd32(m, n, k, a, lda, b, ldb, c, ldc)
}

// MulTAdd32 is MulTAdd for an A stored as float32, which is widened on load.
func MulTAdd32(m, n, k int, a []float32, lda int, b []float64, ldb int, c []float64, ldc int) {
	if level == levelGo || m == 0 || n*k < productMin {
		refMulTAdd(m, n, k, a, lda, b, ldb, c, ldc)
		return
	}
	mulTAdd32(m, n, k, a, lda, b, ldb, c, ldc)
}

// GramAdd adds the Gram matrix AᵀA to the symmetric C:
//
//	for p := range k { for i := range n { for j := range n {
//		c[i*ldc+j] += a[p*lda+i] * a[p*lda+j]
//	}}}
//
// Shapes: A k×n, C n×n. Work: n(n+1)k flops. The upper triangle of C is read and
// added to, the lower is overwritten by its mirror image, so C leaves exactly
// symmetric. C must not overlap A.
func GramAdd(n, k int, a []float64, lda int, c []float64, ldc int) {
	if level == levelGo || n*k < productMin {
		refGramAdd(n, k, a, lda, c, ldc)
		return
	}
	gramAdd(n, k, a, lda, c, ldc)
}
