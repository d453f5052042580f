package kernel

import "math"

func refColumnStep(dst, a []float64, lda int, m, w []float64, s float64) (sum float64) {
	m = m[:len(dst)]
	for i, old := range dst {
		d := m[i]
		for q, v := range w {
			d -= v * a[q*lda+i]
		}
		v := old + s*d
		if v < 0 {
			v = 0
		}
		dst[i] = v
		sum += (v - old) * (v - old)
	}
	return sum
}

func refColumnResidual(x, a []float64, lda int, w []float64, s float64) (rr, xx float64) {
	for i, v := range x {
		d := v
		for q, u := range w {
			d -= u * a[q*lda+i]
		}
		d *= s
		v *= s
		rr += d * d
		xx += v * v
	}
	return rr, xx
}

func refColumnSubstitute(dst []float64, t float64, a []float64, lda int, w []float64, s float64) {
	for i, d := range dst {
		d *= t
		for q, v := range w {
			d -= v * a[q*lda+i]
		}
		dst[i] = s * d
	}
}

func refTranspose(m, n int, dst []float64, ldd int, src []float64, lds int) {
	for i := range m {
		for j, v := range src[i*lds:][:n] {
			dst[j*ldd+i] = v
		}
	}
}

func refMaxAbs(x []float64) float64 {
	top, bad := 0.0, 0.0
	for _, v := range x {
		bad += 0 * v // NaN and infinity leave NaN
		top = max(top, math.Abs(v))
	}
	return top + bad
}
