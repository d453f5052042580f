package topics

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Recovery says how the other words are made of anchors.
type Recovery int

const (
	// LeastSquares makes ‖profile − mixture‖ least.
	LeastSquares Recovery = iota
	// KullbackLeibler makes the divergence of the mixture from the profile least, which
	// weighs rare words as counts do, and costs r/2 times as much or more.
	KullbackLeibler
)

// Options of [Fit]. The zero value, or nil, has the defaults.
type Options struct {
	// Selector chooses the anchors among the profiles of candidates; with Libraries it is
	// not asked. Default: matrix.SPA{}.
	Selector matrix.Selector
	// MinDocuments is the number of documents that a word has to be in to be an anchor, if
	// it is in no list. A rare word has few neighbours, which makes its profile
	// stand out for no other reason. Default: DefaultShares, see there.
	MinDocuments int
	// Libraries are lists of words of which some are to be anchors.
	Libraries []Library
	// Recovery says how the other words are made of anchors.
	Recovery Recovery
	// Sweeps is the number of sweeps that better the topics for the divergence of the
	// counts. Default: 100; negative: none, the topics are those of the anchors alone.
	Sweeps int
	// Observe, if not nil, is told every sweep. Returning sweep.ErrStop ends the sweeps.
	Observe func(p sweep.Point) error
}

// DefaultShares are what is tried as MinDocuments, if that is 0, in units of the documents
// of an average topic, D/K: the attempt that has the least divergence after 20 sweeps is
// kept. The more topics, the fewer documents an anchor can be in.
var DefaultShares = []float64{0.5, 0.25, 0.125}

// Model is a set of topics.
type Model struct {
	Anchors []Anchor
	// Topics is K×W: the probability of every word in each topic; rows sum to one.
	Topics *mat.Dense
	// Documents is D×K: what each document is made of; rows sum to one, or are zero of a
	// document without words.
	Documents *mat.Dense
	// Share is how much of all words is in each topic.
	Share []float64
	// MinDocuments is what candidates of the corpus were asked for.
	MinDocuments int
	// AnchorError is ‖profiles − mixtures of the anchors'‖ over ‖profiles‖, before sweeps.
	AnchorError float64
	// Divergence is Σ x·log(x/x̂) − x + x̂ over the counts, x̂ their expectation; without
	// sweeps +Inf if a word is never beside another and so in no topic.
	Divergence float64
	Trace      sweep.Trace // of the sweeps
	Status     sweep.Status
}

// Fit finds rank topics in counts x (documents × words); see the package. Errors: those of
// [NewCooccurrence], [ErrRank], [ErrLibrary], [ErrOptions] and that of ctx.
func Fit(ctx context.Context, x *tensor.Sparse, rank int, opts *Options) (*Model, error) {
	c, err := NewCooccurrence(x)
	if err != nil {
		return nil, err
	}
	return c.Fit(ctx, x, rank, opts)
}

// Fit is [Fit] for profiles that are there already, as they serve every number of topics.
func (c *Cooccurrence) Fit(ctx context.Context, x *tensor.Sparse, rank int, opts *Options) (*Model, error) {
	var o Options
	if opts != nil {
		o = *opts
	}
	if o.Sweeps == 0 {
		o.Sweeps = 100
	}
	switch {
	case rank < 1:
		return nil, fmt.Errorf("%w: %d topics", ErrRank, rank)
	case o.MinDocuments < 0 || o.Recovery < LeastSquares || o.Recovery > KullbackLeibler:
		return nil, fmt.Errorf("%w: MinDocuments %d, Recovery %d", ErrOptions, o.MinDocuments, o.Recovery)
	case x == nil || len(x.Dims()) != 2 || x.Dims()[1] != len(c.Share):
		return nil, fmt.Errorf("%w: want counts of documents × %d words", ErrShape, len(c.Share))
	}
	rows, err := newCounts(x)
	if err != nil {
		return nil, err
	}
	columns, err := rows.columns(len(c.Share))
	if err != nil {
		return nil, err
	}
	f := &fitter{c: c, o: o, rank: rank, x: columns, total: rows.total}
	a, err := f.start(ctx)
	if a == nil {
		return nil, err
	}
	if err == nil {
		err = f.sweep(ctx, a, o.Sweeps-len(a.Trace))
	}
	return f.describe(a), err
}

// fitter is a call of Fit.
type fitter struct {
	c     *Cooccurrence
	o     Options
	rank  int
	x     *tensor.Sparse // words × documents
	total []float64      // words of each document
}

// attempt is what comes of one choice of anchors.
type attempt struct {
	Model
	words *mat.Dense // W×K
	v     *mat.Dense // K×D
}

// raceSweeps is the number of sweeps after which attempts are compared.
const raceSweeps = 20

// start is the attempt to go on with: the only one, or that of least divergence.
func (f *fitter) start(ctx context.Context) (*attempt, error) {
	if f.o.MinDocuments > 0 {
		return f.attempt(ctx, f.o.MinDocuments)
	}
	var best *attempt
	var failed error
	before := 0
	for _, share := range DefaultShares {
		least := max(2, int(share*float64(f.c.Total)/float64(f.rank)))
		if least == before {
			continue
		}
		before = least
		a, err := f.attempt(ctx, least)
		if errors.Is(err, ErrRank) {
			failed = err
			continue
		}
		if err == nil {
			err = f.sweep(ctx, a, min(raceSweeps, f.o.Sweeps))
		}
		if a != nil && (best == nil || a.Divergence < best.Divergence) {
			best = a
		}
		if err != nil {
			return best, err
		}
	}
	if best == nil {
		return nil, failed
	}
	return best, nil
}

