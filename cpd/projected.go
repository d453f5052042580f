package cpd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// ProjectedQuasiNewton improves all factors at once, some of them within bounds: modes
// whose method is [HALS], [AcceleratedHALS], [NNLS], [MU], or [ADMM] or [FastGradient]
// with constraint.Nonnegative are ≥ 0, and those of constraint.Box in the box;
// [LeastSquares] leaves a mode free and [Fixed] as it is. Only the bounds of a method are
// taken. Variables at their bound whose gradient holds them there stay; among the others the
// direction is that of limited-memory BFGS, as of [LBFGS], and the search goes along
// the projection of the ray on the bounds, to a sufficient decrease. A fixed point
// meets the conditions of Karush, Kuhn and Tucker. The error never rises.
//
// A run begins with a sweep of [Alternating]. Memory: 2·Memory+7 copies of the factors.
//
// References:
//   - Bertsekas, D.P.: Projected Newton methods for optimization problems with simple
//     constraints. SIAM J. Control Optim. 20(2), 221–246 (1982).
//   - Schmidt, M., Kim, D., Sra, S.: Projected Newton-type methods in machine
//     learning. In: Optimization for Machine Learning, MIT Press (2012).
type ProjectedQuasiNewton struct {
	// Memory is the number of steps that are remembered. Default: 10.
	Memory int
}

// Begin implements [Algorithm].
func (a ProjectedQuasiNewton) Begin(p Problem) (Stepper, error) {
	fit, v, err := beginSquares(p, "ProjectedQuasiNewton", true)
	if err != nil {
		return nil, err
	}
	return newProjected(fit, v, newBlockJacobi(&fit.grams, v, true), a.Memory), nil
}

// projected is the state of a projected quasi-Newton method between two sweeps.
type projected struct {
	objective objective
	metric    *blockJacobi
	history   *history

	here, there *variables // the present point and the one that is tried
	grad, next  *variables // their gradients
	now         value
	d           *variables
	free        []bool // variables that the present direction may move
	began, done bool
}

func newProjected(o objective, v *variables, m *blockJacobi, memory int) *projected {
	s := &projected{
		objective: o, metric: m, history: newHistory(memory, v), free: make([]bool, len(v.z)),
		here: v, there: v.like(), grad: v.like(), next: v.like(), d: v.like(),
	}
	for n := range v.factor { // a start may be outside
		b := v.bound(n)
		for i := v.at[n]; i < v.at[n+1]; i++ {
			v.z[i] = b.clamp(v.z[i])
		}
	}
	return s
}

// Sweep makes one step. Where nothing lower is found, which is at a minimum or in
// rounding, it stays, and no later sweep looks again.
func (s *projected) Sweep() (sweep.Point, error) {
	s.begin()
	if s.here.skew() > mostSkew {
		s.here.balance()
		s.now = s.objective.evaluate(s.here, s.grad)
		s.history.restart()
	}
	for !s.done && !s.search(s.direct()) {
		s.done = !s.history.restart()
	}
	return sweep.Point{RelativeError: s.now.rel}, nil
}

// direct sets d and returns the first step to try. Variables near their bound that the
// gradient pushes against it go there; leaving them to the quasi-Newton direction
// could make it no direction of descent once it is projected.
func (s *projected) direct() float64 {
	s.metric.set(s.here)
	near := s.near()
	for n := range s.here.factor {
		b := s.here.bound(n)
		for i := s.here.at[n]; i < s.here.at[n+1]; i++ {
			z, g := s.here.z[i], s.grad.z[i]
			s.free[i] = !(g > 0 && z <= b.lo+near) && !(g < 0 && z >= b.hi-near)
			s.d.z[i] = 0
			if s.free[i] {
				s.d.z[i] = -g
			}
		}
	}
	s.history.apply(s.d, s.metric, s.free)
	step := 1.0
	if s.history.count == 0 {
		step = s.metric.first(s.here, s.d)
	}
	for n := range s.here.factor {
		b := s.here.bound(n)
		for i := s.here.at[n]; i < s.here.at[n+1]; i++ {
			switch {
			case s.free[i]:
			case s.grad.z[i] > 0:
				s.d.z[i] = (b.lo - s.here.z[i]) / step
			default:
				s.d.z[i] = (b.hi - s.here.z[i]) / step
			}
		}
	}
	return step
}

// near is how close to its bound a variable counts as being there: nearer as the
// projected gradient vanishes, and never more than a thousandth of a typical size.
func (s *projected) near() float64 {
	var zz, pp float64
	for n := range s.here.factor {
		b := s.here.bound(n)
		for i := s.here.at[n]; i < s.here.at[n+1]; i++ {
			z := s.here.z[i]
			to := b.clamp(z - s.grad.z[i])
			zz += z * z
			pp += (z - to) * (z - to)
		}
	}
	return min(1e-3*math.Sqrt(zz/float64(len(s.here.z))), math.Sqrt(pp))
}

// search shortens the step until the decrease is sufficient,
//
//	f(P(z + t·d)) ≤ f(z) + 1e-4·gᵀ(P(z + t·d) − z),
//
// and moves there; it is false where nothing lower was found.
func (s *projected) search(t float64) bool {
	for range 30 {
		slope := s.project(t)
		if !(slope < 0) {
			return false
		}
		then := s.objective.evaluate(s.there, s.next)
		if then.f <= s.now.f+1e-4*slope && then.f < s.now.f {
			s.history.add(s.here.z, s.there.z, s.grad.z, s.next.z)
			s.here, s.there, s.grad, s.next = s.there, s.here, s.next, s.grad
			s.now = then
			return true
		}
		if -slope <= s.now.noise {
			return false
		}
		// The minimum of the parabola through both values and the slope.
		by := -slope / (2 * (then.f - s.now.f - slope))
		if !(by >= 0.1) { // a NaN comes here too
			by = 0.1
		}
		t *= min(by, 0.5)
	}
	return false
}

// project sets there to the projection of here + t·d and returns gᵀ(there − here).
func (s *projected) project(t float64) float64 {
	for n := range s.here.factor {
		b := s.here.bound(n)
		for i := s.here.at[n]; i < s.here.at[n+1]; i++ {
			s.there.z[i] = b.clamp(s.here.z[i] + t*s.d.z[i])
		}
	}
	return kernel.Dot(s.grad.z, s.there.z) - kernel.Dot(s.grad.z, s.here.z)
}

// Model implements [Stepper].
func (s *projected) Model() *tensor.Kruskal { return s.objective.model(s.here) }

// atScale implements scaler.
func (s *projected) atScale() []*mat.Dense { return s.objective.factors(s.here) }

// begin evaluates where the run begins, once.
func (s *projected) begin() {
	if !s.began {
		s.began = true
		s.now = s.objective.evaluate(s.here, s.grad)
	}
}

// lowest is the value of the objective.
func (s *projected) lowest() float64 {
	s.begin() // a run that is taken up at its end makes no sweep
	return s.now.f
}
