package cpd

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Options of [Decompose]. The zero value, or nil, is unconstrained ALS from one
// random start.
type Options struct {
	// Methods says how each factor is solved for; Methods[n] belongs to mode n.
	// A missing or nil entry is LeastSquares{}.
	Methods []Method
	// Algorithm is how the factors are improved. Default: Alternating{}, one
	// after the other.
	Algorithm Algorithm
	// Init makes the starting factors. Default: Random{}.
	Init Init
	// Starts is the number of runs; the one with the least error, or the least loss of
	// [Generalized], is returned.
	// Default: 1.
	Starts int
	// Stop ends a run. Default: sweep.DefaultStop.
	Stop sweep.Stop
	// Seed drives every random choice; equal seeds give equal results for any
	// number of workers. Default: 0, which is a seed like any other.
	Seed uint64
	// Observe, if not nil, is told every sweep of every start (counted from 0), one
	// at a time. Returning sweep.ErrStop ends the whole of Decompose with the best
	// model so far.
	Observe func(start int, p sweep.Point) error
	// Race, if above 0, lets several starts compete: all make so many sweeps, at
	// the same time where cores are free, the better half goes on for twice as
	// many, and so on until one is left, which runs to its end. Memory: that of the
	// algorithm times Starts; Stop is then asked by several goroutines. Default:
	// every start runs to its end, one after the other.
	Race int
	// Keep, if not nil, saves the state of the run as it goes, and takes up one
	// that was saved. It does not go together with Race.
	Keep *Keep
}

// Result of [Decompose].
type Result struct {
	Model *tensor.Kruskal // unit columns, scale in the weights, sorted by weight
	// Factors are those of Model at the scale at which their methods made them: rows
	// that sum to one, smooth or fixed columns. Their product is the model, component for
	// component. Nil where neither algorithm nor methods have one, and for data that are zero.
	Factors       []*mat.Dense
	Trace         sweep.Trace  // of the start that Model comes from
	Status        sweep.Status // how that start ended
	RelativeError float64      // ‖X − X̂‖/‖X‖, recomputed from Model
	// Loss is what was minimised: Σ f(x, x̂) over the known cells of [Generalized],
	// ‖X − X̂‖² of every other algorithm, without penalties of methods. Of several starts
	// the one with the least is returned.
	Loss   float64
	Start  int   // which start Model comes from
	Starts []Run // every start that was run, in order
}

// Run is how one start ended.
type Run struct {
	RelativeError float64 // as of Result; as of its last sweep where others of a race were better
	Sweeps        int
	Status        sweep.Status // sweep.Stopped where others of a race were better
}

// Decompose fits X ≈ Σ_r w_r a_r⁽⁰⁾ ∘ … ∘ a_r⁽ᴺ⁻¹⁾ with the given number of
// components.
//
// It fails with [ErrRank], [ErrShape], [ErrOptions] or [ErrNotFinite] before any
// work. When ctx ends, or a sweep fails, the error comes with the best model
// so far, if there is one. The rank may exceed the sizes; then
// components are not identifiable and Grams are singular, which the least
// squares survive by their minimum-norm solution. An all-zero tensor has the
// zero model as its answer, at once and whatever the methods. Of a [tensor.Incomplete] tensor, errors are
// those of the known cells.
//
// Cost of a sweep: N MTTKRPs, 2·R·ΠI flops each.
func Decompose(ctx context.Context, x tensor.Tensor, rank int, opts *Options) (*Result, error) {
	o, err := opts.fill(x, rank)
	if err != nil {
		return nil, err
	}
	if x.SquaredNorm() == 0 {
		return o.zeroResult(x, rank)
	}
	if o.Race > 0 && o.Starts > 1 {
		return o.race(ctx, x, rank)
	}
	best, first, err := o.Keep.begin(x, rank, o.Starts)
	if err != nil {
		return nil, err
	}
	for start := first; start < o.Starts; start++ {
		r, err := o.run(ctx, x, rank, start, best)
		if r != nil {
			best = better(best, r)
		}
		if err != nil {
			return best, err
		}
		if r.Status == sweep.Stopped {
			break
		}
	}
	return best, nil
}

// better is the result with the lesser loss, the earlier one if they are equal,
// with the starts of both.
func better(best, r *Result) *Result {
	if best == nil {
		return r
	}
	winner := *best // which a kept state may share
	if r.Loss < best.Loss {
		winner = *r
	}
	winner.Starts = slices.Concat(best.Starts, r.Starts)
	return &winner
}

// run is one start; best is what those before it led to. A result comes with the
// error when sweeps were made.
func (o Options) run(ctx context.Context, x tensor.Tensor, rank, start int, best *Result) (*Result, error) {
	c, err := o.contender(x, rank, start)
	if err != nil {
		return nil, err
	}
	c.keep, c.best = o.Keep, best
	return c.run(ctx, o.Stop)
}

