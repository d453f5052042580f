package dict

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// TrustOptions of [Examine]. The zero value, or nil, has the defaults.
type TrustOptions struct {
	// Fit are the options that Decompose had: how the other factors are fitted
	// again, from which seed, and who is told.
	Fit Options
	// Tries is the number of atoms that are put in the place of each chosen one,
	// the most promising first. Default: 4; with a single other mode, whose fits
	// are exact, as many more as 10⁹ multiplications allow, at most 64.
	Tries int
	// Resamples is the number of data sets with their noise drawn anew. Default:
	// 20; −1: none. Data other than tensor.Dense and tensor.Dense32 have none.
	Resamples int
	// Restarts is the number of further runs of Decompose, from other seeds.
	// Default: 2 where starts are random, none where they are not; −1: none.
	Restarts int
	// Matters is the Δloss/loss from which a change of the fit matters in
	// practice. Default: 0.01.
	Matters float64
	// Clear is the difference in Akaike's criterion from which the data tell two
	// models apart. Default: 10, at which the worse has "essentially no support"
	// (Burnham and Anderson).
	Clear float64
}

// Trust says how far the atoms of a [Result] can be trusted: what the data say
// against every other atom, what theory guarantees, and how far the fit is from
// its own optimum.
type Trust struct {
	Loss    float64 // ‖X − X̂‖², everything but the atoms fitted again
	Freedom int     // numbers fitted, for these atoms
	// Variance is σ̂² = Loss/(cells − Freedom), what the model leaves of a cell;
	// NaN when there are no more cells than numbers fitted.
	Variance float64
	// Atoms[n][r] is about the atom of component r in mode n; nil for a mode
	// without dictionary.
	Atoms        [][]AtomTrust
	Certificates []Certificate // one per dictionary
	Conditions   []Condition   // the theorems' conditions, those of the certificates first
	// KKT[n] is how far factor n of the result is from a stationary point of its
	// own problem, as cpd.KKT measures it; 0 for a mode with a dictionary or a
	// factor that is fixed, NaN for a method that says of no constraint.
	KKT       []float64
	Resamples int         // data sets that the shares of AtomTrust.Resampled are taken over
	Restarts  []Candidate // the further runs
}

// AtomTrust is about one chosen atom. A change that is not possible has NaNs: no
// other atom is allowed in its place. Of a free component, Atom −1, it says whether it
// is needed.
type AtomTrust struct {
	Atom    int
	Removed Change // the component left out
	// Rival is the atom whose exchange for this one raises the loss least of those
	// that were tried, −1 if none is allowed; Angle is that between the two, in
	// radians. Proven: no other atom that the mode allows is a closer rival.
	Rival   int
	Angle   float64
	Swapped Change
	Proven  bool
	// Closest is the allowed atom at the smallest angle. It need not be the rival,
	// for the other factors fit themselves to an atom.
	Closest        int
	ClosestAngle   float64
	ClosestSwapped Change
	// Group are the other atoms that were tried and are interchangeable with this one
	// in practice, the closest in loss first.
	Group []int
	// Resampled is the share of the resampled data sets whose best atoms hold this
	// one, ResampledGroup that of those that hold it or one of Group. NaN: none.
	Resampled, ResampledGroup float64
	// Restarted is the share of further runs, of those that end at a loss no
	// higher than Loss by Matters, that hold this atom. NaN: none.
	Restarted float64

	Interchangeable bool   // exchanging it for Rival raises the loss by less than Matters
	Clear           bool   // the data tell it from Rival
	Needed          bool   // leaving it out matters, and clearly so
	Verdict         string // the same in words
}

// Examine says how far the atoms of a result of [Decompose] can be trusted. x
// and modes are those that Decompose had. For each chosen atom it fits
// everything again without it and with others in its place, [Change]; it draws
// the noise anew and exchanges single atoms for as long as the error falls;
// it checks what theory asks for, [Certificate] and [Condition].
//
// Work: for each component one fit to fixed atoms without it and Tries with others; for each of Resamples
// data sets one round of [Swap] or a few; two passes over the dictionary. Resamples hold two more
// copies of the data.
//
// It fails with [ErrShape], [ErrOptions] or [ErrBounds] where Decompose would, or
// when r is no result for these modes. When ctx ends, or Fit.Observe returns
// sweep.ErrStop, the error comes with what is known of the atoms if only
// resamples or restarts are missing.
func Examine(ctx context.Context, x tensor.Tensor, r *Result, modes []Mode, opts *TrustOptions) (*Trust, error) {
	e, err := newExam(x, r, modes, opts)
	if err != nil {
		return nil, err
	}
	if err := e.fitAgain(ctx); err != nil {
		return nil, err
	}
	for _, step := range []func(context.Context) error{e.certify, e.remove, e.exchange} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	if err := e.p.readable(); err != nil {
		return nil, err
	}
	e.judge()
	for _, step := range []func(context.Context) error{e.resample, e.restart} {
		if err := step(ctx); err != nil {
			return e.trust, err
		}
	}
	return e.trust, nil
}

