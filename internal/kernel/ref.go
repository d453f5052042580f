package kernel

// The reference: what the kernels equal, in Go, always compiled. It is what
// runs without assembly and for sizes where a call costs more than it saves.

func refMulAdd[T float32 | float64](m, n, k int, a []T, lda int, b []float64, ldb int, c []float64, ldc int) {
	if n == 0 || k == 0 {
		return
	}
	for i := range m {
		ai := a[i*lda:][:k]
		ci := c[i*ldc:][:n]
		p := 0
		for ; p+4 <= k; p += 4 {
			axpy4(ci, float64(ai[p]), b[p*ldb:], float64(ai[p+1]), b[(p+1)*ldb:],
				float64(ai[p+2]), b[(p+2)*ldb:], float64(ai[p+3]), b[(p+3)*ldb:])
		}
		for ; p < k; p++ {
			refAxpy(ci, float64(ai[p]), b[p*ldb:][:n])
		}
	}
}

func refMulTAdd[T float32 | float64](m, n, k int, a []T, lda int, b []float64, ldb int, c []float64, ldc int) {
	if n == 0 || m == 0 {
		return
	}
	p := 0
	for ; p+4 <= k; p += 4 {
		a0, a1, a2, a3 := a[p*lda:][:m], a[(p+1)*lda:][:m], a[(p+2)*lda:][:m], a[(p+3)*lda:][:m]
		b0, b1, b2, b3 := b[p*ldb:], b[(p+1)*ldb:], b[(p+2)*ldb:], b[(p+3)*ldb:]
		for i := range m {
			axpy4(c[i*ldc:][:n], float64(a0[i]), b0, float64(a1[i]), b1, float64(a2[i]), b2, float64(a3[i]), b3)
		}
	}
	for ; p < k; p++ {
		ap, bp := a[p*lda:][:m], b[p*ldb:][:n]
		for i, s := range ap {
			refAxpy(c[i*ldc:][:n], float64(s), bp)
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

func refGramAdd(n, k int, a []float64, lda int, c []float64, ldc int) {
	for p := range k {
		row := a[p*lda:][:n]
		for i, s := range row {
			refAxpy(c[i*ldc+i:][:n-i], s, row[i:])
		}
	}
	mirror(n, c, ldc)
}

// mirror copies the upper triangle of C to the lower.
func mirror(n int, c []float64, ldc int) {
	for i := 1; i < n; i++ {
		row := c[i*ldc:][:i]
		for j := range row {
			row[j] = c[j*ldc+i]
		}
	}
}

func refAxpy(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for r := range dst {
		dst[r] += float64(s * a[r]) // not fused, on any machine
	}
}

// refDot has four interleaved partial sums.
func refDot(a, b []float64) float64 {
	b = b[:len(a)]
	var s0, s1, s2, s3 float64
	r := 0
	for ; r+4 <= len(a); r += 4 {
		s0 += a[r] * b[r]
		s1 += a[r+1] * b[r+1]
		s2 += a[r+2] * b[r+2]
		s3 += a[r+3] * b[r+3]
	}
	for ; r < len(a); r++ {
		s0 += a[r] * b[r]
	}
	return (s0 + s1) + (s2 + s3)
}

func refMulTo(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for r := range dst {
		dst[r] = a[r] * b[r]
	}
}

func refAddMul(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for r := range dst {
		dst[r] += float64(a[r] * b[r])
	}
}

func refAddMulRows(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	for i := range rows {
		refAddMul(dst[i*ldd:][:n], w[:n], part[i*ldp:][:n])
	}
}
