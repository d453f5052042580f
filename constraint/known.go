package constraint

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// Known is a factor whose columns Index[k] are column k of Columns (I×len(Index)),
// known in advance; the others are free.
type Known struct {
	Index   []int
	Columns *mat.Dense
}

// Prox implements [Constraint].
func (c Known) Prox(a *mat.Dense, _ float64) {
	rows, _ := a.Dims()
	for i := range rows {
		row := a.RawRowView(i)
		for k, r := range c.Index {
			row[r] = c.Columns.At(i, k)
		}
	}
}

// Value implements [Constraint].
func (c Known) Value(a *mat.Dense) float64 {
	rows, _ := a.Dims()
	for i := range rows {
		for k, r := range c.Index {
			if a.At(i, r) != c.Columns.At(i, k) {
				return indicator(false)
			}
		}
	}
	return 0
}

// Facts implements [Constraint].
func (c Known) Facts() Facts { return Facts{Acts: Whole, Convex: true, Set: true} }

// Check implements [Checker].
func (c Known) Check(rows, rank int) error {
	if c.Columns == nil {
		return fmt.Errorf("%w: Known has no Columns", ErrParameter)
	}
	if r, k := c.Columns.Dims(); r != rows || k != len(c.Index) {
		return fmt.Errorf("%w: known columns are %d×%d, want %d×%d", ErrParameter, r, k, rows, len(c.Index))
	}
	for k, r := range c.Index {
		if r < 0 || r >= rank {
			return fmt.Errorf("%w: known column %d of %d components", ErrParameter, r, rank)
		}
		for _, q := range c.Index[:k] {
			if q == r {
				return fmt.Errorf("%w: column %d is known twice", ErrParameter, r)
			}
		}
	}
	return nil
}
