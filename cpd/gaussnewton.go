package cpd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// GaussNewton improves all factors at once by damped Gauss–Newton steps,
//
//	(JᵀJ + μI)·p = −g,
//
// J the Jacobian of the model and g the gradient; μ follows how well the last step
// was foretold. It is the method for components that are nearly collinear, where
// alternating updates take thousands of sweeps and it takes tens. JᵀJ is never
// formed: products with it go through the Gram matrices, and the step is found by
// conjugate gradients, preconditioned by the blocks (G_n + μI) ⊗ I of single modes.
// The error never rises.
//
// A run begins with a sweep of [Alternating], which brings a start of any scale near
// the data, and ends, after some tens of sweeps, by quadratic convergence where the
// error is small. Components are balanced: the columns of one have the same norm in
// every mode, without which some of JᵀJ vanishes beside the rest. Methods may be
// [LeastSquares] and [Fixed]. Of incomplete data JᵀJ is that of complete ones, which
// is larger: the steps are sound but shorter.
//
// Cost of a sweep: the MTTKRPs of all modes, once for a step that is taken and once
// for every one that is refused, and 6·R²·ΣI flops for a conjugate gradient step.
//
// References:
//   - Sorber, L., Van Barel, M., De Lathauwer, L.: Optimization-based algorithms for
//     tensor decompositions: canonical polyadic decomposition, decomposition in
//     rank-(L_r, L_r, 1) terms, and a new generalization. SIAM J. Optim. 23(2),
//     695–720 (2013).
//   - Phan, A.-H., Tichavský, P., Cichocki, A.: Low complexity damped Gauss–Newton
//     algorithms for CANDECOMP/PARAFAC. SIAM J. Matrix Anal. Appl. 34(1), 126–147
//     (2013).
//   - Nielsen, H.B.: Damping parameter in Marquardt's method. Technical University of
//     Denmark, IMM-REP-1999-05 (1999).
type GaussNewton struct {
	// Inner is the largest number of conjugate gradient steps for one step of all
	// factors. Default: 200.
	Inner int
}

// Begin implements [Algorithm].
func (a GaussNewton) Begin(p Problem) (Stepper, error) {
	fit, v, err := beginSquares(p, "GaussNewton", false)
	if err != nil {
		return nil, err
	}
	if a.Inner <= 0 {
		a.Inner = 200
	}
	return &gaussNewton{
		inner: a.Inner, fit: fit, normal: newNormal(v), growth: 2,
		here: v, there: v.like(), grad: v.like(), next: v.like(), step: v.like(),
		residual: v.like(), scaled: v.like(), image: v.like(), d: v.like(),
	}, nil
}

const (
	firstDamping = 1e-2 // μ of the first step, as a part of the largest entry of JᵀJ
	gaussTries   = 12   // steps of growing μ that a sweep tries: 2·4·8⋯ is beyond 10²³ then
	leastGain    = 1e-4 // of what was foretold, for a step to be taken
	innerEnd     = 1e-3 // residual of the conjugate gradients, in the norm of the preconditioner
)

type gaussNewton struct {
	inner  int
	fit    *squares
	normal *normal

	here, there *variables // the present point and the one that is tried
	grad, next  *variables // their gradients
	now         value
	mu, growth  float64
	began       bool

	step                       *variables // p
	residual, scaled, image, d *variables // of the conjugate gradients
}

// Sweep makes one step. Where none is found that lowers the error, which is at a
// minimum or in rounding, the model stays.
func (s *gaussNewton) Sweep() (sweep.Point, error) {
	if !s.began {
		s.began = true
		s.now = s.fit.evaluate(s.here, s.grad)
		s.normal.set(s.here, &s.fit.grams)
		s.mu = firstDamping * s.normal.largest()
	}
	mu := s.mu
	for range gaussTries {
		foretold := s.solve()
		if !(foretold > s.now.noise/64) {
			break
		}
		for i, v := range s.here.z {
			s.there.z[i] = v + s.step.z[i]
		}
		s.there.balance()
		then := s.fit.evaluate(s.there, s.next)
		gain := (s.now.f - then.f) / foretold
		if gain > leastGain {
			s.take(then, gain)
			return sweep.Point{RelativeError: s.now.rel}, nil
		}
		s.mu *= s.growth
		s.growth *= 2
	}
	s.mu, s.growth = mu, 2
	return sweep.Point{RelativeError: s.now.rel}, nil
}

// take moves to the point that was tried.
func (s *gaussNewton) take(then value, gain float64) {
	s.here, s.there, s.grad, s.next = s.there, s.here, s.next, s.grad
	s.now = then
	s.mu *= max(1.0/3, 1-math.Pow(2*gain-1, 3))
	s.growth = 2
	s.normal.set(s.here, &s.fit.grams)
}

// solve sets step to p, as far as the conjugate gradients get, and returns by how much
// the quadratic model of the objective falls, −gᵀp − ½pᵀJᵀJp.
func (s *gaussNewton) solve() float64 {
	s.mu = s.normal.damp(s.mu)
	g, p, r, d := s.grad.z, s.step.z, s.residual.z, s.d.z
	clear(p)
	for i, v := range g {
		r[i] = -v
	}
	s.normal.precondition(s.scaled, s.residual)
	copy(d, s.scaled.z)
	rho := kernel.Dot(r, s.scaled.z)
	end := innerEnd * innerEnd * rho
	for range s.inner {
		s.normal.product(s.image, s.d)
		curvature := kernel.Dot(d, s.image.z)
		if !(rho > 0) || !(curvature > 0) {
			break
		}
		kernel.Axpy(p, rho/curvature, d)
		kernel.Axpy(r, -rho/curvature, s.image.z)
		s.normal.precondition(s.scaled, s.residual)
		before := rho
		if rho = kernel.Dot(r, s.scaled.z); rho <= end {
			break
		}
		for i, v := range s.scaled.z {
			d[i] = v + rho/before*d[i]
		}
	}
	// (JᵀJ + μI)·p = −g − r, so that no further product is needed.
	return (kernel.Dot(r, p) + s.mu*kernel.Dot(p, p) - kernel.Dot(g, p)) / 2
}

// Model implements [Stepper].
func (s *gaussNewton) Model() *tensor.Kruskal { return s.fit.model(s.here) }

// atScale implements scaler.
func (s *gaussNewton) atScale() []*mat.Dense { return s.fit.factors(s.here) }
