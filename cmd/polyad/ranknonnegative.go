package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
)

// nonnegativeResult is the result of rank with --nonnegative.
type nonnegativeResult struct {
	Verb          string        `json:"verb"`
	Lower         int           `json:"lower"`
	Upper         int           `json:"upper"`
	LowerBy       string        `json:"lower_by"`
	UpperBy       string        `json:"upper_by"`
	RelativeError float64       `json:"relative_error"` // of the factorisation with so many components as upper says
	Seed          uint64        `json:"seed"`
	Bounds        []boundResult `json:"lower_bounds"`
	ending
}

// boundResult is one lower bound; null stands for one that was not computed.
type boundResult struct {
	Name  string   `json:"name"`
	Value *float64 `json:"value"`
	Lower int      `json:"lower"`
	Note  string   `json:"note,omitempty"`
}

// nonnegativeRank bounds the nonnegative rank of a matrix in a file.
func (a *app) nonnegativeRank(cmd *cobra.Command, name string) error {
	for _, flag := range append(append([]string{"min", "max"}, matrixOnly...), tensorOnly...) {
		if cmd.Flags().Changed(flag) {
			return usagef("--%s is for numbers of components of a model; leave it out with --nonnegative", flag)
		}
	}
	x, err := a.plainMatrix(name)
	if err != nil {
		return err
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(cmd.Context())
	defer cancel()
	r, err := matrix.NonnegativeRank(ctx, x, &matrix.NonnegativeRankOptions{Seed: a.common.seed})
	if err := a.settle(err, r != nil); err != nil {
		return notFinite("rank", err)
	}
	return a.finishNonnegative(name, out, r)
}

// plainMatrix reads a matrix, and nothing else.
func (a *app) plainMatrix(name string) (*mat.Dense, error) {
	x, err := readTensor(name)
	if err != nil {
		return nil, err
	}
	dims := x.Dims()
	if len(dims) != 2 {
		return nil, usagef("--nonnegative is for a matrix; %s is %s", name, format.Sizes(dims))
	}
	return mat.NewDense(dims[0], dims[1], x.Data()), nil
}

func (a *app) finishNonnegative(name string, out *folder, r *matrix.NonnegativeRankBounds) error {
	res := &nonnegativeResult{
		Verb: "rank", Lower: r.Lower, Upper: r.Upper, LowerBy: r.LowerBy, UpperBy: r.UpperBy,
		RelativeError: r.RelativeError, Seed: a.common.seed,
	}
	table := &report.Table{Columns: []string{"bound from below", "value", "rank at least", "note"}}
	for _, b := range r.Bounds {
		res.Bounds = append(res.Bounds, boundResult{b.Name, number(b.Value), b.Lower, b.Note})
		least := ""
		if b.Lower > 0 {
			least = fmt.Sprint(b.Lower)
		}
		table.Rows = append(table.Rows, []string{b.Name, blank("%.6g", b.Value), least, b.Note})
	}
	words := nonnegativeWords(r)
	write := func() error {
		for _, f := range []struct {
			name string
			m    *mat.Dense
		}{{"U.npy", r.U}, {"V.npy", r.V}} {
			if err := out.matrix(f.name, f.m); err != nil {
				return err
			}
		}
		page := &report.Page{
			Title: "Nonnegative rank of " + short(name), Warnings: a.warnings, Lead: words,
			Sections:   []report.Section{{Heading: "Bounds from below", Table: table}},
			Parameters: []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "seed", Value: fmt.Sprint(a.common.seed)}},
		}
		return out.write(reportFile, page.WriteHTML)
	}
	return a.finish(res, out, write, func(w io.Writer) error {
		if err := table.WriteText(w); err != nil {
			return err
		}
		for _, line := range words {
			fmt.Fprintln(w, line)
		}
		return out.tell(w)
	})
}

// nonnegativeWords says what is known.
func nonnegativeWords(r *matrix.NonnegativeRankBounds) []string {
	above := fmt.Sprintf("a factorisation with %s (%s), relative error %.1e", count(r.Upper, "component"), r.UpperBy, r.RelativeError)
	if r.Lower == r.Upper {
		return []string{above, fmt.Sprintf("nonnegative rank: %d, since the bounds meet (%s)", r.Upper, r.LowerBy)}
	}
	return []string{above, fmt.Sprintf("nonnegative rank: from %d (%s) to %d; fewer than %s were not found, and are not excluded", r.Lower, r.LowerBy, r.Upper, count(r.Upper, "component"))}
}
