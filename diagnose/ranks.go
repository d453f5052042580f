package diagnose

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// RankOptions of [Ranks]. The zero value, or nil, is five starts a rank of
// unconstrained ALS.
type RankOptions struct {
	// Fit are the options of every single fit. Its Starts and Race are not used, Keep
	// is refused, and its Observe is told the number of the start within the rank.
	Fit cpd.Options
	// Starts is how many fits are made a rank. Default: 5.
	Starts int
	// SplitMode, if not nil, is the mode that [SplitHalf] splits; the data must then be
	// a tensor.Dense.
	SplitMode *int
	// Observe, if not nil, is told every rank as it is done. Returning sweep.ErrStop
	// ends Ranks with the points that are done.
	Observe func(p RankPoint) error
}

// RankPoint is what the data say of one number of components.
type RankPoint struct {
	Rank            int
	RelativeError   float64         // of the best start
	CoreConsistency float64         // of the best start, in per cent; NaN where it was too large to compute
	Stability       float64         // the median factor match score of the other starts with the best one; NaN with one start
	Reached         float64         // share of starts that end within 1e-3 of the least error
	SplitHalf       float64         // NaN when it was not asked for, or of less than 4 slices
	Degenerate      bool            // of the best start
	Status          sweep.Status    // of the best start
	Best            *tensor.Kruskal // the model itself
}

// Ranks fits models of lo to hi components, several starts each, and reports what
// speaks for each number. When ctx ends, the points that are done come with the
// error. Errors: [ErrOptions], those of [cpd.Decompose].
func Ranks(ctx context.Context, x tensor.Tensor, lo, hi int, opts *RankOptions) ([]RankPoint, error) {
	var o RankOptions
	if opts != nil {
		o = *opts
	}
	if lo < 1 || hi < lo {
		return nil, fmt.Errorf("%w: ranks from %d to %d", ErrOptions, lo, hi)
	}
	if o.Starts < 0 {
		return nil, fmt.Errorf("%w: %d starts", ErrOptions, o.Starts)
	}
	if o.Starts == 0 {
		o.Starts = 5
	}
	if o.Fit.Keep != nil {
		return nil, fmt.Errorf("%w: Fit.Keep keeps one run, and Ranks makes many", ErrOptions)
	}
	if o.SplitMode != nil {
		if _, ok := x.(*tensor.Dense); !ok {
			return nil, fmt.Errorf("%w: SplitMode splits a tensor.Dense, not a %T; leave it out", ErrOptions, x)
		}
		if n := *o.SplitMode; n < 0 || n >= len(x.Dims()) {
			return nil, fmt.Errorf("%w: SplitMode is %d for a tensor of order %d", ErrOptions, n, len(x.Dims()))
		}
	}
	var points []RankPoint
	for rank := lo; rank <= hi; rank++ {
		p, err := o.point(ctx, x, rank)
		if err != nil {
			return points, fmt.Errorf("rank %d: %w", rank, err)
		}
		points = append(points, *p)
		if o.Observe != nil {
			switch err := o.Observe(*p); {
			case errors.Is(err, sweep.ErrStop):
				return points, nil
			case err != nil:
				return points, err
			}
		}
	}
	return points, nil
}

func (o RankOptions) point(ctx context.Context, x tensor.Tensor, rank int) (*RankPoint, error) {
	var fits []*cpd.Result
	best := 0
	for start := range o.Starts {
		fit := o.Fit
		fit.Starts, fit.Race = 1, 0
		fit.Seed += uint64(start) << 32 // far from the seeds that a user counts through
		if fit.Observe != nil {
			fit.Observe = func(_ int, p sweep.Point) error { return o.Fit.Observe(start, p) }
		}
		r, err := cpd.Decompose(ctx, x, rank, &fit)
		if err != nil {
			return nil, err
		}
		fits = append(fits, r)
		if r.Loss < fits[best].Loss {
			best = start
		}
	}
	b := fits[best]
	p := &RankPoint{Rank: rank, RelativeError: b.RelativeError, Status: b.Status, Best: b.Model, SplitHalf: math.NaN(), Stability: math.NaN()}
	if err := p.agreement(fits, best); err != nil {
		return nil, err
	}
	var err error
	if p.CoreConsistency, err = CoreConsistency(x, b.Model); err != nil {
		p.CoreConsistency = math.NaN()
	}
	d, err := FindDegeneracy(b.Model)
	if err != nil {
		return nil, err
	}
	p.Degenerate = d.Degenerate
	if o.SplitMode == nil || x.Dims()[*o.SplitMode] < 4 {
		return p, nil
	}
	fit := o.Fit
	fit.Starts, fit.Race, fit.Observe = o.Starts, 0, nil
	s, err := SplitHalf(ctx, x.(*tensor.Dense), *o.SplitMode, rank, &fit)
	if err != nil {
		return nil, err
	}
	p.SplitHalf = s.Score
	return p, nil
}

// agreement compares the fits with the best one.
func (p *RankPoint) agreement(fits []*cpd.Result, best int) error {
	var scores []float64
	reached := 0
	for start, r := range fits {
		if r.RelativeError <= p.RelativeError*(1+1e-3)+1e-12 {
			reached++
		}
		if start == best {
			continue
		}
		m, err := score.FactorMatch(p.Best, r.Model)
		if err != nil {
			return err
		}
		scores = append(scores, m.Score)
	}
	p.Reached = float64(reached) / float64(len(fits))
	if len(scores) > 0 {
		slices.Sort(scores)
		p.Stability = (scores[(len(scores)-1)/2] + scores[len(scores)/2]) / 2
	}
	return nil
}

// Limits of Suggest.
const (
	consistent = 50   // core consistency, per cent
	stable     = 0.8  // stability
	worthwhile = 0.01 // of the error, what each component has to take away
)

// Suggest is the largest rank of which the core consistency is at least 50 per cent, no
// degeneracy was seen, and the stability is at least 0.8, as far as there were several
// starts; 0 if there is none. Of one suggested before, a larger rank needs an error that is lower
// by one per cent for every component more: nonnegative components that fit noise alone can be
// consistent and stable, but take away less. A rank whose core consistency was not computed is never
// suggested; that of a single component is 100 of any data. It is a rule of thumb, and
// reason says what it went by.
func Suggest(points []RankPoint) (rank int, reason string) {
	least, idle := 0., 0 // error of rank, and the first rank that lowers it too little
	for _, p := range points {
		agree := math.IsNaN(p.Stability) || p.Stability >= stable
		if p.CoreConsistency < consistent || math.IsNaN(p.CoreConsistency) || p.Degenerate || !agree || p.Rank <= rank {
			continue
		}
		if rank > 0 && p.RelativeError > least*math.Pow(1-worthwhile, float64(p.Rank-rank)) {
			if idle == 0 {
				idle = p.Rank
			}
			continue
		}
		rank, least, idle = p.Rank, p.RelativeError, 0
		starts := "a single start"
		if !math.IsNaN(p.Stability) {
			starts = fmt.Sprintf("starts that agree (%.2f)", p.Stability)
		}
		reason = fmt.Sprintf("the largest with core consistency ≥ %d %% (%.1f %%), no degeneracy and %s", consistent, p.CoreConsistency, starts)
	}
	if rank == 0 {
		return 0, fmt.Sprintf("no rank has core consistency ≥ %d %%, no degeneracy and starts that agree", consistent)
	}
	if idle > 0 {
		reason += fmt.Sprintf("; with %d the error is not %g %% lower for each one more", idle, 100*worthwhile)
	}
	return rank, reason
}
