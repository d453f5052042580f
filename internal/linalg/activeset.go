package linalg

// activeSet starts from b = 0 (with the sum: from the best single unknown) and
// lets one unknown after the other into P, the one of steepest descent, taking
// out those that the way to the new minimiser would make negative. b is feasible
// throughout and its objective falls with every entry, so that no P occurs
// twice; rounding could undo that, therefore the number of entries is bounded.
//
// It never needs Ĝ to be definite: an unknown whose column depends on those of P
// does not lower the objective, and is passed over.
func (p *passive) activeSet() {
	p.restart()
	tol := p.gradient()
	for range 10*p.s.scale.r + 20 {
		enter := p.steepest(tol)
		if enter < 0 || len(p.list) >= p.most {
			return
		}
		if !p.enter(enter) {
			p.skip[enter] = true
			continue
		}
		p.walk()
		clear(p.skip)
		tol = p.gradient()
	}
}

// restart writes the feasible b that activeSet starts from.
func (p *passive) restart() {
	clear(p.b)
	clear(p.set)
	clear(p.skip)
	p.list = p.list[:0]
	p.mu = 0
	if p.s.sum {
		p.enterBest()
	}
}

// steepest returns the unknown off P of most negative gradient, or −1 when none
// is below −tol.
func (p *passive) steepest(tol float64) int {
	enter, lowest := -1, -tol
	for q, w := range p.w {
		if w < lowest && !p.has(q) && !p.skip[q] && !p.bar[q] {
			enter, lowest = q, w
		}
	}
	return enter
}

// enterBest sets P to the unknown r, of those not barred, that minimises the objective alone, with
// c_r·b_r = 1: ½b_r² − m̂_r·b_r.
func (p *passive) enterBest() {
	best, lowest := -1, 0.0
	for q, c := range p.s.scale.inv {
		b := 1 / c
		if f := b * (b/2 - p.m[q]); !p.bar[q] && (best < 0 || f < lowest) {
			best, lowest = q, f
		}
	}
	p.flip(best)
	p.list = append(p.list, best)
	p.appendRow(p.l, 0)
	p.target()
	p.b[best] = p.x[0]
}

// target writes the minimiser on P to x, and μ.
func (p *passive) target() {
	y := p.y[:len(p.list)]
	cy := p.sumDirection(p.l, y)
	p.minimiser(p.l, y, cy)
}

// enter puts q into P. It refuses when the column depends on those of P, and
// when q would come out negative, against the sign of its gradient: both mean
// that the gradient was rounding.
func (p *passive) enter(q int) bool {
	n := len(p.list)
	p.list = append(p.list, q)
	if p.appendRow(p.l, n) {
		p.target()
		if p.x[n] > 0 {
			p.flip(q)
			return true
		}
	}
	p.list = p.list[:n]
	return false
}

// walk goes from b to the minimiser on P, as far as b ≥ 0 lets it, takes the
// unknowns that became zero out of P, and goes on to the minimiser on what is
// left.
func (p *passive) walk() {
	for {
		step, blocking := 1.0, -1
		for k, r := range p.list {
			if x := p.x[k]; x <= 0 {
				if s := p.b[r] / (p.b[r] - x); blocking < 0 || s < step {
					step, blocking = s, k
				}
			}
		}
		if blocking < 0 {
			for k, r := range p.list {
				p.b[r] = p.x[k]
			}
			return
		}
		for k, r := range p.list {
			p.b[r] += step * (p.x[k] - p.b[r])
		}
		p.b[p.list[blocking]] = 0 // exactly, whatever the last step rounded to
		p.leave()
		p.target()
	}
}

// leave takes the unknowns with b ≤ 0 out of P and renews the factor from the
// first of them on.
func (p *passive) leave() {
	n := 0
	for k, r := range p.list {
		p.list[n] = r
		// A column that was independent of more columns can fail only by
		// rounding. It can do without.
		if p.b[r] > 0 && (n == k || p.appendRow(p.l, n)) {
			n++
			continue
		}
		p.b[r] = 0
		p.flip(r)
	}
	p.list = p.list[:n]
}
