package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
)

// finishNMF writes the factors and the report and prints the result.
func (a *app) finishNMF(t *nmfTask, res *result, r *matrix.Factors) error {
	table := &report.Table{Columns: []string{"component", "size", "zeros of U", "zeros of V"}}
	zeros := func(v []float64) string {
		n := 0
		for _, x := range v {
			if x == 0 {
				n++
			}
		}
		return fmt.Sprintf("%.0f %%", 100*float64(n)/float64(len(v)))
	}
	for k, size := range res.Weights {
		table.Rows = append(table.Rows, []string{fmt.Sprint(k), fmt.Sprintf("%.5g", size), zeros(mat.Col(nil, k, r.U)), zeros(r.V.RawRowView(k))})
	}
	if c := t.mixtures(r); c != nil {
		table.Columns = append(table.Columns, "a mixture of columns")
		for k := range table.Rows {
			table.Rows[k] = append(table.Rows[k], mixedOf(c.RawRowView(k)))
		}
	}
	write := func() error { return a.writeNMF(t, res, r, table) }
	return a.finish(res, t.out, write, func(w io.Writer) error {
		fmt.Fprintf(w, "%s with %s (%s, %s after %s, %s)\n",
			res.misfit(), count(res.Rank, "component"), res.Algorithm, res.Status, count(res.Sweeps, "sweep"), seconds(res.SolveSeconds))
		if err := table.WriteText(w); err != nil {
			return err
		}
		if res.Certificate != nil {
			fmt.Fprintln(w, res.Certificate.verdict())
		}
		if res.Scattered != nil {
			for _, line := range scatteredText(res.Scattered) {
				fmt.Fprintln(w, line)
			}
		}
		if res.Compared != nil {
			if err := comparedTable(res.Compared).WriteText(w); err != nil {
				return err
			}
		}
		return t.out.tell(w)
	})
}

func (a *app) writeNMF(t *nmfTask, res *result, r *matrix.Factors, table *report.Table) error {
	if err := t.out.matrix("U.npy", r.U); err != nil {
		return err
	}
	v := r.V
	if t.scene != nil {
		v = t.scene.WholeRows(v)
	}
	if err := t.out.matrix("V.npy", v); err != nil {
		return err
	}
	if c := t.mixtures(r); c != nil {
		if err := t.out.matrix("C.npy", c); err != nil {
			return err
		}
	}
	page := &report.Page{Title: map[string]string{"nmf": "Nonnegative factors of ", "lrsca": "Sparse components of "}[t.verb] + short(t.name), Warnings: a.warnings, Lead: []string{
		fmt.Sprintf("%s with %s: %s after %s.", sentence(res.misfit()), count(res.Rank, "component"), res.Status, count(res.Sweeps, "sweep")),
	}}
	if t.scene != nil && t.scene.shown {
		section, err := nmfMaps(t.out, t.scene, r)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, section)
	}
	components := report.Section{Heading: "Components", Table: table}
	curves := &report.Spectra{Title: "Columns of U", AxisName: "row", ValueName: "value"}
	if t.scene != nil {
		curves.Title, curves.Axis, curves.AxisName = "Spectra", t.scene.axis, t.scene.unit
	}
	for k := range res.Rank {
		curves.Chosen = append(curves.Chosen, report.Curve{Name: fmt.Sprintf("component %d", k), Values: mat.Col(nil, k, r.U)})
	}
	fig, err := figure(t.out, "spectra.png", "Columns of U.", curves.WritePNG)
	if err != nil {
		return err
	}
	components.Figures = append(components.Figures, fig)
	page.Sections = append(page.Sections, components)
	if res.Certificate != nil {
		page.Sections = append(page.Sections, res.Certificate.section())
	}
	if res.Scattered != nil {
		page.Sections = append(page.Sections, report.Section{Heading: "Is it the only one?", Text: scatteredText(res.Scattered)})
	}
	if res.Compared != nil {
		page.Sections = append(page.Sections, report.Section{Heading: "Beside matching pursuit", Table: comparedTable(res.Compared)})
	}
	if len(r.Trace) > 1 { // one point is no curve
		fig, err := figure(t.out, "convergence.png", "Relative error after every sweep.", (&report.Convergence{Title: "Convergence", Runs: []report.Run{{Name: "returned start", Trace: r.Trace}}}).WritePNG)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, report.Section{Heading: "Convergence", Figures: []report.Figure{fig}})
	}
	page.Parameters = []report.KeyValue{
		{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}, {Key: "method", Value: t.flags.method}, {Key: "seed", Value: fmt.Sprint(a.common.seed)},
	}
	return t.out.write(reportFile, page.WriteHTML)
}

