//go:build !amd64 || noasm

package kernel

func pivotRows(nv, n int, list, set []int32, m, f, size, table, hat []float64, neg []int32) {
	refPivotRows(nv, n, list, set, m, f, size, table, hat, neg)
}
