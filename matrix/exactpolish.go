package matrix

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// polish makes steps of Levenberg and Marquardt on all entries of A and B at once,
//
//	(JᵀJ + μI)·z = Jᵀ·vec(X − A·Bᵀ),
//
// but for those that are zero and would fall below, cuts off what becomes negative, and keeps a step
// if the error falls. Near an exact factorisation the error is squared by every step. It returns the
// error.
func (s *attempt) polish() float64 {
	n := (s.p + s.n) * s.r
	if n > exactLargest {
		return s.error()
	}
	l := &levenberg{attempt: s, size: n, free: make([]int, 0, n), place: make([]int, n), g: make([]float64, n)}
	e := s.error()
	mu := 1e-3 * e
	for range 40 {
		if e < exactEnd || s.ctx.Err() != nil {
			break
		}
		before := s.copy()
		if !l.step(mu) {
			mu = max(10*mu, 1e-14)
			continue
		}
		if next := s.error(); next < e {
			if next > 0.9*e && mu < 1e-10 {
				return next
			}
			e, mu = next, mu/10
		} else {
			s.restore(before)
			if mu *= 10; mu > 1e3 {
				break
			}
		}
	}
	return e
}

type levenberg struct {
	*attempt
	size  int
	free  []int // the unknowns, p·r of A and n·r of B, that are not held
	place []int // of an unknown among them, −1: held
	g     []float64
}

// at is unknown z.
func (l *levenberg) at(z int) *float64 {
	row, k := z/l.r, z%l.r
	if row < l.p {
		return &l.a[row*l.rank+k]
	}
	return &l.b[(row-l.p)*l.rank+k]
}

// step makes one; false if the equations are singular.
func (l *levenberg) step(mu float64) bool {
	l.gradient()
	l.free = l.free[:0]
	for z := range l.size {
		l.place[z] = -1
		if *l.at(z) > 0 || l.g[z] > 0 {
			l.place[z] = len(l.free)
			l.free = append(l.free, z)
		}
	}
	m := len(l.free)
	if m == 0 {
		return false
	}
	h, right := mat.NewSymDense(m, nil), mat.NewVecDense(m, nil)
	l.normal(h)
	for f, z := range l.free {
		h.SetSym(f, f, h.At(f, f)+mu)
		right.SetVec(f, l.g[z])
	}
	var chol mat.Cholesky
	if !chol.Factorize(h) {
		return false
	}
	var z mat.VecDense
	if err := chol.SolveVecTo(&z, right); err != nil && math.IsInf(chol.Cond(), 1) {
		return false
	}
	for f, at := range l.free {
		v := l.at(at)
		*v = max(0, *v+z.AtVec(f))
	}
	return true
}

// gradient is Jᵀ·vec(X − A·Bᵀ).
func (l *levenberg) gradient() {
	clear(l.g)
	for i := range l.p {
		row, gi := l.a[i*l.rank:][:l.r], l.g[i*l.r:][:l.r]
		for j := range l.n {
			col, gj := l.b[j*l.rank:][:l.r], l.g[(l.p+j)*l.r:][:l.r]
			e := l.x[i*l.n+j]
			for k, v := range row {
				e -= v * col[k]
			}
			for k := range row {
				gi[k] += e * col[k]
				gj[k] += e * row[k]
			}
		}
	}
}

// normal is JᵀJ on the free unknowns.
func (l *levenberg) normal(h *mat.SymDense) {
	add := func(y, z int, v float64) {
		f, g := l.place[y], l.place[z]
		if f >= 0 && g >= 0 && v != 0 {
			h.SetSym(f, g, h.At(f, g)+v)
		}
	}
	side := func(first, rows int, other []float64, length int) {
		for k := range l.r {
			for m := k; m < l.r; m++ {
				sum := 0.0
				for j := range length {
					sum += other[j*l.rank+k] * other[j*l.rank+m]
				}
				for i := range rows {
					add((first+i)*l.r+k, (first+i)*l.r+m, sum)
				}
			}
		}
	}
	side(0, l.p, l.b, l.n)
	side(l.p, l.n, l.a, l.p)
	for i := range l.p {
		for j := range l.n {
			for k := range l.r {
				for m := range l.r {
					add(i*l.r+k, (l.p+j)*l.r+m, l.b[j*l.rank+k]*l.a[i*l.rank+m])
				}
			}
		}
	}
}
