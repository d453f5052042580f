package dict

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// problem is one call of Decompose, checked: what every algorithm reads.
type problem struct {
	x         tensor.Tensor
	rank      int
	modes     []Mode
	methods   []cpd.Method
	signed    bool              // a component's sign cannot go to another factor
	known     tensor.Incomplete // x where cells are unknown
	rowwise   bool              // and factors are solved for row by row, exactly
	carries   int               // the mode that has the scale of components
	algorithm Algorithm
	init      cpd.Init
	starts    int
	stop      sweep.Stop
	seed      uint64
	observe   func(stage string, p sweep.Point) error
	began     time.Time
	stopped   bool // the observer has asked to stop, once
	patient   bool // the options do not say when a fit ends

	parts       *tensor.Parts   // of the data, nil if they are whole
	ctx         context.Context // of data in parts
	interrupted error           // why their search ended early

	relaxed  map[int]*cpd.Result // fits without dictionary, by start
	partial  *cpd.Result         // such a fit that was ended early
	signals  map[int]*mat.Dense  // compressed unfoldings, by mode
	flat     *mat.Dense          // unfolding of the only dictionary mode of a dense tensor, or nil: for quick fits
	compared []Candidate
}

// candidate is a model whose dictionary factors are atoms.
type candidate struct {
	atoms     [][]int      // atoms[i][r]: of modes[i], component r
	factors   []*mat.Dense // the scale in the factors
	err       float64      // relative error as the last sweep had it
	trace     sweep.Trace
	status    sweep.Status
	algorithm string
	swaps     int
	search    Search

	combinations [][]Combination // combinations[i][r] of Mixed, up to scale; nil: one atom each
}

func newProblem(x tensor.Tensor, rank int, modes []Mode, opts *Options) (*problem, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if err := cpd.CheckData(x); err != nil {
		return nil, err
	}
	if rank < 1 {
		return nil, fmt.Errorf("%w: %d components; a model has at least 1", cpd.ErrRank, rank)
	}
	if x.SquaredNorm() == 0 {
		return nil, fmt.Errorf("%w: the tensor is zero; no atom fits it better than another", ErrOptions)
	}
	x, err := gather(x)
	if err != nil {
		return nil, err
	}
	dims := x.Dims()
	if len(modes) == 0 {
		return nil, fmt.Errorf("%w: no mode has a dictionary; use package cpd", ErrOptions)
	}
	taken := make([]bool, len(dims))
	modes = slices.Clone(modes)
	for i := range modes {
		if err := modes[i].check(dims, rank); err != nil {
			return nil, err
		}
		modes[i].rank, modes[i].free = rank, modes[i].mostFree(rank)
		if err := modes[i].setApart(); err != nil {
			return nil, err
		}
		if taken[modes[i].N] {
			return nil, fmt.Errorf("%w: two dictionaries for mode %d; put their atoms into one, in groups", ErrOptions, modes[i].N)
		}
		taken[modes[i].N] = true
	}
	if len(modes) == len(dims) {
		return nil, fmt.Errorf("%w: every mode has a dictionary, none is left to carry the scale", ErrOptions)
	}
	if o.Starts < 0 {
		return nil, fmt.Errorf("%w: %d starts", ErrOptions, o.Starts)
	}
	if len(o.Methods) > len(dims) {
		return nil, fmt.Errorf("%w: %d methods for a tensor of order %d", ErrOptions, len(o.Methods), len(dims))
	}
	p := &problem{
		x: x, rank: rank, modes: modes, methods: make([]cpd.Method, len(dims)), signed: true,
		algorithm: o.Algorithm, init: o.Init, starts: max(1, o.Starts), stop: o.Stop, seed: o.Seed, observe: o.Observe,
		began: time.Now(), relaxed: map[int]*cpd.Result{}, signals: map[int]*mat.Dense{},
	}
	copy(p.methods, o.Methods)
	for n := range p.methods {
		if p.methods[n] == nil {
			p.methods[n] = cpd.LeastSquares{}
		}
		if !taken[n] && p.free(n) {
			p.signed = false
		}
	}
	p.known, p.rowwise = incomplete(x)
	p.parts = tensor.PartsOf(x)
	if err := p.checkParts(); err != nil {
		return nil, err
	}
	p.carries = p.findCarrier()
	if err := p.checkRows(); err != nil {
		return nil, err
	}
	if err := p.checkApproached(); err != nil {
		return nil, err
	}
	if err := p.checkAlgorithm(); err != nil {
		return nil, err
	}
	if p.init == nil {
		p.init = cpd.Random{}
	}
	if p.stop == nil {
		p.patient = true
		p.stop = sweep.DefaultStop
	}
	return p, nil
}

