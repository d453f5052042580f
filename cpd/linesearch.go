package cpd

import "math"

// sample is a function along a direction, at step t.
type sample struct{ t, f, slope float64 }

// wolfe searches for a step t that meets the strong Wolfe conditions,
//
//	φ(t) ≤ φ(0) + 1e-4·t·φ'(0),  |φ'(t)| ≤ curvature·|φ'(0)|,
//
// given φ(0), φ'(0) < 0 and the step to try first: steps grow until they bracket a
// minimum, and the bracket shrinks by cubic interpolation. Its last call of phi
// belongs to the step that it ends at, and it says whether that is lower than the
// start. The conditions may be missed where what is left of the bracket changes φ by
// less than noise, or phi was asked 20 times.
//
// References:
//   - Nocedal, J., Wright, S.J.: Numerical Optimization, 2nd ed. Springer (2006),
//     algorithms 3.5 and 3.6.
func wolfe(start sample, step, curvature, noise float64, phi func(t float64) sample) bool {
	const decrease, most = 1e-4, 20
	low, high, bracketed := start, sample{}, false
	last := start
	for range most {
		at := phi(step)
		last = at
		switch {
		case !(at.f <= start.f+decrease*step*start.slope) || at.f >= low.f && low.t > 0:
			high, bracketed = at, true // a NaN comes here too
		case math.Abs(at.slope) <= -curvature*start.slope:
			return true
		default:
			if at.slope*(step-low.t) >= 0 {
				high, bracketed = low, true
			} else if bracketed && (high.t-low.t)*at.slope >= 0 {
				high = low
			}
			low = at
		}
		if !bracketed {
			step *= 4
			continue
		}
		width := high.t - low.t
		if math.Abs(width*low.slope) <= noise {
			break
		}
		step = low.t + width*interpolate(low, high)
	}
	if low.t == 0 {
		return false
	}
	if last.t != low.t {
		phi(low.t)
	}
	return true
}

// interpolate is where, between 0.1 and 0.9 of the way from a to b, the cubic
// through both with their slopes is least; the middle where there is none.
func interpolate(a, b sample) float64 {
	h := b.t - a.t
	d := a.slope + b.slope - 3*(b.f-a.f)/h
	root := d*d - a.slope*b.slope
	if !(root >= 0) || math.IsInf(root, 1) {
		return 0.5
	}
	w := math.Copysign(math.Sqrt(root), h)
	at := 1 - (b.slope+w-d)/(b.slope-a.slope+2*w)
	if !(at >= 0.1) {
		return 0.1
	}
	return math.Min(at, 0.9)
}
