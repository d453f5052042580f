package linalg

import (
	"math"

	"github.com/polyad/polyad/internal/kernel"
)

// A factor is the Cholesky factor L of a p×p matrix, by rows, packed: row i
// starts at i(i+1)/2, and holds 1/L_ii in the place of L_ii.

// packed is the length of a factor of size p.
func packed(p int) int { return p * (p + 1) / 2 }

// cholAppend writes row i of the factor, given the rows before it and row i of
// the matrix, off-diagonal part h (length i) and unit diagonal. It reports false
// when the squared pivot is not above tol: the column depends numerically on
// those before it.
func cholAppend(l, h []float64, i int, tol float64) bool {
	row := l[packed(i) : packed(i)+i+1]
	d := 1.0
	for j := range i {
		lj := l[packed(j) : packed(j)+j+1]
		v := (h[j] - kernel.Dot(lj[:j], row)) * lj[j]
		row[j] = v
		d -= v * v
	}
	if !(d > tol) {
		return false
	}
	row[i] = 1 / math.Sqrt(d)
	return true
}

// cholSolve overwrites x (length p) with the solution of L·Lᵀ·x = x.
func cholSolve(l, x []float64) {
	for i := range x {
		row := l[packed(i) : packed(i)+i+1]
		x[i] = (x[i] - kernel.Dot(row[:i], x)) * row[i]
	}
	for i := len(x) - 1; i >= 0; i-- {
		row := l[packed(i) : packed(i)+i+1]
		x[i] *= row[i]
		kernel.Axpy(x[:i], -x[i], row[:i])
	}
}
