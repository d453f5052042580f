package main

import (
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format/matlab"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// finishCPD writes the factors and the report and prints the result.
func (a *app) finishCPD(name string, out *folder, res *result, model *tensor.Kruskal, modes []multidict.Mode, trace sweep.Trace) error {
	components := &report.Table{Columns: []string{"component", "weight"}}
	for r, w := range model.Weights {
		components.Rows = append(components.Rows, []string{fmt.Sprint(r), fmt.Sprintf("%.5g", w)})
	}
	for _, m := range modes {
		components.Columns = append(components.Columns, fmt.Sprintf("mode %d", m.N))
	}
	for _, at := range res.Atoms {
		row := &components.Rows[at.Component]
		*row = append(*row, fmt.Sprintf("%s (%s, %d)", at.Name, at.Library, at.Index))
	}
	write := func() error { return a.writeCPD(name, out, res, model, components, trace) }
	return a.finish(res, out, write, func(w io.Writer) error {
		fmt.Fprintf(w, "relative error %.6f with %s (%s after %s, %s)\n",
			res.RelativeError, count(res.Rank, "component"), res.Status, count(res.Sweeps, "sweep"), seconds(res.SolveSeconds))
		if err := components.WriteText(w); err != nil {
			return err
		}
		if d := res.Diagnostics; d != nil && d.CoreConsistency != nil {
			fmt.Fprintf(w, "core consistency %.1f %%; %s\n", *d.CoreConsistency, d.Uniqueness)
		} else if d != nil {
			fmt.Fprintln(w, d.Uniqueness)
		}
		return out.tell(w)
	})
}

func (a *app) writeCPD(name string, out *folder, res *result, model *tensor.Kruskal, components *report.Table, trace sweep.Trace) error {
	page := &report.Page{Title: "CP decomposition of " + short(name), Warnings: a.warnings, Lead: []string{
		fmt.Sprintf("Relative error %.6f with %s: %s after %s.", res.RelativeError, count(res.Rank, "component"), res.Status, count(res.Sweeps, "sweep")),
	}}
	factors := report.Section{Heading: "Factors", Table: components}
	if err := out.matrix("weights.npy", mat.NewDense(len(model.Weights), 1, append([]float64(nil), model.Weights...))); err != nil {
		return err
	}
	if err := out.write("model.mat", func(w io.Writer) error { return matlab.Write(w, variables(model)) }); err != nil {
		return err
	}
	for n, f := range model.Factors {
		if err := out.matrix(fmt.Sprintf("factor%d.npy", n), f); err != nil {
			return err
		}
		curves := &report.Spectra{Title: fmt.Sprintf("Mode %d", n), AxisName: "index", ValueName: "unit columns"}
		for r := range model.Weights {
			curves.Chosen = append(curves.Chosen, report.Curve{Name: fmt.Sprintf("component %d", r), Values: mat.Col(nil, r, f)})
		}
		fig, err := figure(out, fmt.Sprintf("factor%d.png", n), fmt.Sprintf("Columns of factor %d.", n), curves.WritePNG)
		if err != nil {
			return err
		}
		factors.Figures = append(factors.Figures, fig)
	}
	page.Sections = append(page.Sections, factors)
	if d := res.Diagnostics; d != nil {
		page.Sections = append(page.Sections, report.Section{Heading: "Can it be trusted?", Table: d.table()})
	}
	if len(trace) > 1 { // one point is no curve
		fig, err := figure(out, "convergence.png", "Relative error after every sweep.", (&report.Convergence{Title: "Convergence", Runs: []report.Run{{Name: "returned start", Trace: trace}}}).WritePNG)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, report.Section{Heading: "Convergence", Figures: []report.Figure{fig}})
	}
	page.Parameters = []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "seed", Value: fmt.Sprint(a.common.seed)}}
	return out.write(reportFile, page.WriteHTML)
}

// variables are the weights and factors as model.mat holds them, modes from 0.
func variables(model *tensor.Kruskal) []matlab.Variable {
	vars := []matlab.Variable{{Name: "weights", Dims: []int{model.Rank(), 1}, Data: model.Weights}}
	for n, f := range model.Factors {
		rows, cols := f.Dims()
		vars = append(vars, matlab.Variable{Name: fmt.Sprintf("factor%d", n), Dims: []int{rows, cols}, Data: mat.DenseCopyOf(f).RawMatrix().Data})
	}
	return vars
}
