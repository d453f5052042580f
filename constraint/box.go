package constraint

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Box is Lo ≤ a_ir ≤ Hi; either may be infinite.
type Box struct{ Lo, Hi float64 }

// Prox implements [Constraint].
func (b Box) Prox(a *mat.Dense, _ float64) {
	rows, _ := a.Dims()
	for i := range rows {
		row := a.RawRowView(i)
		for r, v := range row {
			row[r] = min(max(v, b.Lo), b.Hi)
		}
	}
}

// Value implements [Constraint].
func (b Box) Value(a *mat.Dense) float64 {
	return indicator(everyEntry(a, func(v float64) bool { return b.Lo <= v && v <= b.Hi }))
}

// Facts implements [Constraint].
func (b Box) Facts() Facts {
	return Facts{Acts: Entries, Convex: true, Set: true, Nonnegative: b.Lo >= 0}
}

// Check implements [Checker].
func (b Box) Check(int, int) error {
	if !(b.Lo <= b.Hi) {
		return fmt.Errorf("%w: no entry lies between %g and %g; give Lo ≤ Hi", ErrParameter, b.Lo, b.Hi)
	}
	return nil
}
