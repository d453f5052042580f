package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
)

// AverageHoyer minimises ‖X − U·V‖² under U ≥ 0 and V ≥ 0 whose sparsity, as [Hoyer] defines it, is on
// average over the columns of U, or over the rows of V, at least as given: some components may be
// dense if others are sparse. Updates are projected gradient steps, a step that would raise the loss
// not being made, so that it never rises. Columns c_k are projected together, onto multiples of
//
//	d_k = max(0, c_k − τ)/‖max(0, c_k − τ)‖,  τ ≥ 0 the least for which Σ_k ‖d_k‖₁ is small enough.
//
// Work of a sweep: 4·p·n·r flops, and Inner·(p+n)·r² and 50·Inner·(p+n)·r for the steps.
//
// Reference:
//   - Ohib, R., Gillis, N., Dalmasso, N., Shah, S., Potluru, V.K., Plis, S.: Explicit group sparse projection
//     with applications to deep learning and NMF. Trans. Mach. Learn. Res. (2022).
type AverageHoyer struct {
	// U and V are the averages, from 0 to 1. Default: 0, no constraint.
	U, V float64
	// Inner is the number of steps in an update. Default: 10.
	Inner int
}

func (m AverageHoyer) fit(ctx context.Context, p *problem) (*Factors, error) {
	for _, s := range []float64{m.U, m.V} {
		if !(s >= 0 && s <= 1) {
			return nil, fmt.Errorf("%w: an average sparsity of AverageHoyer is %g, want 0 to 1", ErrMethod, s)
		}
	}
	if err := p.complete("AverageHoyer"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) {
		s := &averageHoyer{pair: newPair(p, u, vt), inner: orDefault(m.Inner, 10)}
		s.ofU, s.ofV = newGroup(m.U, p.p, p.rank), newGroup(m.V, p.n, p.rank)
		s.scale()
		s.ofU.project(s.rowsU.a)
		s.rowsU.rows(s.u)
		s.ofV.project(s.rowsV.a)
		s.rowsV.rows(s.vt)
		s.scale()
		return s, nil
	})
}

func (AverageHoyer) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	return leastSquares(ctx, u, x) // sparsity is that of rows, over all columns
}

// averageHoyer is the state between two sweeps.
type averageHoyer struct {
	*pair
	inner    int
	ofU, ofV *group
}

// Sweep updates U, then V, what is not updated having unit norms.
func (s *averageHoyer) Sweep() (sweep.Point, error) {
	moveNorms(s.vt, s.u)
	s.rowsU.setRows(s.u)
	s.equationsU()
	s.rowsU.load(s.mu, s.gv, 0)
	s.ofU.steps(s.rowsU, s.inner)
	s.rowsU.rows(s.u)

	moveNorms(s.u, s.vt)
	s.rowsV.setRows(s.vt)
	s.equationsV()
	s.rowsV.load(s.mv, s.gu, 0)
	s.ofV.steps(s.rowsV, s.inner)
	s.rowsV.rows(s.vt)
	return s.measure(), nil
}

// moveNorms gives the columns of a unit norm and moves the norms to b.
func moveNorms(a, b *mat.Dense) {
	raw := a.RawMatrix()
	for k := range raw.Cols {
		sum := 0.0
		for i := range raw.Rows {
			sum += raw.Data[i*raw.Stride+k] * raw.Data[i*raw.Stride+k]
		}
		if norm := math.Sqrt(sum); norm > 0 {
			scaleColumn(a, k, 1/norm)
			scaleColumn(b, k, norm)
		}
	}
}

// group is the constraint on R rows of length n together.
type group struct {
	n, r int
	most float64   // Σ‖d_k‖₁ that is allowed; 0: any
	next []float64 // R×n
	d    []float64
}

func newGroup(sparsity float64, n, r int) *group {
	g := &group{n: n, r: r, next: make([]float64, n*r), d: make([]float64, n)}
	if root := math.Sqrt(float64(n)); sparsity > 0 && n > 1 {
		g.most = float64(r) * (root - sparsity*(root-1))
	}
	return g
}

// steps makes projected gradient steps on ½⟨G·A, A⟩ − ⟨M, A⟩.
func (g *group) steps(h *halsRows, inner int) {
	if g.most == 0 {
		h.solve(inner, 0.01)
		return
	}
	bound := 0.0 // of the largest eigenvalue
	for k := range g.r {
		sum := 0.0
		for _, v := range h.g[k*g.r:][:g.r] {
			sum += math.Abs(v)
		}
		bound = max(bound, sum)
	}
	if bound == 0 {
		return
	}
	now := g.value(h, h.a)
	for range inner {
		for k := range g.r {
			next := g.next[k*g.n:][:g.n]
			copy(next, h.a[k*g.n:][:g.n])
			kernel.Axpy(next, 1/bound, h.m[k*g.n:][:g.n])
			for l, w := range h.g[k*g.r:][:g.r] {
				kernel.Axpy(next, -w/bound, h.a[l*g.n:][:g.n])
			}
		}
		g.project(g.next)
		value := g.value(h, g.next)
		if !(value < now) {
			return
		}
		copy(h.a, g.next)
		now = value
	}
}

// value is ½⟨G·A, A⟩ − ⟨M, A⟩.
func (g *group) value(h *halsRows, a []float64) float64 {
	sum := 0.0
	for k := range g.r {
		row := a[k*g.n:][:g.n]
		sum -= kernel.Dot(row, h.m[k*g.n:][:g.n])
		for l, w := range h.g[k*g.r:][:g.r] {
			sum += w / 2 * kernel.Dot(row, a[l*g.n:][:g.n])
		}
	}
	return sum
}

// project puts rows into the set.
func (g *group) project(a []float64) {
	if g.most == 0 {
		for i, v := range a {
			a[i] = max(0, v)
		}
		return
	}
	lo, hi := 0.0, 0.0
	for _, v := range a {
		hi = max(hi, v)
	}
	tau := 0.0
	if g.sums(a, 0) > g.most {
		for range 50 {
			if tau = (lo + hi) / 2; g.sums(a, tau) > g.most {
				lo = tau
			} else {
				hi = tau
			}
		}
		tau = hi
	}
	for k := range g.r {
		row := a[k*g.n:][:g.n]
		g.direction(row, tau)
		size := max(0, kernel.Dot(row, g.d))
		for i, v := range g.d {
			row[i] = size * v
		}
	}
}

// sums is Σ‖d_k‖₁.
func (g *group) sums(a []float64, tau float64) float64 {
	sum := 0.0
	for k := range g.r {
		g.direction(a[k*g.n:][:g.n], tau)
		sum += kernel.Sum(g.d)
	}
	return sum
}

// direction sets d to that of c, its largest entry alone where no entry is above τ.
func (g *group) direction(c []float64, tau float64) {
	for i, v := range c {
		g.d[i] = v - tau
	}
	unitPart(g.d)
}
