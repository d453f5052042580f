package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// SelfScaledBound is the lower bound τ of the nonnegative rank of X ≥ 0 that is the semidefinite program
//
//	min t  with  [t  1ᵀ; 1  Y] ⪰ 0,  Y_ef ≤ 1 for e = f,
//	x_ij·x_kl·Y_(ij)(kl) = x_il·x_kj·Y_(il)(kj),
//
// rows and columns of Y being the positive entries of X. It relaxes the least number t for which X/t
// is in the hull of rank-one matrices that are nowhere above X, for which scales of rows and columns
// do not matter. τ is at least the number of entries of any fooling set.
//
// What is solved is the dual, max ⟨J, G⟩ with G ⪰ 0, tr G = 1, G_ef zero, or tied to one other entry,
// where Y's are. A G that is not quite semidefinite becomes so by a multiple of I, so the value is a
// bound for whatever the iteration has come to. enough ends it: 0 stands for no such value. Work: some
// hundreds of eigendecompositions of as many rows as there are positive entries, a second for 50.
//
// Errors: [ErrShape], [ErrNotFinite], [ErrMethod] for entries below zero, [ErrOptions], [ErrSize] for more
// than 100 positive entries, and that of ctx with the bound so far.
//
// Reference:
//   - Fawzi, H., Parrilo, P.A.: Self-scaled bounds for atomic cone ranks: applications to nonnegative rank and
//     cp-rank. Math. Program. 158, 417–465 (2016).
func SelfScaledBound(ctx context.Context, x mat.Matrix, zero, enough float64) (float64, error) {
	y, err := newDistinct(x, zero)
	if err != nil {
		return 0, err
	}
	if y.zero() {
		return 0, nil
	}
	s, err := newSelfScaled(y.x)
	if err != nil {
		return 0, err
	}
	bound, err := s.program().solve(ctx, orInfinite(enough))
	if err != nil {
		return max(1, bound), fmt.Errorf("matrix: self-scaled bound: %w", err)
	}
	return max(1, bound), nil // X is not zero
}

func orInfinite(v float64) float64 {
	if v == 0 {
		return math.Inf(1)
	}
	return v
}

// selfScaledLargest is the number of positive entries up to which the bound is computed.
const selfScaledLargest = 100

// selfScaled is the dual program.
type selfScaled struct {
	n     int
	pairs []minor
	zeros [][2]int // G is zero there
}

// minor ties G at e to that at f: there is λ with G_e = λ·a and G_f = −λ·b.
type minor struct {
	e, f [2]int
	a, b float64
}

func newSelfScaled(x *mat.Dense) (*selfScaled, error) {
	p, n := x.Dims()
	at := make([]int, p*n)
	var ones [][2]int
	for i := range p {
		for j := range n {
			at[i*n+j] = -1
			if x.At(i, j) > 0 {
				at[i*n+j] = len(ones)
				ones = append(ones, [2]int{i, j})
			}
		}
	}
	if len(ones) > selfScaledLargest {
		return nil, fmt.Errorf("%w: X has %d positive entries in distinct rows and columns; the self-scaled bound is computed up to %d", ErrSize, len(ones), selfScaledLargest)
	}
	s := &selfScaled{n: len(ones)}
	for e, a := range ones {
		for f, b := range ones[:e] {
			c, d := at[a[0]*n+b[1]], at[b[0]*n+a[1]]
			switch {
			case a[0] == b[0] || a[1] == b[1]:
				s.zeros = append(s.zeros, [2]int{f, e})
			case c < 0 || d < 0: // Y is zero there, and G free
			case min(e, f) < min(c, d): // the other pair comes by itself
				m := minor{e: [2]int{f, e}, f: [2]int{min(c, d), max(c, d)}}
				m.a, m.b = evenPair(x.At(a[0], a[1]), x.At(b[0], b[1]), x.At(a[0], b[1]), x.At(b[0], a[1]))
				s.pairs = append(s.pairs, m)
			}
		}
	}
	return s, nil
}

// evenPair is (t·u, v·w) divided by the larger of the two, neither of which need be representable.
func evenPair(t, u, v, w float64) (a, b float64) {
	ratio := max(t, u) / max(v, w) * (min(t, u) / min(v, w))
	return min(1, ratio), min(1, 1/ratio)
}

func (s *selfScaled) program() *semidefinite {
	ones := mat.NewSymDense(s.n, nil)
	everywhere(ones, func(int) float64 { return 1 })
	return &semidefinite{n: s.n, c: ones, project: s.project, bound: s.bound}
}

// project puts G into its space.
func (s *selfScaled) project(g *mat.SymDense) {
	for _, z := range s.zeros {
		g.SetSym(z[0], z[1], 0)
	}
	for _, m := range s.pairs {
		by := (m.a*g.At(m.e[0], m.e[1]) - m.b*g.At(m.f[0], m.f[1])) / (m.a*m.a + m.b*m.b)
		g.SetSym(m.e[0], m.e[1], by*m.a)
		g.SetSym(m.f[0], m.f[1], -by*m.b)
	}
	less := (mat.Trace(g) - 1) / float64(s.n)
	for i := range s.n {
		g.SetSym(i, i, g.At(i, i)-less)
	}
}

// bound is ⟨J, G⟩ of G + δ·I, brought to the trace one.
func (s *selfScaled) bound(g *mat.SymDense, least float64) float64 {
	delta, sum := max(0, -least), 0.0
	for i := range s.n {
		for j := range s.n {
			sum += g.At(i, j)
		}
	}
	n := float64(s.n)
	return (sum + delta*n) / (1 + delta*n)
}
