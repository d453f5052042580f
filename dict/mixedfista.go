package dict

import (
	"context"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
)

// penalty is a convex function h of S, by rows.
type penalty interface {
	// prox overwrites s with argmin_X h(X) + ‖X − S‖²/(2t) and returns h of it.
	prox(s []float64, t float64) float64
	// value is h(S).
	value(s []float64) float64
}

// fista is the state of accelerated proximal gradient descent on
//
//	½⟨A·G, A⟩ − ⟨M, A⟩ + h(S),  A = D̂·S,
//
// with steps of 1/L, L ≥ σ₁(D̂)²·σ₁(G), and momentum (t−1)/t₊,
// t₊ = (1 + √(1 + 4t²))/2, which starts anew whenever the cost rises; the step that
// raised it is taken back. A step costs one product with D and one with Dᵀ.
//
// References:
//   - Beck, A., Teboulle, M.: A fast iterative shrinkage-thresholding algorithm
//     for linear inverse problems. SIAM J. Imaging Sci. 2(1) (2009).
//   - O'Donoghue, B., Candès, E.: Adaptive restart for accelerated gradient
//     schemes. Found. Comput. Math. 15 (2015).
type fista struct {
	*coding
	s, before, y    []float64  // d×R
	as, abefore, ay *mat.Dense // D̂ times these
	lipschitz       float64
	cost            float64 // at s, the penalty included
}

func newFista(c *coding) *fista {
	rows, atoms := c.dict.Dims()
	n := atoms * c.rank
	return &fista{
		coding: c, s: make([]float64, n), before: make([]float64, n), y: make([]float64, n),
		as: mat.NewDense(rows, c.rank, nil), abefore: mat.NewDense(rows, c.rank, nil), ay: mat.NewDense(rows, c.rank, nil),
	}
}

const (
	fistaTol    = 1e-8 // relative change of the cost that ends the steps
	lipschitzUp = 1.5  // growth of L when a plain step raises the cost
	growths     = 100  // of them at most
)

// run takes steps from s until the cost stands still.
func (f *fista) run(ctx context.Context, h penalty, steps int) error {
	f.lipschitz = f.squaredNorm() * f.topEigenvalue()
	f.expand(f.as, f.s)
	f.cost = f.residual(f.as) + h.value(f.s)
	t, grown := 1.0, 0
	f.still()
	for range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		before := f.cost
		if f.step(h) {
			next := (1 + math.Sqrt(1+4*t*t)) / 2
			f.lead((t - 1) / next)
			t = next
			if before-f.cost <= fistaTol*math.Abs(f.cost) {
				return nil
			}
			continue
		}
		if t == 1 {
			if grown++; grown > growths {
				return nil
			}
			f.lipschitz *= lipschitzUp
		}
		t = 1
		f.still()
	}
	return nil
}

// step goes from y to a new s. A step that raises the cost is taken back.
func (f *fista) step(h penalty) bool {
	f.residual(f.ay)
	f.correlate()
	f.s, f.before = f.before, f.s
	f.as, f.abefore = f.abefore, f.as
	by := 1 / f.lipschitz
	for i, x := range f.y {
		f.s[i] = x + by*f.corr[i]
	}
	value := h.prox(f.s, by)
	f.expand(f.as, f.s)
	if cost := f.residual(f.as) + value; cost <= f.cost {
		f.cost = cost
		return true
	}
	f.s, f.before = f.before, f.s
	f.as, f.abefore = f.abefore, f.as
	return false
}

// still puts y where s is.
func (f *fista) still() {
	copy(f.y, f.s)
	f.ay.Copy(f.as)
}

// lead puts y ahead of s: s + β(s − before).
func (f *fista) lead(beta float64) {
	for i, x := range f.s {
		f.y[i] = x + beta*(x-f.before[i])
	}
	y, s, b := f.ay.RawMatrix().Data, f.as.RawMatrix().Data, f.abefore.RawMatrix().Data
	for i, x := range s {
		y[i] = x + beta*(x-b[i])
	}
}

const (
	powerSteps  = 100
	powerTol    = 1e-3
	powerMargin = 1.05 // by which the estimate from below is raised
)

// squaredNorm is σ₁(D̂)² by the power method, raised by what it may be short of.
// Too small an estimate is found out by the cost. Work: two passes over the
// dictionary a step, once.
func (c *coding) squaredNorm() float64 {
	if c.top > 0 {
		return c.top
	}
	rows, atoms := c.dict.Dims()
	v, w := mat.NewDense(rows, 1, nil), make([]float64, atoms)
	for i := range rows {
		v.Set(i, 0, 1+0.5*math.Sin(float64(i+1))) // no direction in particular
	}
	p := newPass(c.dict, &c.dict.plain, 1, func(_, first int, x []float64) { copy(w[first:], x) })
	for range powerSteps {
		v.Scale(1/mat.Norm(v, 2), v)
		p.run(v)
		top := 0.0
		for j, x := range w {
			top += x * x
			w[j] = x / c.dict.norms[j]
		}
		done := top-c.top <= powerTol*top
		c.top = top
		if done {
			break
		}
		v.Mul(c.dict.atoms, mat.NewDense(atoms, 1, w))
	}
	c.top = powerMargin * max(1, c.top) // of unit atoms it is 1 at least
	return c.top
}

// topEigenvalue is σ₁(G) by the power method, raised likewise; 1 if G is zero.
func (c *coding) topEigenvalue() float64 {
	v, w := c.lead[:c.rank], c.lead[c.rank:]
	for r := range v {
		v[r] = 1 + 0.5*math.Sin(float64(r+1))
	}
	top := 0.0
	for range powerSteps {
		norm := math.Sqrt(kernel.Dot(v, v))
		if norm == 0 {
			break
		}
		for r := range v {
			v[r] /= norm
		}
		for r := range w {
			w[r] = kernel.Dot(c.h[r*c.rank:][:c.rank], v)
		}
		before := top
		top = kernel.Dot(v, w)
		copy(v, w)
		if top-before <= powerTol*top {
			break
		}
	}
	if top <= 0 {
		return 1
	}
	return powerMargin * top
}
