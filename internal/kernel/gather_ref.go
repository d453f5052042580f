package kernel

// The reference of the gathers: eight columns at a time are summed in
// registers, K entries deep, so that acc is read and written once. Columns are
// independent: the order of the sums is that of the loops over k, then r.

func refGatherAdd1(acc, v, a []float64, lda int, i []int32) {
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

func refGatherAdd2(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32) {
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

// Four columns at a time: eight spill.
func refGatherAdd3(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32, d []float64, ldd int, l []int32) {
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
