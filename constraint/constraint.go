package constraint

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// A Constraint is a closed function h of a factor, +∞ where it is not allowed.
type Constraint interface {
	// Prox overwrites a, say V, with a minimiser of h(A) + ‖A − V‖²/(2·step), step > 0.
	// It must not keep a, and serves several goroutines at a time.
	Prox(a *mat.Dense, step float64)
	// Value is h(a): of a set, 0 inside and +Inf outside; what Prox returned is
	// inside whatever the rounding.
	Value(a *mat.Dense) float64
	// Facts says what solvers may do with it.
	Facts() Facts
}

// Facts of a constraint.
type Facts struct {
	// Acts is the unit that Prox acts on, whatever the other units are.
	Acts Unit
	// Convex says that h is, so that its proximal operator has one value and does
	// not expand distances.
	Convex bool
	// Set says that h is 0 or +∞: Prox is a projection and step plays no part.
	Set bool
	// ScaleFree says that a matrix stays as feasible as it was when columns are
	// multiplied by positive numbers. Solvers then choose the scale.
	ScaleFree bool
	// Nonnegative says that whatever is allowed is ≥ 0.
	Nonnegative bool
}

// Unit is the part of a factor that an operator acts on alone.
type Unit int

const (
	Entries Unit = iota // every entry alike; any part of a factor may be given on its own
	Rows                // every row alike; any block of rows may be given on its own
	Columns             // every column alike; any block of columns may be given on its own
	Whole               // all at once, or by position
)

// String is the word for a unit.
func (u Unit) String() string {
	return [...]string{"entries", "rows", "columns", "whole"}[u]
}

// A Checker has parameters, or sizes that it does not fit.
type Checker interface {
	// Check is nil, or says why no factor of rows×rank can be as asked.
	Check(rows, rank int) error
}

// Check is c's own Check if it has one.
func Check(c Constraint, rows, rank int) error {
	if k, ok := c.(Checker); ok {
		return k.Check(rows, rank)
	}
	return nil
}

// slack is the relative rounding that Value allows in sums and norms. Order and
// sign are kept exactly, and are compared so.
const slack = 1e-10

// indicator is 0 inside of a set and +Inf outside.
func indicator(inside bool) float64 {
	if inside {
		return 0
	}
	return math.Inf(1)
}

// Func is a constraint made of functions.
type Func struct {
	Operator func(a *mat.Dense, step float64)
	Penalty  func(a *mat.Dense) float64
	Is       Facts
}

// Prox implements [Constraint].
func (f Func) Prox(a *mat.Dense, step float64) { f.Operator(a, step) }

// Value implements [Constraint].
func (f Func) Value(a *mat.Dense) float64 { return f.Penalty(a) }

// Facts implements [Constraint].
func (f Func) Facts() Facts { return f.Is }
