package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/report"
)

// projectResult is the result of cpd --project.
type projectResult struct {
	Verb          string     `json:"verb"`
	Project       string     `json:"project"` // the folder of the model
	Mode          int        `json:"mode"`
	Rank          int        `json:"rank"`
	RelativeError float64    `json:"relative_error"`
	SliceErrors   []*float64 `json:"slice_errors"` // of each slice of the mode; null: it is zero or unknown
	SolveSeconds  float64    `json:"solve_seconds"`
	ending
}

// unprojected are the flags that mean nothing to --project.
var unprojected = []string{
	"rank", "dict", "loss", "init", "init-factors", "from", "race", "checkpoint", "every", "resume", "memory",
	"max-sweeps", "tol", "starts", "trace", "seed",
}

// project solves for the factor of one mode of new data, given those of a model.
func (a *app) project(ctx context.Context, name string, f cpdFlags, changed func(string) bool) error {
	for _, flag := range unprojected {
		if changed(flag) {
			return usagef("--project solves for one factor of a model that is there; leave out --%s", flag)
		}
	}
	dir, mode := f.project, 0
	if at := strings.LastIndex(dir, ":"); at > 0 {
		if n, err := strconv.Atoi(dir[at+1:]); err == nil {
			dir, mode = dir[:at], n
		}
	}
	k, err := readModel(dir)
	if err != nil {
		return fmt.Errorf("--project: %w", err)
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	data, err := f.data(name, false, a.warn)
	if err != nil {
		return err
	}
	a.tellKnown(data)
	if err := fits(data.Dims(), k.Dims(), dir, mode); err != nil {
		return err
	}
	method, err := f.projection(data.Dims(), mode, k.Rank())
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	began := time.Now()
	scores, err := cpd.Transform(ctx, f.fitted(data), k, mode, method)
	if err := a.settle(err, scores != nil); err != nil {
		return err
	}
	r := &projectResult{Verb: "cpd", Project: dir, Mode: mode, Rank: k.Rank(), SolveSeconds: time.Since(began).Seconds()}
	k.Normalize()
	k.Factors[mode] = scores
	for c := range k.Weights {
		k.Weights[c] = 1 // the scores hold them
	}
	r.RelativeError = k.RelativeError(data)
	errs, err := diagnose.SliceErrors(data, k)
	if err != nil {
		return err
	}
	for _, e := range errs[mode] {
		r.SliceErrors = append(r.SliceErrors, number(e))
	}
	return a.finishProject(name, out, r, scores)
}

// fits says whether new data have the sizes of a model but in one mode.
func fits(got, want []int, dir string, mode int) error {
	if mode < 0 || mode >= len(want) {
		return usagef("--project: mode %d of a model of %s; modes count from 0", mode, count(len(want), "mode"))
	}
	same := len(got) == len(want)
	for n := range want {
		same = same && (n == mode || got[n] == want[n])
	}
	if !same {
		return fmt.Errorf("--project: the tensor is %s, and the model in %s is %s; they may differ in mode %d only (DIR:MODE names another)",
			format.Sizes(got), dir, format.Sizes(want), mode)
	}
	return nil
}

// projection is the method of the mode that is solved for; the flags must not speak
// of others.
func (f cpdFlags) projection(dims []int, mode, rank int) (cpd.Method, error) {
	fit, err := f.fit(dims, []int{rank}, nil)
	if err != nil {
		return nil, err
	}
	if fit.algorithm != nil {
		return nil, usagef("--project solves for one factor; --method %s improves all", f.method)
	}
	for n, w := range fit.wishes {
		switch {
		case n != mode && (w.name != "" || w.nonnegative):
			return nil, usagef("--project solves for mode %d alone; leave out what --nonneg or --constraint say of mode %d", mode, n)
		case w.fixed:
			return nil, usagef("--project solves for mode %d; it cannot be fixed", mode)
		}
	}
	return fit.methods[mode], nil
}

func (a *app) finishProject(name string, out *folder, r *projectResult, scores *mat.Dense) error {
	const shown = 20
	table := &report.Table{Columns: []string{"slice"}}
	for c := range r.Rank {
		table.Columns = append(table.Columns, fmt.Sprintf("component %d", c))
	}
	table.Columns = append(table.Columns, "relative error")
	for i, e := range r.SliceErrors {
		row := []string{strconv.Itoa(i)}
		for _, v := range scores.RawRowView(i) {
			row = append(row, fmt.Sprintf("%.5g", v))
		}
		text := ""
		if e != nil {
			text = fmt.Sprintf("%.6f", *e)
		}
		if table.Rows = append(table.Rows, append(row, text)); len(table.Rows) == shown {
			break
		}
	}
	line := fmt.Sprintf("relative error %.6f of %s of mode %d on %s", r.RelativeError, count(len(r.SliceErrors), "slice"), r.Mode, count(r.Rank, "component"))
	write := func() error {
		if err := out.matrix(fmt.Sprintf("factor%d.npy", r.Mode), scores); err != nil {
			return err
		}
		curves := &report.Spectra{Title: fmt.Sprintf("Mode %d", r.Mode), AxisName: "index", ValueName: "amount, weights included"}
		for c := range r.Rank {
			curves.Chosen = append(curves.Chosen, report.Curve{Name: fmt.Sprintf("component %d", c), Values: mat.Col(nil, c, scores)})
		}
		fig, err := figure(out, fmt.Sprintf("factor%d.png", r.Mode), fmt.Sprintf("Columns of factor %d.", r.Mode), curves.WritePNG)
		if err != nil {
			return err
		}
		page := &report.Page{
			Title: "Projection of " + short(name), Warnings: a.warnings, Lead: []string{sentence(line) + "."},
			Sections:   []report.Section{{Heading: "Factor", Table: table, Figures: []report.Figure{fig}}},
			Parameters: []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}},
		}
		return out.write(reportFile, page.WriteHTML)
	}
	return a.finish(r, out, write, func(w io.Writer) error {
		fmt.Fprintln(w, line)
		if err := table.WriteText(w); err != nil {
			return err
		}
		if rest := len(r.SliceErrors) - len(table.Rows); rest > 0 {
			fmt.Fprintf(w, "and %s more: --out DIR writes all\n", count(rest, "slice"))
		}
		return out.tell(w)
	})
}
