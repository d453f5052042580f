package linalg

const (
	// fullExchanges is how often all infeasible unknowns may change sides
	// without their number falling, before one at a time does (Kim and Park's
	// α).
	fullExchanges = 3
	// pivotSteps bounds the steps, which for one at a time may be 2^R. Rows
	// that need more are rare enough to start again by another method.
	pivotSteps = 50
)

// pivot starts from P and moves every infeasible unknown to the other side
// until none is left: b < 0 on P, w < 0 off P; barred ones, which must not be in P, stay.
// It reports false when it gave up:
// after too many steps, or at a P whose columns are dependent or, with the
// sum, none.
//
// When the number of infeasible unknowns has not fallen for a while, only the
// last of them moves, until it has (the backup rule of Júdice and Pires, which
// ends for every definite G).
func (p *passive) pivot() bool {
	fewest, full := p.s.scale.r+1, fullExchanges
	for range pivotSteps {
		if !p.minimise() {
			return false
		}
		tol := p.gradient()
		infeasible, last := 0, 0
		for r, w := range p.w {
			if w < -tol && !p.bar[r] || p.b[r] < 0 {
				infeasible++
				last = r
			}
		}
		if infeasible == 0 {
			return true
		}
		one := false
		switch {
		case infeasible < fewest:
			fewest, full = infeasible, fullExchanges
		case full > 0:
			full--
		default:
			one = true
		}
		if one {
			p.flip(last)
			continue
		}
		for r, w := range p.w {
			if w < -tol && !p.bar[r] || p.b[r] < 0 {
				p.flip(r)
			}
		}
	}
	return false
}

// minimise writes the b of P.
func (p *passive) minimise() bool {
	p.listSet()
	clear(p.b)
	if len(p.list) == 0 {
		p.mu = 0
		return !p.s.sum
	}
	f := p.cache.find(p.set)
	if !f.made {
		f.made = true
		f.ok = p.factorize(f.l)
		if f.ok {
			f.cy = p.sumDirection(f.l, f.y[:len(p.list)])
		}
	}
	if !f.ok {
		return false
	}
	p.minimiser(f.l, f.y[:len(p.list)], f.cy)
	for k, r := range p.list {
		p.b[r] = p.x[k]
	}
	return true
}

// factorize writes the factor of Ĝ over list to l; false if there is none.
func (p *passive) factorize(l []float64) bool {
	for i := range p.list {
		if !p.appendRow(l, i) {
			return false
		}
	}
	return true
}

// appendRow writes row i of the factor of Ĝ over list.
func (p *passive) appendRow(l []float64, i int) bool {
	row := p.s.scale.hat[p.list[i]*p.s.scale.r:]
	h := p.y[:i]
	for j, q := range p.list[:i] {
		h[j] = row[q]
	}
	return cholAppend(l, h, i, p.s.tol)
}
