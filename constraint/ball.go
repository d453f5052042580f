package constraint

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// Ball is columns of norm ‖a_r‖ ≤ Radius; with Nonnegative also A ≥ 0.
type Ball struct {
	// Radius of the ball. Default: 1.
	Radius      float64
	Nonnegative bool
}

// Prox implements [Constraint]: negative entries go first, which is exact, for
// the cone A ≥ 0 and the ball are both centred at 0.
func (c Ball) Prox(a *mat.Dense, _ float64) {
	radius := orOne(c.Radius)
	eachColumn(a, func(_ *scratch, v []float64) {
		clip(v, c.Nonnegative)
		if norm := floats.Norm(v, 2); norm > radius {
			rescale(v, norm, radius)
		}
	})
}

// Value implements [Constraint].
func (c Ball) Value(a *mat.Dense) float64 {
	return sumColumns(a, func(v []float64) float64 {
		return indicator(allowed(v, c.Nonnegative) && floats.Norm(v, 2) <= orOne(c.Radius)*(1+slack))
	})
}

// Facts implements [Constraint].
func (c Ball) Facts() Facts {
	return Facts{Acts: Columns, Convex: true, Set: true, Nonnegative: c.Nonnegative}
}

// Check implements [Checker].
func (c Ball) Check(int, int) error { return checkRadius(c.Radius) }

// Sphere is columns of norm ‖a_r‖ = Radius; with Nonnegative also A ≥ 0. Not
// convex: a zero column goes to the first entry.
type Sphere struct {
	// Radius of the sphere. Default: 1.
	Radius      float64
	Nonnegative bool
}

// Prox implements [Constraint].
func (c Sphere) Prox(a *mat.Dense, _ float64) {
	radius := orOne(c.Radius)
	eachColumn(a, func(_ *scratch, v []float64) {
		largest := floats.MaxIdx(v)
		clip(v, c.Nonnegative)
		norm := floats.Norm(v, 2)
		if norm == 0 {
			v[largest] = radius // nothing is positive: the nearest point is an end of an axis
			return
		}
		rescale(v, norm, radius)
	})
}

// Value implements [Constraint].
func (c Sphere) Value(a *mat.Dense) float64 {
	radius := orOne(c.Radius)
	return sumColumns(a, func(v []float64) float64 {
		return indicator(allowed(v, c.Nonnegative) && math.Abs(floats.Norm(v, 2)-radius) <= slack*radius)
	})
}

// Facts implements [Constraint].
func (c Sphere) Facts() Facts {
	return Facts{Acts: Columns, Set: true, Nonnegative: c.Nonnegative}
}

// Check implements [Checker].
func (c Sphere) Check(int, int) error { return checkRadius(c.Radius) }

func checkRadius(r float64) error {
	if !(orOne(r) > 0) || math.IsInf(r, 1) {
		return fmt.Errorf("%w: the radius is %g; it is positive and finite", ErrParameter, r)
	}
	return nil
}

// orOne is the default of a size whose zero means nothing.
func orOne(r float64) float64 {
	if r == 0 {
		return 1
	}
	return r
}

// rescale gives v that norm instead of what it has, through unit norm, since the
// quotient of the two may overflow.
func rescale(v []float64, norm, to float64) {
	for i, x := range v {
		v[i] = x / norm * to
	}
}

// clip makes v nonnegative, if so wanted.
func clip(v []float64, nonnegative bool) {
	if !nonnegative {
		return
	}
	for i, x := range v {
		v[i] = max(0, x)
	}
}

// allowed says whether v is nonnegative, or need not be.
func allowed(v []float64, nonnegative bool) bool {
	for _, x := range v {
		if math.IsNaN(x) || nonnegative && x < 0 {
			return false
		}
	}
	return true
}
