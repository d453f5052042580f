package kernel

// MulAdd adds the product A·B to C:
//
//	for i := range m { for j := range n { for p := range k {
//		c[i*ldc+j] += a[i*lda+p] * b[p*ldb+j]
//	}}}
//
// Shapes: A m×k, B k×n, C m×n. Work: 2mnk flops. C must not overlap A or B.
func MulAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	if n == 0 {
		return
	}
	for i := range m {
		ai := a[i*lda:][:k]
		ci := c[i*ldc:][:n]
		p := 0
		for ; p+4 <= k; p += 4 {
			axpy4(ci, ai[p], b[p*ldb:], ai[p+1], b[(p+1)*ldb:], ai[p+2], b[(p+2)*ldb:], ai[p+3], b[(p+3)*ldb:])
		}
		for ; p < k; p++ {
			Axpy(ci, ai[p], b[p*ldb:][:n])
		}
	}
}

// MulTAdd adds the product Aᵀ·B to C:
//
//	for p := range k { for i := range m { for j := range n {
//		c[i*ldc+j] += a[p*lda+i] * b[p*ldb+j]
//	}}}
//
// Shapes: A k×m, B k×n, C m×n. Work: 2mnk flops. C must not overlap A or B.
func MulTAdd(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc int) {
	if n == 0 || m == 0 {
		return
	}
	p := 0
	for ; p+4 <= k; p += 4 {
		a0, a1, a2, a3 := a[p*lda:][:m], a[(p+1)*lda:][:m], a[(p+2)*lda:][:m], a[(p+3)*lda:][:m]
		b0, b1, b2, b3 := b[p*ldb:], b[(p+1)*ldb:], b[(p+2)*ldb:], b[(p+3)*ldb:]
		for i := range m {
			axpy4(c[i*ldc:][:n], a0[i], b0, a1[i], b1, a2[i], b2, a3[i], b3)
		}
	}
	for ; p < k; p++ {
		ap, bp := a[p*lda:][:m], b[p*ldb:][:n]
		for i, s := range ap {
			Axpy(c[i*ldc:][:n], s, bp)
		}
	}
}

// axpy4 adds s0·b0 + s1·b1 + s2·b2 + s3·b3 to dst: four terms for one read and
// write of dst, which is what bounds the loop.
func axpy4(dst []float64, s0 float64, b0 []float64, s1 float64, b1 []float64, s2 float64, b2 []float64, s3 float64, b3 []float64) {
	n := len(dst)
	b0, b1, b2, b3 = b0[:n], b1[:n], b2[:n], b3[:n]
	for j := range dst {
		dst[j] += (s0*b0[j] + s1*b1[j]) + (s2*b2[j] + s3*b3[j])
	}
}
