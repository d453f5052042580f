//go:build amd64 && !noasm

package kernel

// chunk is how many elements one call of assembly takes, since it cannot be
// preempted: 3·256 KiB take some 50 µs out of cache.
const chunk = 1 << 15

func axpyLong(dst []float64, s float64, a []float64) {
	a = a[:len(dst)]
	for len(dst) > 0 {
		n := min(chunk, len(dst))
		if level == levelAVX512 {
			axpyAVX512(n, &dst[0], s, &a[0])
		} else {
			axpyAVX2(n, &dst[0], s, &a[0])
		}
		dst, a = dst[n:], a[n:]
	}
}

func dotLong(a, b []float64) float64 {
	b = b[:len(a)]
	sum := 0.0
	for len(a) > 0 {
		n := min(chunk, len(a))
		if level == levelAVX512 {
			sum += dotAVX512(n, &a[0], &b[0])
		} else {
			sum += dotAVX2(n, &a[0], &b[0])
		}
		a, b = a[n:], b[n:]
	}
	return sum
}

func mulToLong(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for len(dst) > 0 {
		n := min(chunk, len(dst))
		if level == levelAVX512 {
			mulToAVX512(n, &dst[0], &a[0], &b[0])
		} else {
			mulToAVX2(n, &dst[0], &a[0], &b[0])
		}
		dst, a, b = dst[n:], a[n:], b[n:]
	}
}

func addMulLong(dst, a, b []float64) {
	a, b = a[:len(dst)], b[:len(dst)]
	for len(dst) > 0 {
		n := min(chunk, len(dst))
		if level == levelAVX512 {
			addMulAVX512(n, &dst[0], &a[0], &b[0])
		} else {
			addMulAVX2(n, &dst[0], &a[0], &b[0])
		}
		dst, a, b = dst[n:], a[n:], b[n:]
	}
}

// rowChunk is how many rows of at most 32 elements one call of assembly takes.
const rowChunk = 1024

func addMulRows(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	if rows == 0 || n == 0 {
		return
	}
	_, _, _ = dst[(rows-1)*ldd+n-1], w[n-1], part[(rows-1)*ldp+n-1]
	for i := 0; i < rows; i += rowChunk {
		some := min(rowChunk, rows-i)
		if level == levelAVX512 {
			addMulRowsWide(some, n, dst[i*ldd:], ldd, w, part[i*ldp:], ldp)
		} else {
			addMulRowsNarrow(some, n, dst[i*ldd:], ldd, w, part[i*ldp:], ldp)
		}
	}
}

func addMulRowsWide(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	j := 0
	for j+8 <= n {
		vectors := min(4, (n-j)/8)
		d, p, v := &dst[j], &part[j], &w[j]
		switch vectors {
		case 1:
			addMulRowsAVX512_1(rows, d, 8*ldd, v, p, 8*ldp)
		case 2:
			addMulRowsAVX512_2(rows, d, 8*ldd, v, p, 8*ldp)
		case 3:
			addMulRowsAVX512_3(rows, d, 8*ldd, v, p, 8*ldp)
		case 4:
			addMulRowsAVX512_4(rows, d, 8*ldd, v, p, 8*ldp)
		}
		j += 8 * vectors
	}
	addMulRowsTail(rows, n-j, dst[j:], ldd, w[j:], part[j:], ldp)
}

func addMulRowsNarrow(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	j := 0
	for j+8 <= n {
		vectors := min(4, (n-j)/4)
		d, p, v := &dst[j], &part[j], &w[j]
		switch vectors {
		case 2:
			addMulRowsAVX2_2(rows, d, 8*ldd, v, p, 8*ldp)
		case 3:
			addMulRowsAVX2_3(rows, d, 8*ldd, v, p, 8*ldp)
		case 4:
			addMulRowsAVX2_4(rows, d, 8*ldd, v, p, 8*ldp)
		}
		j += 4 * vectors
	}
	addMulRowsTail(rows, n-j, dst[j:], ldd, w[j:], part[j:], ldp)
}

// addMulRowsTail does the last one to seven columns.
func addMulRowsTail(rows, n int, dst []float64, ldd int, w, part []float64, ldp int) {
	if n == 0 {
		return
	}
	d, p, v := &dst[0], &part[0], &w[0]
	switch n {
	case 1:
		addMulRowsTail_1(rows, d, 8*ldd, v, p, 8*ldp)
	case 2:
		addMulRowsTail_2(rows, d, 8*ldd, v, p, 8*ldp)
	case 3:
		addMulRowsTail_3(rows, d, 8*ldd, v, p, 8*ldp)
	case 4:
		addMulRowsTail_4(rows, d, 8*ldd, v, p, 8*ldp)
	case 5:
		addMulRowsTail_5(rows, d, 8*ldd, v, p, 8*ldp)
	case 6:
		addMulRowsTail_6(rows, d, 8*ldd, v, p, 8*ldp)
	case 7:
		addMulRowsTail_7(rows, d, 8*ldd, v, p, 8*ldp)
	}
}
