package main

import (
	"context"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// exact looks for a factorisation without error and writes the best one that it finds.
func (a *app) exact(ctx context.Context, t *nmfTask) error {
	x, ok := t.data.(*tensor.Dense)
	if !ok {
		return usagef("--method exact needs a matrix with every entry known; leave out --missing")
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	o := &matrix.ExactOptions{Seed: a.common.seed}
	if a.iterate.starts > 1 {
		o.Attempts = a.iterate.starts
	}
	began := time.Now()
	e, err := matrix.ExactNMF(ctx, mat.NewDense(x.Dims()[0], x.Dims()[1], x.Data()), t.flags.rank, o)
	if err := a.settle(err, e != nil); err != nil {
		return notFinite(t.verb, err)
	}
	if !e.Found {
		a.warn("no exact factorisation with %s was found in %s; there may be one ('polyad rank --nonnegative' bounds how many it takes)", count(t.flags.rank, "component"), count(e.Attempts, "attempt"))
	}
	point := sweep.Point{Sweep: 1, RelativeError: e.RelativeError, Elapsed: time.Since(began)}
	r := &matrix.Factors{U: e.U, V: e.V, RelativeError: e.RelativeError, Trace: sweep.Trace{point}, Status: sweep.MaxedOut}
	if e.Found {
		r.Status = sweep.Converged
	}
	res := &result{Verb: t.verb, Rank: t.flags.rank, RelativeError: r.RelativeError, SolveSeconds: point.Elapsed.Seconds(), Algorithm: t.flags.method}
	a.fill(res, r.Trace, r.Status)
	for k := range t.flags.rank {
		res.Weights = append(res.Weights, mat.Norm(r.U.ColView(k), 2)*mat.Norm(r.V.RowView(k), 2))
	}
	return a.finishNMF(t, res, r)
}
