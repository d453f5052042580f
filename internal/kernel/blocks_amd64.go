//go:build amd64 && !noasm

package kernel

func mulRows(rows, n int, dst []float64, ldd int, w, a []float64, lda int) {
	if rows == 0 || n == 0 {
		return
	}
	_, _, _ = dst[(rows-1)*ldd+n-1], w[n-1], a[(rows-1)*lda+n-1]
	for i := 0; i < rows; i += rowChunk {
		some := min(rowChunk, rows-i)
		for j := 0; j < n; {
			d, v, b := &dst[i*ldd+j], &w[j], &a[i*lda+j]
			if level == levelAVX512 {
				j += mulRowsAVX512(some, n-j, d, 8*ldd, v, b, 8*lda)
			} else {
				j += mulRowsAVX2(some, n-j, d, 8*ldd, v, b, 8*lda)
			}
		}
	}
}

func addSumMulRows(rows, n int, dst, a []float64, lda int, b []float64, ldb int) {
	if rows == 0 || n == 0 {
		return
	}
	_, _, _ = dst[n-1], a[(rows-1)*lda+n-1], b[(rows-1)*ldb+n-1]
	for i := 0; i < rows; i += rowChunk {
		some := min(rowChunk, rows-i)
		for j := 0; j < n; {
			d, u, v := &dst[j], &a[i*lda+j], &b[i*ldb+j]
			if level == levelAVX512 {
				j += sumMulRowsAVX512(some, n-j, d, u, 8*lda, v, 8*ldb)
			} else {
				j += sumMulRowsAVX2(some, n-j, d, u, 8*lda, v, 8*ldb)
			}
		}
	}
}
