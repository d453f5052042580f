package kernel

// ColumnStep moves one column along its own gradient, keeps it nonnegative, and
// returns the sum of the squares of what it moved: the inner loop of a pass over
// the columns of a factor that lies column by column.
//
//	for i := range dst {
//		d := m[i]
//		for q := range w { d -= w[q] * a[q*lda+i] }
//		v := max(0, dst[i] + s*d)
//		sum += (v - dst[i]) * (v - dst[i])
//		dst[i] = v
//	}
//
// Shapes: dst, m of length n, w of length R, a R×n with at least one row. Work:
// 2·R·n flops, 8·R·n bytes read. dst may be a row of a. A call with assembly cannot
// be preempted: keep R·n to a few hundred thousand.
func ColumnStep(dst, a []float64, lda int, m, w []float64, s float64) float64 {
	n := 0
	sum := 0.0
	if level != levelGo && len(dst) >= 4 {
		n = len(dst) &^ 3
		sum = columnStep(n, dst, a, lda, m, w, s)
	}
	return sum + refColumnStep(dst[n:], a[n:], lda, m[n:], w, s)
}

// ColumnResidual is the sum of the squares of what a model leaves of a row, and
// that of the row itself:
//
//	for i := range x {
//		d := x[i]
//		for q := range w { d -= w[q] * a[q*lda+i] }
//		rr += (s*d) * (s*d)
//		xx += (s*x[i]) * (s*x[i])
//	}
//
// Shapes: x of length n, w of length R, a R×n with at least one row. Work: 2·R·n
// flops. Sums run in interleaved parts. R·n is bounded as in [ColumnStep].
func ColumnResidual(x, a []float64, lda int, w []float64, s float64) (rr, xx float64) {
	n := 0
	if level != levelGo && len(x) >= 4 {
		n = len(x) &^ 3
		rr, xx = columnResidual(n, x, a, lda, w, s)
	}
	r, y := refColumnResidual(x[n:], a[n:], lda, w, s)
	return rr + r, xx + y
}

// ColumnSubstitute is a step of substitution by a triangular matrix for many
// right-hand sides, unknown by unknown:
//
//	for i := range dst {
//		d := t * dst[i]
//		for q := range w { d -= w[q] * a[q*lda+i] }
//		dst[i] = s * d
//	}
//
// Shapes: dst of length n, w of length R, a R×n; R may be 0. Work: 2·R·n flops. dst
// must not overlap a. R·n is bounded as in [ColumnStep].
func ColumnSubstitute(dst []float64, t float64, a []float64, lda int, w []float64, s float64) {
	n := 0
	if level != levelGo && len(dst) >= 4 && len(w) > 0 {
		n = len(dst) &^ 3
		columnSubstitute(n, dst, t, a, lda, w, s)
	}
	if n < len(dst) {
		refColumnSubstitute(dst[n:], t, a[min(n, len(a)):], lda, w, s)
	}
}

// Transpose copies the transpose of a matrix:
//
//	for i := range m { for j := range n {
//		dst[j*ldd+i] = src[i*lds+j]
//	}}
//
// Shapes: src m×n, dst n×m. dst must not overlap src.
func Transpose(m, n int, dst []float64, ldd int, src []float64, lds int) {
	if level == levelGo || m < 4 || n < 4 {
		refTranspose(m, n, dst, ldd, src, lds)
		return
	}
	transpose(m, n, dst, ldd, src, lds)
}

// MaxAbs is the largest magnitude of x, 0 of nothing, and NaN where an element is
// not finite.
func MaxAbs(x []float64) float64 {
	n := 0
	top := 0.0
	if level != levelGo {
		n = len(x) &^ 3
		top = maxAbs(x[:n])
	}
	return max(top, refMaxAbs(x[n:])) // max keeps a NaN
}
