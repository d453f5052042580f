//go:build amd64 && !noasm

package kernel

// The gathers take the widest vectors there are: of the time of AVX2, AVX-512
// took 0.56 to 1.14 (median 0.82) in 14 sparse MTTKRPs of ranks 16 and 32. Vectors
// that are whole have kernels without masks; that and strides in registers brought
// MTTKRPs of rank 16 on Zen 3, with other load about, to 0.56 to 0.83 of their time.

// hintedOf is how many of the first n entries have a hint, of m indices; without any
// further indices, none: in the first-level cache an entry of rank 16 took 2.2 ns
// without prefetching, 4.8 ns with it.
func hintedOf(n, m int) int {
	if m == n {
		return 0
	}
	return max(0, min(n, m-gatherAhead))
}

// gatherShape cuts the next kernel off n columns: so many columns, in nv vectors.
// If the last of them is cut, by the edge, nv is negative.
func gatherShape(n int) (cols, nv, edge int) {
	width := 4
	if level == levelAVX512 {
		width = 8
	}
	cols = min(width*gatherVectors, n)
	nv = (cols + width - 1) / width
	spare := width*nv - cols
	switch {
	case spare == 0:
		return cols, nv, 0
	case level == levelAVX512:
		return cols, -nv, 1<<(width-spare) - 1
	}
	return cols, -nv, 8 * spare
}

func gatherAdd1(acc, v, a []float64, lda int, i []int32) {
	if len(v) == 0 {
		return
	}
	hinted := hintedOf(len(v), len(i))
	for c := 0; c < len(acc); {
		cols, nv, edge := gatherShape(len(acc) - c)
		if level == levelAVX512 {
			gatherAdd1AVX512(nv, len(v), hinted, &acc[c], &v[0], &a[c], 8*lda, &i[0], edge)
		} else {
			gatherAdd1AVX2(nv, len(v), hinted, &acc[c], &v[0], &a[c], 8*lda, &i[0], edge)
		}
		c += cols
	}
}

func gatherAdd2(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32) {
	if len(v) == 0 {
		return
	}
	hinted := hintedOf(len(v), min(len(i), len(j)))
	for c := 0; c < len(acc); {
		cols, nv, edge := gatherShape(len(acc) - c)
		if level == levelAVX512 {
			gatherAdd2AVX512(nv, len(v), hinted, &acc[c], &v[0], &a[c], 8*lda, &i[0], &b[c], 8*ldb, &j[0], edge)
		} else {
			gatherAdd2AVX2(nv, len(v), hinted, &acc[c], &v[0], &a[c], 8*lda, &i[0], &b[c], 8*ldb, &j[0], edge)
		}
		c += cols
	}
}

func gatherAdd3(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32, d []float64, ldd int, l []int32) {
	if len(v) == 0 {
		return
	}
	hinted := hintedOf(len(v), min(len(i), len(j), len(l)))
	for c := 0; c < len(acc); {
		cols, nv, edge := gatherShape(len(acc) - c)
		if level == levelAVX512 {
			gatherAdd3AVX512(nv, len(v), hinted, &acc[c], &v[0], &a[c], 8*lda, &i[0], &b[c], 8*ldb, &j[0], &d[c], 8*ldd, &l[0], edge)
		} else {
			gatherAdd3AVX2(nv, len(v), hinted, &acc[c], &v[0], &a[c], 8*lda, &i[0], &b[c], 8*ldb, &j[0], &d[c], 8*ldd, &l[0], edge)
		}
		c += cols
	}
}
