package constraint

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Smooth is the penalty (Weight/2)·Σ_r ‖L·a_r‖², L the second differences
// a_{i−1} − 2a_i + a_{i+1}: columns are pulled towards straight lines. With
// Nonnegative also A ≥ 0. Like [L1] it can be evaded by scaling.
type Smooth struct {
	Weight      float64
	Nonnegative bool
}

// Prox implements [Constraint]: it solves (1 + step·Weight·LᵀL)·a = v, a matrix of
// five diagonals, in O(I) a column; under A ≥ 0 by block principal pivoting, with a
// few such solves.
func (c Smooth) Prox(a *mat.Dense, step float64) {
	t := step * c.Weight
	eachColumn(a, func(s *scratch, v []float64) {
		for _, x := range v {
			if math.IsNaN(x) {
				for i := range v {
					v[i] = x
				}
				return
			}
		}
		if c.Nonnegative {
			s.smoothNonnegative(v, t)
			return
		}
		s.order = s.order[:0]
		for i := range v {
			s.order = append(s.order, i)
		}
		s.solveSmooth(v, t, v)
	})
}

// difference is entry (i, j) of 1 + t·LᵀL for columns of length n.
func difference(n int, t float64, i, j int) float64 {
	sum := 0.0
	for k := max(0, max(i, j)-2); k <= min(i, j) && k+2 < n; k++ { // rows of L that hold both
		sum += second[i-k] * second[j-k]
	}
	if i == j {
		return 1 + t*sum
	}
	return t * sum
}

var second = [3]float64{1, -2, 1}

// solveSmooth solves for the entries of x that s.order lists, in order; the others
// are zero. Neighbours in the list are at least as far apart in x, so the matrix
// has five diagonals whichever are listed. x may be v.
func (s *scratch) solveSmooth(x []float64, t float64, v []float64) {
	n, order := len(v), s.order
	d, e, f := s.floats(0, len(order)), s.floats(1, len(order)), s.floats(2, len(order))
	y := s.floats(3, len(order))
	for k, i := range order { // L·D·Lᵀ, row by row: unit lower factor with e, f under its diagonal
		d[k], e[k], f[k], y[k] = difference(n, t, i, i), 0, 0, v[i]
		if k > 1 && i-order[k-2] <= 2 {
			f[k] = difference(n, t, i, order[k-2]) / d[k-2]
			d[k] -= f[k] * f[k] * d[k-2]
			y[k] -= f[k] * y[k-2]
		}
		if k > 0 && i-order[k-1] <= 2 {
			off := difference(n, t, i, order[k-1])
			if k > 1 {
				off -= f[k] * d[k-2] * e[k-1]
			}
			e[k] = off / d[k-1]
			d[k] -= e[k] * e[k] * d[k-1]
			y[k] -= e[k] * y[k-1]
		}
	}
	for k := len(order) - 1; k >= 0; k-- {
		y[k] /= d[k]
		if k+1 < len(order) {
			y[k] -= e[k+1] * y[k+1]
		}
		if k+2 < len(order) {
			y[k] -= f[k+2] * y[k+2]
		}
	}
	clear(x)
	for k, i := range order {
		x[i] = y[k]
	}
}

// smoothNonnegative overwrites v with the minimiser over x ≥ 0 of
// ½⟨x, Hx⟩ − ⟨v, x⟩, H = 1 + t·LᵀL. Entries on the wrong side all change over, which
// takes few solves; when that has not lessened their number four times, the active
// set method does it, which always ends.
//
// References:
//   - Júdice, J.J., Pires, F.M.: A block principal pivoting algorithm for
//     large-scale strictly monotone linear complementarity problems. Comput.
//     Oper. Res. 21(5), 587–596 (1994).
//   - Lawson, C.L., Hanson, R.J.: Solving Least Squares Problems. Prentice-Hall
//     (1974), ch. 23.
func (s *scratch) smoothNonnegative(v []float64, t float64) {
	x := s.floats(4, len(v))
	s.flag = s.flag[:0]
	scale := 0.0
	for _, y := range v {
		s.flag = append(s.flag, y > 0)
		scale = max(scale, math.Abs(y))
	}
	rounding := 1e-14 * scale
	for least, tries := len(v)+1, 4; ; {
		s.solveFree(x, t, v)
		wrong := 0
		for i, free := range s.flag {
			if free && x[i] < -rounding || !free && s.gradient(x, t, v, i) < -rounding*(1+t) {
				s.flag[i] = !free
				wrong++
			}
		}
		if wrong == 0 {
			break
		}
		if wrong < least {
			least, tries = wrong, 4
		} else if tries--; tries == 0 {
			s.activeSet(x, t, v, rounding*(1+t))
			break
		}
	}
	for i, y := range x {
		v[i] = max(0, y)
	}
}

// activeSet frees one entry after the other, the steepest, and goes from one
// feasible point to the next towards the minimum over the free entries. Every
// point is better than the one before, so no set of free entries occurs twice.
func (s *scratch) activeSet(x []float64, t float64, v []float64, rounding float64) {
	next := s.floats(5, len(v))
	clear(x)
	for i := range s.flag {
		s.flag[i] = false
	}
	for range 10*len(v) + 10 { // rounding may have the last ones come and go
		steepest, entry := -rounding, -1
		for i, free := range s.flag {
			if g := s.gradient(x, t, v, i); !free && g < steepest {
				steepest, entry = g, i
			}
		}
		if entry < 0 {
			return
		}
		s.flag[entry] = true
		for {
			s.solveFree(next, t, v)
			step, first := 1.0, -1 // as far as entries stay ≥ 0
			for i, free := range s.flag {
				if free && next[i] <= 0 {
					a := 0.0
					if x[i] > 0 {
						a = x[i] / (x[i] - next[i])
					}
					if first < 0 || a < step {
						step, first = a, i
					}
				}
			}
			if first < 0 {
				copy(x, next)
				break
			}
			for i, free := range s.flag {
				if free {
					x[i] += step * (next[i] - x[i])
				}
				if i == first || free && x[i] <= 0 {
					x[i], s.flag[i] = 0, false
				}
			}
		}
	}
}

// solveFree solves for the entries that are free, the others being zero.
func (s *scratch) solveFree(x []float64, t float64, v []float64) {
	s.order = s.order[:0]
	for i, free := range s.flag {
		if free {
			s.order = append(s.order, i)
		}
	}
	s.solveSmooth(x, t, v)
}

// gradient is entry i of Hx − v.
func (s *scratch) gradient(x []float64, t float64, v []float64, i int) float64 {
	sum := -v[i]
	for j := max(0, i-2); j <= min(len(x)-1, i+2); j++ {
		sum += difference(len(x), t, i, j) * x[j]
	}
	return sum
}

// Value implements [Constraint].
func (c Smooth) Value(a *mat.Dense) float64 {
	return sumColumns(a, func(v []float64) float64 {
		if !allowed(v, c.Nonnegative) {
			return math.Inf(1)
		}
		sum := 0.0
		for i := 1; i+1 < len(v); i++ {
			d := v[i-1] - 2*v[i] + v[i+1]
			sum += d * d
		}
		return c.Weight / 2 * sum
	})
}

// Facts implements [Constraint].
func (c Smooth) Facts() Facts {
	return Facts{Acts: Columns, Convex: true, Nonnegative: c.Nonnegative}
}

// Check implements [Checker].
func (c Smooth) Check(int, int) error { return checkWeight("Smooth", c.Weight) }
