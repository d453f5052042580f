package kernel

// Axpy adds s·a to dst:
//
//	for r := range dst { dst[r] += s * a[r] }
//
// Shapes: dst, a of equal length. dst must not overlap a.
func Axpy(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for r := range dst {
		dst[r] += s * a[r]
	}
}

// Dot is Σ_r a[r]·b[r], in four interleaved partial sums.
func Dot(a, b []float64) float64 {
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

// MulTo is the elementwise product of two rows:
//
//	for r := range dst { dst[r] = a[r] * b[r] }
//
// Shapes: all of equal length. dst may be a or b.
func MulTo(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for r := range dst {
		dst[r] = a[r] * b[r]
	}
}

// AddMul adds the elementwise product of two rows:
//
//	for r := range dst { dst[r] += a[r] * b[r] }
//
// Shapes: all of equal length. dst must not overlap a or b.
func AddMul(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for r := range dst {
		dst[r] += a[r] * b[r]
	}
}

// NonnegativeStep moves a row along d, keeps it nonnegative, and returns the sum
// of the squares of what it moved:
//
//	for r := range dst {
//		v := max(0, dst[r] + s*d[r])
//		sum += (v - dst[r]) * (v - dst[r])
//		dst[r] = v
//	}
//
// Shapes: dst, d of equal length. dst must not overlap d.
func NonnegativeStep(dst []float64, s float64, d []float64) float64 {
	d = d[:len(dst)]
	var sum float64
	for r, old := range dst {
		v := old + s*d[r]
		if v < 0 {
			v = 0
		}
		dst[r] = v
		sum += (v - old) * (v - old)
	}
	return sum
}
