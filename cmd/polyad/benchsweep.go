package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/bench"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
)

func (a *app) benchSweepCommand() *cobra.Command {
	var file string
	o := bench.SweepOptions{}
	cmd := verb("sweep rho|snr|coherence|size", "The dictionary algorithms while one thing varies, with box plots",
		`sweep makes the tensors of bench dict while one thing varies: rho, the
conditioning of the third factor; snr, the noise; coherence, how alike the atoms
are; size, that of the tensor. The fit without a dictionary (als) stands beside
the algorithms. With --out it draws the errors of the dictionary factor
(factor-error.png) and the share of right atoms (atoms.png) as box plots.`,
		"  polyad bench sweep rho --trials 100 --out sweep-rho",
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			o.Over = args[0]
			return a.benchSweep(ctx, file, o)
		})
	cmd.ValidArgs = []string{"rho", "snr", "coherence", "size"}
	cmd.Flags().StringVar(&file, "dictionary", "", "file with the coherent dictionary, 50 × atoms, 20 classes of equal size in order")
	cmd.Flags().IntVar(&o.Trials, "trials", 20, "paired trials at every setting")
	cmd.Flags().IntVar(&o.Rank, "rank", 10, "number of components")
	return cmd
}

func (a *app) benchSweep(ctx context.Context, file string, o bench.SweepOptions) error {
	if o.Trials < 1 || o.Rank < 1 {
		return usagef("--trials and --rank are at least 1")
	}
	switch o.Over {
	case "rho", "snr", "coherence", "size":
	default:
		return usagef("no sweep over %q; give rho, snr, coherence or size", o.Over)
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	if file != "" {
		if o.Atoms, err = readAtoms(file); err != nil {
			return err
		}
	}
	o.Seed, o.Observe = a.common.seed, a.trials()
	f, err := bench.DictionarySweep(ctx, o)
	if err != nil {
		return a.settle(err, false)
	}
	return a.finishFigures("bench sweep", f.Table, out, map[string]*report.Boxes{"factor-error.png": f.FactorError, "atoms.png": f.Atoms})
}

func (a *app) benchWindowsCommand() *cobra.Command {
	var image string
	var rank int
	o := bench.WindowOptions{}
	cmd := verb("windows", "Pure pixels found with several dictionaries, windows of the image, against one",
		`windows mixes a few spectra over pixels, one of which is pure for each, at
noise levels from 0 to 50 dB, and counts the pure pixels that each method misses:
choosing among all pixels, or each component within a window of pixels that
holds its pure one. The spectra are generated, or those that SPA finds in
--image. With --out it draws the counts as box plots (missed.png).`,
		"  polyad bench windows --trials 100 --out windows\n  polyad bench windows --image urban.mat#M --rank 6",
		cobra.NoArgs, func(ctx context.Context, _ []string) error { return a.benchWindows(ctx, image, rank, o) })
	cmd.Flags().StringVar(&image, "image", "", "matrix bands × pixels from which the spectra are taken")
	cmd.Flags().IntVar(&rank, "rank", 6, "number of spectra taken from --image")
	cmd.Flags().IntVar(&o.Pixels, "pixels", 200, "number of pixels")
	cmd.Flags().IntVar(&o.Trials, "trials", 20, "paired trials at every noise level")
	return cmd
}

func (a *app) benchWindows(ctx context.Context, image string, rank int, o bench.WindowOptions) error {
	if o.Trials < 1 || o.Pixels < 1 || rank < 1 {
		return usagef("--trials, --pixels and --rank are at least 1")
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	if image != "" {
		if o.Spectra, err = pureSpectra(ctx, image, rank); err != nil {
			return err
		}
	}
	o.Seed, o.Observe = a.common.seed, a.trials()
	table, boxes, err := bench.Windows(ctx, &o)
	if err != nil {
		return a.settle(err, false)
	}
	return a.finishFigures("bench windows", table, out, map[string]*report.Boxes{"missed.png": boxes})
}

func (a *app) benchSparseCommand() *cobra.Command {
	o := bench.SparseOptions{}
	cmd := verb("lrsca", "How often sparse components are recovered, around the number of points that a theorem needs",
		`lrsca draws data without noise whose columns are of k of R components each, with as few
columns as put a number of points on every hyperplane that R−1 components span, and
counts how often the components are found again: for k from 1 to R−1 and for numbers
of points around that from which the factorisation is known to be unique. recovered is
by 'polyad lrsca' as it is, summits and exact are the two methods that it consists of,
alone, which --quick leaves out. With --out it draws the curves (recovered.png).
Ctrl-C keeps finished rows.`,
		"  polyad bench lrsca --trials 20\n  polyad bench lrsca --rank 5 --trials 20 --quick --out recovery",
		cobra.NoArgs, func(ctx context.Context, _ []string) error {
			if o.Trials < 1 || o.Rank < 2 {
				return usagef("--trials is at least 1 and --rank at least 2")
			}
			out, err := a.openFolder(a.common.out)
			if err != nil {
				return err
			}
			o.Seed, o.Observe = a.common.seed, a.trials()
			table, err := bench.Sparse(ctx, &o)
			if err := a.settleTable(err, table); err != nil {
				return err
			}
			curves, err := bench.SparseCurves(table)
			if err != nil {
				return err
			}
			text := func(w io.Writer) error { return table.WriteText(w) }
			write := func() error {
				if err := out.write("recovered.png", curves.WritePNG); err != nil {
					return err
				}
				return out.write("table.txt", text)
			}
			return a.finish(&tableResult{Verb: "bench lrsca", Seed: o.Seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
		})
	cmd.Flags().BoolVar(&o.Quick, "quick", false, "only the method that 'polyad lrsca' uses")
	cmd.Flags().IntVar(&o.Rank, "rank", 4, "number of components")
	cmd.Flags().IntVar(&o.Trials, "trials", 20, "problems of every kind")
	return cmd
}

// pureSpectra are the pixels that SPA chooses.
func pureSpectra(ctx context.Context, name string, rank int) (*mat.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	y, err := file.Matrix()
	if err != nil {
		return nil, err
	}
	s, err := matrix.SPA{}.Select(ctx, y, rank)
	if err != nil {
		return nil, err
	}
	if len(s.Index) < rank {
		return nil, fmt.Errorf("%s has only %d independent columns of the %d asked for by --rank", name, len(s.Index), rank)
	}
	rows, _ := y.Dims()
	spectra := mat.NewDense(rows, rank, nil)
	for r, j := range s.Index {
		spectra.SetCol(r, mat.Col(nil, j, y))
	}
	return spectra, nil
}

// finishFigures prints the table and writes it with its pictures.
func (a *app) finishFigures(name string, table *report.Table, out *folder, pictures map[string]*report.Boxes) error {
	text := func(w io.Writer) error { return table.WriteText(w) }
	write := func() error {
		for _, file := range []string{"factor-error.png", "atoms.png", "missed.png"} {
			if b := pictures[file]; b != nil {
				if err := out.write(file, b.WritePNG); err != nil {
					return err
				}
			}
		}
		return out.write("table.txt", text)
	}
	return a.finish(&tableResult{Verb: name, Seed: a.common.seed, Columns: table.Columns, Rows: cells(table)}, out, write, text)
}
