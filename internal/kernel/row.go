package kernel

// Axpy adds s·a to dst:
//
//	for r := range dst { dst[r] += s * a[r] }
//
// Shapes: dst, a of equal length. dst must not overlap a.
func Axpy(dst []float64, s float64, a []float64) {
	if level == levelGo || len(dst) < rowMin {
		refAxpy(dst, s, a)
		return
	}
	axpyLong(dst, s, a)
}

// Dot is Σ_r a[r]·b[r], in interleaved partial sums, the number of which depends
// on the length and the machine.
func Dot(a, b []float64) float64 {
	if level == levelGo || len(a) < rowMin {
		return refDot(a, b)
	}
	return dotLong(a, b)
}

// MulTo is the elementwise product of two rows:
//
//	for r := range dst { dst[r] = a[r] * b[r] }
//
// Shapes: all of equal length. dst may be a or b.
func MulTo(dst, a, b []float64) {
	if level == levelGo || len(dst) < rowMin {
		refMulTo(dst, a, b)
		return
	}
	mulToLong(dst, a, b)
}

// AddMul adds the elementwise product of two rows:
//
//	for r := range dst { dst[r] += a[r] * b[r] }
//
// Shapes: all of equal length. dst must not overlap a or b.
func AddMul(dst, a, b []float64) {
	if level == levelGo || len(dst) < rowMin {
		refAddMul(dst, a, b)
		return
	}
	addMulLong(dst, a, b)
}

// AddMulRows adds one row times each row of a block, the Khatri–Rao-weighted
// reduction of MTTKRP's inner modes:
//
//	for i := range rows { for j := range n {
//		dst[i*ldd+j] += w[j] * part[i*ldp+j]
//	}}
//
// Shapes: dst, part rows×n, w n. Work: 2·rows·n flops, 24 bytes moved for two
// flops. dst must not overlap w or part.
func AddMulRows(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	if level == levelGo {
		refAddMulRows(rows, n, dst, ldd, w, part, ldp)
		return
	}
	addMulRows(rows, n, dst, ldd, w, part, ldp)
}