// nmfMaps are the rows of V as maps, each on its own scale, and the residual.
func nmfMaps(out *folder, s *scene, r *matrix.Factors) (report.Section, error) {
	section := report.Section{Heading: "Maps", Text: []string{"How much of each component is in every pixel; the largest amount is 1."}}
	all := &report.Maps{Unit: "of the largest", Scale: report.Scale{Min: 0, Max: 1}}
	_, rank := r.U.Dims()
	for k := range rank {
		v := rowMajor(r.V.RawRowView(k), s)
		top := 0.0
		for _, x := range r.V.RawRowView(k) {
			top = max(top, math.Abs(x))
		}
		for i := range v {
			v[i] /= max(top, math.SmallestNonzeroFloat64)
		}
		all.Panels = append(all.Panels, report.Map{Title: fmt.Sprintf("component %d", k), Rows: s.Rows, Cols: s.Cols, Values: v})
	}
	fig, err := figure(out, "maps.png", "Rows of V.", all.WritePNG)
	if err != nil {
		return section, err
	}
	section.Figures = append(section.Figures, fig)
	left := pixelResidual(s.Y, r)
	residual := &report.Maps{Unit: "RMS", Scale: report.Scale{Log: true}, Panels: []report.Map{{
		Title: "Residual", Rows: s.Rows, Cols: s.Cols, Values: rowMajor(left, s),
	}}}
	residual.Scale = residualScale(left)
	fig, err = figure(out, "residual.png", "What the model leaves of each pixel: root mean square over the bands, log scale.", residual.WritePNG)
	section.Figures = append(section.Figures, fig)
	return section, err
}

// pixelResidual is the root mean square of X − U·V over the bands of every pixel.
func pixelResidual(y *mat.Dense, r *matrix.Factors) []float64 {
	bands, pixels := y.Dims()
	sum, row := make([]float64, pixels), mat.NewDense(1, pixels, nil)
	for b := range bands {
		row.Mul(r.U.RowView(b).T(), r.V)
		for j, v := range y.RawRowView(b) {
			e := v - row.At(0, j)
			sum[j] += e * e / float64(bands)
		}
	}
	for j, v := range sum {
		sum[j] = math.Sqrt(v)
	}
	return sum
}

// mixtures is Cᵀ (R×n) of archetypes, with the pixels that are left out; else nil.
func (t *nmfTask) mixtures(r *matrix.Factors) *mat.Dense {
	if r.C == nil {
		return nil
	}
	c := mat.DenseCopyOf(r.C.T())
	if t.scene != nil {
		return t.scene.WholeRows(c)
	}
	return c
}

// mixedOf lists the columns with the largest shares of an archetype.
func mixedOf(share []float64) string {
	var columns []int
	for j, v := range share {
		if v > 0 {
			columns = append(columns, j)
		}
	}
	slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(share[b], share[a]) })
	var parts []string
	for _, j := range columns[:min(3, len(columns))] {
		parts = append(parts, fmt.Sprintf("%d (%.0f %%)", j, 100*share[j]))
	}
	if more := len(columns) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}
