//go:build amd64 && !noasm

package kernel

import "unsafe"

//go:generate sh -c "cd _asm && go run . -columns -out ../columns_amd64.s -stubs ../columns_stubs_amd64.go -pkg kernel"

// The kernels of small solves are AVX2+FMA at every level above Go: they wait for
// memory, or for the latency of sums, rather than for the width of vectors.

func columnStep(n int, dst, a []float64, lda int, m, w []float64, s float64) float64 {
	_, _, _ = dst[n-1], a[(len(w)-1)*lda+n-1], m[n-1]
	return columnStepAVX2(n, len(w), &dst[0], &a[0], 8*lda, &m[0], &w[0], s)
}

func (t *ColumnTable) passes(a, m []float64, g *ColumnGroups, limit int, delta2 float64) int {
	others := len(t.s)/2 - 1
	for _, i := range [...]int{g.First[0], g.First[1], g.First[2], g.First[3], max(0, (g.End-1)/Group*Group)} {
		_, _, _ = a[i], a[i+others*t.lda+Group-1], m[i+others*t.lda+Group-1]
	}
	return columnPassesAVX2(others, &a[0], &m[0], &t.offset[0], &t.w[0], &t.s[0], (*[15]float64)(unsafe.Pointer(g)), limit, delta2)
}

func columnResidual(n int, x, a []float64, lda int, w []float64, s float64) (rr, xx float64) {
	_, _ = x[n-1], a[(len(w)-1)*lda+n-1]
	return columnResidualAVX2(n, len(w), &x[0], &a[0], 8*lda, &w[0], s)
}

func columnSubstitute(n int, dst []float64, t float64, a []float64, lda int, w []float64, s float64) {
	_, _ = dst[n-1], a[(len(w)-1)*lda+n-1]
	columnSubstituteAVX2(n, len(w), &dst[0], t, &a[0], 8*lda, &w[0], s)
}

// transposeChunk is how many 4×4 blocks one call of assembly takes: eight rows or
// columns of another page each, some 50 µs if none is in the cache.
const transposeChunk = 256

// transpose walks along the longer side, a strip of four rows or columns at a time.
// What is left of a side is done by blocks that overlap the last.
func transpose(m, n int, dst []float64, ldd int, src []float64, lds int) {
	_, _ = dst[(n-1)*ldd+m-1], src[(m-1)*lds+n-1]
	if m >= n {
		for k := 0; k < n; k += 4 {
			j := min(k, n-4)
			d, s := dst[j*ldd:], src[j:]
			for b := 0; b < m/4; b += transposeChunk {
				transpose4AVX2(min(transposeChunk, m/4-b), &d[4*b], 8*ldd, 32, &s[4*b*lds], 8*lds, 32*lds)
			}
			if m%4 > 0 {
				transpose4AVX2(1, &d[m-4], 8*ldd, 0, &s[(m-4)*lds], 8*lds, 0)
			}
		}
		return
	}
	for k := 0; k < m; k += 4 {
		i := min(k, m-4)
		d, s := dst[i:], src[i*lds:]
		for b := 0; b < n/4; b += transposeChunk {
			transpose4AVX2(min(transposeChunk, n/4-b), &d[4*b*ldd], 8*ldd, 32*ldd, &s[4*b], 8*lds, 32)
		}
		if n%4 > 0 {
			transpose4AVX2(1, &d[(n-4)*ldd], 8*ldd, 0, &s[n-4], 8*lds, 0)
		}
	}
}

func maxAbs(x []float64) float64 {
	top := 0.0
	for len(x) > 0 {
		n := min(chunk, len(x))
		top = max(top, maxAbsAVX2(n, &x[0]))
		x = x[n:]
	}
	return top
}
