package constraint

import "gonum.org/v1/gonum/mat"

// Nonnegative is A ≥ 0.
type Nonnegative struct{}

// Prox implements [Constraint].
func (Nonnegative) Prox(a *mat.Dense, _ float64) {
	rows, _ := a.Dims()
	for i := range rows {
		row := a.RawRowView(i)
		for r, v := range row {
			row[r] = max(0, v)
		}
	}
}

// Value implements [Constraint].
func (Nonnegative) Value(a *mat.Dense) float64 {
	return indicator(everyEntry(a, func(v float64) bool { return v >= 0 }))
}

// Facts implements [Constraint].
func (Nonnegative) Facts() Facts {
	return Facts{Acts: Entries, Convex: true, Set: true, ScaleFree: true, Nonnegative: true}
}
