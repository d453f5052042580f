package report

import (
	"errors"
	"fmt"
	"math"
)

var (
	// ErrEmpty reports that there is nothing to draw or write.
	ErrEmpty = errors.New("report: nothing to draw")
	// ErrShape reports lengths that disagree.
	ErrShape = errors.New("report: shape mismatch")
	// ErrNotFinite reports a value that is infinite, too large to draw, or NaN
	// where "no data" makes no sense.
	ErrNotFinite = errors.New("report: value cannot be drawn")
	// ErrScale reports a colour scale without extent, or a log scale that is not positive.
	ErrScale = errors.New("report: bad scale")
	// ErrImage reports a figure that is not a PNG.
	ErrImage = errors.New("report: figure is not a PNG image")
)

// largest is the size above which differences and squares of values would
// overflow in the drawing arithmetic.
const largest = 1e150

// drawable refuses ±Inf and sizes above largest. NaN passes: it is "no data".
func drawable(v []float64, what string) error {
	for i, x := range v {
		if math.Abs(x) > largest {
			return fmt.Errorf("%w: %s: value %d is %g; use NaN for no data", ErrNotFinite, what, i, x)
		}
	}
	return nil
}
