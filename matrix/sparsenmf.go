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

// Sparse favours zeros in V: it minimises
//
//	½‖X − U·V‖² + Weight·Σ v,  U ≥ 0 with columns of unit norm, V ≥ 0,
//
// by exact updates of one component after the other. The unit norms keep the penalty from
// being evaded by a V that shrinks while U grows; they make the part of a column of U that
// is not constant linear, so that its update is a projection as well. The loss
// never rises. A component that the penalty takes away entirely is zero in V.
//
// Reference:
//   - Hoyer, P.O.: Non-negative sparse coding. NNSP, 557–565 (2002); the updates as in
//     Gillis, N.: Sparse and unique nonnegative matrix factorization through data
//     preprocessing. J. Mach. Learn. Res. 13 (2012).
type Sparse struct {
	// Weight is that of the sum of V, in the unit of X. V is zero from the largest norm of
	// a column of X on.
	Weight float64
	// Inner is the number of passes over the components in an update. Default: 10.
	Inner int
}

func (m Sparse) fit(ctx context.Context, p *problem) (*Factors, error) {
	if !(m.Weight >= 0) || math.IsInf(m.Weight, 1) {
		return nil, fmt.Errorf("%w: Sparse.Weight is %g; it is ≥ 0 and finite", ErrMethod, m.Weight)
	}
	if err := p.complete("Sparse"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) {
		s := &sparse{pair: newPair(p, u, vt), m: m, inner: orDefault(m.Inner, 10), direction: newDirections(p.p, p.rank)}
		s.rowsV.zero = true
		s.scale()
		normalizeTo(s.u, s.vt)
		s.rowsU.setRows(s.u)
		s.rowsV.setRows(s.vt)
		return s, nil
	})
}

func (m Sparse) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	a, err := L1NNLS(ctx, u, x, m.Weight)
	if err != nil {
		return nil, err
	}
	return a.V, nil
}

// sparse is the state between two sweeps.
type sparse struct {
	*pair
	m         Sparse
	inner     int
	direction *directions
}

// Sweep updates U, then V.
func (s *sparse) Sweep() (sweep.Point, error) {
	s.equationsU()
	s.direction.load(s.mu, s.gv, s.rowsU)
	for range s.inner {
		s.direction.pass(s.rowsU, func(c []float64) { unitPart(c) })
	}
	s.rowsU.rows(s.u)

	s.equationsV()
	s.rowsV.load(s.mv, s.gu, 0)
	for i := range s.rowsV.m {
		s.rowsV.m[i] -= s.m.Weight
	}
	s.rowsV.solve(s.inner, 0.01)
	s.rowsV.rows(s.vt)
	return s.measure(), nil
}

func (s *sparse) loss() float64 {
	return s.residual/2 + s.m.Weight*mat.Sum(s.vt)
}

// directions updates the rows of a factor A (R×n) each of which is as good as its
// direction: with everything but row k fixed, and its norm too, the loss is
// −⟨c, a_k⟩ and a constant, c = m_k − Σ_{l≠k} g_kl·a_l.
type directions struct {
	r, n int
	c    []float64
}

func newDirections(n, r int) *directions { return &directions{r: r, n: n, c: make([]float64, n)} }

// load takes M and G over into h.
func (d *directions) load(m *mat.Dense, g *mat.SymDense, h *halsRows) { h.load(m, g, 0) }

// pass sets every row to what best makes of c. A component whose other half is zero stays.
func (d *directions) pass(h *halsRows, best func(c []float64)) {
	for k := range d.r {
		if g := h.g[k*d.r:][:d.r]; g[k] > 0 {
			d.gradient(h, k)
			best(d.c)
			copy(h.a[k*d.n:][:d.n], d.c)
		}
	}
}

// gradient sets c for row k.
func (d *directions) gradient(h *halsRows, k int) {
	copy(d.c, h.m[k*d.n:][:d.n])
	for l, w := range h.g[k*d.r:][:d.r] {
		if l != k {
			kernel.Axpy(d.c, -w, h.a[l*d.n:][:d.n])
		}
	}
}

// unitPart replaces c by the v ≥ 0 of unit norm that maximises ⟨c, v⟩.
func unitPart(c []float64) {
	top, sum := 0, 0.0
	for i, v := range c {
		if v > c[top] {
			top = i
		}
		if v > 0 {
			sum += v * v
		}
	}
	if sum == 0 {
		clear(c)
		c[top] = 1
		return
	}
	size := math.Sqrt(sum)
	for i, v := range c {
		c[i] = max(0, v) / size
	}
}

// normalizeTo gives the columns of u unit norm; vt (n×r) takes the norms. A zero column
// becomes even.
func normalizeTo(u, vt *mat.Dense) {
	rows, r := u.Dims()
	for k := range r {
		norm := mat.Norm(u.ColView(k), 2)
		if norm == 0 {
			for i := range rows {
				u.Set(i, k, 1/math.Sqrt(float64(rows)))
			}
			scaleColumn(vt, k, 0)
			continue
		}
		scaleColumn(u, k, 1/norm)
		scaleColumn(vt, k, norm)
	}
}
