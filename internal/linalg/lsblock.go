package linalg

import (
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
)

const (
	// lsBlock is how many rows are substituted together: component by component they
	// are long enough for vectors, and at R=16 stay in 8 KiB.
	lsBlock = 64
	// leastGamma is the scale of G under which 1/γ, which a block is multiplied by,
	// loses digits or overflows.
	leastGamma = 0x1p-1000
)

// lsRows solves for all rows by Cholesky, in blocks laid out component by
// component, so that a step of the substitution is one operation on the rows of
// a block and not a short inner product of each.
type lsRows struct {
	f     *lsFactors
	a, m  *mat.Dense
	upper []float64   // row i of Lᵀ right of its diagonal, times D: R−1−i elements
	x     [][]float64 // of each worker: a block, R×lsBlock
	bad   []int       // of each worker: its first row of M that is not finite, or −1
	body  func(worker, lo, hi int)
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
	s.setUpper()
	par.For(count, max(1, (1<<19)/(2*lsBlock*r*r)), s.body)
	s.a, s.m = nil, nil
	for _, i := range s.bad { // parts are in the order of the workers
		if i >= 0 {
			return i
		}
	}
	return -1
}

func (s *lsRows) setUpper() {
	l, inv := s.f.l, s.f.scale.inv
	s.upper = grow(s.upper, packed(len(inv)))[:0]
	for i := range inv {
		for j := i + 1; j < len(inv); j++ {
			s.upper = append(s.upper, l[packed(j)+i]/inv[j])
		}
	}
}

// blocks does blocks lo to hi.
func (s *lsRows) blocks(worker, lo, hi int) {
	a, m := s.a.RawMatrix(), s.m.RawMatrix()
	r := m.Cols
	s.x[worker] = grow(s.x[worker], r*lsBlock)
	x := s.x[worker]
	for b := lo; b < hi; b++ {
		first := b * lsBlock
		count := min(lsBlock, m.Rows-first)
		for i := range count {
			if s.bad[worker] < 0 && !finite(m.Data[(first+i)*m.Stride:][:r]) {
				s.bad[worker] = first + i
			}
		}
		kernel.Transpose(count, r, x, lsBlock, m.Data[first*m.Stride:], m.Stride)
		whole := (count + 3) &^ 3 // every row goes through the same vectors, wherever it stands
		for k := range r {
			clear(x[k*lsBlock+count : k*lsBlock+whole])
		}
		s.substitute(x, whole)
		kernel.Transpose(r, count, a.Data[first*a.Stride:], a.Stride, x, lsBlock)
	}
}

// substitute solves a·G = m for the first count columns of x, R×lsBlock, which hold m:
// L·y = D⁻¹m/γ from the first component to the last, and back Lᵀ·(D·a) = y, in terms of
// the a that are known already.
func (s *lsRows) substitute(x []float64, count int) {
	l, inv, gamma := s.f.l, s.f.scale.inv, s.f.scale.gamma
	for i, v := range inv {
		row := l[packed(i):][:i+1]
		kernel.ColumnSubstitute(x[i*lsBlock:][:count], v/gamma, x, lsBlock, row[:i], row[i])
	}
	from := len(s.upper)
	for i := len(inv) - 1; i >= 0; i-- {
		after := len(inv) - 1 - i
		from -= after
		below := x[min((i+1)*lsBlock, len(x)):]
		kernel.ColumnSubstitute(x[i*lsBlock:][:count], 1, below, lsBlock, s.upper[from:][:after], l[packed(i)+i]*inv[i])
	}
}
