package linalg

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// EigenTop returns the k largest eigenvalues of g (R×R), in descending order,
// and their eigenvectors as the columns of vecs (R×k). The sign of an
// eigenvector is fixed by making its entry of largest magnitude positive, so
// that a start made from eigenvectors is the same on every run. It panics
// unless 1 ≤ k ≤ R. Work: O(R³).
//
// If the eigenvalue iteration fails, which a finite symmetric matrix does not
// make it do, EigenTop panics.
func EigenTop(g *mat.SymDense, k int) (vals []float64, vecs *mat.Dense) {
	r := g.SymmetricDim()
	if k < 1 || k > r {
		panic(fmt.Sprintf("linalg: EigenTop: %d eigenpairs of a %d×%d matrix", k, r, r))
	}
	var es mat.EigenSym
	if !es.Factorize(g, true) {
		panic(fmt.Sprintf("linalg: EigenTop: no convergence on a %d×%d matrix", r, r))
	}
	all := es.Values(nil)
	var v mat.Dense
	es.VectorsTo(&v)

	vals = make([]float64, k)
	vecs = mat.NewDense(r, k, nil)
	for j := range k {
		from := r - 1 - j // gonum's order is ascending
		vals[j] = all[from]
		sign, largest := 1.0, 0.0
		for i := range r {
			switch x := v.At(i, from); {
			case x > largest:
				largest, sign = x, 1
			case -x > largest:
				largest, sign = -x, -1
			}
		}
		for i := range r {
			vecs.Set(i, j, sign*v.At(i, from))
		}
	}
	return vals, vecs
}
