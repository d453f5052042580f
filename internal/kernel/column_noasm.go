//go:build !amd64 || noasm

package kernel

func columnStep(n int, dst, a []float64, lda int, m, w []float64, s float64) float64 {
	return refColumnStep(dst[:n], a, lda, m, w, s)
}

func (t *ColumnTable) passes(a, m []float64, g *ColumnGroups, limit int, delta2 float64) int {
	return t.refPasses(a, m, g, limit, delta2)
}

func columnResidual(n int, x, a []float64, lda int, w []float64, s float64) (rr, xx float64) {
	return refColumnResidual(x[:n], a, lda, w, s)
}

func columnSubstitute(n int, dst []float64, t float64, a []float64, lda int, w []float64, s float64) {
	refColumnSubstitute(dst[:n], t, a, lda, w, s)
}

func transpose(m, n int, dst []float64, ldd int, src []float64, lds int) {
	refTranspose(m, n, dst, ldd, src, lds)
}

func maxAbs(x []float64) float64 { return refMaxAbs(x) }
