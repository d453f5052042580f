package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/dist"
)

func (a *app) benchScaleCommand() *cobra.Command {
	var e engineFlags
	var dims, ranks string
	o := bench.ScaleOptions{}
	cmd := verb("scale", "A fit over several ranks against the model of what it costs",
		`scale times sweeps of nonnegative CP on a dense tensor of noise over numbers of ranks
in this process, or with --engine mpi over those of the launcher, and prints what
the model of package dist predicts beside what is measured: words exchanged a sweep,
which have to be equal; passes over parts in slabs, as --memory leaves them in files
(of parts in memory they are not counted); memory of a rank; and time, from that of one
process without ranks (none) and the measured cost of a sum. Ranks in this process share
the cores that one fit uses as well; those of MPI have cores of their own in the model.
It knows nothing of other programs: what it predicts on a busy machine is off.`,
		"  polyad bench scale --dims 200x50x50 --rank 8\n  mpirun -n 2 --bind-to none polyad bench scale --engine mpi",
		cobra.NoArgs, func(ctx context.Context, _ []string) (err error) {
			if o.Dims, err = numbers("dims", dims, "x"); err != nil {
				return err
			}
			if o.Ranks, err = numbers("ranks", ranks, ","); err != nil {
				return err
			}
			if o.Rank < 1 || o.Sweeps < 1 || len(o.Dims) < 2 {
				return usagef("--rank and --sweeps are at least 1, and --dims has two sizes or more")
			}
			o.Seed = a.common.seed
			if e.engine == "" {
				return a.benchScale(ctx, o)
			}
			return a.ranked(ctx, e, func(ctx context.Context, a *app, c dist.Comm) error {
				o := o
				o.Comm = c
				return a.benchScale(ctx, o)
			})
		})
	cmd.Flags().StringVar(&dims, "dims", "400x100x100", "sizes of the tensor")
	cmd.Flags().StringVar(&ranks, "ranks", "1,2,4", "numbers of ranks in this process")
	cmd.Flags().IntVar(&o.Rank, "rank", 16, "number of components")
	cmd.Flags().IntVar(&o.Sweeps, "sweeps", 20, "sweeps that are timed")
	e.add(cmd)
	return cmd
}

// numbers reads positive numbers between separators.
func numbers(flag, text, between string) ([]int, error) {
	var list []int
	for _, one := range strings.Split(text, between) {
		n, err := strconv.Atoi(strings.TrimSpace(one))
		if err != nil || n < 1 {
			return nil, usagef("--%s is %q; give positive numbers with %s between them", flag, text, between)
		}
		list = append(list, n)
	}
	return list, nil
}

func (a *app) benchScale(ctx context.Context, o bench.ScaleOptions) error {
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	table, err := bench.Scale(ctx, o)
	if err != nil {
		return err
	}
	if o.Comm != nil && o.Comm.Rank() > 0 {
		return nil
	}
	return a.finishFigures("bench scale", table, out, nil)
}
