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
	*pair
	delta    float64
	inU, inV int // passes
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
	s := &ahals{pair: newPair(p, u, vt), delta: max(0, m.Delta), inU: passes(p.p, p.n), inV: passes(p.n, p.p)}
	s.scale()
	return s
}

// Sweep updates U, then V.
func (s *ahals) Sweep() (sweep.Point, error) {
	s.equationsU()
	s.passesU(s.inU, s.delta)
	s.equationsV()
	s.passesV(s.inV, s.delta)
	return s.measure(), nil
}