// fill returns the options with every default written out, or says what is wrong.
func (opts *Options) fill(x tensor.Tensor, rank int) (Options, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if err := CheckData(x); err != nil {
		return o, err
	}
	if rank < 1 {
		return o, fmt.Errorf("%w: %d components; a model has at least 1", ErrRank, rank)
	}
	methods, err := fillMethods(o.Methods, len(x.Dims()))
	if err != nil {
		return o, err
	}
	o.Methods = methods
	if o.Algorithm == nil {
		o.Algorithm = Alternating{}
	}
	if o.Init == nil {
		o.Init = Random{}
	}
	for n, m := range o.Methods {
		if c, ok := m.(Checker); ok {
			if err := c.Check(x.Dims()[n], rank); err != nil {
				return o, fmt.Errorf("%w: mode %d: %w", ErrOptions, n, err)
			}
		}
		if _, ok := m.(Fixed); !ok {
			continue
		}
		if _, ok := o.Init.(Given); !ok {
			return o, fmt.Errorf("%w: mode %d is Fixed, which needs its factor in Init: Given{…}", ErrOptions, n)
		}
	}
	if o.Starts < 0 {
		return o, fmt.Errorf("%w: %d starts", ErrOptions, o.Starts)
	}
	o.Starts = max(1, o.Starts)
	if o.Race < 0 {
		return o, fmt.Errorf("%w: a race over %d sweeps", ErrOptions, o.Race)
	}
	if o.Race > 0 && o.Keep != nil {
		return o, fmt.Errorf("%w: a race keeps no state; leave out Race or Keep", ErrOptions)
	}
	if o.Stop == nil {
		o.Stop = sweep.DefaultStop
	}
	return o, o.checkParts(x)
}

// fillMethods is one method per mode, LeastSquares{} where none is given.
func fillMethods(given []Method, order int) ([]Method, error) {
	if len(given) > order {
		return nil, fmt.Errorf("%w: %d methods for a tensor of order %d", ErrOptions, len(given), order)
	}
	methods := make([]Method, order)
	copy(methods, given)
	for n, m := range methods {
		if m == nil {
			methods[n] = LeastSquares{}
		}
	}
	return methods, nil
}

// nonnegative says of each mode whether its factor is to be ≥ 0.
func (o Options) nonnegative() []bool {
	signs := make([]bool, len(o.Methods))
	for n, m := range o.Methods {
		signs[n] = m.Nonnegative()
	}
	return signs
}

// leastSquaredNorm is where squares have begun to underflow, and errors computed
// from them to lose digits.
const leastSquaredNorm = 1e-303

// largestSquaredNorm leaves room for models that are larger than the data for a
// while.
const largestSquaredNorm = 1e304

// CheckData refuses data that no solver can work on: NaN or infinite entries,
// named by their position, and entries so large or so small that their squares
// overflow or underflow. Data that are zero pass.
func CheckData(x tensor.Tensor) error {
	xx := x.SquaredNorm()
	if err := tensor.Err(x); err != nil {
		return unreadable(err)
	}
	if xx <= largestSquaredNorm {
		largest := math.Sqrt(xx)
		if m, ok := x.(tensor.Measurer); ok && xx < leastSquaredNorm {
			largest = m.MaxAbs()
		}
		if xx < leastSquaredNorm && largest > 0 {
			return fmt.Errorf("%w: the largest entry of the tensor is %g, too small to be squared; scale the data up", ErrNotFinite, largest)
		}
		return nil
	}
	if f, ok := x.(tensor.NonFiniter); ok {
		if index, found := f.NonFinite(); found {
			return fmt.Errorf("%w: the tensor holds a NaN or an infinity at index %v; remove or fill such entries, or mark them as unknown (tensor.NewMasked, --missing nan of the command for NaN) to fit the others alone", ErrNotFinite, index)
		}
	}
	return fmt.Errorf("%w: the squared norm of the tensor is %g; scale the data down", ErrNotFinite, xx)
}

// zeroResult is the zero model, exact of the zero tensor.
func (o Options) zeroResult(x tensor.Tensor, rank int) (*Result, error) {
	factors := make([]*mat.Dense, len(x.Dims()))
	for n, rows := range x.Dims() {
		factors[n] = mat.NewDense(rows, rank, nil)
	}
	k := tensor.NewKruskal(factors...)
	clear(k.Weights)
	r := &Result{Model: k, Status: sweep.Converged, Starts: []Run{{Status: sweep.Converged}}}
	if g, ok := o.Algorithm.(Generalized); ok {
		loss, err := g.ofZeros(x)
		if err != nil {
			return nil, err
		}
		r.Loss = loss
	}
	return r, nil
}
