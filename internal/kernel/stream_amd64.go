//go:build amd64 && !noasm

package kernel

import "unsafe"

// stripDepth is how many rows of B a strip has at most: with the strip, that many
// rows of A stay in the first level.
const stripDepth = 256

// mulTAddAhead goes strip by strip, so that a row of tiles reads every line of B from
// the first level but once. Both instruction sets run it as AVX2: it waits for memory.
func mulTAddAhead(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc, ahead int) {
	_, _, _ = a[(k-1)*lda+m-1], b[(k-1)*ldb+n-1], c[(m-1)*ldc+n-1]
	nv := 2
	if m%6 > 0 && m > 6 {
		nv = 3
	}
	tiles := (m + maxRows[levelAVX2][nv] - 1) / maxRows[levelAVX2][nv]
	width := 4 * nv
	whole := n - n%width
	for p := 0; p < k; p += stripDepth {
		depth := min(stripDepth, k-p)
		for j := 0; j < whole; j += width {
			strip := &b[p*ldb+j]
			for t := range tiles {
				i, next := t*m/tiles, (t+1)*m/tiles
				at := unsafe.Pointer(&a[p*lda+i])
				pf, pfs := 0, 0
				if t == 0 {
					pf, pfs = int(uintptr(unsafe.Pointer(strip))-uintptr(at))+8*ahead, 8*ldb
				}
				tileAVX2(nv, next-i, depth, at, 8, 8*lda, strip, 8*ldb, &c[i*ldc+j], 8*ldc, 0, pf, pfs)
			}
		}
	}
	if whole < n {
		MulTAdd(m, n-whole, k, a, lda, b[whole:], ldb, c[whole:], ldc)
	}
}

// mulBTAddAhead is for a k that is a multiple of eight and at least four rows of B.
func mulBTAddAhead(m, n, k int, a []float64, lda int, b []float64, ldb int, c []float64, ldc, ahead int) {
	_, _, _ = a[(m-1)*lda+k-1], b[(n-1)*ldb+k-1], c[(m-1)*ldc+n-1]
	tiles := (m + 2) / 3
	for j := 0; j < n; j += dotRows {
		first := min(j, n-dotRows) // the last rows again, for the sake of those that are new
		var sum [3 * dotRows]float64
		for t := range tiles {
			i, next := t*m/tiles, (t+1)*m/tiles
			to, stride := &c[i*ldc+first], 8*ldc
			if first < j {
				sum = [len(sum)]float64{}
				to, stride = &sum[0], 8*dotRows
			}
			dotTile(next-i, k, &a[i*lda], 8*lda, &b[first*ldb], 8*ldb, to, stride, 8*ahead, t == 0 && ahead != 0)
			if first < j {
				for r := i; r < next; r++ {
					for q := j; q < n; q++ {
						c[r*ldc+q] += sum[(r-i)*dotRows+q-first]
					}
				}
			}
		}
	}
}

func dotTile(rows, k int, a *float64, as int, b *float64, bs int, c *float64, cs, pf int, ahead bool) {
	switch {
	case ahead && rows == 3:
		dotTileAheadAVX2_3(k, a, as, b, bs, c, cs, pf)
	case ahead && rows == 2:
		dotTileAheadAVX2_2(k, a, as, b, bs, c, cs, pf)
	case ahead:
		dotTileAheadAVX2_1(k, a, as, b, bs, c, cs, pf)
	case rows == 3:
		dotTileAVX2_3(k, a, as, b, bs, c, cs, pf)
	case rows == 2:
		dotTileAVX2_2(k, a, as, b, bs, c, cs, pf)
	default:
		dotTileAVX2_1(k, a, as, b, bs, c, cs, pf)
	}
}
