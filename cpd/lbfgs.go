package cpd

// LBFGS improves all factors at once by the limited-memory quasi-Newton method of
// Broyden, Fletcher, Goldfarb and Shanno: the last steps and changes of the gradient
// say how the Hessian bends, on top of its diagonal blocks (G_n + δI) ⊗ I. Steps meet
// the strong Wolfe conditions. Compared with [GaussNewton] it takes several times as
// many sweeps, of one or two evaluations each, and nothing beside them but a few
// products of vectors; far fewer sweeps than [Alternating] where components are nearly
// collinear. The error never rises.
//
// A run begins with a sweep of [Alternating]. Methods may be [LeastSquares] and
// [Fixed]; see [ProjectedQuasiNewton] for factors ≥ 0. Memory: 2·Memory+7 copies of the
// factors.
//
// References:
//   - Liu, D.C., Nocedal, J.: On the limited memory BFGS method for large scale
//     optimization. Math. Program. 45, 503–528 (1989).
//   - Acar, E., Dunlavy, D.M., Kolda, T.G.: A scalable optimization approach for
//     fitting canonical tensor decompositions. J. Chemom. 25(2), 67–86 (2011).
//   - De Sterck, H., Howse, A.J.M.: Nonlinearly preconditioned L-BFGS as an
//     acceleration mechanism for alternating least squares with application to tensor
//     decomposition. Numer. Linear Algebra Appl. 25(6), e2202 (2018).
type LBFGS struct {
	// Memory is the number of steps that are remembered. Default: 10.
	Memory int
}

// Begin implements [Algorithm].
func (a LBFGS) Begin(p Problem) (Stepper, error) {
	fit, v, err := beginSquares(p, "LBFGS", false)
	if err != nil {
		return nil, err
	}
	c := &quasiNewton{history: newHistory(a.Memory, v), metric: newBlockJacobi(&fit.grams, v, true)}
	return newDescent(fit, v, c, 0.9), nil
}

// quasiNewton is the compass of limited-memory BFGS.
type quasiNewton struct {
	*history
	metric *blockJacobi
}

func (c *quasiNewton) direct(d, v, g *variables) float64 {
	c.metric.set(v)
	for i, x := range g.z {
		d.z[i] = -x
	}
	c.history.apply(d, c.metric, nil)
	if c.count == 0 {
		return c.metric.first(v, d)
	}
	return 1
}

func (c *quasiNewton) moved(v, w, g, h *variables) { c.history.add(v.z, w.z, g.z, h.z) }
