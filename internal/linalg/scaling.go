package linalg

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// scaling writes G as γ·D·Ĝ·D with D diagonal and Ĝ of unit diagonal, so that
// thresholds on Ĝ mean the same whatever the units of the data and the lengths
// of the columns. In those units a row reads
//
//	â = a·D,  m̂ = m·D⁻¹/γ,  â·Ĝ = m̂.
//
// A zero column has 1/D = 0 there, and a unit vector in Ĝ: its â is m̂ = 0.
type scaling struct {
	r     int
	gamma float64
	inv   []float64 // 1/D
	hat   []float64 // Ĝ, R×R, both triangles
}

// set takes G + ρ·11ᵀ apart, with ρ = 0 unless sum is set. On A·1 = 1 the
// term ½ρ‖A·1‖² is constant, so it changes no solution; but it makes G definite
// wherever the problem with the sum has one solution only, as it has when the
// columns of U are affinely independent. ρ is of the size of the shortest
// column, for a larger one would drown the digits of that column, and at least
// 1e-6 of the longest squared, so that a zero column gets a diagonal.
func (s *scaling) set(g *mat.SymDense, sum bool) (rho float64, err error) {
	raw := g.RawSymmetric()
	s.r = raw.N
	s.inv = grow(s.inv, s.r)
	s.hat = grow(s.hat, s.r*s.r)

	shortest, longest := math.Inf(1), 0.0
	for i := range s.r {
		if row := raw.Data[i*raw.Stride+i : i*raw.Stride+s.r]; !finite(row) {
			return 0, fmt.Errorf("%w: Gram matrix, row %d", ErrNotFinite, i)
		}
		d := raw.Data[i*raw.Stride+i]
		if d < 0 {
			return 0, fmt.Errorf("%w: diagonal entry %d is %g", ErrNotGram, i, d)
		}
		shortest, longest = min(shortest, d), max(longest, d)
	}
	s.gamma = longest
	if longest == 0 {
		s.gamma = 1
	}
	if sum {
		rho = max(shortest/s.gamma, 1e-6)
	}
	for i := range s.r {
		s.inv[i] = 0
		if d := raw.Data[i*raw.Stride+i]/s.gamma + rho; d > 0 {
			s.inv[i] = 1 / math.Sqrt(d)
		}
	}
	for i := range s.r {
		s.hat[i*s.r+i] = 1
		for j := i + 1; j < s.r; j++ {
			h := (raw.Data[i*raw.Stride+j]/s.gamma + rho) * s.inv[i] * s.inv[j]
			s.hat[i*s.r+j], s.hat[j*s.r+i] = h, h
		}
	}
	return rho, nil
}

// rhs writes m̂ for a row m, with ρ added as [scaling.set] added it to G.
func (s *scaling) rhs(dst, m []float64, rho float64) {
	for r, inv := range s.inv {
		dst[r] = (m[r]/s.gamma + rho) * inv
	}
}

// checkShapes panics unless a and m are I×R and g is R×R.
func checkShapes(op string, a, m *mat.Dense, g *mat.SymDense) {
	i, r := a.Dims()
	mi, mr := m.Dims()
	if n := g.SymmetricDim(); mi != i || mr != r || n != r {
		panic(fmt.Sprintf("linalg: %s: A is %d×%d, M is %d×%d, G is %d×%d", op, i, r, mi, mr, n, n))
	}
}
