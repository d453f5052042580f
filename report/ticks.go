package report

import (
	"math"
	"strconv"
	"strings"
)

// tick is a round value of an axis and what is written beside it.
type tick struct {
	value float64
	label string
}

// linearTicks are the multiples of 1, 2 or 5·10ᵏ between lo and hi: the step
// that gives at most about n of them and not under three, and is at least least (1 on an axis of
// whole numbers).
func linearTicks(lo, hi float64, n int, least float64) []tick {
	step := niceStep(max((hi-lo)/float64(n), least))
	if !(step > 0) || lo+step == lo && hi-step == hi {
		return []tick{{lo, label(lo, 0)}, {hi, label(hi, 0)}}
	}
	out := multiples(lo, hi, step)
	for len(out) < 3 { // a reader needs three to see the scale
		finer := niceStep(step / 2.5)
		if finer < least*(1-slack) {
			break
		}
		step = finer
		out = multiples(lo, hi, step)
	}
	return out
}

// slack is the rounding by which a tick may miss the end of its axis.
const slack = 1e-9

// multiples are the ticks k·step between lo and hi.
func multiples(lo, hi, step float64) (out []tick) {
	first, last := math.Ceil(lo/step-slack), math.Floor(hi/step+slack)
	for k := first; k <= last; k++ {
		out = append(out, tick{min(hi, max(lo, k*step)), label(k*step, step)})
	}
	return out
}

// niceStep is the smallest of 1, 2, 5, 10 × a power of ten that is ≥ raw.
func niceStep(raw float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if m*base >= raw*(1-1e-9) {
			return m * base
		}
	}
	return 10 * base
}

// logTicks are powers of ten between lo > 0 and hi, every so many that about n
// remain; with 2 and 5 in between where there are few, and the ticks of a
// linear axis where even these are fewer than three.
func logTicks(lo, hi float64, n int) []tick {
	first, last := math.Floor(math.Log10(lo)), math.Ceil(math.Log10(hi))
	within := func(v float64) bool { return v >= lo*(1-slack) && v <= hi*(1+slack) }
	pick := func(every float64, steps ...float64) (out []tick) {
		for e := math.Ceil(first/every) * every; e <= last; e += every {
			for _, m := range steps {
				if v := m * math.Pow(10, e); within(v) {
					out = append(out, tick{min(hi, max(lo, v)), label(v, v/m)})
				}
			}
		}
		return out
	}
	out := pick(max(1, math.Ceil((last-first)/float64(n))), 1)
	if len(out) < 4 {
		if finer := pick(1, 1, 2, 5); len(finer) <= 2*n {
			out = finer
		}
	}
	if len(out) < 3 {
		out = linearTicks(lo, hi, n, 0)
	}
	return out
}

// label writes v with the digits that a step needs; 0 asks for four digits.
func label(v, step float64) string {
	if math.Abs(v) < step/2 {
		v = 0 // rounding of a multiple of the step
	}
	size := math.Abs(v)
	var s string
	switch {
	case step == 0:
		s = strconv.FormatFloat(v, 'g', 4, 64)
	case size < 1e6 && step >= 0.99e-4:
		s = strconv.FormatFloat(v, 'f', max(0, -int(math.Floor(math.Log10(step)+1e-9))), 64)
	case size == 0:
		s = "0"
	default:
		digits := max(0, int(math.Floor(math.Log10(size)+1e-9)-math.Floor(math.Log10(step)+1e-9)))
		s = strconv.FormatFloat(v, 'e', min(digits, 15), 64)
		s = strings.Replace(strings.Replace(s, "e-0", "e-", 1), "e+0", "e", 1)
		s = strings.Replace(s, "e+", "e", 1)
	}
	return strings.ReplaceAll(s, "-", "\u2212") // the minus sign, as wide as a digit
}
