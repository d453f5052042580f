package cpd

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Keep saves a long run as it goes, so that it can be taken up where it was.
type Keep struct {
	// Every is the number of sweeps between two saves. Default: 10.
	Every int
	// Save is given the state, which it must not change nor keep. An error ends
	// the run, with the best model so far.
	Save func(*State) error
	// From, if not nil, is a state to go on from: of the same data, rank and
	// options. Given it, the run ends where it would have ended, up to rounding
	// and to what methods remember between sweeps (duals, momentum, samples), which
	// is built up anew.
	From *State
}

// State is a run between two sweeps.
type State struct {
	Start int             // the start that is running
	Trace sweep.Trace     // of that start
	Model *tensor.Kruskal // of that start: unit columns, in the order of the run
	// Factors are those of Model at the scale that a method needs, as Result.Factors; nil
	// where none does.
	Factors []*mat.Dense
	Best    *Result // of the starts before it; nil if there are none
}

// begin is what the starts before the kept one led to, and the number of that.
func (k *Keep) begin(x tensor.Tensor, rank, starts int) (best *Result, first int, err error) {
	if k == nil {
		return nil, 0, nil
	}
	if k.Every < 0 {
		return nil, 0, fmt.Errorf("%w: a state kept every %d sweeps", ErrOptions, k.Every)
	}
	s := k.From
	if s == nil {
		return nil, 0, nil
	}
	if s.Model == nil || !slices.Equal(s.Model.Dims(), x.Dims()) || s.Model.Rank() != rank {
		return nil, 0, fmt.Errorf("%w: the kept state is of another problem than %d components of sizes %v", ErrShape, rank, x.Dims())
	}
	for n, a := range s.Factors {
		if r, c := a.Dims(); len(s.Factors) != len(x.Dims()) || r != x.Dims()[n] || c != rank {
			return nil, 0, fmt.Errorf("%w: the kept state has %d factors, and factor %d is %d×%d, of another problem than %d components of sizes %v", ErrShape, len(s.Factors), n, r, c, rank, x.Dims())
		}
	}
	if s.Start < 0 || s.Start >= starts {
		return nil, 0, fmt.Errorf("%w: the kept state is in start %d of %d", ErrOptions, s.Start, starts)
	}
	if s.Best != nil {
		b := *s.Best
		best = &b
	}
	return best, s.Start, nil
}

// resume is the kept start, if this is the one.
func (k *Keep) resume(start int) ([]*mat.Dense, sweep.Trace) {
	if k == nil || k.From == nil || k.From.Start != start {
		return nil, nil
	}
	if k.From.Factors != nil {
		return k.From.Factors, k.From.Trace
	}
	return From(k.From.Model).Factors, k.From.Trace
}

// save is called after every sweep.
func (k *Keep) save(c *contender, trace sweep.Trace) error {
	if k == nil || k.Save == nil {
		return nil
	}
	every := k.Every
	if every == 0 {
		every = 10
	}
	if len(trace)%every != 0 {
		return nil
	}
	s := &State{Start: c.start, Trace: trace, Model: c.stepper.Model(), Best: c.best}
	if f, ok := c.stepper.(scaler); ok && c.scaled {
		s.Factors = f.atScale()
	}
	return k.Save(s)
}

// From starts from a model: one that was fitted before, to go on from or to be
// fitted to data that have changed a little. Its weights go to the last factor.
// The model is copied.
func From(k *tensor.Kruskal) Given {
	k = k.Clone()
	last := k.Factors[len(k.Factors)-1]
	newEntries().scaleColumns(last, k.Weights)
	return Given{k.Factors}
}
