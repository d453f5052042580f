package cpd

import (
	"fmt"
	"math"

	"github.com/polyad/polyad/constraint"
)

// demand is what a [Method] asks of the entries of a factor, lo ≤ a ≤ hi, as far as the
// algorithms that improve all factors at once can give it.
type demand struct {
	lo, hi float64
	held   bool // Fixed
}

var (
	anything    = demand{lo: math.Inf(-1), hi: math.Inf(1)}
	atLeastZero = demand{lo: 0, hi: math.Inf(1)}
)

// rigid says that the factor, or its entries' bounds, fix its scale.
func (d demand) rigid() bool {
	return d.held || d.lo != 0 && !math.IsInf(d.lo, -1) || d.hi != 0 && !math.IsInf(d.hi, 1)
}

// clamp is the nearest value that is allowed.
func (d demand) clamp(v float64) float64 { return min(max(v, d.lo), d.hi) }

// demandOf is false where a method asks for more than bounds.
func demandOf(m Method) (demand, bool) {
	switch m.(type) {
	case LeastSquares:
		return anything, true
	case HALS, AcceleratedHALS, NNLS, MU:
		return atLeastZero, true
	case Fixed:
		return demand{anything.lo, anything.hi, true}, true
	}
	switch c := constraintOf(m).(type) {
	case constraint.Nonnegative:
		return atLeastZero, true
	case constraint.Box:
		return demand{lo: c.Lo, hi: c.Hi}, true
	}
	return demand{}, false
}

// constraintOf is what a method by proximal operators was given, nil for others.
func constraintOf(m Method) constraint.Constraint {
	switch m := m.(type) {
	case ADMM:
		return m.fill().Constraint
	case FastGradient:
		return m.fill().Constraint
	}
	return nil
}

// describe names a method and its constraint in messages.
func describe(m Method) string {
	if c := constraintOf(m); c != nil {
		return fmt.Sprintf("%T with %T", m, c)
	}
	return fmt.Sprintf("%T", m)
}

// demands are those of the methods; an error says what serves instead.
func demands(methods []Method, algorithm string, bounds bool) ([]demand, error) {
	d := make([]demand, len(methods))
	free := false
	for n, m := range methods {
		var ok bool
		if d[n], ok = demandOf(m); !ok {
			return nil, fmt.Errorf("%w: %s knows no way to do what mode %d (%s) asks; use Alternating{}", ErrOptions, algorithm, n, describe(m))
		}
		if !bounds && !d[n].held && d[n] != anything {
			return nil, fmt.Errorf("%w: %s keeps no factor within bounds, as mode %d (%s) asks; use ProjectedQuasiNewton{} or Alternating{}", ErrOptions, algorithm, n, describe(m))
		}
		free = free || !d[n].held
	}
	if !free {
		return nil, fmt.Errorf("%w: every mode is Fixed, and %s has nothing to do; use Alternating{}", ErrOptions, algorithm)
	}
	return d, nil
}
