package constraint

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// L0 allows at most K entries that are not zero in every column, or, ByRow, in
// every row; with Nonnegative none below zero. Not convex: of entries that are
// equally large the first are kept.
type L0 struct {
	K           int
	ByRow       bool
	Nonnegative bool
}

// Prox implements [Constraint]: the K entries of largest magnitude stay.
func (c L0) Prox(a *mat.Dense, _ float64) { each(!c.ByRow, a, c.keepLargest) }

func (c L0) keepLargest(s *scratch, v []float64) {
	size := s.floats(0, len(v))
	for i, x := range v {
		if c.Nonnegative {
			v[i] = max(0, x)
		}
		size[i] = magnitude(v[i])
	}
	if c.K >= len(v) {
		return
	}
	slices.Sort(size)
	least := size[len(size)-c.K]
	ties := c.K // how many of those as large as the last that is kept
	for _, x := range v {
		if magnitude(x) > least {
			ties--
		}
	}
	for i, x := range v {
		switch m := magnitude(x); {
		case m < least:
			v[i] = 0
		case m == least && ties == 0:
			v[i] = 0
		case m == least:
			ties--
		}
	}
}

// magnitude is |x|, and larger than anything for a NaN, which is to stay.
func magnitude(x float64) float64 {
	if math.IsNaN(x) {
		return math.Inf(1)
	}
	return math.Abs(x)
}

// Value implements [Constraint].
func (c L0) Value(a *mat.Dense) float64 {
	return sumEach(!c.ByRow, a, func(v []float64) float64 {
		count := 0
		for _, x := range v {
			if x != 0 {
				count++
			}
		}
		return indicator(count <= c.K && allowed(v, c.Nonnegative))
	})
}

// Facts implements [Constraint].
func (c L0) Facts() Facts {
	f := Facts{Acts: Columns, Set: true, ScaleFree: true, Nonnegative: c.Nonnegative}
	if c.ByRow {
		f.Acts = Rows
	}
	return f
}

// Check implements [Checker].
func (c L0) Check(int, int) error {
	if c.K < 1 {
		return fmt.Errorf("%w: L0 keeps %d entries; K is at least 1", ErrParameter, c.K)
	}
	return nil
}
