package cpd

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// An Algorithm says how the factors of a model are improved: one after the other,
// or all at once. It is a value without state, so that one may serve several runs.
type Algorithm interface {
	// Begin returns the state before the first sweep. It refuses, with
	// ErrOptions, methods and kinds of data that it has no answer to, and says
	// what to use instead.
	Begin(p Problem) (Stepper, error)
}

// Problem is what an [Algorithm] begins with.
type Problem struct {
	X       tensor.Tensor
	Start   []*mat.Dense // one factor per mode, of the same rank; to be copied, not changed
	Methods []Method     // one per mode, none nil
	Rand    *rand.Rand   // of this start alone
}

// A Stepper is a model that sweeps make better.
type Stepper interface {
	sweep.Stepper
	// Model is a copy of the present model with unit columns, the scale in the
	// weights.
	Model() *tensor.Kruskal
}

// A LossStepper minimises something else than the squared error, and says what is
// left of it: Result.Loss, by which starts are compared.
type LossStepper interface {
	Stepper
	Loss() float64
}

// interruptible is a Stepper of which one sweep can take as long as a run: it ends, with an
// error that wraps ctx.Err(), when ctx does.
type interruptible interface {
	within(ctx context.Context)
}

// scaler is a Stepper whose methods care for the scale of their factors.
type scaler interface {
	// atScale are copies of the factors of Model at the scale at which their methods
	// made them, in its order; nil where no method cares.
	atScale() []*mat.Dense
}

// Alternating updates one factor after the other, each by its own method: [ALS].
type Alternating struct{}

// Begin implements [Algorithm].
func (Alternating) Begin(p Problem) (Stepper, error) { return alternating(p, true) }

func alternating(p Problem, slabwise bool) (*ALS, error) {
	_, rank := p.Start[0].Dims()
	update := make([]Updater, len(p.Methods))
	for n, m := range p.Methods {
		if d, ok := m.(onData); ok {
			m = d.on(p.X, n, rank)
		}
		update[n] = m.Begin(p.X.Dims()[n], rank)
	}
	return newALS(p.X, p.Start, update, slabwise)
}

// onData is a Method that depends on the size of the data.
type onData interface {
	on(x tensor.Tensor, n, rank int) Method
}
