package matrix

import (
	"context"
	"math"
	"slices"

	"github.com/polyad/polyad/internal/kernel"
)

// pieces is the minimum of a convex, piecewise linear function on a box,
//
//	min_x  cᵀx + Σ_l up_l·max(0, b_l − a_lᵀx) + down_l·max(0, a_lᵀx − b_l),  0 ≤ x ≤ top,
//
// by a simplex method on its kinks: x is where k of them, bounds or pieces, meet. Leaving
// one along the line that the others share, x goes on over the kinks that it meets
// as long as the function falls. Work: 2·k·m flops a step for m pieces.
//
// Reference:
//   - Barrodale, I., Roberts, F.D.K.: An Improved Algorithm for Discrete l1 Linear
//     Approximation. SIAM J. Numer. Anal. 10(5), 839–848 (1973).
type pieces struct {
	k        int
	a        []float64 // m×k
	b        []float64
	up, down []float64
	c, top   []float64

	x     []float64
	rest  []float64 // b − A·x
	below []bool    // the side on which a piece counts: rest ≥ 0
	at    []int     // the kinks that x is at: i<k: x_i at zero, i<2k: at the top, then pieces
	in    []bool    // of every kink
	inv   []float64 // k×k: column q is the line that kink q is left along
	price []float64 // of the kinks

	slope []float64 // scratch: A·d
	grad  []float64
	line  []float64
	row   []float64
	meet  []piecesMeet
}

type piecesMeet struct {
	step, rise float64
	kink       int
}

const (
	piecesSlack = 1e-10 // of a slope that is taken to fall
	piecesFresh = 60    // steps between two inversions
)

// begin starts at zero.
func (s *pieces) begin() {
	m := len(s.b)
	s.x, s.inv, s.at = slices.Grow(s.x[:0], s.k)[:s.k], slices.Grow(s.inv[:0], s.k*s.k)[:s.k*s.k], s.at[:0]
	clear(s.x)
	clear(s.inv)
	s.in = slices.Grow(s.in[:0], 2*s.k+m)[:2*s.k+m]
	clear(s.in)
	for i := range s.k {
		s.inv[i*s.k+i] = 1
		s.at = append(s.at, i)
		s.in[i] = true
	}
	for _, v := range []*[]float64{&s.price, &s.grad, &s.line, &s.row} {
		*v = slices.Grow((*v)[:0], s.k)[:s.k]
	}
	s.rest = append(s.rest[:0], s.b...)
	s.slope = slices.Grow(s.slope[:0], m)[:m]
	s.below = slices.Grow(s.below[:0], m)[:m]
	for l, v := range s.rest {
		s.below[l] = v >= 0
	}
}

// solve steps until no kink is worth leaving, the value is at most enough, there were
// too many steps, or ctx ends, and returns the value.
func (s *pieces) solve(ctx context.Context, most int, enough float64) float64 {
	for step := 1; ; step++ {
		if step%piecesFresh == 0 {
			if ctx.Err() != nil {
				return s.value()
			}
			s.refresh()
		}
		value := s.value()
		s.gradient()
		q, up, fall := s.leave()
		if q < 0 || value <= enough || step > most {
			return value
		}
		if !s.move(q, up, fall) {
			return value
		}
	}
}

func (s *pieces) value() float64 {
	sum := kernel.Dot(s.c, s.x)
	for l, v := range s.rest {
		if v > 0 {
			sum += s.up[l] * v
		} else {
			sum -= s.down[l] * v
		}
	}
	return sum
}

// gradient is that of what is not at its kink, and the price of each kink.
func (s *pieces) gradient() {
	k := s.k
	copy(s.grad, s.c)
	for l, below := range s.below {
		switch {
		case s.in[2*k+l]:
		case below && s.up[l] != 0:
			kernel.Axpy(s.grad, -s.up[l], s.a[l*k:(l+1)*k])
		case !below && s.down[l] != 0:
			kernel.Axpy(s.grad, s.down[l], s.a[l*k:(l+1)*k])
		}
	}
	clear(s.price)
	for i, g := range s.grad {
		kernel.Axpy(s.price, g, s.inv[i*k:(i+1)*k])
	}
}

// leave is the kink that is worth leaving most, which way, and how fast the function falls.
func (s *pieces) leave() (q int, up bool, fall float64) {
	q = -1
	size := 1.0
	for _, g := range s.grad {
		size = max(size, math.Abs(g))
	}
	for i, kink := range s.at {
		rise, sink := s.price[i], -s.price[i] // of the function, as the kink's left side goes up or down
		switch {
		case kink < s.k:
			sink = math.Inf(1)
		case kink < 2*s.k:
			rise = math.Inf(1)
		default:
			rise += s.down[kink-2*s.k]
			sink += s.up[kink-2*s.k]
		}
		if rise < fall-piecesSlack*size {
			q, up, fall = i, true, rise
		}
		if sink < fall-piecesSlack*size {
			q, up, fall = i, false, sink
		}
	}
	return q, up, fall
}

