package matrix

import (
	"context"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Projective minimises ‖X − U·UᵀX‖² over U ≥ 0: V is UᵀX, so that U alone is learned,
// its columns come out nearly orthogonal and sparse, and new columns need one product.
// The update is multiplicative,
//
//	U ← U ∗ (2·XXᵀU / (U·UᵀXXᵀU + XXᵀU·UᵀU))^η,
//
// and scaled to fit best: η = 1 where that lowers the error, else ⅓, which always
// does. X must be ≥ 0. Norms of U mean something and stay.
//
// References:
//   - Yang, Z., Oja, E.: Linear and nonlinear projective nonnegative matrix factorization.
//     IEEE Trans. Neural Netw. 21(5), 734–749 (2010).
type Projective struct{}

func (Projective) fit(ctx context.Context, p *problem) (*Factors, error) {
	if err := p.complete("Projective"); err != nil {
		return nil, err
	}
	if err := p.nonnegative("Projective"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, _ *mat.Dense, _ *rand.Rand) (state, error) {
		floor := revived * mat.Max(u)
		u.Apply(func(_, _ int, v float64) float64 { return max(floor, v) }, u)
		s := &projective{
			p: p, u: u, next: mat.NewDense(p.p, p.rank, nil), w: mat.NewDense(p.n, p.rank, nil), xw: mat.NewDense(p.p, p.rank, nil),
			down: mat.NewDense(p.p, p.rank, nil), gu: mat.NewSymDense(p.rank, nil), gw: mat.NewSymDense(p.rank, nil),
		}
		s.residual = s.evaluate(s.u)
		return s, nil
	})
}

func (Projective) coefficients(_ context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	var v mat.Dense
	v.Mul(u.T(), x)
	return &v, nil
}

// projective is the state between two sweeps.
type projective struct {
	p        *problem
	u, next  *mat.Dense
	w        *mat.Dense // XᵀU
	xw, down *mat.Dense // XXᵀU, and the denominator
	gu, gw   *mat.SymDense
	residual float64
}

// evaluate scales u to fit best, sets w, gu and gw for it, and returns the residual
//
//	‖X‖² − 2s²‖W‖² + s⁴⟨WᵀW, UᵀU⟩,  W = XᵀU, at its least over s.
func (s *projective) evaluate(u *mat.Dense) float64 {
	s.p.timesU(s.w, u)
	tensor.Gram(s.gw, s.w)
	tensor.Gram(s.gu, u)
	linear, square := 0.0, innerSym(s.gw, s.gu)
	for k := range s.p.rank {
		linear += s.gw.At(k, k)
	}
	if !(square > 0) {
		return s.p.xx
	}
	scale := math.Sqrt(linear / square)
	multiply(u.RawMatrix().Data, scale)
	multiply(s.w.RawMatrix().Data, scale)
	multiply(s.gw.RawSymmetric().Data, scale*scale)
	multiply(s.gu.RawSymmetric().Data, scale*scale)
	return max(0, s.p.xx-linear*linear/square) // rounding can push it below zero
}

func multiply(v []float64, by float64) {
	for i := range v {
		v[i] *= by
	}
}

// Sweep updates U.
func (s *projective) Sweep() (sweep.Point, error) {
	s.p.timesV(s.xw, s.w)
	s.down.Zero()
	addProduct(s.down, s.u, s.gw)
	addProduct(s.down, s.xw, s.gu)
	if !s.accept(1) && !s.accept(1.0/3) {
		s.evaluate(s.u) // nothing but rounding is left to gain
	}
	return sweep.Point{RelativeError: root(s.residual, s.p.xx)}, nil
}

// accept makes a step, and undoes it when it raises the residual.
func (s *projective) accept(eta float64) bool {
	s.step(eta)
	now := s.evaluate(s.next)
	if now > s.residual {
		return false
	}
	s.u, s.next, s.residual = s.next, s.u, now
	return true
}

// addProduct adds A·G to dst.
func addProduct(dst, a *mat.Dense, g *mat.SymDense) {
	x, y := a.RawMatrix(), dst.RawMatrix()
	for i := range x.Rows {
		row := y.Data[i*y.Stride:][:y.Cols]
		for k, v := range x.Data[i*x.Stride:][:x.Cols] {
			for l := range row {
				row[l] += v * g.At(k, l)
			}
		}
	}
}

// step sets next to the update with exponent eta.
func (s *projective) step(eta float64) {
	up, down, from := s.xw.RawMatrix().Data, s.down.RawMatrix().Data, s.u.RawMatrix().Data
	for i := range up {
		q := 0.0
		if down[i] > 0 {
			q = 2 * up[i] / down[i]
		}
		if eta != 1 {
			q = math.Cbrt(q)
		}
		s.next.RawMatrix().Data[i] = from[i] * q
	}
}

func (s *projective) loss() float64 { return s.residual }

func (s *projective) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.w.T())
	sortComponents(u, v)
	return u, v
}
