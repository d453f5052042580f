package main

import (
	"context"
	"errors"
	"io"
	"math"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/bench"
)

func (a *app) benchRecoveryCommand() *cobra.Command {
	o := bench.RecoveryOptions{}
	cmd := verb("recovery", "How many pure columns each method of separable NMF finds as noise grows",
		`recovery draws near-separable matrices of 40 rows, whose pure columns are known: with the
midpoints of all pairs of them, which noise of size δ pushes outwards, the worst kind,
and with four Dirichlet mixtures for each, and Gaussian noise of deviation δ. It prints
what share of the pure columns each method of separable NMF finds, in per cent. With --out it draws
the curves (midpoints.png, mixtures.png). Ctrl-C keeps the means so far.`,
		"  polyad bench recovery --trials 2 --rank 5 --noise 0,0.3,0.6 --out recovery",
		cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.benchRecovery(ctx, o) })
	f := cmd.Flags()
	f.IntVar(&o.Rank, "rank", 10, "number of pure columns")
	f.Float64SliceVar(&o.Noise, "noise", []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1}, "noise levels δ, ascending")
	f.IntVar(&o.Trials, "trials", 10, "paired trials at every noise level")
	return cmd
}

func (a *app) benchRecovery(ctx context.Context, o bench.RecoveryOptions) error {
	if o.Trials < 1 || o.Rank < 2 || o.Rank > 20 {
		return usagef("--trials is at least 1 and --rank from 2 to 20")
	}
	for i, v := range o.Noise {
		if !(v >= 0) || v > 100 || i > 0 && !(math.Round(100*v) > math.Round(100*o.Noise[i-1])) {
			return usagef("--noise has %g; give levels that ascend from 0 on by 0.01 at least, as 0,0.1,0.2", v)
		}
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	o.Seed, o.Observe = a.common.seed, a.trials()
	r, err := bench.RecoverPure(ctx, &o)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled) && r != nil && r.Table.Rows[0][2] != "":
		a.warn("interrupted; these are the means of the trials so far")
	default:
		return a.settle(err, false)
	}
	text := func(w io.Writer) error { return r.Table.WriteText(w) }
	write := func() error {
		if err := out.write("midpoints.png", r.Midpoints.WritePNG); err != nil {
			return err
		}
		if err := out.write("mixtures.png", r.Mixtures.WritePNG); err != nil {
			return err
		}
		return out.write("table.txt", text)
	}
	return a.finish(&tableResult{Verb: "bench recovery", Seed: o.Seed, Columns: r.Table.Columns, Rows: cells(r.Table)}, out, write, text)
}
