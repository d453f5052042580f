package constraint

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Simplex is A ≥ 0 with rows, or, ByColumn, columns, that sum to Sum: abundances,
// or spectra of unit area.
//
// References:
//   - Michelot, C.: A finite algorithm for finding the projection of a point onto
//     the canonical simplex of ℝⁿ. J. Optim. Theory Appl. 50(1) (1986).
type Simplex struct {
	// Sum of a row or column. Default: 1.
	Sum      float64
	ByColumn bool
}

// Prox implements [Constraint].
func (c Simplex) Prox(a *mat.Dense, _ float64) {
	each(c.ByColumn, a, func(_ *scratch, v []float64) { projectSimplex(v, orOne(c.Sum)) })
}

// projectSimplex is v ← max(0, v − τ) with the τ that makes the sum right, exactly
// and in O(n) for most v: entries once under τ stay so, for τ only grows. Entries are counted
// from the largest, lest a large common offset take the digits of the sum.
func projectSimplex(v []float64, sum float64) {
	largest := v[0]
	for _, x := range v {
		largest = max(largest, x)
	}
	tau, before := -sum, len(v)+1 // from largest; no entry further below it can be positive
	for {
		count, total := 0, 0.0
		for _, x := range v {
			if x-largest > tau {
				count++
				total += x - largest
			}
		}
		if count >= before || count == 0 { // more than before only by rounding
			break
		}
		tau, before = (total-sum)/float64(count), count
	}
	for i, x := range v {
		v[i] = max(0, x-largest-tau) // with a NaN, largest is one
	}
}

// Value implements [Constraint].
func (c Simplex) Value(a *mat.Dense) float64 {
	return sumEach(c.ByColumn, a, func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			if !(x >= 0) {
				return math.Inf(1)
			}
			sum += x
		}
		return indicator(math.Abs(sum-orOne(c.Sum)) <= slack*orOne(c.Sum))
	})
}

// Facts implements [Constraint].
func (c Simplex) Facts() Facts {
	f := Facts{Acts: Rows, Convex: true, Set: true, Nonnegative: true}
	if c.ByColumn {
		f.Acts = Columns
	}
	return f
}

// Check implements [Checker].
func (c Simplex) Check(int, int) error {
	if !(orOne(c.Sum) > 0) || math.IsInf(c.Sum, 1) {
		return fmt.Errorf("%w: nonnegative entries cannot sum to %g; give a Sum that is positive and finite", ErrParameter, c.Sum)
	}
	return nil
}
