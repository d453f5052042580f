package bench

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/synth"
)

// RecoveryOptions of [RecoverPure].
type RecoveryOptions struct {
	// Rank is the number of pure columns. Default: 10.
	Rank int
	// Noise are the levels δ. Default: 0, 0.1, …, 1.
	Noise []float64
	// Trials is the number of paired trials at every level. Default: 10.
	Trials int
	// Seed of the first trial; the others follow. Default: 0.
	Seed uint64
	// Observe is told when all methods are done with a matrix. Default: nil, no one is.
	Observe func(done, total int)
}

// Recovery is what share of the pure columns each method finds.
type Recovery struct {
	Table     *report.Table
	Midpoints *report.Percentages
	Mixtures  *report.Percentages
}

// pureSelectors are the methods of package matrix that choose columns.
func pureSelectors(seed uint64) []struct {
	name string
	s    matrix.Selector
} {
	lp := matrix.LinearOptions{Tol: 1e-3} // which settles the largest diagonal entries
	return []struct {
		name string
		s    matrix.Selector
	}{
		{"SPA", matrix.SPA{}},
		{"SPA whitened", matrix.PreconditionedSPA{}},
		{"SPA ellipsoid", matrix.PreconditionedSPA{By: matrix.Ellipsoid}},
		{"SPA on ellipsoid", matrix.PreconditionedSPA{By: matrix.EllipsoidPoints}},
		{"SPA smoothed", matrix.SmoothedSPA{Columns: 2}},
		{"SPA randomized", matrix.RandomizedSPA{Seed: seed}},
		{"SNPA", matrix.SNPA{}},
		{"VCA", matrix.VCA{Seed: seed}},
		{"N-FINDR", matrix.NFINDR{}},
		{"FurthestSum", matrix.FurthestSum{}},
		{"XRAY", matrix.XRAY{}},
		{"XRAY dist", matrix.XRAY{Rule: matrix.XRAYDist}},
		{"XRAY rand", matrix.XRAY{Rule: matrix.XRAYRand, Seed: seed}},
		{"XRAY greedy", matrix.XRAY{Rule: matrix.XRAYGreedy}},
		{"XRAY ℓ1", matrix.RobustXRAY{}},
		{"H2NMF", matrix.H2NMF{}},
		{"FGNSR", matrix.FGNSR{}},
		{"min trace", matrix.MinTrace{Solver: lp}},
		{"Hottopixx", matrix.Hottopixx{Solver: lp}},
		{"ℓ1,∞", matrix.GroupSparse{}},
		{"ℓ1,2", matrix.GroupSparse{Norm: matrix.RowLength}},
	}
}

// RecoverPure draws near-separable data of 40 rows, [synth.Midpoints] and
// [synth.Mixtures] (four for each pure column), at every noise level, and counts what share of the
// pure columns each selector of package matrix finds. H2NMF is a clustering, GroupSparse
// and the greedy rule of XRAY look for a small residual, FurthestSum for distances: these need not find pure columns
// without noise either. A method that refuses a matrix finds none.
//
// When ctx ends, the means so far come with its error.
func RecoverPure(ctx context.Context, opts *RecoveryOptions) (*Recovery, error) {
	o := RecoveryOptions{}
	if opts != nil {
		o = *opts
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	kinds := []recoveryKind{
		{"midpoints", synth.Midpoints, nil},
		{"mixtures", synth.Mixtures, nil},
	}
	for k := range kinds {
		kinds[k].found = make([][]recoveryCount, len(pureSelectors(0)))
		for m := range kinds[k].found {
			kinds[k].found[m] = make([]recoveryCount, len(o.Noise))
		}
	}
	done, total := 0, o.Trials*len(kinds)*len(o.Noise)
	for trial := range o.Trials {
		for _, kind := range kinds {
			for i := range o.Noise {
				if err := kind.trial(ctx, &o, i, o.Seed+uint64(trial)); err != nil {
					return o.recovery(kinds), fmt.Errorf("%s, δ = %g, trial %d: %w", kind.name, o.Noise[i], trial, err)
				}
				if done++; o.Observe != nil {
					o.Observe(done, total)
				}
			}
		}
	}
	return o.recovery(kinds), nil
}

func (o *RecoveryOptions) complete() error {
	if o.Rank == 0 {
		o.Rank = 10
	}
	if o.Trials == 0 {
		o.Trials = 10
	}
	if o.Noise == nil {
		for k := range 11 {
			o.Noise = append(o.Noise, float64(k)/10)
		}
	}
	if o.Rank < 2 || o.Rank > 20 || o.Trials < 1 || len(o.Noise) == 0 {
		return fmt.Errorf("%w: %d trials with %d pure columns at %d noise levels; at least one trial and level, and 2 to 20 pure columns", ErrOptions, o.Trials, o.Rank, len(o.Noise))
	}
	for i, v := range o.Noise {
		if !(v >= 0) || v > 100 || i > 0 && !(math.Round(100*v) > math.Round(100*o.Noise[i-1])) {
			return fmt.Errorf("%w: noise level %d is %g; levels ascend from 0 on, by a hundredth at least", ErrOptions, i, v)
		}
	}
	return nil
}

// recoveryKind is one way of drawing, with what was found.
type recoveryKind struct {
	name  string
	draw  func(rank int, o *synth.SeparableOptions) (*synth.Separable, error)
	found [][]recoveryCount // by method and level
}

type recoveryCount struct{ found, of int }

// trial counts for every method.
func (k *recoveryKind) trial(ctx context.Context, o *RecoveryOptions, level int, seed uint64) error {
	data, err := k.draw(o.Rank, &synth.SeparableOptions{Mixed: 4 * o.Rank, Noise: o.Noise[level], Seed: seed})
	if err != nil {
		return err
	}
	pure := map[int]bool{}
	for _, j := range data.Index {
		pure[j] = true
	}
	for m, method := range pureSelectors(seed) {
		sel, err := method.s.Select(ctx, data.X, o.Rank)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		count := &k.found[m][level]
		count.of += o.Rank
		if err != nil {
			continue
		}
		for _, j := range sel.Index {
			if pure[j] {
				count.found++
			}
		}
	}
	return nil
}

// recovery is the means so far.
func (o *RecoveryOptions) recovery(kinds []recoveryKind) *Recovery {
	r := &Recovery{Table: &report.Table{Columns: []string{"data", "method"}}}
	var x []int
	for _, v := range o.Noise {
		r.Table.Columns = append(r.Table.Columns, "δ="+strconv.FormatFloat(v, 'g', -1, 64))
		x = append(x, int(math.Round(100*v)))
	}
	for i, into := range []**report.Percentages{&r.Midpoints, &r.Mixtures} {
		kind := kinds[i]
		p := &report.Percentages{Title: fmt.Sprintf("Pure columns found, %s, rank %d", kind.name, o.Rank), XName: "noise δ in per cent", X: x}
		for m, method := range pureSelectors(0) {
			row, curve := []string{kind.name, method.name}, report.Percentage{Name: method.name}
			for _, c := range kind.found[m] {
				text, v := "", math.NaN()
				if c.of > 0 {
					v = 100 * float64(c.found) / float64(c.of)
					text = strconv.FormatFloat(v, 'f', 0, 64)
				}
				row, curve.Values = append(row, text), append(curve.Values, v)
			}
			r.Table.Rows, p.Curves = append(r.Table.Rows, row), append(p.Curves, curve)
		}
		*into = p
	}
	return r
}
