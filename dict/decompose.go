package dict

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Options of [Decompose]. The zero value, or nil, leaves the other factors
// unconstrained and chooses atoms by Auto{}, or by Mixed{} where components have
// several.
type Options struct {
	// Methods says how each factor is solved for, as in cpd.Options; in a mode
	// with a dictionary it governs the relaxed factor before it is replaced by
	// atoms. Default: LeastSquares{}.
	Methods []cpd.Method
	// Algorithm chooses the atoms. Default: Auto{}, or Mixed{} if a mode has
	// PerComponent above 1.
	Algorithm Algorithm
	// Init makes the factors of the fit without dictionary that several
	// algorithms start from. Default: cpd.Random{}.
	Init cpd.Init
	// Starts is the number of such fits, each with its own random numbers.
	// Default: 1.
	Starts int
	// Stop ends the fit of the other factors to given atoms; with a single other
	// mode that is fitted exactly, in one sweep, it ends the exchanges of Swap.
	// Fits without dictionary end by it too. Default: sweep.DefaultStop.
	Stop sweep.Stop
	// Seed drives every random choice.
	Seed uint64
	// Observe, if not nil, is told what is being done and every sweep of it.
	// Returning sweep.ErrStop ends Decompose with the best model so far; it is an
	// error if there is none yet.
	Observe func(stage string, p sweep.Point) error
}

// An Algorithm proposes atoms. Those of this package are Project, Hard,
// Smooth, Flexible, Gradient, GroupLasso, SOMP, MUSIC, From, Swap, Auto and Exact, and Mixed for
// several atoms per component.
type Algorithm interface {
	// Name is the algorithm's name in results.
	Name() string
	// fit returns the best model it found. One may come with an error: the
	// best before it happened.
	fit(ctx context.Context, p *problem) (*candidate, error)
}

// Result of [Decompose].
type Result struct {
	Model         *tensor.Kruskal // unit columns, scale in the weights, sorted by weight
	Factors       []*mat.Dense    // those of Model at the scale of atoms and methods: rows that sum to one, smooth columns; their product is the model
	Atoms         [][]int         // Atoms[n][r] is the atom of component r in mode n, of several the one of largest weight; −1 where it is free; nil for a mode without dictionary
	Trace         sweep.Trace     // the sweeps that led to Model with its atoms fixed, swap after swap
	Status        sweep.Status    // Converged: the last fit converged and, for Swap, no exchange of one atom that was tried lowered the error by as much as Swap asks for
	Distances     [][]float64     // Distances[n][r] is how far column r of mode n is from its atom, as Mode.Tolerance measures it, NaN if free; nil without a Tolerance
	RelativeError float64         // ‖X − X̂‖/‖X‖, recomputed from Model
	Algorithm     string          // which algorithm the atoms come from
	Swaps         int             // exchanges of an atom that were accepted
	Candidates    []Candidate     // the models that were compared before any exchange
	Search        Search          // how the choice of atoms ended, and how far it can be from the best

	// Combinations[n][r] is column r of factor n as a combination of atoms, for
	// every mode with a dictionary; nil unless Mixed was the algorithm.
	Combinations [][]Combination
}

// Candidate is a model that was compared with others.
type Candidate struct {
	Algorithm     string
	Start         int
	RelativeError float64 // with its atoms fixed and the other factors fitted to them
	Sweeps        int     // of that fit
	Status        sweep.Status
}

// Decompose fits a CP model with the given number of components whose factors
// in the given modes are made of atoms. At least one mode has no dictionary: it
// carries the scale.
//
// It fails with [ErrShape], [ErrBounds], [ErrOptions] or an error of package cpd
// before any work. When ctx ends, the error comes with the best model so far,
// if there is one.
func Decompose(ctx context.Context, x tensor.Tensor, rank int, modes []Mode, opts *Options) (*Result, error) {
	if isTied(modes) {
		if tensor.PartsOf(x) != nil {
			return nil, fmt.Errorf("%w: tied modes need the data in one process", ErrOptions)
		}
		return decomposeTied(ctx, x, rank, modes, opts)
	}
	p, err := newProblem(x, rank, modes, opts)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("dict: ended before it began: %w", err)
	}
	ctx = p.together(ctx)
	best, err := p.algorithm.fit(ctx, p)
	if unread := p.readable(); unread != nil {
		return nil, unread
	}
	if err == nil {
		best, err = p.lessen(ctx, best)
	}
	if best == nil && (ctx.Err() != nil || errors.Is(err, sweep.ErrStop)) {
		best = p.salvage()
	}
	if best == nil {
		if errors.Is(err, sweep.ErrStop) {
			err = fmt.Errorf("dict: stopped before there was a model with atoms: %w", err)
		}
		return nil, err
	}
	if err != nil {
		best.status, best.search.Ended = sweep.Stopped, Interrupted
	}
	if errors.Is(err, sweep.ErrStop) {
		err = nil
	}
	r := p.result(best)
	if unread := p.readable(); unread != nil {
		return nil, unread
	}
	if err == nil {
		err = p.interrupted
	}
	return r, err
}

// result is what the caller sees of a candidate: components sorted by weight
// and the error recomputed from the very model.
func (p *problem) result(c *candidate) *Result {
	model := tensor.NewKruskal(c.factors...).Clone()
	p.normalize(model)
	order := model.Sort()
	scaled := tensor.NewKruskal(c.factors...).Clone()
	scaled.Permute(order)
	r := &Result{
		Model: model, Factors: scaled.Factors, Atoms: make([][]int, len(c.factors)), Trace: c.trace, Status: c.status,
		RelativeError: model.RelativeError(p.x), Algorithm: c.algorithm, Swaps: c.swaps, Candidates: p.compared, Search: c.search,
	}
	for i := range p.modes {
		n := p.modes[i].N
		r.Atoms[n] = make([]int, len(order))
		for to, from := range order {
			r.Atoms[n][to] = c.atoms[i][from]
		}
		if d := p.modes[i].distances(r.Atoms[n], r.Factors[n]); d != nil {
			if r.Distances == nil {
				r.Distances = make([][]float64, len(c.factors))
			}
			r.Distances[n] = d
		}
	}
	if _, mixed := p.algorithm.(Mixed); mixed {
		r.Combinations = p.combine(c, model, order)
	}
	return r
}
