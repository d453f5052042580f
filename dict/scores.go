package dict

import (
	"math"
	"math/bits"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// scorer predicts what the exact nonnegative fit of a factor A leaves when one more
// column joins the columns Q that it is fitted to, for many candidates at once. A row
// whose positive coefficients are P has the residual e = x − D_P a_P, and if they stay
// the positive ones, candidate d_j takes
//
//	max(0, d_jᵀe)² / ‖P⊥_P d_j‖²
//
// off its squared norm. That is exact where the passive sets stay, and for every
// candidate where there is no constraint; the free fit of the whole, by contrast,
// knows nothing of the zeros. All of it comes from products: ‖P⊥_P d_j‖² is found once
// for all rows with the same P. Work: 2·rows·(|Q|+1)·d flops, and sets·|Q|²·d.
type scorer struct {
	free bool // no constraint on A

	b    *mat.Dense // rows × d: products of the data with the candidates
	gram []float64  // |Q|×|Q|
	cq   []float64  // |Q|×d: products of the columns with the candidates
	self []float64  // d: squared norms of the candidates

	gain []float64 // of every candidate

	left  *mat.Dense // block × d: products of the residuals with the candidates
	minus []float64  // block × |Q|
	worth []float64  // 1/‖P⊥_P d_j‖² of the present P, 0 for a candidate in its span
	y     []float64  // |Q|×d
	l     []float64  // |Q|×|Q|
	list  []int      // P
	order []int32
	set   []uint64
}

// scoreBlock rows are multiplied at a time.
const scoreBlock = 64

// shape makes gram, cq and self fit for q columns and d candidates. They are for the
// caller to fill.
func (s *scorer) shape(q, d int) {
	s.gram, s.cq, s.self = resize(s.gram, q*q), resize(s.cq, q*d), resize(s.self, d)
	s.gain, s.worth = resize(s.gain, d), resize(s.worth, d)
	s.y, s.l = resize(s.y, q*d), resize(s.l, q*q)
	s.minus = resize(s.minus, scoreBlock*q)
	if s.left == nil || s.left.RawMatrix().Cols != d {
		s.left = mat.NewDense(scoreBlock, d, nil)
	}
}

// score sets gain for the first rows of b, whose exact fit to the columns Q is a; a
// is not looked at when there are none.
func (s *scorer) score(a *mat.Dense, rows, q int) {
	clear(s.gain)
	s.group(a, rows, q)
	for lo := 0; lo < rows; lo += scoreBlock {
		hi := min(rows, lo+scoreBlock)
		s.residuals(a, lo, hi, q)
		for i := lo; i < hi; i++ {
			if i == 0 || s.set[s.order[i]] != s.set[s.order[i-1]] || q > 64 {
				s.weigh(rowOf(a, s.order[i], q))
			}
			left := s.left.RawRowView(i - lo)
			gain, worth := s.gain[:len(left)], s.worth[:len(left)]
			if s.free {
				for j, e := range left {
					gain[j] += e * e * worth[j]
				}
				continue
			}
			for j, e := range left {
				e = max(0, e)
				gain[j] += e * e * worth[j]
			}
		}
	}
}

// group sorts the rows by passive set, as far as 64 columns tell.
func (s *scorer) group(a *mat.Dense, rows, q int) {
	s.order, s.set = resize(s.order, rows), resize(s.set, rows)
	for i := range rows {
		s.order[i], s.set[i] = int32(i), 0
		for r, v := range rowOf(a, int32(i), min(q, 64)) {
			if v != 0 || s.free {
				s.set[i] |= 1 << r
			}
		}
	}
	slices.SortStableFunc(s.order, func(x, y int32) int {
		a, b := s.set[x], s.set[y]
		if n := bits.OnesCount64(a) - bits.OnesCount64(b); n != 0 {
			return n
		}
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	})
}

// residuals sets left to d_jᵀe of the rows lo … hi−1 of order.
func (s *scorer) residuals(a *mat.Dense, lo, hi, q int) {
	for i := lo; i < hi; i++ {
		copy(s.left.RawRowView(i-lo), s.b.RawRowView(int(s.order[i])))
		to := s.minus[(i-lo)*q:][:q]
		for r, v := range rowOf(a, s.order[i], q) {
			to[r] = -v
		}
	}
	if q > 0 {
		left := s.left.RawMatrix()
		kernel.MulAdd(hi-lo, left.Cols, q, s.minus, q, s.cq, left.Cols, left.Data, left.Stride)
	}
}

// weigh sets worth for the columns whose coefficients in a are not zero, by their
// Cholesky factor L and the rows y of L⁻¹·C_P.
func (s *scorer) weigh(a []float64) {
	d, q := len(s.self), len(a)
	copy(s.worth, s.self)
	s.list = s.list[:0]
	for i, v := range a {
		if v == 0 && !s.free {
			continue
		}
		p := len(s.list)
		l, y := s.l[p*q:][:p+1], s.y[p*d:][:d]
		copy(y, s.cq[i*d:][:d])
		left := s.gram[i*q+i]
		for k, col := range s.list {
			v := s.gram[i*q+col] - kernel.Dot(l[:k], s.l[k*q:][:k])
			l[k] = v / s.l[k*q+k]
			left -= l[k] * l[k]
			kernel.Axpy(y, -l[k], s.y[k*d:][:d])
		}
		if left <= dependent*s.gram[i*q+i] {
			continue // in the span of those before
		}
		l[p] = math.Sqrt(left)
		inv := 1 / l[p]
		for j, x := range y {
			x *= inv
			y[j] = x
			s.worth[j] -= x * x
		}
		s.list = append(s.list, i)
	}
	for j, w := range s.worth {
		s.worth[j] = 0
		if w > dependent*s.self[j] {
			s.worth[j] = 1 / w
		}
	}
}

// rowOf is row i of a, which has q columns or more, or need not be there at all.
func rowOf(a *mat.Dense, i int32, q int) []float64 {
	if q == 0 {
		return nil
	}
	return a.RawRowView(int(i))[:q]
}

// resize is s of length n, with any contents.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
