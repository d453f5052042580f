package main

import (
	"fmt"
	"io"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format/matlab"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/report"
)

// finishCPD writes the factors and the report and prints the result.
func (a *app) finishCPD(name string, out *folder, res *result, m *fittedModel, modes []multidict.Mode) error {
	components := &report.Table{Columns: []string{"component", "weight"}}
	for r, w := range m.model.Weights {
		components.Rows = append(components.Rows, []string{fmt.Sprint(r), fmt.Sprintf("%.5g", w)})
	}
	for _, mode := range modes {
		for _, n := range append([]int{mode.N}, mode.Tied...) {
			components.Columns = append(components.Columns, fmt.Sprintf("mode %d", n))
		}
	}
	for _, at := range res.Atoms {
		row := &components.Rows[at.Component]
		*row = append(*row, fmt.Sprintf("%s (%s, %d)", at.Name, at.Library, at.Index))
	}
	write := func() error { return a.writeCPD(name, out, res, m, components) }
	return a.finish(res, out, write, func(w io.Writer) error {
		fmt.Fprintf(w, "%s with %s (%s after %s, %s)\n",
			res.misfit(), count(res.Rank, "component"), res.Status, count(res.Sweeps, "sweep"), seconds(res.SolveSeconds))
		if err := components.WriteText(w); err != nil {
			return err
		}
		for i := range res.AtomTrust {
			fmt.Fprintln(w)
			if err := res.AtomTrust[i].table().WriteText(w); err != nil {
				return err
			}
		}
		if d := res.Diagnostics; d != nil && d.CoreConsistency != nil {
			fmt.Fprintf(w, "core consistency %.1f %%; %s\n", *d.CoreConsistency, d.Uniqueness)
		} else if d != nil {
			fmt.Fprintln(w, d.Uniqueness)
		}
		return out.tell(w)
	})
}

func (a *app) writeCPD(name string, out *folder, res *result, m *fittedModel, components *report.Table) error {
	model := m.model
	page := &report.Page{Title: "CP decomposition of " + short(name), Warnings: a.warnings, Lead: []string{
		fmt.Sprintf("%s with %s: %s after %s.", sentence(res.misfit()), count(res.Rank, "component"), res.Status, count(res.Sweeps, "sweep")),
	}}
	factors := report.Section{Heading: "Factors", Table: components}
	if err := out.matrix("weights.npy", mat.NewDense(len(model.Weights), 1, append([]float64(nil), model.Weights...))); err != nil {
		return err
	}
	if err := out.write("model.mat", func(w io.Writer) error { return matlab.Write(w, variables(m)) }); err != nil {
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
	for n, f := range m.scaled {
		if err := out.matrix(fmt.Sprintf("scaled%d.npy", n), f); err != nil {
			return err
		}
	}
	page.Sections = append(page.Sections, factors)
	if d := res.Diagnostics; d != nil {
		page.Sections = append(page.Sections, report.Section{Heading: "Can it be trusted?", Table: d.table()})
	}
	for i := range res.AtomTrust {
		page.Sections = append(page.Sections, res.AtomTrust[i].section())
	}
	if len(m.trace) > 1 { // one point is no curve
		fig, err := figure(out, "convergence.png", "Relative error after every sweep.", (&report.Convergence{Title: "Convergence", Runs: []report.Run{{Name: "returned start", Trace: m.trace}}}).WritePNG)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, report.Section{Heading: "Convergence", Figures: []report.Figure{fig}})
	}
	page.Parameters = []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "seed", Value: fmt.Sprint(a.common.seed)}}
	return out.write(reportFile, page.WriteHTML)
}

// variables are the weights and factors as model.mat holds them, modes from 0.
func variables(m *fittedModel) []matlab.Variable {
	vars := []matlab.Variable{{Name: "weights", Dims: []int{m.model.Rank(), 1}, Data: m.model.Weights}}
	add := func(pattern string, factors []*mat.Dense) {
		for n, f := range factors {
			rows, cols := f.Dims()
			vars = append(vars, matlab.Variable{Name: fmt.Sprintf(pattern, n), Dims: []int{rows, cols}, Data: mat.DenseCopyOf(f).RawMatrix().Data})
		}
	}
	add("factor%d", m.model.Factors)
	add("scaled%d", m.scaled)
	return vars
}

// misfit is what was minimised: the relative error, or another loss.
func (r *result) misfit() string {
	if r.Loss != nil {
		return fmt.Sprintf("loss %.8g", *r.Loss)
	}
	return fmt.Sprintf("relative error %.6f", r.RelativeError)
}

// sentence begins with a capital letter.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