// move goes along the line of kink q to the last kink up to which the function falls.
func (s *pieces) move(q int, up bool, fall float64) bool {
	k := s.k
	sign := 1.0
	if !up {
		sign = -1
	}
	for i := range k {
		s.line[i] = sign * s.inv[i*k+q]
	}
	s.meet = s.meet[:0]
	for i, d := range s.line {
		own := s.at[q] == i || s.at[q] == k+i
		switch {
		case d > 1e-13 && (own || !s.in[k+i]):
			s.meet = append(s.meet, piecesMeet{max(0, s.top[i]-s.x[i]) / d, math.Inf(1), k + i})
		case d < -1e-13 && (own || !s.in[i]):
			s.meet = append(s.meet, piecesMeet{max(0, s.x[i]) / -d, math.Inf(1), i})
		}
	}
	for l := range s.rest {
		v := kernel.Dot(s.a[l*k:(l+1)*k], s.line)
		s.slope[l] = v
		if s.in[2*k+l] || math.Abs(v) <= 1e-13 {
			continue
		}
		if s.below[l] == (v > 0) { // towards its kink
			s.meet = append(s.meet, piecesMeet{max(0, s.rest[l]/v), (s.up[l] + s.down[l]) * math.Abs(v), 2*k + l})
		}
	}
	slices.SortFunc(s.meet, func(a, b piecesMeet) int {
		switch {
		case a.step < b.step:
			return -1
		case a.step > b.step:
			return 1
		}
		return a.kink - b.kink
	})
	for i, m := range s.meet {
		if fall += m.rise; fall < 0 && i+1 < len(s.meet) {
			if l := m.kink - 2*k; l >= 0 {
				s.below[l] = !s.below[l]
			}
			continue
		}
		s.step(q, up, m)
		return true
	}
	return false
}

// step goes to a kink, which takes the place of q.
func (s *pieces) step(q int, up bool, m piecesMeet) {
	k := s.k
	kernel.Axpy(s.x, m.step, s.line)
	kernel.Axpy(s.rest, -m.step, s.slope)
	left := s.at[q]
	s.in[left], s.in[m.kink] = false, true
	if left >= 2*k {
		s.below[left-2*k] = !up // the side that it was left for
	}
	s.at[q] = m.kink
	s.normal(s.row, m.kink)
	// The rows of inv times the new normal: column q becomes 1 along it, the others 0.
	clear(s.grad)
	for i, v := range s.row {
		if v != 0 {
			kernel.Axpy(s.grad, v, s.inv[i*k:(i+1)*k])
		}
	}
	pivot := s.grad[q]
	s.grad[q] = 0
	for i := range k {
		row := s.inv[i*k : (i+1)*k]
		if row[q] /= pivot; row[q] != 0 {
			at := row[q]
			kernel.Axpy(row, -at, s.grad)
		}
	}
	s.settle()
}

// settle puts x and what is at its kink exactly there.
func (s *pieces) settle() {
	for _, kink := range s.at {
		switch {
		case kink < s.k:
			s.x[kink] = 0
		case kink < 2*s.k:
			s.x[kink-s.k] = s.top[kink-s.k]
		default:
			s.rest[kink-2*s.k] = 0
		}
	}
}

// normal writes the left side of a kink.
func (s *pieces) normal(dst []float64, kink int) {
	if kink < 2*s.k {
		clear(dst)
		dst[kink%s.k] = 1
		return
	}
	l := kink - 2*s.k
	copy(dst, s.a[l*s.k:(l+1)*s.k])
}

// refresh inverts anew, and solves for x.
func (s *pieces) refresh() {
	k := s.k
	w := make([]float64, k*2*k)
	right := make([]float64, k)
	for q, kink := range s.at {
		s.normal(w[q*2*k:q*2*k+k], kink)
		w[q*2*k+k+q] = 1
		switch {
		case kink < k:
		case kink < 2*k:
			right[q] = s.top[kink-k]
		default:
			right[q] = s.b[kink-2*k]
		}
	}
	for i := range k { // Gauss–Jordan with row pivoting
		best := i
		for r := i + 1; r < k; r++ {
			if math.Abs(w[r*2*k+i]) > math.Abs(w[best*2*k+i]) {
				best = r
			}
		}
		if !(math.Abs(w[best*2*k+i]) > 1e-14) {
			return // as it is: updates are still of some use
		}
		if best != i {
			for c := range 2 * k {
				w[i*2*k+c], w[best*2*k+c] = w[best*2*k+c], w[i*2*k+c]
			}
		}
		row := w[i*2*k : (i+1)*2*k]
		d := 1 / row[i]
		for c := range row {
			row[c] *= d
		}
		for r := range k {
			if v := w[r*2*k+i]; r != i && v != 0 {
				kernel.Axpy(w[r*2*k:(r+1)*2*k], -v, row)
			}
		}
	}
	for i := range k {
		copy(s.inv[i*k:(i+1)*k], w[i*2*k+k:(i+1)*2*k])
		s.x[i] = min(max(kernel.Dot(s.inv[i*k:(i+1)*k], right), 0), s.top[i])
	}
	for l := range s.rest {
		s.rest[l] = s.b[l] - kernel.Dot(s.a[l*k:(l+1)*k], s.x)
	}
	s.settle()
}

// weights are the multipliers of the pieces, each from −down to up, by the gradient at
// which solve ended: of the minimum where it went there, and where it ended before, at
// enough or after too many steps, those of its last kinks, cut to that range. Such ones
// bound the minimum from below as well, only less closely.
func (s *pieces) weights(dst []float64) {
	for l, below := range s.below {
		if dst[l] = -s.down[l]; below {
			dst[l] = s.up[l]
		}
	}
	for q, kink := range s.at {
		if l := kink - 2*s.k; l >= 0 {
			dst[l] = min(max(s.price[q], -s.down[l]), s.up[l])
		}
	}
}
