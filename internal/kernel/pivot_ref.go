package kernel

import "math"

func refPivotRows(nv, n int, list, set []int32, m, f, size, table, hat []float64, neg []int32) {
	const most = 4 * PivotVectors
	ld := 4 * nv
	for _, i := range list {
		in := table[set[i]:]
		off, t := in[ld:], in[2*ld:]
		mi, fi := m[int(i)*ld:][:n], f[int(i)*ld:][:ld]
		var b, d [most]float64
		mulAddSmall(b[:ld], t, mi)
		top := size[i]
		for k, v := range in[:ld] {
			if v == 0 { // what is in is NaN
				b[k] = 0
			}
			top = max(top, math.Abs(b[k]))
		}
		mulAddSmall(d[:ld], hat, b[:n])
		for k, v := range mi {
			d[k] = v - d[k]
		}
		copy(fi, b[:ld])
		mulAddSmall(fi, t, d[:n])
		neg[i] = 0
		for k, v := range fi {
			if v+off[k]*top < 0 {
				neg[i] |= 1 << k
			}
		}
	}
}

// mulAddSmall adds Σ_q x[q]·(row q of a) to dst, rows being as long as dst.
func mulAddSmall(dst, a, x []float64) {
	for q, s := range x {
		row := a[q*len(dst):][:len(dst)]
		for k := range dst {
			dst[k] += s * row[k]
		}
	}
}
