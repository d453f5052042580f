package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/synth"
)

func (a *app) benchCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "bench TABLE", Short: "Tables: methods on problems with a known answer, kernels against the machine",
		Example: "  polyad bench dict --trials 20\n  polyad bench search --library USGS_1995_Library.mat#datalib --before 3\n  polyad bench kernels",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef("unknown table %q", args[0])
			}
			return cmd.Help()
		},
		Args: cobra.ArbitraryArgs,
	}
	var file string
	o := bench.DictionaryOptions{}
	dictionary := verb("dict", "ALS with projection against the dictionary algorithms",
		`dict makes nonnegative tensors of 20×50×7 whose mode 1 consists of atoms of a
dictionary of 1000, with noise at --snr, and prints what share of the atoms
each algorithm finds. The coherent dictionary is generated, or read from
--dictionary (50 × 1000, 20 classes of 50 in order). above is the share of trials
that end above the error of the true atoms, everything else fitted to the end; −hard
is what more is right than by hard replacement, paired by trial. worse counts the
trials in which auto ended at a higher error than another algorithm did.`,
		"  polyad bench dict --trials 20",
		cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.benchDict(ctx, file, o) })
	dictionary.Flags().StringVar(&file, "dictionary", "", "file with the coherent dictionary")
	dictionary.Flags().IntVar(&o.Trials, "trials", 20, "paired trials")
	dictionary.Flags().Float64Var(&o.Decibels, "snr", 11.5, "signal-to-noise ratio in dB")
	dictionary.Flags().IntVar(&o.Rank, "rank", 6, "number of components")
	cmd.AddCommand(dictionary, a.benchSearchCommand(), a.benchSweepCommand(), a.benchWindowsCommand(), a.benchSeparableCommand(), a.benchRecoveryCommand(), a.benchSparseCommand(), a.benchScaleCommand(), a.benchKernelsCommand(), a.benchLargeCommand(), a.benchScenesCommand())
	return cmd
}

func (a *app) benchDict(ctx context.Context, file string, o bench.DictionaryOptions) error {
	if o.Trials < 1 || o.Rank < 1 {
		return usagef("--trials and --rank are at least 1")
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	o.Seed = a.common.seed
	if file != "" {
		if o.Atoms, err = readAtoms(file); err != nil {
			return err
		}
	}
	o.Observe = a.trials()
	table, err := bench.Dictionary(ctx, &o)
	if err := a.settleTable(err, table); err != nil {
		return err
	}
	text := func(w io.Writer) error { return table.WriteText(w) }
	write := func() error { return out.write("table.txt", text) }
	return a.finish(&tableResult{Verb: "bench dict", Seed: o.Seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
}

// trials tells every few seconds how many trials are done.
func (a *app) trials() func(done, total int) {
	next := time.Now().Add(time.Second)
	return func(done, total int) {
		if now := time.Now(); !a.common.quiet && now.After(next) {
			next = now.Add(5 * time.Second)
			fmt.Fprintf(a.stderr, "%d of %d trials\n", done, total)
		}
	}
}

// readAtoms reads a dictionary with 20 classes of equal size in order.
func readAtoms(name string) (*synth.Atoms, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	d, err := file.Matrix()
	if err != nil {
		return nil, err
	}
	rows, count := d.Dims()
	if rows != 50 || count%20 != 0 {
		return nil, fmt.Errorf("%s is %d×%d; the experiment wants 50 rows and 20 classes of equal size", name, rows, count)
	}
	atoms := &synth.Atoms{D: d}
	for j := range count {
		atoms.Class = append(atoms.Class, j/(count/20))
	}
	return atoms, nil
}

// tableResult is a table as JSON.
type tableResult struct {
	Verb    string   `json:"verb"`
	Seed    uint64   `json:"seed"`
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"` // numbers where the table has numbers, null where it has nothing
	ending
}

func cells(t *report.Table) [][]any {
	rows := make([][]any, len(t.Rows))
	for i, row := range t.Rows {
		for _, text := range row {
			var cell any = text
			if v, err := strconv.ParseFloat(text, 64); err == nil {
				cell = v
			} else if text == "" {
				cell = nil
			}
			rows[i] = append(rows[i], cell)
		}
	}
	return rows
}
