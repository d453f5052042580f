package score

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// unit is a matrix with unit columns (zero ones stay) and the logarithms of the
// norms that they had, −Inf for zero columns.
type unit struct {
	column  *mat.Dense
	logNorm []float64
}

// unitPair brings two factors of mode n to unit columns. They must have the same
// number of rows, at least one column each, and finite entries.
func unitPair(truth, estimate mat.Matrix, n int) (a, b unit, err error) {
	tr, tc := truth.Dims()
	er, ec := estimate.Dims()
	if tr != er || tc == 0 || ec == 0 {
		return a, b, fmt.Errorf("%w: mode %d: the estimate is %d×%d, the truth %d×%d", ErrShape, n, er, ec, tr, tc)
	}
	if a, err = unitOf(truth); err != nil {
		return a, b, fmt.Errorf("mode %d of the truth: %w", n, err)
	}
	if b, err = unitOf(estimate); err != nil {
		return a, b, fmt.Errorf("mode %d of the estimate: %w", n, err)
	}
	return a, b, nil
}

func unitOf(a mat.Matrix) (unit, error) {
	rows, cols := a.Dims()
	u := unit{column: mat.DenseCopyOf(a), logNorm: make([]float64, cols)}
	for r := range cols {
		col := mat.Col(nil, r, a)
		for i, v := range col {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return u, fmt.Errorf("%w: %v in row %d of column %d", ErrNotFinite, v, i, r)
			}
		}
		most, norm := toUnit(col)
		u.logNorm[r] = math.Log(most) + math.Log(norm)
		for i := range rows {
			u.column.Set(i, r, col[i])
		}
	}
	return u, nil
}

// toUnit scales v to norm 1 in two steps that cannot overflow: its norm was
// most·norm, most its greatest modulus. A zero vector stays, with most 0.
func toUnit(v []float64) (most, norm float64) {
	for _, x := range v {
		most = max(most, math.Abs(x))
	}
	if most == 0 {
		return 0, 0
	}
	var sum float64
	for i, x := range v {
		v[i] = x / most
		sum += v[i] * v[i]
	}
	norm = math.Sqrt(sum)
	for i := range v {
		v[i] /= norm
	}
	return most, norm
}