// attempt is the pipeline for one least frequency, up to the sweeps.
func (f *fitter) attempt(ctx context.Context, least int) (*attempt, error) {
	w, err := newCandidates(f.c, f.rank, least, f.o.Libraries)
	if err != nil {
		return nil, err
	}
	chosen, err := w.choose(ctx, f.o.Selector, f.rank)
	if err != nil {
		return nil, err
	}
	if len(chosen) < f.rank {
		return nil, fmt.Errorf("%w: %d topics, and the profiles of words have only %d independent directions within the bounds", ErrRank, f.rank, len(chosen))
	}
	a := &attempt{Model: Model{MinDocuments: least, Status: sweep.Converged}}
	if a.Anchors, err = w.anchors(ctx, chosen); err != nil {
		return nil, err
	}
	if err := f.recover(ctx, w, chosen, a); err != nil {
		return nil, err
	}
	d, err := matrix.KLNNLS(ctx, a.words, f.x)
	if err != nil {
		return nil, fmt.Errorf("topics: documents: %w", err)
	}
	a.v, a.Divergence = d.V, d.Loss
	return a, nil
}

// recover is the words × topics matrix of the anchors: mixtures C of their profiles for
// every word, p(topic | word), and by Bayes' rule p(word | topic) ∝ p(topic | word)·p(word).
func (f *fitter) recover(ctx context.Context, w *candidates, chosen []int, a *attempt) error {
	words := len(f.c.Share)
	anchors := mat.NewDense(words, f.rank, nil)
	for q, k := range chosen {
		anchors.SetCol(q, mat.Col(nil, k, w.x))
	}
	ls, err := matrix.FCLS(ctx, anchors, f.c.Profiles)
	if err != nil {
		return fmt.Errorf("topics: recovery: %w", err)
	}
	a.AnchorError = ls.RelativeError
	mix := ls.V
	if f.o.Recovery == KullbackLeibler {
		kl, err := matrix.KLNNLS(ctx, anchors, tensor.FromMatrix(f.c.Profiles))
		if err != nil {
			return fmt.Errorf("topics: recovery: %w", err)
		}
		mix = kl.V
	}
	a.words = mat.NewDense(words, f.rank, nil)
	for k := range f.rank {
		sum := 0.0
		for i, p := range f.c.Share {
			sum += mix.At(k, i) * p
		}
		for i, p := range f.c.Share {
			a.words.Set(i, k, mix.At(k, i)*p/sum)
		}
	}
	return nil
}

// sweep betters the topics. When ctx ends, they are those of the sweeps so far.
func (f *fitter) sweep(ctx context.Context, a *attempt, sweeps int) error {
	if sweeps < 1 {
		return nil
	}
	r, err := matrix.NMFTensor(ctx, f.x, f.rank, &matrix.NMFOptions{
		Method: matrix.BetaDivergence{Beta: 1, KeepOrder: true}, Stop: sweep.MaxSweeps(sweeps), Observe: f.observe(len(a.Trace)),
		Init: cpd.Given{Factors: []*mat.Dense{a.words, mat.DenseCopyOf(a.v.T())}},
	})
	if r == nil {
		return fmt.Errorf("topics: sweeps: %w", err)
	}
	before := a.Trace.Last()
	for _, p := range r.Trace {
		p.Sweep += before.Sweep
		p.Elapsed += before.Elapsed
		a.Trace = append(a.Trace, p)
	}
	a.words, a.v, a.Divergence, a.Status = r.U, r.V, r.Loss, r.Status
	return err
}

func (f *fitter) observe(before int) func(int, sweep.Point) error {
	if f.o.Observe == nil {
		return nil
	}
	return func(_ int, p sweep.Point) error {
		p.Sweep += before
		return f.o.Observe(p)
	}
}

// describe scales topics and documents to the sum one.
func (f *fitter) describe(a *attempt) *Model {
	m := &a.Model
	n, docs := len(f.c.Share), len(f.total)
	m.Topics, m.Documents, m.Share = mat.NewDense(f.rank, n, nil), mat.NewDense(docs, f.rank, nil), make([]float64, f.rank)
	all := 0.0
	for k := range f.rank {
		sum := mat.Sum(a.words.ColView(k))
		for i := range n {
			m.Topics.Set(k, i, a.words.At(i, k)/sum)
		}
		for d := range docs {
			m.Documents.Set(d, k, a.v.At(k, d)*sum)
		}
		m.Share[k] = mat.Sum(a.v.RowView(k)) * sum
		all += m.Share[k]
	}
	for k := range m.Share {
		m.Share[k] /= all
	}
	for d, total := range f.total {
		row := m.Documents.RawRowView(d)
		sum := mat.Sum(m.Documents.RowView(d))
		for k := range row {
			if total == 0 || sum == 0 {
				row[k] = 0
				continue
			}
			row[k] /= sum
		}
	}
	return m
}
