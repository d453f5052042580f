//go:build amd64 && !noasm

package kernel

func pivotRows(nv, n int, list, set []int32, m, f, size, table, hat []float64, neg []int32) {
	l, rows := &list[0], len(list)
	switch nv {
	case 1:
		pivotRowsAVX2_1(rows, n, l, &set[0], &m[0], &f[0], &size[0], &table[0], &hat[0], &neg[0])
	case 2:
		pivotRowsAVX2_2(rows, n, l, &set[0], &m[0], &f[0], &size[0], &table[0], &hat[0], &neg[0])
	case 3:
		pivotRowsAVX2_3(rows, n, l, &set[0], &m[0], &f[0], &size[0], &table[0], &hat[0], &neg[0])
	}
}
