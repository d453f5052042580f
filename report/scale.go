package report

import (
	"fmt"
	"math"
)

// Scale is the range of values that the colours stand for. Values outside are
// drawn in the colour of the nearer end, and the picture says that it did.
type Scale struct {
	// Min and Max are the ends. Default (both 0): the range of the data; on a
	// log scale at most six decades below the largest value, so that one pixel
	// that fits perfectly does not use up all colours.
	Min, Max float64
	// Log spaces the colours by log v; values ≤ 0 get the colour of Min.
	Log bool
}

// Fractions is the scale of abundances: equal for every map, 0 to 1.
var Fractions = Scale{Min: 0, Max: 1}

// decades is how far an automatic log scale reaches below its maximum.
const decades = 6

// fixed is the scale with its ends settled, from the data lo … hi where the
// caller left them open; positive is the smallest value above 1e-150. Without data
// (lo > hi) an open scale becomes 0 … 1, or 0.1 … 1.
func (s Scale) fixed(lo, hi, positive float64) (Scale, error) {
	if s.Min != 0 || s.Max != 0 {
		switch {
		case !(s.Min < s.Max) || math.Abs(s.Min) > largest || math.Abs(s.Max) > largest:
			return s, fmt.Errorf("%w: %g to %g", ErrScale, s.Min, s.Max)
		case s.Max-s.Min < 1e-9*max(math.Abs(s.Min), math.Abs(s.Max)) || s.Max-s.Min < 1/largest:
			return s, fmt.Errorf("%w: %g to %g is too narrow for ticks", ErrScale, s.Min, s.Max)
		case s.Log && s.Min < 1/largest:
			return s, fmt.Errorf("%w: a log scale cannot begin at %g", ErrScale, s.Min)
		}
		return s, nil
	}
	if s.Log {
		if !(hi > 1/largest) { // no value that a log scale can show
			return Scale{Min: 0.1, Max: 1, Log: true}, nil
		}
		lo, hi = extent(math.Log10(max(positive, hi*math.Pow(10, -decades))), math.Log10(hi))
		return Scale{Min: math.Pow(10, lo), Max: math.Pow(10, hi), Log: true}, nil
	}
	if lo > hi {
		return Scale{Min: 0, Max: 1}, nil
	}
	lo, hi = extent(lo, hi)
	return Scale{Min: lo, Max: hi}, nil
}

// extent widens a range that is too narrow to divide into ticks: constant data
// sit in the middle of a range of a tenth of their size, or of 1 around zero.
func extent(lo, hi float64) (float64, float64) {
	size := max(math.Abs(lo), math.Abs(hi))
	if hi-lo > 1e-9*size && hi-lo > 1e-150 {
		return lo, hi
	}
	pad := 0.05 * size
	if size < 1e-140 {
		pad = 0.5
	}
	return lo - pad, hi + pad
}

// cut says in words what of the values lo … hi is beyond the ends. Beyond by
// rounding, as abundances that sum to one may be, is not beyond.
func (s Scale) cut(lo, hi float64) (notes []note) {
	tol := 1e-6 * (s.Max - s.Min)
	low, high := s.Min-tol, s.Max+tol
	if s.Log {
		low = s.Min * (1 - 1e-6)
	}
	if lo < low {
		notes = append(notes, note{text: "values down to " + label(lo, 0) + " are drawn as " + label(s.Min, 0)})
	}
	if hi > high {
		notes = append(notes, note{text: "values up to " + label(hi, 0) + " are drawn as " + label(s.Max, 0)})
	}
	return notes
}

// norm is where v lies between Min (0) and Max (1), cut to the ends.
func (s Scale) norm(v float64) float64 {
	t := (v - s.Min) / (s.Max - s.Min)
	if s.Log {
		if v <= s.Min {
			return 0
		}
		t = (math.Log(v) - math.Log(s.Min)) / (math.Log(s.Max) - math.Log(s.Min))
	}
	return min(1, max(0, t))
}

// ticks are about n round values between the ends.
func (s Scale) ticks(n int) []tick {
	if s.Log {
		return logTicks(s.Min, s.Max, n)
	}
	return linearTicks(s.Min, s.Max, n, 0)
}
