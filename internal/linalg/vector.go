package linalg

import "math"

// eps is the distance from 1 to the next float64.
const eps = 0x1p-52

func maxAbs(x []float64) float64 {
	m := 0.0
	for _, v := range x {
		m = max(m, math.Abs(v))
	}
	return m
}

// finite reports whether x has neither NaN nor infinity: only those survive a
// multiplication by zero.
func finite(x []float64) bool {
	s := 0.0
	for _, v := range x {
		s += 0 * v
	}
	return s == 0
}

// grow returns a slice of length n, x itself where it is large enough. The
// content is undefined.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
