package cpd

import "github.com/polyad/polyad/internal/kernel"

// ConjugateGradient improves all factors at once by nonlinear conjugate gradients
// (Polak–Ribière, restarted where β would be negative), preconditioned by the diagonal
// blocks (G_n + δI) ⊗ I of the Hessian; steps meet the strong Wolfe conditions. It is
// the method that needs the least memory, 7 copies of the factors; [LBFGS] takes fewer
// evaluations. The error never rises.
//
// A run begins with a sweep of [Alternating]. Methods may be [LeastSquares] and [Fixed].
//
// References:
//   - Acar, E., Dunlavy, D.M., Kolda, T.G.: A scalable optimization approach for
//     fitting canonical tensor decompositions. J. Chemom. 25(2), 67–86 (2011).
//   - De Sterck, H., Winlaw, M.: A nonlinearly preconditioned conjugate gradient
//     algorithm for rank-R canonical tensor approximation. Numer. Linear Algebra
//     Appl. 22(3), 410–432 (2015).
type ConjugateGradient struct{}

// Begin implements [Algorithm].
func (ConjugateGradient) Begin(p Problem) (Stepper, error) {
	fit, v, err := beginSquares(p, "ConjugateGradient", false)
	if err != nil {
		return nil, err
	}
	c := &conjugate{metric: newBlockJacobi(&fit.grams, v, true), q: v.like(), old: v.like()}
	return newDescent(fit, v, c, 0.1), nil
}

// conjugate is the compass of conjugate gradients.
type conjugate struct {
	metric *blockJacobi
	q, old *variables // the preconditioned gradient, and the gradient before
	before float64    // gᵀq of the last direction
	moving bool       // there is a last direction
	last   float64    // the change that the last step foretold, step times slope
	slope  float64
}

func (c *conjugate) direct(d, v, g *variables) float64 {
	c.metric.set(v)
	c.metric.apply(c.q, g)
	gq := kernel.Dot(g.z, c.q.z)
	beta := 0.0
	if c.moving {
		beta = max(0, (gq-kernel.Dot(c.old.z, c.q.z))/c.before)
	}
	for i, x := range c.q.z {
		d.z[i] = beta*d.z[i] - x
	}
	c.slope = kernel.Dot(d.z, g.z)
	if c.slope >= 0 {
		for i, x := range c.q.z {
			d.z[i] = -x
		}
		c.slope = -gq
	}
	c.before = gq
	if c.moving && c.slope < 0 {
		return c.last / c.slope
	}
	return c.metric.first(v, d)
}

func (c *conjugate) moved(v, w, g, _ *variables) {
	copy(c.old.z, g.z)
	c.moving = true
	c.last = 0
	for i, x := range g.z { // gᵀ(w − v)
		c.last += x * (w.z[i] - v.z[i])
	}
}

func (c *conjugate) restart() bool {
	had := c.moving
	c.moving = false
	return had
}
