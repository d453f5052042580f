package cpd

import (
	"context"
	"errors"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// contender is one start under way.
type contender struct {
	x       tensor.Tensor
	start   int
	stepper Stepper
	scaled  bool // a method cares for the scale of its factor
	trace   sweep.Trace
	status  sweep.Status
	sound   bool // there is a model: sweeps were made, and no factor has overflowed
	observe func(start int, p sweep.Point) error
	keep    *Keep
	best    *Result
}

// contender makes a start, from its own seed or as it was kept.
func (o Options) contender(x tensor.Tensor, rank, start int) (*contender, error) {
	rng := rand.New(rand.NewPCG(o.Seed, uint64(start)))
	factors, trace := o.Keep.resume(start)
	if factors == nil {
		var err error
		if factors, err = o.Init.Start(x, rank, o.nonnegative(), rng); err != nil {
			return nil, err
		}
		if failed := tensor.Err(x); failed != nil {
			return nil, unreadable(failed)
		}
	}
	s, err := o.Algorithm.Begin(Problem{X: x, Start: factors, Methods: o.Methods, Rand: rng})
	if err != nil {
		return nil, err
	}
	c := &contender{x: x, start: start, stepper: s, trace: trace, observe: o.Observe}
	for _, m := range o.Methods {
		c.scaled = c.scaled || FactsOf(m).Scaled
	}
	return c, nil
}

// run goes on until stop says so, and makes a result of where that led.
func (c *contender) run(ctx context.Context, stop sweep.Stop) (*Result, error) {
	err := c.advance(ctx, stop)
	if !c.sound {
		return nil, err
	}
	r, err := c.result(err)
	if err == nil {
		_, err = tensor.PartsOf(c.x).Sum() // of no words: whether the parts have answered
	}
	return r, err
}

// advance sweeps until stop says so.
func (c *contender) advance(ctx context.Context, stop sweep.Stop) (err error) {
	if s, ok := c.stepper.(interruptible); ok {
		s.within(ctx)
	}
	done := c.trace
	err = inParts(ctx, c.x, stop, func(ctx context.Context, stop sweep.Stop) (err error) {
		c.trace, c.status, err = sweep.Resume(ctx, done, readable{c.stepper, c.x}, stop, func(p sweep.Point) error {
			done = append(done, p)
			if c.observe != nil {
				if err := c.observe(c.start, p); err != nil {
					return err
				}
			}
			return c.keep.save(c, done)
		})
		return err
	})
	// Nothing that was computed after a failure to read can be trusted.
	c.sound = len(c.trace) > 0 && !errors.Is(err, sweep.ErrNotFinite) && !errors.Is(err, ErrRead)
	return err
}

// result recomputes the error from the model. It comes with the error given, or that of
// data that could not be read for it.
func (c *contender) result(err error) (*Result, error) {
	model := c.stepper.Model()
	order := model.Sort()
	r := &Result{Model: model, Trace: c.trace, Status: c.status, RelativeError: model.RelativeError(c.x), Start: c.start}
	if f, ok := c.stepper.(scaler); ok {
		for _, a := range f.atScale() {
			r.Factors = append(r.Factors, permuted(a, order))
		}
	}
	r.Loss = r.RelativeError * r.RelativeError * c.x.SquaredNorm()
	if l, ok := c.stepper.(LossStepper); ok {
		r.Loss = l.Loss()
	}
	r.Starts = []Run{{r.RelativeError, len(r.Trace), r.Status}}
	if failed := tensor.Err(c.x); failed != nil {
		return nil, unreadable(failed)
	}
	return r, err
}

// permuted is a copy of a whose column r is column order[r] of a.
func permuted(a *mat.Dense, order []int) *mat.Dense {
	rows, rank := a.Dims()
	b := mat.NewDense(rows, rank, nil)
	for i := range rows {
		from, to := a.RawRowView(i), b.RawRowView(i)
		for r, q := range order {
			to[r] = from[q]
		}
	}
	return b
}
