package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Symmetric minimises ‖X − U·Uᵀ‖² over U ≥ 0 for a symmetric X (similarities, a graph):
// V is Uᵀ. One entry after the other is set to the best value, a root of a cubic:
//
//	x³ + a·x + b = 0,  a = Σ_{l≠k} u_il² + Σ_{j≠i} u_jk² − X_ii,
//	b = Σ_{j≠i} u_jk·(Σ_{l≠k} u_il·u_jl − X_ij),
//
// so the error never rises. X may be sparse and may have negative entries. Norms of U mean
// something and stay. Cost of a sweep: 2·n²·r flops, or 2·K·r of K stored entries, and
// 4·n·r². It runs on one core.
//
// Reference:
//   - Vandaele, A., Gillis, N., Lei, Q., Zhong, K., Dhillon, I.: Efficient and non-convex
//     coordinate descent for symmetric nonnegative matrix factorization. IEEE Trans.
//     Signal Process. 64(21), 5571–5584 (2016).
type Symmetric struct{}

func (Symmetric) fit(ctx context.Context, p *problem) (*Factors, error) {
	row, diagonal, err := symmetricRows(p)
	if err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, _ *mat.Dense, _ *rand.Rand) (state, error) {
		s := &symmetric{p: p, u: u, row: row, diagonal: diagonal, g: mat.NewSymDense(p.rank, nil), xu: mat.NewDense(p.n, p.rank, nil), m: make([]float64, p.rank)}
		s.full = make([]float64, p.rank*p.rank)
		s.scale()
		return s, nil
	})
}

func (Symmetric) coefficients(context.Context, *mat.Dense, *mat.Dense) (*mat.Dense, error) {
	return nil, fmt.Errorf("%w: Symmetric has no columns apart from rows, and no V of new ones", ErrMethod)
}

// symmetricRows checks X and returns its diagonal and a function that sets m to row i
// times u.
func symmetricRows(p *problem) (row func(m []float64, u *mat.Dense, i int), diagonal []float64, err error) {
	if p.p != p.n {
		return nil, nil, fmt.Errorf("%w: X is %d×%d, Symmetric needs as many rows as columns", ErrShape, p.p, p.n)
	}
	diagonal = make([]float64, p.n)
	switch x := p.x.(type) {
	case *tensor.Dense:
		d := x.Data()
		size := x.MaxAbs()
		for i := range p.n {
			diagonal[i] = d[i*p.n+i]
			for j := range i {
				if a, b := d[i*p.n+j], d[j*p.n+i]; math.Abs(a-b) > 1e-8*size {
					return nil, nil, fmt.Errorf("%w: Symmetric needs a symmetric X; it is %g at row %d, column %d and %g across", ErrMethod, a, i, j, b)
				}
			}
		}
		return func(m []float64, u *mat.Dense, i int) {
			raw := u.RawMatrix()
			clear(m)
			kernel.MulAdd(1, len(m), p.n, d[i*p.n:], p.n, raw.Data, raw.Stride, m, len(m))
		}, diagonal, nil
	case *tensor.Sparse:
		rows, columns := compress(x, 0), compress(x, 1)
		size := x.MaxAbs()
		for i := range p.n {
			lo, hi := rows.start[i], rows.start[i+1]
			if columns.start[i] != lo || columns.start[i+1] != hi {
				return nil, nil, fmt.Errorf("%w: Symmetric needs a symmetric X; row %d and column %d store different entries", ErrMethod, i, i)
			}
			for k := lo; k < hi; k++ {
				if rows.at[k] != columns.at[k] || math.Abs(rows.value[k]-columns.value[k]) > 1e-8*size {
					return nil, nil, fmt.Errorf("%w: Symmetric needs a symmetric X; row %d and column %d differ", ErrMethod, i, i)
				}
				if int(rows.at[k]) == i {
					diagonal[i] = rows.value[k]
				}
			}
		}
		return func(m []float64, u *mat.Dense, i int) {
			clear(m)
			for k := rows.start[i]; k < rows.start[i+1]; k++ {
				kernel.Axpy(m, rows.value[k], u.RawRowView(int(rows.at[k])))
			}
		}, diagonal, nil
	}
	return nil, nil, fmt.Errorf("%w: Symmetric takes dense or sparse data with every entry known, not a %T", ErrMethod, p.x)
}

