package linalg

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

// lsBlock is how many rows are substituted together: component by component they
// are long enough for vectors, and at R=16 stay in 8 KiB.
const lsBlock = 64

// lsRows solves for all rows by Cholesky, in blocks laid out component by
// component, so that a step of the substitution is one operation on the rows of
// a block and not a short inner product of each.
type lsRows struct {
	f    *lsFactors
	a, m *mat.Dense
	x    [][]float64 // of each worker: a block, R×lsBlock
	bad  []int       // of each worker: its first row of M that is not finite, or −1
	body func(worker, lo, hi int)
}

// solve overwrites a and returns the first row of m that is not finite, or −1. a
// may be m.
func (s *lsRows) solve(f *lsFactors, a, m *mat.Dense) int {
	if s.body == nil {
		s.body = s.blocks
	}
	n, r := m.Dims()
	count := par.Blocks(n, lsBlock)
	for len(s.x) < par.Workers() {
		s.x, s.bad = append(s.x, nil), append(s.bad, -1)
	}
	for w := range s.bad {
		s.bad[w] = -1
	}
	s.f, s.a, s.m = f, a, m
	par.For(count, max(1, (1<<19)/(2*lsBlock*r*r)), s.body)
	s.a, s.m = nil, nil
	for _, i := range s.bad { // parts are in the order of the workers
		if i >= 0 {
			return i
		}
	}
	return -1
}

// blocks does blocks lo to hi.
func (s *lsRows) blocks(worker, lo, hi int) {
	a, m, f := s.a.RawMatrix(), s.m.RawMatrix(), s.f
	r := m.Cols
	s.x[worker] = grow(s.x[worker], r*lsBlock)
	x := s.x[worker]
	for b := lo; b < hi; b++ {
		first := b * lsBlock
		count := min(lsBlock, m.Rows-first)
		for i := range count {
			row := m.Data[(first+i)*m.Stride:][:r]
			if s.bad[worker] < 0 && !finite(row) {
				s.bad[worker] = first + i
			}
			for k, v := range row {
				x[k*lsBlock+i] = v / f.scale.gamma * f.scale.inv[k]
			}
		}
		substitute(f.l, x, r, count)
		for i := range count {
			row := a.Data[(first+i)*a.Stride:][:r]
			for k := range row {
				row[k] = x[k*lsBlock+i] * f.scale.inv[k]
			}
		}
	}
}

// substitute is cholSolve for the first count columns of x, R×lsBlock.
func substitute(l, x []float64, r, count int) {
	for i := range r {
		row, xi := l[packed(i):packed(i)+i+1], x[i*lsBlock:][:count]
		for j, v := range row[:i] {
			kernel.Axpy(xi, -v, x[j*lsBlock:][:count])
		}
		scale(xi, row[i])
	}
	for i := r - 1; i >= 0; i-- {
		row, xi := l[packed(i):packed(i)+i+1], x[i*lsBlock:][:count]
		scale(xi, row[i])
		for j, v := range row[:i] {
			kernel.Axpy(x[j*lsBlock:][:count], -v, xi)
		}
	}
}

func scale(x []float64, by float64) {
	for i := range x {
		x[i] *= by
	}
}
