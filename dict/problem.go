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

// relax is the fit without dictionary of the given start, made once.
func (p *problem) relax(ctx context.Context, start int) (*cpd.Result, error) {
	if r, ok := p.relaxed[start]; ok {
		return r, nil
	}
	r, err := cpd.Decompose(ctx, p.x, p.rank, &cpd.Options{
		Methods: p.relaxedMethods(), Init: p.init, Stop: sweep.Any(relaxedStop, p.stop), Seed: p.seed + uint64(start)<<32,
		Observe: func(_ int, q sweep.Point) error { return p.tell("fit without dictionary", q) },
	})
	if r != nil && (err != nil || r.Status == sweep.Stopped) {
		p.partial = r
	}
	if err != nil {
		return nil, err
	}
	if r.Status == sweep.Stopped {
		return nil, sweep.ErrStop
	}
	p.relaxed[start] = r
	return r, nil
}

// salvage makes a model with atoms of what there is when the search is ended
// before it had one: of the fit without dictionary, finished or not, or, where
// one sweep fits the rest exactly, of the greedy choice. It is nil if there is
// neither.
func (p *problem) salvage() *candidate {
	p.observe = nil
	ctx := context.Background()
	factors, atoms := p.blank(), [][]int(nil)
	relaxed := p.partial
	if relaxed == nil {
		relaxed = p.relaxed[0]
	}
	switch {
	case relaxed != nil:
		factors = p.spread(relaxed.Model)
		k, err := p.match(factors)
		if err != nil {
			return nil
		}
		atoms = k
	case p.matrix():
		m := &p.modes[0]
		atoms = [][]int{newProjection(m, p.signal(m.N, p.rank)).pursue(p.rank - m.free)}
	default:
		return nil
	}
	c, err := p.refit(ctx, "salvage", atoms, factors, sweep.MaxSweeps(1))
	if err != nil {
		return nil
	}
	c.algorithm = Project{}.Name()
	if relaxed == nil {
		c.algorithm = SOMP{}.Name()
	}
	return c
}

// relaxedMethods are the methods, with rows that sum to one only asked to be
// nonnegative: without atoms at their amplitudes the sum means nothing. Beside
// factors of both signs, exact nonnegative least squares is replaced by HALS:
// where the other factors have the wrong sign the exact answer is a zero
// column, which no later update brings back.
func (p *problem) relaxedMethods() []cpd.Method {
	methods := make([]cpd.Method, len(p.methods))
	mixed := false
	for n, m := range p.methods {
		methods[n] = m
		if _, ok := m.(cpd.FCLS); ok {
			methods[n] = cpd.NNLS{}
		}
		mixed = mixed || p.free(n)
	}
	for n, m := range methods {
		if _, ok := m.(cpd.NNLS); ok && mixed {
			methods[n] = cpd.HALS{}
		}
	}
	return methods
}

// free says whether the factor of mode n, without a dictionary, may have entries
// of either sign.
func (p *problem) free(n int) bool {
	_, fixed := p.methods[n].(cpd.Fixed)
	return !fixed && !p.methods[n].Nonnegative()
}

// matchSigned says whether the columns of modes[i] are to be compared with atoms
// by their sign. They are not when a sign can go to another factor, be it that of
// another dictionary mode while that is relaxed.
func (p *problem) matchSigned(i int) bool {
	for n := range p.methods {
		if n != p.modes[i].N && p.free(n) {
			return false
		}
	}
	return true
}

// spread are the factors of a normalised model with the weights multiplied into
// the last mode without dictionary, so that dictionary factors have unit columns.
func (p *problem) spread(k *tensor.Kruskal) []*mat.Dense {
	k = k.Clone()
	p.normalize(k)
	n := p.carrier()
	for r, w := range k.Weights {
		c := mat.Col(nil, r, k.Factors[n])
		for i := range c {
			c[i] *= w
		}
		k.Factors[n].SetCol(r, c)
	}
	return k.Factors
}

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

// match is the best choice of atoms for the columns of the dictionary factors.
func (p *problem) match(factors []*mat.Dense) ([][]int, error) {
	atoms := make([][]int, len(p.modes))
	for i := range p.modes {
		u := newChooser(&p.modes[i], p.rank, p.matchSigned(i))
		if err := u.choose(factors[p.modes[i].N]); err != nil {
			return nil, err
		}
		atoms[i] = append([]int(nil), u.atoms...)
	}
	return atoms, nil
}

// refit fits the other factors to the given atoms, from the given factors. With
// no more than one other mode the problem is convex, and one sweep of an exact
// method solves it. A candidate may come with an error.
func (p *problem) refit(ctx context.Context, stage string, atoms [][]int, factors []*mat.Dense, stop sweep.Stop) (*candidate, error) {
	start := append([]*mat.Dense(nil), factors...)
	update := make([]cpd.Updater, len(start))
	for n, m := range p.methods {
		update[n] = m.Begin(p.x.Dims()[n], p.rank)
	}
	for i, k := range atoms {
		n := p.modes[i].N
		start[n] = p.modes[i].columns(k, factors[n])
		update[n] = p.modes[i].hold(k, p.methods[n])
	}
	if p.exact() {
		stop = sweep.MaxSweeps(1)
		if _, ok := p.methods[p.carrier()].(cpd.HALS); ok { // the same problem, solved at once
			update[p.carrier()] = cpd.NNLS{}.Begin(p.x.Dims()[p.carrier()], p.rank)
		}
	} else if err := p.turn(start, update); err != nil {
		return nil, err
	}
	c, err := p.alternate(ctx, stage, start, update, stop)
	if c == nil {
		return nil, err
	}
	c.atoms = atoms
	if p.exact() && c.status == sweep.MaxedOut {
		c.status = sweep.Converged
	}
	return c, err
}

// alternate runs sweeps of the given updaters. A candidate, its atoms yet to be
// named, may come with an error.
func (p *problem) alternate(ctx context.Context, stage string, start []*mat.Dense, update []cpd.Updater, stop sweep.Stop) (*candidate, error) {
	s, err := cpd.NewALS(p.x, start, update)
	if err != nil {
		return nil, err
	}
	trace, status, err := sweep.Run(ctx, s, stop, func(q sweep.Point) error { return p.tell(stage, q) })
	if len(trace) == 0 {
		return nil, err
	}
	if status == sweep.Stopped && err == nil {
		err = sweep.ErrStop
	}
	return &candidate{factors: s.Factors(), err: trace.Last().RelativeError, trace: p.stamp(trace), status: status}, err
}

// turn gives the components the signs that go with their atoms, where signs are
// free: it solves for a factor of free sign before a nonnegative one is solved
// for, which a wrong sign would make zero for good.
func (p *problem) turn(factors []*mat.Dense, update []cpd.Updater) error {
	nonnegative := false
	for n, rows := range p.x.Dims() {
		switch {
		case p.mode(n) != nil:
		case !p.free(n):
			nonnegative = true
		case nonnegative:
			m := mat.NewDense(rows, p.rank, nil)
			p.mttkrp(m, factors, n)
			factors[n] = mat.DenseCopyOf(factors[n])
			return update[n].Update(factors[n], m, p.grams(factors, n))
		default:
			return nil
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
	p.compared = append(p.compared, Candidate{name, start, c.err})
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
