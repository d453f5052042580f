package kernel

// PivotVectors is the most vectors of four elements that a row of [PivotRows] has.
const PivotVectors = 3

// PivotRows is one step of principal pivoting, with one step of refinement, for
// many small systems that share a matrix but not the set P of their unknowns:
//
//	for _, i := range list {
//		in, off, t := the three parts of table[set[i]:], ld, ld and n×ld elements
//		b := tᵀ·m_i where in is not zero, elsewhere 0
//		f_i = b + tᵀ·(m_i − hatᵀ·b)
//		top := max(size[i], max |b|)
//		neg[i] = bits k with f_i[k] + off[k]·top < 0
//	}
//
// With t = [H, Ĝ_P·H; 0, −1] for H the inverse of Ĝ on P, f_i is the solution on P
// and the gradient off it. Shapes: ld = 4·nv, nv from 1 to PivotVectors; m and f
// have rows of ld elements, hat n rows of ld, n ≤ ld; size, set and neg an element
// for every row. An element of in is zero or has all bits set. Work: 6·n·ld flops a
// row. f must not overlap the others. The indices are not checked, and a call with
// assembly cannot be preempted: keep the list to a few hundred rows.
func PivotRows(nv, n int, list, set []int32, m, f, size, table, hat []float64, neg []int32) {
	if len(list) == 0 {
		return
	}
	if level == levelGo {
		refPivotRows(nv, n, list, set, m, f, size, table, hat, neg)
		return
	}
	pivotRows(nv, n, list, set, m, f, size, table, hat, neg)
}
