package constraint

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// L1 is the penalty Weight·Σ|a_ir|, which favours entries that are zero. With
// Nonnegative also A ≥ 0.
//
// A penalty of one factor alone can be evaded: the factor shrinks while another
// grows. Bound the norms of the others, by [Ball] say, or penalise them too.
type L1 struct {
	Weight      float64
	Nonnegative bool
}

// Prox implements [Constraint]: the soft threshold at step·Weight.
func (c L1) Prox(a *mat.Dense, step float64) {
	t := step * c.Weight
	rows, _ := a.Dims()
	for i := range rows {
		row := a.RawRowView(i)
		for r, v := range row {
			switch {
			case v < 0 && c.Nonnegative:
				row[r] = 0
			case v < 0:
				row[r] = min(0, v+t)
			default:
				row[r] = max(0, v-t)
			}
		}
	}
}

// Value implements [Constraint].
func (c L1) Value(a *mat.Dense) float64 {
	if c.Nonnegative && !everyEntry(a, func(v float64) bool { return v >= 0 }) {
		return math.Inf(1)
	}
	return c.Weight * sumEach(false, a, func(v []float64) float64 {
		sum := 0.0
		for _, x := range v {
			sum += math.Abs(x)
		}
		return sum
	})
}

// Facts implements [Constraint].
func (c L1) Facts() Facts {
	return Facts{Acts: Entries, Convex: true, Nonnegative: c.Nonnegative}
}

// Check implements [Checker].
func (c L1) Check(int, int) error { return checkWeight("L1", c.Weight) }

// checkWeight refuses what is no weight of a penalty.
func checkWeight(name string, w float64) error {
	if !(w >= 0) || math.IsInf(w, 1) {
		return fmt.Errorf("%w: the weight of %s is %g; it is ≥ 0 and finite", ErrParameter, name, w)
	}
	return nil
}
