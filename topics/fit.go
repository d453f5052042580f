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
}

// DefaultShares are the shares of all documents that are tried as MinDocuments, if it
// is 0; the model of least divergence is kept.
var DefaultShares = []float64{0.02, 0.05, 0.1}

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
	// Divergence is Σ x·log(x/x̂) − x + x̂ over the counts, x̂ their expectation.
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
	if o.MinDocuments > 0 {
		return f.fit(ctx, o.MinDocuments)
	}
	return f.best(ctx)
}

// fitter is a call of Fit.
type fitter struct {
	c     *Cooccurrence
	o     Options
	rank  int
	x     *tensor.Sparse // words × documents
	total []float64      // words of each document
}

// best is the model of least divergence of several least frequencies.
func (f *fitter) best(ctx context.Context) (*Model, error) {
	var best *Model
	var failed error
	before := 0
	for _, share := range DefaultShares {
		least := max(1, int(share*float64(f.c.Total)))
		if least == before {
			continue
		}
		before = least
		m, err := f.fit(ctx, least)
		if err != nil && ctx.Err() == nil && errors.Is(err, ErrRank) {
			failed = err
			continue
		}
		if m != nil && (best == nil || m.Divergence < best.Divergence) {
			best = m
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

// fit is the pipeline for one least frequency.
func (f *fitter) fit(ctx context.Context, least int) (*Model, error) {
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
	m := &Model{MinDocuments: least}
	if m.Anchors, err = w.anchors(ctx, chosen); err != nil {
		return nil, err
	}
	words, err := f.recover(ctx, w, chosen, m)
	if err != nil {
		return nil, err
	}
	d, err := matrix.KLNNLS(ctx, words, f.x)
	if err != nil {
		return nil, fmt.Errorf("topics: documents: %w", err)
	}
	m.Divergence = d.Loss
	return m, f.finish(ctx, m, words, d.V)
}

// recover is the words × topics matrix of the anchors: mixtures C of their profiles for
// every word, p(topic | word), and by Bayes' rule p(word | topic) ∝ p(topic | word)·p(word).
func (f *fitter) recover(ctx context.Context, w *candidates, chosen []int, m *Model) (*mat.Dense, error) {
	words := len(f.c.Share)
	anchors := mat.NewDense(words, f.rank, nil)
	for a, k := range chosen {
		anchors.SetCol(a, mat.Col(nil, k, w.x))
	}
	ls, err := matrix.FCLS(ctx, anchors, f.c.Profiles)
	if err != nil {
		return nil, fmt.Errorf("topics: recovery: %w", err)
	}
	m.AnchorError = ls.RelativeError
	mix := ls.V
	if f.o.Recovery == KullbackLeibler {
		kl, err := matrix.KLNNLS(ctx, anchors, tensor.FromMatrix(f.c.Profiles))
		if err != nil {
			return nil, fmt.Errorf("topics: recovery: %w", err)
		}
		mix = kl.V
	}
	t := mat.NewDense(words, f.rank, nil)
	for k := range f.rank {
		sum := 0.0
		for i, p := range f.c.Share {
			sum += mix.At(k, i) * p
		}
		for i, p := range f.c.Share {
			t.Set(i, k, mix.At(k, i)*p/sum)
		}
	}
	return t, nil
}

// finish betters the topics and sets what the model says of words and documents. When ctx
// ends, the model is that of the sweeps so far.
func (f *fitter) finish(ctx context.Context, m *Model, words, v *mat.Dense) error {
	var ended error
	if f.o.Sweeps > 0 {
		r, err := matrix.NMFTensor(ctx, f.x, f.rank, &matrix.NMFOptions{
			Method: matrix.BetaDivergence{Beta: 1}, Stop: sweep.MaxSweeps(f.o.Sweeps),
			Init: cpd.Given{Factors: []*mat.Dense{words, mat.DenseCopyOf(v.T())}},
		})
		if err != nil && r == nil {
			return fmt.Errorf("topics: sweeps: %w", err)
		}
		words, v, ended = r.U, r.V, err
		m.Divergence, m.Trace, m.Status = r.Loss, r.Trace, r.Status
	}
	n, docs := len(f.c.Share), len(f.total)
	m.Topics, m.Documents, m.Share = mat.NewDense(f.rank, n, nil), mat.NewDense(docs, f.rank, nil), make([]float64, f.rank)
	all := 0.0
	for k := range f.rank {
		sum := 0.0
		for i := range n {
			sum += words.At(i, k)
		}
		for i := range n {
			m.Topics.Set(k, i, words.At(i, k)/sum)
		}
		for d := range docs {
			m.Documents.Set(d, k, v.At(k, d)*sum)
			m.Share[k] += v.At(k, d) * sum
		}
		all += m.Share[k]
	}
	for k := range m.Share {
		m.Share[k] /= all
	}
	for d := range docs {
		row, sum := m.Documents.RawRowView(d), 0.0
		for _, w := range row {
			sum += w
		}
		for k := range row {
			if f.total[d] == 0 || sum == 0 {
				row[k] = 0
				continue
			}
			row[k] /= sum
		}
	}
	return ended
}
