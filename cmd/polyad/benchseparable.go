package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/bench"
)

func (a *app) benchSeparableCommand() *cobra.Command {
	var f imageFlags
	o := bench.SeparableOptions{}
	cmd := verb("separable IMAGE", "Methods of separable NMF side by side, beside the published table",
		`separable chooses columns of an image by every method, among all pixels and among
samples of them (-100, -500), polishes some of these choices (d-), and prints
time and relative error, beside what was published for the whole Urban scene at
ranks 6 and 8. RAND is the best of 30 random choices. Ctrl-C keeps finished rows.`,
		"  polyad bench separable urban.mat#M --scale 1000\n  polyad bench separable scene.hdr --rank 4 --samples 100",
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.benchSeparable(ctx, args[0], f, o) })
	fl := cmd.Flags()
	fl.IntSliceVar(&o.Ranks, "rank", []int{6, 8}, "numbers of columns, as 6,8")
	fl.IntSliceVar(&o.Samples, "samples", []int{100, 500}, "sizes of the samples, as 100,500")
	fl.StringVar(&f.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels")
	fl.Float64Var(&f.scale, "scale", 1, "divide the data by this")
	fl.StringVar(&f.drop, "drop", "", "leave out bands LO-HI,… (nm when wavelengths are known, else band numbers from 0)")
	return cmd
}

func (a *app) benchSeparable(ctx context.Context, name string, f imageFlags, o bench.SeparableOptions) error {
	if !(f.scale > 0) || math.IsInf(f.scale, 0) {
		return usagef("--scale is %g; it is a positive number", f.scale)
	}
	most := 0
	for _, r := range o.Ranks {
		if r < 1 {
			return usagef("--rank has %d; give numbers of columns, as 6,8", r)
		}
		most = max(most, r)
	}
	for _, n := range o.Samples {
		if n < most {
			return usagef("--samples has %d, which is under --rank %d", n, most)
		}
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, err := a.readImage(name, f, func(int) bool { return true })
	if err != nil {
		return err
	}
	if _, n := s.Y.Dims(); most > n {
		return usagef("--rank has %d; %s has %s", most, name, count(n, "column"))
	}
	o.Seed = a.common.seed
	next := time.Now().Add(time.Second)
	o.Observe = func(done, total int, row string) {
		if now := time.Now(); !a.common.quiet && now.After(next) {
			next = now.Add(5 * time.Second)
			fmt.Fprintf(a.stderr, "%d of %d rows, next %s\n", done, total, row)
		}
	}
	table, err := bench.Separable(ctx, s.Y, &o)
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled) && table != nil && len(table.Rows) > 0:
		a.warn("interrupted; the methods after the last row were not run")
	default:
		return a.settle(err, false)
	}
	text := func(w io.Writer) error { return table.WriteText(w) }
	write := func() error { return out.write("table.txt", text) }
	return a.finish(&tableResult{Verb: "bench separable", Seed: o.Seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
}