// checkAlgorithm fills in the default algorithm and refuses one that cannot give a
// component several atoms where that is asked for.
func (p *problem) checkAlgorithm() error {
	_, mixed := p.algorithm.(Mixed)
	for i := range p.modes {
		m := &p.modes[i]
		switch {
		case m.PerComponent > 1 && p.algorithm == nil:
			p.algorithm, mixed = Mixed{}, true
		case m.PerComponent > 1 && !mixed:
			return fmt.Errorf("%w: %s gives a component one atom, mode %d asks for %d; leave Algorithm nil or use Mixed", ErrOptions, p.algorithm.Name(), m.N, m.PerComponent)
		case mixed && (m.Distinct || m.Physical || m.Bounds != nil || m.Tolerance != 0):
			return fmt.Errorf("%w: Mixed does not know Distinct, Physical, Bounds and Tolerance, which mode %d asks for", ErrOptions, m.N)
		case mixed:
			if err := m.Dict.inMemory("Mixed"); err != nil {
				return err
			}
		}
	}
	if p.algorithm == nil {
		p.algorithm = Auto{}
	}
	return p.checkModel(p.algorithm)
}

// relaxedStop ends the fits without dictionary: they are starts, not answers.
var relaxedStop = sweep.Any(sweep.RelChange{Tol: 1e-6, Patience: 3}, sweep.MaxSweeps(200))

// carrier is the last mode without dictionary whose columns may have any norm, or else
// the last without dictionary.
func (p *problem) carrier() int { return p.carries }

func (p *problem) findCarrier() int {
	last := -1
	for n := len(p.methods) - 1; n >= 0; n-- {
		if p.mode(n) != nil {
			continue
		}
		if !cpd.FactsOf(p.methods[n]).Scaled {
			return n
		}
		last = max(last, n)
	}
	return last
}

// mode is the dictionary mode of tensor mode n, or nil.
func (p *problem) mode(n int) *Mode {
	for i := range p.modes {
		if p.modes[i].N == n {
			return &p.modes[i]
		}
	}
	return nil
}

// exact says whether one sweep with fixed atoms is the answer: there is a single
// other mode, its problem has an exact method, and nothing else is fitted.
func (p *problem) exact() bool {
	for i := range p.modes {
		if p.modes[i].free > 0 || p.modes[i].Tolerance > 0 {
			return false
		}
	}
	return p.single() && (p.known == nil || p.rowwise)
}

// plain says whether every component has an atom and is it, and all cells are known, and
// here.
func (p *problem) plain() bool {
	for i := range p.modes {
		if m := &p.modes[i]; m.free > 0 || m.Tolerance > 0 || m.PerComponent > 1 {
			return false
		}
	}
	return p.known == nil && p.parts == nil
}

// single says whether there is a single other mode whose problem has an exact method.
func (p *problem) single() bool {
	if len(p.methods)-len(p.modes) != 1 {
		return false
	}
	switch p.methods[p.carrier()].(type) {
	case cpd.LeastSquares, cpd.HALS, cpd.NNLS, cpd.FCLS:
		return true
	}
	return false
}

// matrix says whether one mode has a dictionary and the only other one is solved
// exactly, so that what an atom explains with the other factor free says all
// about it, and components need no pairing.
func (p *problem) matrix() bool { return p.exact() && p.projects() }

// projects says whether the loss of a choice of atoms, everything else free, is what
// their projection leaves of the data.
func (p *problem) projects() bool {
	return p.single() && len(p.modes) == 1 && p.modes[0].Tolerance == 0 && p.known == nil && p.parts == nil
}

// stamp restates the elapsed times as since the beginning of Decompose.
func (p *problem) stamp(trace sweep.Trace) sweep.Trace {
	if len(trace) == 0 {
		return nil
	}
	shift := time.Since(p.began) - trace.Last().Elapsed
	for i := range trace {
		trace[i].Elapsed += shift
	}
	return trace
}

// tell passes a point on to the observer. Its wish to stop holds for every later
// stage as well, so that a search which ends there still gets one sweep with its
// atoms fixed, and no more.
func (p *problem) tell(stage string, q sweep.Point) error {
	if p.stopped {
		return sweep.ErrStop
	}
	if err := p.readable(); err != nil {
		return err
	}
	if err := p.ended(); err != nil {
		return err
	}
	if p.observe == nil {
		return nil
	}
	q.Elapsed = time.Since(p.began)
	err := p.observe(stage, q)
	p.stopped = errors.Is(err, sweep.ErrStop)
	return err
}

// compare enters a candidate into the list that the result shows.
func (p *problem) compare(name string, start int, c *candidate) {
	c.algorithm = name
	p.compared = append(p.compared, Candidate{name, start, c.err, len(c.trace), c.status})
}

// bestOf runs f for every start and keeps the candidate with the least error,
// the first of equals. A candidate may come with an error.
func (p *problem) bestOf(ctx context.Context, name string, f func(start int) (*candidate, error)) (*candidate, error) {
	var best *candidate
	for start := range p.starts {
		c, err := f(start)
		if c != nil {
			p.compare(name, start, c)
			if best == nil || c.err < best.err {
				best = c
			}
		}
		if err != nil {
			return best, err
		}
	}
	return best, nil
}

// rng is the random numbers of a start, apart from those of the fit without dictionary.
func (p *problem) rng(start int) *rand.Rand {
	return rand.New(rand.NewPCG(p.seed, uint64(start)<<32|0xd1c7))
}
