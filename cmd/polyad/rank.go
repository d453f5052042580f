package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/sweep"
)

// rankFlags are the flags of rank alone.
type rankFlags struct {
	fit      fitFlags
	min, max int
	split    int
	matrix   rankMatrixFlags

	nonnegative bool
}

func (a *app) rankCommand() *cobra.Command {
	var f rankFlags
	cmd := verb("rank FILE [--max R]", "How many components a tensor, a matrix or an image has",
		`rank says what speaks for each number of components.

Of a tensor it fits CP models of one number of components after the other, several starts
each, and prints the error; the core consistency,
which falls far below 100 % when there are too many; the stability, how well the
other starts agree with the best one (1: the same components); and with --split
how well two halves of the data agree. The suggestion is a rule of thumb: the largest number
that is consistent and stable, each component of which lowers the error by at least 1 %. What
--constraint and --method may say is in 'polyad cpd --help'.

Of a matrix of bands × pixels (features × samples), an ENVI image, or another cube (rows ×
columns × bands) with --image, it looks for components among the columns, in several random
samples of them, and prints the noise; the dimensions of the signal (HySime, and
virtual dimensionality at three false alarm rates), which are upper bounds and far
above the number of materials in images; and for each number the error, how often
the other samples have the same components, and how far the most redundant one
is from being a mixture of the others (cone), beside the angle that the model
leaves on average (misfit). The suggestion is the largest number of which every
component is found again in 80 % of the samples and none is a mixture to within
three misfits; up to where it is 50 % and two the data leave it open.

--nonnegative is about exact factorisations of a matrix of up to some dozens of rows
and columns, X = U·V with nonnegative U and V: bounds from below of the least number
of components, each with the name of what it comes from, and the factorisation with
fewest that was found; the two are equal where that number is known. It takes
seconds for a dozen rows and columns; --time-limit ends it with what is known.

--out gets ranks.png, result.json and report.html; with --nonnegative U.npy, V.npy
and the last two.`,
		`  polyad rank claus.mat#X --max 6
  polyad rank claus.mat#X --max 6 --nonneg all --split 0 --out ranks
  polyad rank claus.mat#X --max 6 --nonneg all --constraint 2=unimodal --method extrapolated
  polyad rank scene.mat#Y --scale 5000 --normalize l2
  polyad rank scene.hdr --max 8
  polyad rank slack.csv --nonnegative --out exact`,
		cobra.ExactArgs(1), nil)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.nonnegative {
			return a.nonnegativeRank(cmd, args[0])
		}
		return a.rankOf(cmd, args[0], f)
	}
	fl := cmd.Flags()
	fl.IntVar(&f.min, "min", 1, "least number of components")
	fl.IntVar(&f.max, "max", 0, "largest number of components (needed for a tensor; 0: 10 of a matrix)")
	fl.IntVar(&f.split, "split", -1, "compare two halves of the slices of this mode, that of the samples say (-1: none)")
	f.fit.add(cmd)
	a.iterates(cmd)
	f.matrix.add(cmd)
	fl.BoolVar(&f.nonnegative, "nonnegative", false, "bounds of the nonnegative rank of a matrix")
	fl.Lookup("starts").DefValue = "5" // one tells nothing of stability
	cmd.PreRun = func(cmd *cobra.Command, _ []string) {
		if !cmd.Flags().Changed("starts") {
			a.iterate.starts = 5
		}
	}
	return cmd
}

