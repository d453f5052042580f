package matrix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// distinct is a nonnegative X without zero rows and columns and with one row and one column of
// each direction, rows scaled to the largest entry one, then columns to the sum one. None of
// that changes the nonnegative rank: X = A·Y·B, where A and B have one positive entry in every
// row and every column that is not zero.
type distinct struct {
	x          *mat.Dense // Y
	rows, cols side
}

// side says what the rows, or the columns, of X are: by times row at of Y; at −1 of a zero one.
type side struct {
	at []int
	by []float64
}

// zeroDefault is the share of the largest entry up to which an entry counts as zero.
const zeroDefault = 1e-12

// zeroShare is the share that an option asks for: 0 is the default, negative none.
func zeroShare(zero float64) (float64, error) {
	switch {
	case zero == 0:
		return zeroDefault, nil
	case zero < 0:
		return 0, nil
	case !(zero < 1):
		return 0, fmt.Errorf("%w: zero up to %g of the largest entry; want less than 1", ErrOptions, zero)
	}
	return zero, nil
}

// aboveZero is a copy of X ≥ 0, p×n, times a power of two that brings the largest entry into
// [1, 2). Entries up to the share of it that zero, an option, stands for are zero, of either sign.
func aboveZero(x mat.Matrix, zero float64) (y *mat.Dense, scale float64, err error) {
	if zero, err = zeroShare(zero); err != nil {
		return nil, 0, err
	}
	d, err := newData("X", x)
	if err != nil {
		return nil, 0, err
	}
	top, _ := d.largest()
	y = mat.NewDense(d.p, d.n, nil)
	for i := range d.p {
		for j, v := range d.row(i) {
			switch {
			case v < -zero*top:
				return nil, 0, fmt.Errorf("%w: nonnegative ranks are of X ≥ 0; it is %g at row %d, column %d", ErrMethod, v, i, j)
			case v > zero*top:
				y.Set(i, j, v*d.scale)
			}
		}
	}
	return y, d.scale, nil
}

// newDistinct checks x and takes it apart, zeros as [aboveZero] has them.
func newDistinct(x mat.Matrix, zero float64) (*distinct, error) {
	y, scale, err := aboveZero(x, zero)
	if err != nil {
		return nil, err
	}
	s := &distinct{}
	y, s.rows = unlike(y, func(v []float64) float64 {
		top := 0.0
		for _, t := range v {
			top = max(top, t)
		}
		return top
	})
	y = mat.DenseCopyOf(y.T())
	y, s.cols = unlike(y, func(v []float64) float64 {
		sum := 0.0
		for _, t := range v {
			sum += t
		}
		return sum
	})
	s.x = mat.DenseCopyOf(y.T())
	for i := range s.rows.by {
		s.rows.by[i] /= scale
	}
	return s, nil
}

// unlike keeps the first row of each direction, of size one. Where rounding hides that two
// are alike both are kept.
func unlike(x *mat.Dense, size func([]float64) float64) (*mat.Dense, side) {
	p, n := x.Dims()
	s := side{at: make([]int, p), by: make([]float64, p)}
	seen := map[string]int{}
	var kept []float64
	for i := range p {
		row := x.RawRowView(i)
		s.at[i], s.by[i] = -1, size(row)
		if s.by[i] == 0 {
			continue
		}
		scaled, key := make([]float64, n), []byte(nil)
		for j, v := range row {
			scaled[j] = v / s.by[i]
			key = fmt.Appendf(key, "%.13f ", scaled[j])
		}
		at, ok := seen[string(key)]
		if !ok {
			at = len(seen)
			seen[string(key)] = at
			kept = append(kept, scaled...)
		}
		s.at[i] = at
	}
	if len(seen) == 0 {
		return mat.NewDense(1, n, nil), s
	}
	return mat.NewDense(len(seen), n, kept), s
}

// zero says whether there is nothing but zeros.
func (s *distinct) zero() bool {
	for _, at := range s.rows.at {
		if at >= 0 {
			return false
		}
	}
	return true
}

// whole turns factors of Y into those of X.
func (s *distinct) whole(u, v *mat.Dense) (*mat.Dense, *mat.Dense) {
	_, r := u.Dims()
	wide, long := mat.NewDense(len(s.rows.at), r, nil), mat.NewDense(r, len(s.cols.at), nil)
	for i, at := range s.rows.at {
		if at >= 0 {
			for k := range r {
				wide.Set(i, k, s.rows.by[i]*u.At(at, k))
			}
		}
	}
	for j, at := range s.cols.at {
		if at >= 0 {
			for k := range r {
				long.Set(k, j, s.cols.by[j]*v.At(k, at))
			}
		}
	}
	unit(wide, long)
	return wide, long
}

// turned is s of Xᵀ. Its columns have the sum one as well.
func (s *distinct) turned() *distinct {
	t := &distinct{x: mat.DenseCopyOf(s.x.T()), rows: side{at: s.cols.at, by: append([]float64(nil), s.cols.by...)}, cols: side{at: s.rows.at, by: append([]float64(nil), s.rows.by...)}}
	p, n := t.x.Dims()
	for j := range n {
		sum := 0.0
		for i := range p {
			sum += t.x.At(i, j)
		}
		scaleColumn(t.x, j, 1/sum)
		for c, at := range t.cols.at {
			if at == j {
				t.cols.by[c] *= sum
			}
		}
	}
	return t
}

// misfit is ‖X − U·V‖/‖X‖.
func misfit(x mat.Matrix, u, v *mat.Dense) float64 {
	size := mat.Norm(x, 2)
	if size == 0 {
		return 0
	}
	var left mat.Dense
	left.Mul(u, v)
	left.Sub(x, &left)
	return mat.Norm(&left, 2) / size
}

// numericalRank counts the singular values of Y over rounding: over max(p, n)·tol times the largest.
// It is at most the rank of any matrix that near.
func numericalRank(y *mat.Dense, tol float64) int {
	p, n := y.Dims()
	var svd mat.SVD
	if !svd.Factorize(y, mat.SVDNone) {
		return 0
	}
	s, rank := svd.Values(nil), 0
	for _, v := range s {
		if v > math.Max(float64(max(p, n)), 1)*tol*s[0] {
			rank++
		}
	}
	return rank
}