// symmetric is the state between two sweeps.
type symmetric struct {
	p        *problem
	u        *mat.Dense
	row      func(m []float64, u *mat.Dense, i int)
	diagonal []float64
	g        *mat.SymDense
	full     []float64  // UᵀU
	xu       *mat.Dense // XU
	m        []float64  // row i of it
	residual float64
}

// scale multiplies U by what fits best.
func (s *symmetric) scale() {
	s.p.timesV(s.xu, s.u)
	tensor.Gram(s.g, s.u)
	if size, along := innerSym(s.g, s.g), inner(s.xu, s.u); size > 0 && along > 0 {
		s.u.Scale(math.Sqrt(along/size), s.u)
	}
}

// Sweep updates every entry once, row by row.
func (s *symmetric) Sweep() (sweep.Point, error) {
	tensor.Gram(s.g, s.u)
	r := s.p.rank
	for k := range r {
		for l := range r {
			s.full[k*r+l] = s.g.At(k, l)
		}
	}
	for i := range s.p.n {
		s.row(s.m, s.u, i)
		s.entries(s.u.RawRowView(i), s.diagonal[i])
	}
	s.p.timesV(s.xu, s.u)
	tensor.Gram(s.g, s.u)
	s.residual = max(0, s.p.xx-2*inner(s.xu, s.u)+innerSym(s.g, s.g)) // rounding can push it below zero
	rel := root(s.residual, s.p.xx)
	if x, ok := s.p.x.(tensor.Residualer); ok && rel < explicitBelow {
		s.residual = x.SquaredResidual(tensor.NewKruskal(s.u, s.u))
		rel = root(s.residual, s.p.xx)
	}
	return sweep.Point{RelativeError: rel}, nil
}

// entries updates a row of U, whose diagonal entry of X is d; m is the row of XU before.
func (s *symmetric) entries(u []float64, d float64) {
	r := len(u)
	norm := kernel.Dot(u, u)
	for k := range u {
		old := u[k]
		g := s.full[k*r:][:r]
		others := norm - old*old
		a := others + g[k] - old*old - d
		// Σ_j u_jk Σ_{l≠k} u_il u_jl over j ≠ i, and Σ_{j≠i} X_ij u_jk.
		b := kernel.Dot(g, u) - g[k]*old - old*others - (s.m[k] - d*old)
		x := bestRoot(a, b)
		if x == old {
			continue
		}
		u[k] = x
		norm = others + x*x
		for l := range u { // row and column k of UᵀU
			step := (x - old) * u[l]
			if l == k {
				step = x*x - old*old
			}
			s.full[k*r+l] += step
			if l != k {
				s.full[l*r+k] += step
			}
		}
	}
}

// bestRoot is the x ≥ 0 that minimises x⁴/4 + a·x²/2 + b·x.
func bestRoot(a, b float64) float64 {
	value := func(x float64) float64 { return x * (b + x*(a/2+x*x/4)) }
	best := 0.0
	try := func(x float64) {
		for range 2 { // what cancelled in the closed form
			if slope := 3*x*x + a; slope > 0 {
				x -= (x*(x*x+a) + b) / slope
			}
		}
		if x > 0 && value(x) < value(best) {
			best = x
		}
	}
	if q := b*b/4 + a*a*a/27; q >= 0 {
		t := math.Sqrt(q)
		try(math.Cbrt(-b/2+t) + math.Cbrt(-b/2-t))
		return best
	}
	size := 2 * math.Sqrt(-a/3)
	angle := math.Acos(max(-1, min(1, -b/2/math.Sqrt(-a*a*a/27)))) / 3
	try(size * math.Cos(angle))
	try(size * math.Cos(angle-2*math.Pi/3))
	try(size * math.Cos(angle+2*math.Pi/3))
	return best
}

func (s *symmetric) loss() float64 { return s.residual }

func (s *symmetric) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.u.T())
	sortComponents(u, v)
	return u, v
}
