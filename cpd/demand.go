package cpd

import "fmt"

// demand is what a [Method] asks of a factor, as far as the algorithms that improve
// all factors at once can give it.
type demand int

const (
	nothing     demand = iota // LeastSquares
	atLeastZero               // HALS, NNLS
	held                      // Fixed
)

// demands are those of the methods; an error says what serves instead.
func demands(methods []Method, algorithm string, bounds bool) ([]demand, error) {
	d := make([]demand, len(methods))
	free := false
	for n, m := range methods {
		switch m.(type) {
		case LeastSquares:
			d[n], free = nothing, true
		case Fixed:
			d[n] = held
		case HALS, NNLS:
			d[n], free = atLeastZero, true
			if !bounds {
				return nil, fmt.Errorf("%w: %s keeps no factor nonnegative, as mode %d (%T) asks; use ProjectedQuasiNewton{} or Alternating{}", ErrOptions, algorithm, n, m)
			}
		default:
			return nil, fmt.Errorf("%w: %s knows no way to do what mode %d (%T) asks; use Alternating{}", ErrOptions, algorithm, n, m)
		}
	}
	if !free {
		return nil, fmt.Errorf("%w: every mode is Fixed, and %s has nothing to do; use Alternating{}", ErrOptions, algorithm)
	}
	return d, nil
}

// heldModes says which of the modes are Fixed.
func heldModes(d []demand) []bool {
	h := make([]bool, len(d))
	for n, what := range d {
		h[n] = what == held
	}
	return h
}
