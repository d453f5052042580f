package main

import (
	"context"
	"fmt"
	"io"
	"sort"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/format"
)

func (a *app) benchSearchCommand() *cobra.Command {
	var file string
	var before int
	o := bench.SearchOptions{}
	cmd := verb("search", "The search for spectra against the objective of the true ones",
		`search mixes five to twenty spectra of a library smoothly over images of 100×100
pixels, adds white noise at 10 to 40 dB, and lets the default search choose as
many again. above counts the runs that end above the error of the true spectra, worst
is by how much, found the share of true spectra. SRE is that of the abundances
in dB over all runs, beside that of the true spectra and of sparse regression (ℓ1)
at the best of five weights. The library is generated, or read from --library, bands ×
spectra; with --before N its first N columns are no spectra, the first of them the
wavelengths, by which the bands are sorted.`,
		"  polyad bench search --library USGS_1995_Library.mat#datalib --before 3",
		cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.benchSearch(ctx, file, before, o) })
	f := cmd.Flags()
	f.StringVar(&file, "library", "", "file with the spectra, bands × spectra")
	f.IntVar(&before, "before", 0, "columns before the spectra, wavelengths first")
	f.IntVar(&o.Runs, "runs", 20, "seeds of each row")
	f.IntVar(&o.Side, "side", 100, "height and width of the images in pixels")
	return cmd
}

func (a *app) benchSearch(ctx context.Context, file string, before int, o bench.SearchOptions) error {
	if o.Runs < 1 || o.Side < 2 || before < 0 {
		return usagef("--runs is at least 1, --side at least 2 and --before not negative")
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	o.Seed = a.common.seed
	if file != "" {
		if o.Spectra, err = readSpectra(file, before); err != nil {
			return err
		}
	}
	o.Observe = a.trials()
	table, err := bench.Search(ctx, &o)
	if err := a.settleTable(err, table); err != nil {
		return err
	}
	text := func(w io.Writer) error { return table.WriteText(w) }
	write := func() error { return out.write("table.txt", text) }
	return a.finish(&tableResult{Verb: "bench search", Seed: o.Seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
}

// readSpectra reads a library whose first columns are no spectra.
func readSpectra(name string, before int) (*mat.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all, err := file.Matrix()
	if err != nil {
		return nil, err
	}
	bands, cols := all.Dims()
	if before >= cols {
		return nil, fmt.Errorf("%s has %d columns, --before leaves out %d; none is left", name, cols, before)
	}
	order := make([]int, bands)
	for i := range order {
		order[i] = i
	}
	if before > 0 {
		sort.SliceStable(order, func(x, y int) bool { return all.At(order[x], 0) < all.At(order[y], 0) })
	}
	spectra := mat.NewDense(bands, cols-before, nil)
	for to, from := range order {
		copy(spectra.RawRowView(to), all.RawRowView(from)[before:])
	}
	return spectra, nil
}