func (a *app) rank(ctx context.Context, name string, f rankFlags) error {
	if f.min < 1 || f.max < f.min {
		return usagef("--min is %d and --max %d; give --max R, the largest number of components, and --min between 1 and it", f.min, f.max)
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	if err := a.unknownCells(name, &f.fit); err != nil {
		return err
	}
	data, err := f.fit.data(name, f.split >= 0, a.warn)
	if err != nil {
		return err
	}
	dims := data.Dims()
	if f.split >= len(dims) || f.split < -1 {
		return usagef("--split is %d; modes count from 0 to %d", f.split, len(dims)-1)
	}
	fit, err := f.fit.fit(dims, []int{f.min, f.max}, a.stop())
	if err != nil {
		return err
	}
	if err := fit.checkRanks(f.split); err != nil {
		return err
	}
	a.warnOfPenalties(fit)
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	rank := f.min
	o := &diagnose.RankOptions{
		Fit: cpd.Options{
			Methods: fit.methods, Algorithm: fit.algorithm, Stop: a.stop(), Seed: a.common.seed,
			Observe: func(start int, p sweep.Point) error {
				return bar.tell(fmt.Sprintf("rank %d, start %d", rank, start), p)
			},
		},
		Starts:  a.iterate.starts,
		Observe: func(p diagnose.RankPoint) error { rank = p.Rank + 1; return nil },
	}
	if f.split >= 0 {
		if f.fit.missing != "" {
			return usagef("--split and --missing do not go together")
		}
		o.SplitMode = &f.split
	}
	points, err := diagnose.Ranks(ctx, f.fit.fitted(data), f.min, f.max, o)
	bar.done()
	if err := a.settle(err, len(points) > 0); err != nil {
		return err
	}
	for i := range points {
		p := &points[i]
		if f.fit.exact { // in which form unknown entries have no values, and the core none either
			if c, err := diagnose.CoreConsistency(data, p.Best); err == nil {
				p.CoreConsistency = c
			}
		}
	}
	return a.finishRank(name, out, points)
}

// rankResult is the result of rank.
type rankResult struct {
	Verb      string      `json:"verb"`
	Suggested int         `json:"suggested"` // 0: none
	Reason    string      `json:"reason"`
	Seed      uint64      `json:"seed"`
	Ranks     []rankPoint `json:"ranks"`
	ending
}

// rankPoint is one number of components; null stands for what was not computed.
type rankPoint struct {
	Rank            int      `json:"rank"`
	RelativeError   float64  `json:"relative_error"`
	CoreConsistency *float64 `json:"core_consistency"`
	Stability       *float64 `json:"stability"`
	Reached         float64  `json:"reached"`
	SplitHalf       *float64 `json:"split_half"`
	Degenerate      bool     `json:"degenerate"`
	Status          string   `json:"status"`
}

func (a *app) finishRank(name string, out *folder, points []diagnose.RankPoint) error {
	r := &rankResult{Verb: "rank", Seed: a.common.seed}
	r.Suggested, r.Reason = diagnose.Suggest(points)
	table := &report.Table{Columns: []string{"rank", "relative error", "core consistency %", "stability", "reached %", "split half", "degenerate", "status"}}
	picture := &report.Percentages{Title: "What speaks for each number of components", XName: "components", Curves: []report.Percentage{
		{Name: "explained variance"}, {Name: "core consistency"}, {Name: "stability over starts"}, {Name: "split half"},
	}}
	for _, p := range points {
		r.Ranks = append(r.Ranks, rankPoint{p.Rank, p.RelativeError, number(p.CoreConsistency), number(p.Stability), p.Reached, number(p.SplitHalf), p.Degenerate, p.Status.String()})
		table.Rows = append(table.Rows, []string{
			strconv.Itoa(p.Rank), fmt.Sprintf("%.6f", p.RelativeError), blank("%.1f", p.CoreConsistency), blank("%.3f", p.Stability),
			fmt.Sprintf("%.0f", 100*p.Reached), blank("%.3f", p.SplitHalf), map[bool]string{true: "yes"}[p.Degenerate], p.Status.String(),
		})
		picture.X = append(picture.X, p.Rank)
		for k, v := range []float64{100 * (1 - p.RelativeError*p.RelativeError), p.CoreConsistency, 100 * p.Stability, 100 * p.SplitHalf} {
			picture.Curves[k].Values = append(picture.Curves[k].Values, v)
		}
	}
	picture.Curves = known(picture.Curves)
	words := "no suggestion: " + r.Reason
	if r.Suggested > 0 {
		words = fmt.Sprintf("suggested: %s, %s", count(r.Suggested, "component"), r.Reason)
	}
	write := func() error {
		fig, err := figure(out, "ranks.png", "Explained variance, core consistency (drawn from −20 %), stability over starts.", picture.WritePNG)
		if err != nil {
			return err
		}
		page := &report.Page{
			Title: "Number of components of " + short(name), Warnings: a.warnings, Lead: []string{words + "."},
			Sections:   []report.Section{{Heading: "Ranks", Table: table, Figures: []report.Figure{fig}}},
			Parameters: []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "seed", Value: fmt.Sprint(a.common.seed)}},
		}
		return out.write(reportFile, page.WriteHTML)
	}
	return a.finish(r, out, write, func(w io.Writer) error {
		if err := table.WriteText(w); err != nil {
			return err
		}
		fmt.Fprintln(w, words)
		return out.tell(w)
	})
}

// number is v for JSON, which has no NaN.
func number(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// blank is v as text, nothing for NaN.
func blank(format string, v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return fmt.Sprintf(format, v)
}

// known leaves out curves without a value.
func known(curves []report.Percentage) []report.Percentage {
	var some []report.Percentage
	for _, c := range curves {
		for _, v := range c.Values {
			if !math.IsNaN(v) {
				some = append(some, c)
				break
			}
		}
	}
	return some
}
