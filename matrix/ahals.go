package matrix

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// AHALS is accelerated hierarchical alternating least squares as its authors publish
// it: U once, then V, each by up to 1 + ⌊Alpha·ρ⌋ passes over its components,
//
//	ρ_U = 1 + (K + n·r)/(p·(r + 1)),  ρ_V = 1 + (K + p·r)/(n·(r + 1)),
//
// K the number of entries, or of nonzeros, and fewer when the squares of what a pass
// moves are below Delta² of those of the first. The start is scaled to fit best. No column
// is normalised on the way. It makes the iterates of the authors' program; the default of
// [Squares] ends passes block by block, which is a little faster.
//
// References:
//   - Gillis, N., Glineur, F.: Accelerated multiplicative updates and
//     hierarchical ALS algorithms for NMF. Neural Comput. 24(4) (2012).
type AHALS struct {
	// Alpha weighs the cost of passes. Default: 0.5; negative: one pass.
	Alpha float64
	// Delta ends them early. Default: 0.1; negative: never.
	Delta float64
}

func (m AHALS) fit(ctx context.Context, p *problem) (*Factors, error) {
	if err := p.complete("AHALS"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) {
		return newAHALS(m, p, u, vt), nil
	})
}

func (AHALS) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	return leastSquares(ctx, u, x)
}

// ahals is the state between two sweeps.
type ahals struct {
	p        *problem
	delta    float64
	passU    int
	passV    int
	u, vt    *mat.Dense // p×r, n×r
	mu, mv   *mat.Dense // XVᵀ, XᵀU
	gu, gv   *mat.SymDense
	rowsU    *halsRows
	rowsV    *halsRows
	residual float64 // ‖X − UV‖²
}

func newAHALS(m AHALS, p *problem, u, vt *mat.Dense) *ahals {
	if m.Alpha == 0 {
		m.Alpha = 0.5
	}
	if m.Delta == 0 {
		m.Delta = 0.1
	}
	entries := float64(p.p) * float64(p.n)
	if s, ok := p.x.(*tensor.Sparse); ok {
		entries = float64(s.Stored())
	}
	r := float64(p.rank)
	passes := func(rows, others int) int {
		rho := 1 + (entries+float64(others)*r)/(float64(rows)*(r+1))
		return max(1, int(1+m.Alpha*rho))
	}
	s := &ahals{
		p: p, delta: max(0, m.Delta), passU: passes(p.p, p.n), passV: passes(p.n, p.p), u: u, vt: vt,
		mu: mat.NewDense(p.p, p.rank, nil), mv: mat.NewDense(p.n, p.rank, nil),
		gu: mat.NewSymDense(p.rank, nil), gv: mat.NewSymDense(p.rank, nil),
		rowsU: newHALSRows(p.rank, p.p), rowsV: newHALSRows(p.rank, p.n),
	}
	tensor.Gram(s.gv, vt)
	tensor.Gram(s.gu, u)
	p.timesV(s.mu, vt)
	if size := innerSym(s.gu, s.gv); size > 0 {
		u.Scale(inner(s.mu, u)/size, u)
	}
	s.rowsU.setRows(u)
	s.rowsV.setRows(vt)
	return s
}

// Sweep updates U, then V.
func (s *ahals) Sweep() (sweep.Point, error) {
	s.p.timesV(s.mu, s.vt)
	tensor.Gram(s.gv, s.vt)
	s.rowsU.load(s.mu, s.gv, 0)
	s.rowsU.solve(s.passU, s.delta)
	s.rowsU.rows(s.u)

	s.p.timesU(s.mv, s.u)
	tensor.Gram(s.gu, s.u)
	s.rowsV.load(s.mv, s.gu, 0)
	s.rowsV.solve(s.passV, s.delta)
	s.rowsV.rows(s.vt)

	tensor.Gram(s.gv, s.vt)
	s.residual = max(0, s.p.xx-2*inner(s.mv, s.vt)+innerSym(s.gu, s.gv)) // rounding can push it below zero
	rel := root(s.residual, s.p.xx)
	if x, ok := s.p.x.(tensor.Residualer); ok && rel < explicitBelow {
		s.residual = x.SquaredResidual(tensor.NewKruskal(s.u, s.vt))
		rel = root(s.residual, s.p.xx)
	}
	return sweep.Point{RelativeError: rel}, nil
}

// explicitBelow is the relative error under which ‖X‖² − 2⟨X, X̂⟩ + ‖X̂‖² is rounding.
const explicitBelow = 1e-6

func (s *ahals) loss() float64 { return s.residual }

func (s *ahals) factors() (u, v *mat.Dense) {
	u, v = mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.vt.T())
	unit(u, v)
	return u, v
}

