package cpd

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/polyad/polyad/internal/kernel"
)

// normal is JᵀJ + μI of the model at v, known by its products. With a vector P, one
// block for each factor,
//
//	(JᵀJ·P)_n = P_n·G_n + A_n·Σ_{m≠n} G_{nm} ∗ (P_mᵀA_m),
//
// G_n the Hadamard product of the Grams of all factors but n and G_{nm} that of all
// but n and m: 6·I·R² flops a factor, and N²·R².
type normal struct {
	v    *variables
	rank int
	mu   float64

	except  [][]float64   // G_n, R×R
	pair    [][][]float64 // pair[n][m] is G_{nm}, m < n
	inverse [][]float64   // (G_n + μI)⁻¹
	t       [][]float64   // P_mᵀA_m
	w       []float64     // the sum over m
}

func newNormal(v *variables) *normal {
	_, rank := v.factor[0].Dims()
	matrix := func() []float64 { return make([]float64, rank*rank) }
	s := &normal{v: v, rank: rank, w: matrix()}
	for n := range v.factor {
		s.except, s.inverse, s.t = append(s.except, matrix()), append(s.inverse, matrix()), append(s.t, matrix())
		s.pair = append(s.pair, nil)
		for range n {
			s.pair[n] = append(s.pair[n], matrix())
		}
	}
	return s
}

// set takes the Grams of v.
func (s *normal) set(v *variables, g *grams) {
	s.v = v
	for n := range v.factor {
		copy(s.except[n], g.other[n])
		for m := range s.pair[n] {
			hadamardExcept(s.pair[n][m], g.gram, n, m)
		}
	}
}

// largest is the largest diagonal entry of JᵀJ.
func (s *normal) largest() float64 {
	v := 0.0
	for n, g := range s.except {
		for r := range s.rank {
			if !s.v.held[n] {
				v = max(v, g[r*s.rank+r])
			}
		}
	}
	return v
}

// damp sets μ and inverts the blocks of the diagonal. It returns the μ that it took,
// which is larger where a block would not be numerically definite.
func (s *normal) damp(mu float64) float64 {
	least := eps * s.largest()
	if least == 0 {
		least = 1 // the model is zero
	}
	s.mu = max(mu, least)
	for !s.invert() && s.mu <= math.MaxFloat64 { // of factors that are not finite nothing is definite
		s.mu *= 4
	}
	return s.mu
}

func (s *normal) invert() bool {
	for n, inv := range s.inverse {
		if s.v.held[n] {
			continue
		}
		copy(inv, s.except[n])
		for r := range s.rank {
			inv[r*s.rank+r] += s.mu
		}
		t, ok := lapack64.Potrf(blas64.Symmetric{N: s.rank, Stride: s.rank, Uplo: blas.Upper, Data: inv})
		if ok {
			_, ok = lapack64.Potri(t)
		}
		if !ok {
			return false
		}
		for i := range s.rank {
			for j := range i {
				inv[i*s.rank+j] = inv[j*s.rank+i]
			}
		}
	}
	return true
}

// product sets dst to (JᵀJ + μI)·p; p is zero in held modes.
func (s *normal) product(dst, p *variables) {
	r := s.rank
	for m, t := range s.t {
		clear(t)
		if rows := s.v.rows(m); !s.v.held[m] {
			kernel.MulTAdd(r, r, rows, p.block(m), r, s.v.block(m), r, t, r)
		}
	}
	for n := range s.t {
		if s.v.held[n] {
			continue
		}
		out, rows := dst.block(n), s.v.rows(n)
		for i, v := range p.block(n) {
			out[i] = s.mu * v
		}
		kernel.MulAdd(rows, r, r, p.block(n), r, s.except[n], r, out, r)
		clear(s.w)
		for m, t := range s.t {
			if m != n {
				kernel.AddMul(s.w, s.pair[max(n, m)][min(n, m)], t)
			}
		}
		kernel.MulAdd(rows, r, r, s.v.block(n), r, s.w, r, out, r)
	}
}

// precondition sets dst to x times the inverse of the blocks of the diagonal.
func (s *normal) precondition(dst, x *variables) {
	for n := range s.t {
		if out := dst.block(n); !s.v.held[n] {
			clear(out)
			kernel.MulAdd(s.v.rows(n), s.rank, s.rank, x.block(n), s.rank, s.inverse[n], s.rank, out, s.rank)
		}
	}
}
