package linalg

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// SparseBudget minimises under A ≥ 0 and at most Total entries that are not zero in
// all of A: rows that are worth it get more of them. The best gain of every row with
// k entries is found for all k by [KSparse]; then the entries are given out, steepest
// slopes of the rows' concave hulls first. What does not come out even is filled up
// with the best of what fits. Bound says how far that can be from the optimum.
// The zero value of the unexported fields is ready for use.
//
// Reference:
//   - Nadisic, N., Cohen, J.E., Vandaele, A., Gillis, N.: Matrix-wise
//     ℓ0-constrained sparse nonnegative least squares. Mach. Learn. 111 (2022).
type SparseBudget struct {
	Total int

	// Gain and Bound are about the last Solve: the fall of ‖X − UAᵀ‖² from that of
	// A = 0, and what no A within the budget can exceed.
	Gain, Bound float64

	row    KSparse
	gains  [][]float64 // gains[k][i] of row i with k entries
	number []int       // entries given to row i
}

// step gives row i entries up to k, at a slope of gain an entry.
type step struct {
	slope   float64
	i, k, n int // n entries more
}

// Solve overwrites a (I×R) for m (I×R) and g (R×R). Errors as of [KSparse.Solve].
func (s *SparseBudget) Solve(a, m *mat.Dense, g *mat.SymDense) error {
	rows, r := m.Dims()
	s.gains = append(s.gains[:0], make([]float64, rows))
	for k := 1; k <= r; k++ {
		s.row.K = k
		if err := s.row.Solve(a, m, g); err != nil {
			return err
		}
		gain := make([]float64, rows)
		for i := range gain {
			for q, v := range a.RawRowView(i) {
				gain[i] += v * m.At(i, q) // aGa = am at a minimiser
			}
			gain[i] = max(gain[i], s.gains[k-1][i])
		}
		s.gains = append(s.gains, gain)
	}
	s.number = grow(s.number, rows)
	clear(s.number)
	s.give(rows, r)
	return s.solveAs(a, m, g)
}

// hull appends the steps of row i along the concave hull of its gains.
func (s *SparseBudget) hull(steps []step, i, r int) []step {
	for k := 0; k < r; {
		best, to := 0.0, 0
		for l := k + 1; l <= r; l++ {
			if slope := (s.gains[l][i] - s.gains[k][i]) / float64(l-k); slope > best {
				best, to = slope, l
			}
		}
		if to == 0 {
			break
		}
		steps = append(steps, step{best, i, to, to - k})
		k = to
	}
	return steps
}

// give fills number, Gain and Bound.
func (s *SparseBudget) give(rows, r int) {
	var steps []step
	for i := range rows {
		steps = s.hull(steps, i, r)
	}
	slices.SortStableFunc(steps, func(x, y step) int { return cmp.Compare(y.slope, x.slope) })
	left, bound := s.Total, math.NaN()
	s.Gain = 0
	for _, t := range steps {
		if t.n > left {
			bound = s.Gain + t.slope*float64(left)
			break
		}
		s.number[t.i] = t.k
		s.Gain += t.slope * float64(t.n)
		left -= t.n
	}
	s.Bound = bound
	if math.IsNaN(bound) { // the budget does not bind
		s.Bound = s.Gain
		return
	}
	for left > 0 { // fewer than R
		best, row, n := 0.0, -1, 0
		for i, k := range s.number {
			for l := k + 1; l <= min(r, k+left); l++ {
				if gain := s.gains[l][i] - s.gains[k][i]; gain > best {
					best, row, n = gain, i, l-k
				}
			}
		}
		if row < 0 {
			return
		}
		s.number[row] += n
		s.Gain += best
		left -= n
	}
}

// solveAs writes the rows of a with the numbers of entries given to them.
func (s *SparseBudget) solveAs(a, m *mat.Dense, g *mat.SymDense) error {
	_, r := m.Dims()
	for k := range r + 1 {
		var of []int
		for i, n := range s.number {
			if n == k {
				of = append(of, i)
			}
		}
		if len(of) == 0 {
			continue
		}
		if k == 0 {
			for _, i := range of {
				clear(a.RawRowView(i))
			}
			continue
		}
		some, right := mat.NewDense(len(of), r, nil), mat.NewDense(len(of), r, nil)
		for at, i := range of {
			right.SetRow(at, m.RawRowView(i))
		}
		s.row.K = k
		if err := s.row.Solve(some, right, g); err != nil {
			return err
		}
		for at, i := range of {
			a.SetRow(i, some.RawRowView(at))
		}
	}
	return nil
}
