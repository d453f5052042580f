package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/sweep"
)

// tri runs a factorisation into three factors and writes what it finds.
func (a *app) tri(ctx context.Context, t *nmfTask) error {
	f := t.flags
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	t.o.Observe = func(start int, p sweep.Point) error { return bar.tell("start "+strconv.Itoa(start), p) }
	r, err := matrix.TriNMF(ctx, t.data, f.rank, f.groups, &t.o)
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	res := &result{Verb: t.verb, Rank: f.rank, RelativeError: r.RelativeError, SolveSeconds: r.Trace.Last().Elapsed.Seconds(), Algorithm: f.method}
	a.fill(res, r.Trace, r.Status)
	for k := range f.rank {
		res.Weights = append(res.Weights, mat.Norm(r.S.RowView(k), 2))
	}
	table := triTable(r.S)
	return a.finish(res, t.out, func() error { return a.writeTri(t, res, r, table) }, func(w io.Writer) error {
		fmt.Fprintf(w, "%s with %s of rows and %d of columns (%s after %s, %s)\n",
			res.misfit(), count(f.rank, "group"), f.groups, res.Status, count(res.Sweeps, "sweep"), seconds(res.SolveSeconds))
		if err := table.WriteText(w); err != nil {
			return err
		}
		return t.out.tell(w)
	})
}

// triTable is S: how much groups of rows and of columns have to do with each other.
func triTable(s *mat.Dense) *report.Table {
	k, l := s.Dims()
	table := &report.Table{Columns: []string{"rows \\ columns"}}
	for b := range l {
		table.Columns = append(table.Columns, fmt.Sprintf("group %d", b))
	}
	for i := range k {
		row := []string{fmt.Sprintf("group %d", i)}
		for _, v := range s.RawRowView(i) {
			row = append(row, fmt.Sprintf("%.4g", v))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

func (a *app) writeTri(t *nmfTask, res *result, r *matrix.TriFactors, table *report.Table) error {
	for _, m := range []struct {
		name string
		m    *mat.Dense
	}{{"F.npy", r.F}, {"S.npy", r.S}, {"G.npy", r.G}} {
		if err := t.out.matrix(m.name, m.m); err != nil {
			return err
		}
	}
	page := &report.Page{Title: "Groups of rows and columns of " + short(t.name), Warnings: a.warnings, Lead: []string{
		fmt.Sprintf("%s with %s of rows and %d of columns: %s after %s.", sentence(res.misfit()), count(res.Rank, "group"), t.flags.groups, res.Status, count(res.Sweeps, "sweep")),
	}}
	if t.scene != nil && t.scene.shown {
		var fs mat.Dense
		fs.Mul(r.F, r.S)
		section, err := nmfMaps(t.out, t.scene, &matrix.Factors{U: &fs, V: r.G})
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, section)
	}
	page.Sections = append(page.Sections, report.Section{Heading: "Amounts", Text: []string{"S, how much groups of rows and of columns have to do with each other, for columns of F and rows of G of unit norm."}, Table: table})
	page.Parameters = []report.KeyValue{
		{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "method", Value: t.flags.method}, {Key: "seed", Value: fmt.Sprint(a.common.seed)},
	}
	return t.out.write(reportFile, page.WriteHTML)
}
