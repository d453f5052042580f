package kernel

// GatherAdd1 adds scaled rows of one matrix, picked by index, to acc:
//
//	for k, s := range v { for r := range acc {
//		acc[r] += s * a[i[k]*lda+r]
//	}}
//
// Shapes: acc of length R, v of length K, a has rows of at least R columns, lda
// apart. i has at least K indices; any further ones must be rows of a too: they
// are hints of what is gathered next, prefetched and not used, so a caller that
// goes through a longer list in pieces passes all of what is left of it, unless the
// rows are in the cache anyway: without hints nothing is prefetched. Work: 2KR
// flops, 8KR bytes gathered. acc must not overlap a.
//
// The indices are not checked. A call with assembly cannot be preempted for the
// K entries of 16 or 32 columns: keep K to a few thousand.
func GatherAdd1(acc, v, a []float64, lda int, i []int32) {
	if level == levelGo {
		refGatherAdd1(acc, v, a, lda, i)
		return
	}
	gatherAdd1(acc, v, a, lda, i)
}

// GatherAdd2 adds scaled elementwise products of rows of two matrices:
//
//	for k, s := range v { for r := range acc {
//		acc[r] += s * a[i[k]*lda+r] * b[j[k]*ldb+r]
//	}}
//
// Shapes: acc of length R, v of length K, i and j of at least K: any further
// indices are hints, K is bounded and indices are not checked, as in
// [GatherAdd1]. Work: 3KR flops, 16KR bytes gathered. acc must not overlap a or b.
func GatherAdd2(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32) {
	if level == levelGo {
		refGatherAdd2(acc, v, a, lda, i, b, ldb, j)
		return
	}
	gatherAdd2(acc, v, a, lda, i, b, ldb, j)
}

// GatherAdd3 adds scaled elementwise products of rows of three matrices:
//
//	for k, s := range v { for r := range acc {
//		acc[r] += s * a[i[k]*lda+r] * b[j[k]*ldb+r] * d[l[k]*ldd+r]
//	}}
//
// Shapes: acc of length R, v of length K, i, j and l of at least K: any further
// indices are hints, K is bounded and indices are not checked, as in
// [GatherAdd1]. Work: 4KR flops, 24KR bytes gathered. acc must not overlap a, b
// or d.
func GatherAdd3(acc, v, a []float64, lda int, i []int32, b []float64, ldb int, j []int32, d []float64, ldd int, l []int32) {
	if level == levelGo {
		refGatherAdd3(acc, v, a, lda, i, b, ldb, j, d, ldd, l)
		return
	}
	gatherAdd3(acc, v, a, lda, i, b, ldb, j, d, ldd, l)
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
