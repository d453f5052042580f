package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
)

// Hoyer minimises ‖X − U·V‖² under U ≥ 0 and V ≥ 0 of given sparsity,
//
//	s(v) = (√n − ‖v‖₁/‖v‖₂) / (√n − 1),
//
// 0 where all n entries are equal and 1 where one alone is not zero: that of every column
// of U, of every row of V, or of both. One component after the other is updated exactly: with
// the norm of a column known, the best one of sparsity s is the projection of the gradient,
// a threshold τ with max(0, c − τ) in the ratio asked for. The loss never rises.
//
// Reference:
//   - Hoyer, P.O.: Non-negative matrix factorization with sparseness constraints.
//     J. Mach. Learn. Res. 5, 1457–1469 (2004).
type Hoyer struct {
	// U and V are the sparsities, from 0 to 1. Default: 0, no constraint.
	U, V float64
	// Inner is the number of passes over the components in an update. Default: 5.
	Inner int
}

func (m Hoyer) fit(ctx context.Context, p *problem) (*Factors, error) {
	for _, s := range []float64{m.U, m.V} {
		if !(s >= 0 && s <= 1) {
			return nil, fmt.Errorf("%w: a sparsity of Hoyer is %g, want 0 to 1", ErrMethod, s)
		}
	}
	if err := p.complete("Hoyer"); err != nil {
		return nil, err
	}
	return p.run(ctx, func(u, vt *mat.Dense, _ *rand.Rand) (state, error) {
		s := &hoyer{pair: newPair(p, u, vt), inner: orDefault(m.Inner, 5), onU: newDirections(p.p, p.rank), onV: newDirections(p.n, p.rank)}
		s.ofU, s.ofV = newThreshold(m.U, p.p), newThreshold(m.V, p.n)
		s.cone = func(c []float64) { s.ofV.cone(c, 1) }
		s.scale()
		normalizeTo(s.u, s.vt)
		s.rowsU.setRows(s.u)
		s.rowsV.setRows(s.vt)
		s.project()
		return s, nil
	})
}

func (m Hoyer) coefficients(ctx context.Context, u, x *mat.Dense) (*mat.Dense, error) {
	return leastSquares(ctx, u, x) // sparsity is that of rows, over all columns
}

// hoyer is the state between two sweeps.
type hoyer struct {
	*pair
	inner    int
	onU, onV *directions
	ofU, ofV *threshold
	cone     func(c []float64) // of a row of V, where columns of U have unit norm
}

// project makes the start as sparse as it has to be.
func (s *hoyer) project() {
	for k := range s.p.rank {
		s.ofU.direction(s.rowsU.a[k*s.p.p:][:s.p.p])
		s.ofV.cone(s.rowsV.a[k*s.p.n:][:s.p.n], 1)
	}
	s.rowsU.rows(s.u)
	s.rowsV.rows(s.vt)
}

// Sweep updates U, then V.
func (s *hoyer) Sweep() (sweep.Point, error) {
	s.equationsU()
	s.onU.load(s.mu, s.gv, s.rowsU)
	for range s.inner {
		s.onU.pass(s.rowsU, s.ofU.direction)
	}
	s.rowsU.rows(s.u)

	s.equationsV()
	s.onV.load(s.mv, s.gu, s.rowsV)
	for range s.inner {
		s.onV.pass(s.rowsV, s.cone)
	}
	s.rowsV.rows(s.vt)
	return s.measure(), nil
}

// threshold projects on vectors ≥ 0 of one ratio of norms.
type threshold struct {
	ratio  float64 // ‖v‖₁/‖v‖₂; 0: any
	sorted []float64
	c      []float64
}

func newThreshold(sparsity float64, n int) *threshold {
	t := &threshold{sorted: make([]float64, n), c: make([]float64, n)}
	if root := math.Sqrt(float64(n)); sparsity > 0 && n > 1 {
		t.ratio = root - sparsity*(root-1)
	}
	return t
}

// direction replaces c by the v ≥ 0 of unit norm and the ratio that maximises ⟨c, v⟩.
func (t *threshold) direction(c []float64) {
	if t.ratio > 0 {
		tau := t.find(c)
		if tau >= slices.Max(c) { // more entries are equal than may be used: tell them apart
			tilt := 1e-9 * max(math.Abs(tau), math.SmallestNonzeroFloat64)
			for i := range c {
				c[i] -= tilt * float64(i) / float64(len(c))
			}
			tau = t.find(c)
		}
		for i, v := range c {
			c[i] = max(0, v-tau)
		}
	}
	unitPart(c)
}

// cone replaces c by the v ≥ 0 of the ratio, of any norm, that minimises
// ½g‖v‖² − ⟨c, v⟩.
func (t *threshold) cone(c []float64, g float64) {
	if t.ratio == 0 {
		for i, v := range c {
			c[i] = max(0, v) / g
		}
		return
	}
	copy(t.c, c)
	t.direction(c)
	size := kernel.Dot(c, t.c)
	for i := range c {
		c[i] *= max(0, size) / g
	}
}

// find is the τ for which max(0, c − τ) has the ratio. With m entries above τ, s their sum
// and q that of their squares, it is the lower root of
//
//	(s − mτ)² = ratio²·(q − 2τs + mτ²),
//
// and m the number for which that root lies between entries m and m+1 of those sorted.
func (t *threshold) find(c []float64) float64 {
	sorted := append(t.sorted[:0], c...)
	slices.Sort(sorted)
	slices.Reverse(sorted)
	top := sorted[0]
	var s, q float64 // of entries less the largest, so that nothing cancels
	least := t.ratio * t.ratio
	for k, v := range sorted {
		s += v - top
		q += (v - top) * (v - top)
		m := float64(k + 1)
		if m <= least && k+1 < len(sorted) {
			continue // m equal entries have the ratio √m at most
		}
		next := math.Inf(-1)
		if k+1 < len(sorted) {
			next = sorted[k+1] - top
		}
		// With d = s/m − τ ≥ 0 the mean above τ and e = q/m − (s/m)² their variance:
		// m·d² = ratio²·(d² + e).
		mean := s / m
		e := max(0, q/m-mean*mean)
		d := t.ratio * math.Sqrt(e/max(m-least, 1e-12*m)) // the ratio √n is reached at −∞
		if tau := mean - d; tau >= next {
			return top + tau
		}
	}
	return sorted[len(sorted)-1]
}
