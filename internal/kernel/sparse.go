package kernel

// GatherAdd1 adds scaled rows of one matrix, picked by index, to acc:
//
//	for k, s := range v { for r := range acc {
//		acc[r] += s * a[i[k]*lda+r]
//	}}
//
// Shapes: acc of length R, v and i of length K, a has rows of at least R
// columns, lda apart. Work: 2KR flops, 8KR bytes gathered. acc must not overlap a.
//
// Eight columns at a time are summed in registers, K entries deep: acc is
// read and written once. Columns are independent, so the order of the sums is
// that of the loop above.
func GatherAdd1(acc, v, a []float64, lda int, i []int32) {
	i = i[:len(v)]
	c := 0
	for ; c+8 <= len(acc); c += 8 {
		t := (*[8]float64)(acc[c:])
		t0, t1, t2, t3, t4, t5, t6, t7 := t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
		for k, s := range v {
			x := (*[8]float64)(a[int(i[k])*lda+c:])
			t0 += s * x[0]
			t1 += s * x[1]
			t2 += s * x[2]
			t3 += s * x[3]
			t4 += s * x[4]
			t5 += s * x[5]
			t6 += s * x[6]
			t7 += s * x[7]
		}
		t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7] = t0, t1, t2, t3, t4, t5, t6, t7
	}
	for ; c < len(acc); c++ {
		t := acc[c]
		for k, s := range v {
			t += s * a[int(i[k])*lda+c]
		}
		acc[c] = t
	}
}

// GatherAdd2 adds scaled elementwise products of rows of two matrices:
//
//	for k, s := range v { for r := range acc {
//		acc[r] += s * a[i[k]*lda+r] * b[j[k]*ldb+r]
//	}}
//
// Shapes: acc of length R, v, i and j of length K. Work: 3KR flops, 16KR bytes
// gathered. acc must not overlap a or b. Blocked as [GatherAdd1].
func GatherAdd2(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32) {
	i, j = i[:len(v)], j[:len(v)]
	c := 0
	for ; c+8 <= len(acc); c += 8 {
		t := (*[8]float64)(acc[c:])
		t0, t1, t2, t3, t4, t5, t6, t7 := t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
		for k, s := range v {
			x, y := (*[8]float64)(a[int(i[k])*lda+c:]), (*[8]float64)(b[int(j[k])*ldb+c:])
			t0 += s * x[0] * y[0]
			t1 += s * x[1] * y[1]
			t2 += s * x[2] * y[2]
			t3 += s * x[3] * y[3]
			t4 += s * x[4] * y[4]
			t5 += s * x[5] * y[5]
			t6 += s * x[6] * y[6]
			t7 += s * x[7] * y[7]
		}
		t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7] = t0, t1, t2, t3, t4, t5, t6, t7
	}
	for ; c < len(acc); c++ {
		t := acc[c]
		for k, s := range v {
			t += s * a[int(i[k])*lda+c] * b[int(j[k])*ldb+c]
		}
		acc[c] = t
	}
}

// GatherAdd3 adds scaled elementwise products of rows of three matrices:
//
//	for k, s := range v { for r := range acc {
//		acc[r] += s * a[i[k]*lda+r] * b[j[k]*ldb+r] * d[l[k]*ldd+r]
//	}}
//
// Shapes: acc of length R, v, i, j and l of length K. Work: 4KR flops, 24KR
// bytes gathered. acc must not overlap a, b or d. Blocked as [GatherAdd1], four
// columns at a time: eight spill.
func GatherAdd3(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32, d []float64, ldd int, l []int32) {
	i, j, l = i[:len(v)], j[:len(v)], l[:len(v)]
	c := 0
	for ; c+4 <= len(acc); c += 4 {
		t := (*[4]float64)(acc[c:])
		t0, t1, t2, t3 := t[0], t[1], t[2], t[3]
		for k, s := range v {
			x, y, z := (*[4]float64)(a[int(i[k])*lda+c:]), (*[4]float64)(b[int(j[k])*ldb+c:]), (*[4]float64)(d[int(l[k])*ldd+c:])
			t0 += s * x[0] * y[0] * z[0]
			t1 += s * x[1] * y[1] * z[1]
			t2 += s * x[2] * y[2] * z[2]
			t3 += s * x[3] * y[3] * z[3]
		}
		t[0], t[1], t[2], t[3] = t0, t1, t2, t3
	}
	for ; c < len(acc); c++ {
		t := acc[c]
		for k, s := range v {
			t += s * a[int(i[k])*lda+c] * b[int(j[k])*ldb+c] * d[int(l[k])*ldd+c]
		}
		acc[c] = t
	}
}

// GatherMul multiplies the rows of t by rows of a, picked by index:
//
//	for k := range i { for r := range n {
//		t[k*n+r] *= a[i[k]*lda+r]
//	}}
//
// Shapes: t is K×n, contiguous, i of length K. Work: Kn flops. t must not overlap a.
func GatherMul(n int, t, a []float64, lda int, i []int32) {
	for k, at := range i {
		row := t[k*n:][:n]
		MulTo(row, row, a[int(at)*lda:][:n])
	}
}
