package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/bench"
)

func (a *app) benchKernelsCommand() *cobra.Command {
	var only string
	o := bench.KernelOptions{}
	cmd := verb("kernels", "Inner loops beside the peak and the read bandwidth of this machine",
		`kernels measures how many multiply-adds a second this machine does on registers
alone and how fast it reads memory, then times products, Grams, MTTKRPs, sweeps
and solves on generated inputs. % of peak is the share of the former, % of read
that of reading arrays of the operands' sizes, which caches may hold; the larger
is the share of the limit. Medians of the rounds; Ctrl-C keeps finished rows.`,
		"  polyad bench kernels\n  polyad bench kernels --only '^mttkrp/dense' --threads 1",
		cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.benchKernels(ctx, only, o) })
	f := cmd.Flags()
	f.StringVar(&only, "only", "", "measure the kernels whose names match this regular expression")
	f.IntVar(&o.Rounds, "rounds", 5, "times that each kernel is timed")
	f.DurationVar(&o.Time, "time", 100*time.Millisecond, "time for each kernel and number of cores")
	f.IntSliceVar(&o.Threads, "threads", nil, "numbers of cores, as 1,2 (default: 1 and all)") // in place of the common flag
	return cmd
}

func (a *app) benchKernels(ctx context.Context, only string, o bench.KernelOptions) error {
	if o.Rounds < 1 || o.Time <= 0 {
		return usagef("--rounds is at least 1 and --time more than 0")
	}
	for _, p := range o.Threads {
		if p < 1 {
			return usagef("--threads has %d; give numbers of cores, as 1,2", p)
		}
	}
	if only != "" {
		var err error
		if o.Only, err = regexp.Compile(only); err != nil {
			return usagef("--only is no regular expression: %w", err)
		}
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	o.Seed = a.common.seed
	next := time.Now().Add(time.Second)
	o.Observe = func(done, total int, name string) {
		if now := time.Now(); !a.common.quiet && name != "" && now.After(next) {
			next = now.Add(5 * time.Second)
			fmt.Fprintf(a.stderr, "%d of %d kernels, next %s\n", done, total, name)
		}
	}
	table, err := bench.Kernels(ctx, &o)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled) && len(table.Rows) > 0:
		a.warn("interrupted; the kernels after the last row were not measured")
	default:
		return a.settle(err, false)
	}
	text := func(w io.Writer) error { return table.WriteText(w) }
	write := func() error { return out.write("table.txt", text) }
	return a.finish(&tableResult{Verb: "bench kernels", Seed: o.Seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
}