// exam is the state of one call of Examine.
type exam struct {
	p     *problem
	o     TrustOptions
	model *tensor.Kruskal // of the result
	base  *candidate      // its atoms, everything else fitted again
	trust *Trust
}

func newExam(x tensor.Tensor, r *Result, modes []Mode, opts *TrustOptions) (*exam, error) {
	e := &exam{trust: &Trust{}}
	if opts != nil {
		e.o = *opts
	}
	if r == nil || r.Model == nil {
		return nil, fmt.Errorf("%w: no result to examine", ErrOptions)
	}
	for i := range modes {
		if modes[i].Tolerance > 0 {
			return nil, fmt.Errorf("%w: Examine judges atoms, and the columns of mode %d are only near theirs; examine a fit without Tolerance", ErrOptions, modes[i].N)
		}
	}
	if isTied(modes) {
		return nil, fmt.Errorf("%w: Examine knows no tied modes; examine the tensor with these modes merged into one", ErrOptions)
	}
	p, err := newProblem(x, r.Model.Rank(), modes, &e.o.Fit)
	if err != nil {
		return nil, err
	}
	e.p, e.model = p, r.Model
	if err := e.checkResult(r); err != nil {
		return nil, err
	}
	for n, m := range p.methods {
		if ordered(m) {
			return nil, fmt.Errorf("%w: the method of mode %d knows columns by number, which the order of a result does not keep; examine without it", ErrOptions, n)
		}
	}
	if e.o.Matters < 0 || e.o.Clear < 0 || !(e.o.Matters == e.o.Matters && e.o.Clear == e.o.Clear) {
		return nil, fmt.Errorf("%w: Matters is %g and Clear is %g; neither may be negative", ErrOptions, e.o.Matters, e.o.Clear)
	}
	e.setDefaults()
	e.trust.Atoms = make([][]AtomTrust, len(p.methods))
	for i := range p.modes {
		e.trust.Atoms[p.modes[i].N] = make([]AtomTrust, p.rank)
	}
	return e, nil
}

func (e *exam) setDefaults() {
	if e.o.Tries <= 0 {
		e.o.Tries = min(mostTries, e.p.tries())
	}
	switch {
	case e.o.Resamples == 0:
		e.o.Resamples = 20
	case e.o.Resamples < 0:
		e.o.Resamples = 0
	}
	switch {
	case e.o.Restarts == 0 && !e.p.settledStart():
		e.o.Restarts = 2
	case e.o.Restarts < 0:
		e.o.Restarts = 0
	}
	if e.o.Matters == 0 {
		e.o.Matters = 0.01
	}
	if e.o.Clear == 0 {
		e.o.Clear = 10
	}
}

// checkResult refuses a result that is not one for these modes.
func (e *exam) checkResult(r *Result) error {
	dims := e.p.x.Dims()
	if len(r.Model.Factors) != len(dims) || len(r.Atoms) != len(dims) {
		return fmt.Errorf("%w: the result has %d factors and atoms of %d modes, the tensor order %d", ErrShape, len(r.Model.Factors), len(r.Atoms), len(dims))
	}
	for n, size := range r.Model.Dims() {
		if size != dims[n] {
			return fmt.Errorf("%w: factor %d of the result has %d rows, mode %d has size %d", ErrShape, n, size, n, dims[n])
		}
		m := e.p.mode(n)
		if m == nil {
			continue
		}
		if len(r.Atoms[n]) != e.p.rank {
			return fmt.Errorf("%w: the result has %d atoms in mode %d for %d components", ErrShape, len(r.Atoms[n]), n, e.p.rank)
		}
		for c, j := range r.Atoms[n] {
			if j == -1 && m.Free != (assign.Bound{}) {
				continue
			}
			if _, atoms := m.Dict.Dims(); j < 0 || j >= atoms {
				return fmt.Errorf("%w: component %d has atom %d of a dictionary of %d in mode %d; is it the dictionary of the fit?", ErrShape, c, j, atoms, n)
			}
		}
	}
	e.base = &candidate{atoms: make([][]int, len(e.p.modes))}
	for i := range e.p.modes {
		e.base.atoms[i] = append([]int(nil), r.Atoms[e.p.modes[i].N]...)
	}
	return nil
}

// fitAgain measures how optimal the result is and takes up its fit to the end
// that its rivals are fitted to, lest an end come too early count for them.
func (e *exam) fitAgain(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("dict: examination ended before it began: %w", err)
	}
	factors := e.factors()
	e.trust.KKT = e.p.optimality(factors)
	c, err := e.p.refit(ctx, "examination", e.base.atoms, factors, e.p.stop)
	if err != nil {
		return err
	}
	e.base = c
	e.trust.Loss, e.trust.Freedom = e.p.loss(c), e.p.fitted(c)
	e.trust.Variance = e.p.variance(c)
	return nil
}

// observed is whether the caller wants to go on, asked where no sweep is run.
func (e *exam) observed(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("dict: examination ended: %w", err)
	}
	if e.p.stopped {
		return sweep.ErrStop
	}
	return nil
}
