package cpd

import "github.com/polyad/polyad/internal/kernel"

// history are the last steps s and changes y of the gradient along them, and what
// they say of the inverse of the Hessian.
type history struct {
	s, y  []*variables
	count int // of those that are in use
	next  int // the one to be overwritten next
	alpha []float64
	rho   []float64 // 1/sᵀy over the free variables; 0: of no use
	q     *variables
}

// defaultMemory is the number of steps that are remembered.
const defaultMemory = 10

func newHistory(memory int, v *variables) *history {
	if memory <= 0 {
		memory = defaultMemory
	}
	h := &history{alpha: make([]float64, memory), rho: make([]float64, memory), q: v.like()}
	for range memory {
		h.s, h.y = append(h.s, v.like()), append(h.y, v.like())
	}
	return h
}

// restart forgets every step; it is false where there is none.
func (h *history) restart() bool {
	had := h.count > 0
	h.count, h.next = 0, 0
	return had
}

// add remembers the step from v to w, of gradients g and k, unless the function does
// not bend upwards along it.
func (h *history) add(v, w, g, k []float64) {
	s, y := h.s[h.next].z, h.y[h.next].z
	for i := range s {
		s[i], y[i] = w[i]-v[i], k[i]-g[i]
	}
	if !(kernel.Dot(s, y) > 0) {
		return
	}
	h.next = (h.next + 1) % len(h.s)
	h.count = min(h.count+1, len(h.s))
}

// at is the place of the k-th last step, from 0.
func (h *history) at(k int) int { return (h.next - 1 - k + 2*len(h.s)) % len(h.s) }

// apply multiplies d by the guess at the inverse of the Hessian, restricted to the
// variables that are free (nil: all are): the two-loop recursion over the steps, and
// the metric, scaled to the last of them, in between. d is zero at the others.
func (h *history) apply(d *variables, m *blockJacobi, free []bool) {
	gamma := 1.0
	for k := range h.count {
		j := h.at(k)
		h.rho[j] = 0
		if sy := dotOf(h.s[j].z, h.y[j].z, free); sy > 0 {
			h.rho[j] = 1 / sy
			h.alpha[j] = h.rho[j] * kernel.Dot(h.s[j].z, d.z)
			addOf(d.z, -h.alpha[j], h.y[j].z, free)
		}
	}
	if last := h.at(0); h.count > 0 && h.rho[last] > 0 {
		m.apply(h.q, h.y[last])
		if yy := dotOf(h.q.z, h.y[last].z, free); yy > 0 {
			gamma = 1 / (h.rho[last] * yy)
		}
	}
	m.apply(h.q, d)
	clear(d.z)
	addOf(d.z, gamma, h.q.z, free)
	for k := h.count - 1; k >= 0; k-- {
		if j := h.at(k); h.rho[j] > 0 {
			beta := h.rho[j] * kernel.Dot(h.y[j].z, d.z)
			addOf(d.z, h.alpha[j]-beta, h.s[j].z, free)
		}
	}
}

// dotOf is aᵀb over the free variables.
func dotOf(a, b []float64, free []bool) float64 {
	if free == nil {
		return kernel.Dot(a, b)
	}
	var s float64
	for i, ok := range free {
		if ok {
			s += a[i] * b[i]
		}
	}
	return s
}

// addOf adds s·a to dst at the free variables.
func addOf(dst []float64, s float64, a []float64, free []bool) {
	if free == nil {
		kernel.Axpy(dst, s, a)
		return
	}
	for i, ok := range free {
		if ok {
			dst[i] += s * a[i]
		}
	}
}
