package cpd

import (
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// descent is the state of a method of directions and line searches between two
// sweeps. A sweep is one direction and the search along it.
type descent struct {
	objective objective
	compass   compass
	curvature float64 // of the Wolfe conditions

	here, there *variables // the present point and the one that is tried
	grad, next  *variables // their gradients
	now, then   value
	d           *variables
	phi         func(t float64) sample
	began, done bool
}

// A compass finds directions.
type compass interface {
	// direct sets d to a direction of descent at the point v of gradient g, and says
	// which step along it to try first.
	direct(d, v, g *variables) (step float64)
	// moved tells of a step that was made, from v to w, of gradients g and h.
	moved(v, w, g, h *variables)
	// restart forgets every step; it is false where there is none to forget.
	restart() bool
}

// mostSkew is how far the norms of a component's columns may drift apart before they
// are balanced, at the price of what is known of the Hessian: they stay where they are
// but after steps that are large, and where they differ much progress is slow.
const mostSkew = 8

func newDescent(o objective, v *variables, c compass, curvature float64) *descent {
	s := &descent{
		objective: o, compass: c, curvature: curvature,
		here: v, there: v.like(), grad: v.like(), next: v.like(), d: v.like(),
	}
	s.phi = s.at
	return s
}

// Sweep makes one step. Where nothing lower is found, which is at a minimum or in
// rounding, it stays, and no later sweep looks again.
func (s *descent) Sweep() (sweep.Point, error) {
	s.begin()
	if s.here.skew() > mostSkew {
		s.here.balance()
		s.now = s.objective.evaluate(s.here, s.grad)
		s.compass.restart()
	}
	for !s.done {
		step := s.compass.direct(s.d, s.here, s.grad)
		if s.along(step) {
			break
		}
		s.done = !s.compass.restart()
	}
	return sweep.Point{RelativeError: s.now.rel}, nil
}

// along searches along d and moves there; it is false where nothing lower was found.
func (s *descent) along(step float64) bool {
	slope := kernel.Dot(s.d.z, s.grad.z)
	if !(slope < 0) || math.IsInf(slope, -1) {
		return false
	}
	if !wolfe(sample{f: s.now.f, slope: slope}, step, s.curvature, s.now.noise, s.phi) {
		return false
	}
	s.compass.moved(s.here, s.there, s.grad, s.next)
	s.here, s.there, s.grad, s.next = s.there, s.here, s.next, s.grad
	s.now = s.then
	return true
}

// at evaluates at here + t·d.
func (s *descent) at(t float64) sample {
	for i, v := range s.here.z {
		s.there.z[i] = v + t*s.d.z[i]
	}
	s.then = s.objective.evaluate(s.there, s.next)
	return sample{t, s.then.f, kernel.Dot(s.d.z, s.next.z)}
}

// Model implements [Stepper].
func (s *descent) Model() *tensor.Kruskal { return s.objective.model(s.here) }

// atScale implements scaler.
func (s *descent) atScale() []*mat.Dense { return s.objective.factors(s.here) }

// begin evaluates where the run begins, once.
func (s *descent) begin() {
	if !s.began {
		s.began = true
		s.now = s.objective.evaluate(s.here, s.grad)
	}
}

// lowest is the value of the objective.
func (s *descent) lowest() float64 {
	s.begin() // a run that is taken up at its end makes no sweep
	return s.now.f
}
