package matrix

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/kernel"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// LearnOptions of [KSVD.Learn] and [OnlineDictionary.Learn]. nil is the zero value.
type LearnOptions struct {
	// Start is a p×atoms dictionary that the first start begins with. Default: columns of
	// X, drawn.
	Start mat.Matrix
	// Starts is the number of runs; the one with the least loss is returned.
	// Default: 1.
	Starts int
	// Stop ends a run. Default: that of the method.
	Stop sweep.Stop
	// Seed drives every random choice. Default: 0, which is a seed like any other.
	Seed uint64
	// Observe, if not nil, is told every sweep of every start (counted from 0).
	// Returning sweep.ErrStop ends the run with the best dictionary so far.
	Observe func(start int, p sweep.Point) error
}

// LearnedDictionary is X ≈ D·V with few entries in a column of V.
type LearnedDictionary struct {
	D, V          *mat.Dense   // p×d, columns of norm one (at most one of OnlineDictionary), and d×n
	Trace         sweep.Trace  // of the start that D comes from
	Status        sweep.Status // how that start ended
	RelativeError float64      // ‖X − D·V‖/‖X‖, recomputed
	// Loss is what the method minimised: ‖X − D·V‖² of KSVD, half of it and the penalty
	// of OnlineDictionary.
	Loss     float64
	Start    int // which start it comes from
	Replaced int // atoms that nothing used and that were replaced by columns of X, in that start
}

// learning is what a way to learn is given: checked data, times a power of two, and filled
// options.
type learning struct {
	o       LearnOptions
	p, n, d int
	scale   float64       // of x and xt
	x       *tensor.Dense // p×n
	xt      *mat.Dense    // n×p, a column of X contiguous
	xx      float64
	rng     *rand.Rand // of the start that is running
	pair    [2]*mat.Dense
}

func newLearning(x mat.Matrix, atoms int, opts *LearnOptions, stop sweep.Stop) (*learning, error) {
	d, err := newData("X", x)
	if err != nil {
		return nil, err
	}
	if atoms < 1 {
		return nil, fmt.Errorf("%w: %d atoms; a dictionary has at least 1", ErrRank, atoms)
	}
	l := &learning{p: d.p, n: d.n, d: atoms, scale: d.scale, xt: mat.NewDense(d.n, d.p, nil)}
	if opts != nil {
		l.o = *opts
	}
	if l.o.Stop == nil {
		l.o.Stop = stop
	}
	if l.o.Starts < 0 {
		return nil, fmt.Errorf("%w: %d starts", ErrOptions, l.o.Starts)
	}
	l.o.Starts = max(1, l.o.Starts)
	scaled := mat.NewDense(d.p, d.n, nil)
	for i := range d.p {
		row := scaled.RawRowView(i)
		for j, v := range d.row(i) {
			row[j] = v * d.scale
		}
		l.xx += kernel.Dot(row, row)
	}
	l.xt.Copy(scaled.T())
	l.x = tensor.FromMatrix(scaled)
	if l.o.Start != nil {
		s, err := newData("the start", l.o.Start)
		if err != nil {
			return nil, err
		}
		if s.p != d.p || s.n != atoms {
			return nil, fmt.Errorf("%w: the start is %d×%d, want %d×%d", ErrShape, s.p, s.n, d.p, atoms)
		}
	}
	return l, nil
}

// learner is a way to learn between two sweeps.
type learner interface {
	sweep.Stepper
	// result is D, V, Loss and Replaced, of the scaled data.
	result() (*LearnedDictionary, error)
}

// run makes the starts and keeps the best.
func (l *learning) run(ctx context.Context, name string, begin func(atoms *mat.Dense) learner) (*LearnedDictionary, error) {
	var best *LearnedDictionary
	for start := range l.o.Starts {
		l.rng = rand.New(rand.NewPCG(l.o.Seed, uint64(start)))
		s := begin(l.start(start))
		var observe func(sweep.Point) error
		if l.o.Observe != nil {
			observe = func(pt sweep.Point) error { return l.o.Observe(start, pt) }
		}
		trace, status, err := sweep.Run(ctx, s, l.o.Stop, observe)
		if len(trace) > 0 {
			r, failed := s.result()
			if failed != nil {
				return best, fmt.Errorf("matrix: %s: %w", name, failed)
			}
			if best == nil || r.Loss < best.Loss {
				r.Trace, r.Status, r.Start = trace, status, start
				best = r
			}
		}
		if err != nil {
			l.unscale(best)
			return best, fmt.Errorf("matrix: %s: %w", name, err)
		}
		if status == sweep.Stopped {
			break
		}
	}
	l.unscale(best)
	return best, nil
}

// unscale gives r the scale of the data.
func (l *learning) unscale(r *LearnedDictionary) {
	if r == nil {
		return
	}
	r.RelativeError = tensor.NewKruskal(r.D, mat.DenseCopyOf(r.V.T())).RelativeError(l.x)
	r.V.Scale(1/l.scale, r.V)
	r.Loss /= l.scale * l.scale
}

// start is the dictionary that a start begins with, an atom a row (d×p): the one given, or
// columns of X that are not zero, each once as long as they last.
func (l *learning) start(start int) *mat.Dense {
	atoms := mat.NewDense(l.d, l.p, nil)
	if l.o.Start != nil && start == 0 {
		atoms.Copy(l.o.Start.T())
		for k := range l.d {
			normalize(atoms.RawRowView(k))
		}
		return atoms
	}
	order, at := l.rng.Perm(l.n), 0
	for k := range l.d {
		row := atoms.RawRowView(k)
		for range l.n {
			copy(row, l.xt.RawRowView(order[at%l.n]))
			at++
			if normalize(row) > 0 {
				break
			}
		}
		if at > l.n { // more atoms than columns: equal ones could not be told apart
			for i := range row {
				row[i] = math.Abs(row[i] + 0.1*l.rng.Float64())
			}
			normalize(row)
		}
	}
	return atoms
}

// products sets m (n×d) to XᵀD.
func (l *learning) products(m, dictionary *mat.Dense) {
	l.pair[0], l.pair[1] = dictionary, nil
	l.x.MTTKRP(m, l.pair[:], 1)
}

// normalize gives v unit norm and returns what it was; a zero vector stays.
func normalize(v []float64) float64 {
	norm := math.Sqrt(kernel.Dot(v, v))
	if norm > 0 {
		for i := range v {
			v[i] /= norm
		}
	}
	return norm
}
