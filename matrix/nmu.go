package matrix

import (
	"context"
	"fmt"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/internal/par"
	"github.com/polyad/polyad/sweep"
)

// Underapproximation takes one component after the other off the data, each at most as large
// as what is left:
//
//	min ‖R − u·vᵀ‖²  under u, v ≥ 0 and u·vᵀ ≤ R,  R ← max(0, R − u·vᵀ),
//
// by Lagrangian relaxation, Λ ≥ 0 of the size of X. Because nothing may cancel, components
// tend to be parts: sparse, and found in order of importance, which the result keeps.
// The constraint holds up to what Passes leave of it. A start is of no use, and neither
// are several; a sweep is a component, so that a run ends after rank of them. X must be
// dense and ≥ 0. Cost: 8·p·n·Passes flops a component; with Absolute, a sort of all
// entries twice a pass.
//
// References:
//   - Gillis, N., Glineur, F.: Using underapproximations for sparse nonnegative matrix
//     factorization. Pattern Recognit. 43(4), 1676–1687 (2010).
type Underapproximation struct {
	// Passes is the number of updates of a component and its Λ. Default: 100.
	Passes int
	// Absolute takes |R − u·vᵀ| in place of squares, so that entries that are far above all components
	// have no say. Updates are weighted medians.
	Absolute bool
}

func (m Underapproximation) fit(ctx context.Context, p *problem) (*Factors, error) {
	x, err := p.dense("Underapproximation")
	if err != nil {
		return nil, err
	}
	if err := p.nonnegative("Underapproximation"); err != nil {
		return nil, err
	}
	p.o.Starts, p.o.Init = 1, cpd.Random{}
	p.o.Stop = sweep.Any(allComponents(p.rank), p.o.Stop)
	return p.run(ctx, func(_, _ *mat.Dense, rng *rand.Rand) (state, error) {
		s := &nmu{p: p, passes: orDefault(m.Passes, 100), absolute: m.Absolute, rng: rng, left: mat.DenseCopyOf(x), lambda: mat.NewDense(p.p, p.n, nil)}
		s.u, s.v = mat.NewDense(p.p, p.rank, nil), mat.NewDense(p.rank, p.n, nil)
		return s, nil
	})
}

func (Underapproximation) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	return leastSquares(ctx, u, x)
}

// allComponents is the end of a run of so many sweeps.
type allComponents int

// Stop implements [sweep.Stop].
func (c allComponents) Stop(trace []sweep.Point) (sweep.Status, bool) {
	return sweep.Converged, len(trace) >= int(c)
}

// nmuColumns is the number of columns that one worker takes at a time.
const nmuColumns = 1 << 10

// nmu is the state between two components.
type nmu struct {
	p            *problem
	passes       int
	absolute     bool
	rng          *rand.Rand
	left, lambda *mat.Dense // R and Λ
	u, v         *mat.Dense
	k            int
}

// Sweep finds the next component.
func (s *nmu) Sweep() (sweep.Point, error) {
	if s.k >= s.p.rank {
		return sweep.Point{}, fmt.Errorf("%w: all %d components are found", ErrRank, s.k)
	}
	x, y := s.leading()
	s.component(x, y)
	s.k++
	return sweep.Point{RelativeError: s.p.relativeError(s.u, s.v)}, nil
}

// leading is the magnitude of the leading singular pair of what is left, by the power
// method, which finds it as X ≥ 0.
func (s *nmu) leading() (x, y []float64) {
	x, y = make([]float64, s.p.p), make([]float64, s.p.n)
	for j := range y {
		y[j] = 0.5 + s.rng.Float64()
	}
	s.lambda.Zero()
	for range 50 {
		s.forward(x, y)
		size := kernel.Dot(x, x)
		if size == 0 {
			return x, y
		}
		s.backward(y, x, 1/size)
	}
	return x, y
}

// forward sets x = max(0, (R − Λ)·y), and backward y = max(0, (R − Λ)ᵀx·scale).
func (s *nmu) forward(x, y []float64) {
	par.For(len(x), 1+(1<<16)/len(y), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			x[i] = max(0, kernel.Dot(s.left.RawRowView(i), y)-kernel.Dot(s.lambda.RawRowView(i), y))
		}
	})
}

func (s *nmu) backward(y, x []float64, scale float64) {
	par.For(par.Blocks(len(y), nmuColumns), 1+(1<<16)/(nmuColumns*len(x)), func(_, lo, hi int) {
		lo, hi = lo*nmuColumns, min(len(y), hi*nmuColumns)
		part := y[lo:hi]
		clear(part)
		for i, v := range x {
			kernel.Axpy(part, v*scale, s.left.RawRowView(i)[lo:hi])
			kernel.Axpy(part, -v*scale, s.lambda.RawRowView(i)[lo:hi])
		}
		for j, v := range part {
			part[j] = max(0, v)
		}
	})
}

// component runs the relaxation from x, y and takes what it leads to off the data.
func (s *nmu) component(x, y []float64) {
	u, v := make([]float64, len(x)), make([]float64, len(y))
	copy(u, x)
	copy(v, y)
	s.multipliers(u, v, 1) // Λ = max(0, uvᵀ − R)
	for pass := range s.passes {
		s.update(x, y, v)
		if kernel.Dot(x, x) == 0 || kernel.Dot(y, y) == 0 {
			s.lambda.Scale(0.5, s.lambda) // Λ asks for more than there is
			continue
		}
		copy(u, x)
		copy(v, y)
		s.multipliers(u, v, 1/float64(pass+2))
	}
	size := 0.0
	for _, t := range u {
		size += t * t
	}
	if size > 0 {
		norm := mat.Norm(mat.NewVecDense(len(u), u), 2)
		for i := range u {
			u[i] /= norm
		}
		for j := range v {
			v[j] *= norm
		}
	}
	s.u.SetCol(s.k, u)
	s.v.SetRow(s.k, v)
	for i, t := range u {
		row := s.left.RawRowView(i)
		for j, r := range row {
			row[j] = max(0, r-t*v[j])
		}
	}
}

// update sets x, the best for v, and y, the best for x.
func (s *nmu) update(x, y, v []float64) {
	if s.absolute {
		s.absoluteU(x, v)
		evenly(x)
		s.absoluteV(y, x)
		return
	}
	s.forward(x, v)
	if size := kernel.Dot(x, x); size > 0 {
		s.backward(y, x, 1/size)
	}
}

// multipliers sets Λ = max(0, Λ − step·(R − u·vᵀ)).
func (s *nmu) multipliers(u, v []float64, step float64) {
	par.For(len(u), 1+(1<<16)/len(v), func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			l, r := s.lambda.RawRowView(i), s.left.RawRowView(i)
			a := step * u[i]
			for j, y := range v {
				l[j] = max(0, l[j]-step*r[j]+a*y)
			}
		}
	})
}

func (s *nmu) loss() float64 {
	e := s.p.relativeError(s.u, s.v)
	return e * e * s.p.xx
}

func (s *nmu) factors() (u, v *mat.Dense) { return mat.DenseCopyOf(s.u), mat.DenseCopyOf(s.v) }
