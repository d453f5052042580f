package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// selectFlags are the flags of select alone.
type selectFlags struct {
	engineFlags
	image  imageFlags
	rank   int
	method string
	sample int
	whiten bool
	polish bool
}

// selectors are the values of --method.
var selectors = []struct {
	name string
	make func(seed uint64) matrix.Selector
}{
	{"spa", func(uint64) matrix.Selector { return matrix.SPA{} }},
	{"spa-normalized", func(uint64) matrix.Selector { return matrix.SPA{Normalize: true} }},
	{"spa-whitened", func(uint64) matrix.Selector { return matrix.PreconditionedSPA{} }},
	{"spa-ellipsoid", func(uint64) matrix.Selector { return matrix.PreconditionedSPA{By: matrix.Ellipsoid} }},
	{"spa-ellipsoid-points", func(uint64) matrix.Selector { return matrix.PreconditionedSPA{By: matrix.EllipsoidPoints} }},
	{"spa-smoothed", func(uint64) matrix.Selector { return matrix.SmoothedSPA{} }},
	{"spa-random", func(seed uint64) matrix.Selector { return matrix.RandomizedSPA{Seed: seed} }},
	{"snpa", func(uint64) matrix.Selector { return matrix.SNPA{} }},
	{"vca", func(seed uint64) matrix.Selector { return matrix.VCA{Seed: seed} }},
	{"xray", func(uint64) matrix.Selector { return matrix.XRAY{} }},
	{"xray-dist", func(uint64) matrix.Selector { return matrix.XRAY{Rule: matrix.XRAYDist} }},
	{"xray-rand", func(seed uint64) matrix.Selector { return matrix.XRAY{Rule: matrix.XRAYRand, Seed: seed} }},
	{"xray-greedy", func(uint64) matrix.Selector { return matrix.XRAY{Rule: matrix.XRAYGreedy} }},
	{"xray-l1", func(uint64) matrix.Selector { return matrix.RobustXRAY{} }},
	{"xray-kl", func(uint64) matrix.Selector { return matrix.RobustXRAY{Loss: matrix.LossKL} }},
	{"h2nmf", func(uint64) matrix.Selector { return matrix.H2NMF{} }},
	{"nfindr", func(seed uint64) matrix.Selector { return matrix.NFINDR{Starts: 5, Seed: seed} }},
	{"furthest-sum", func(uint64) matrix.Selector { return matrix.FurthestSum{} }},
	{"fgnsr", func(uint64) matrix.Selector { return matrix.FGNSR{} }},
	{"lp", func(uint64) matrix.Selector { return matrix.MinTrace{} }},
	{"hottopixx", func(uint64) matrix.Selector { return matrix.Hottopixx{} }},
	{"rows-max", func(uint64) matrix.Selector { return matrix.GroupSparse{} }},
	{"rows-length", func(uint64) matrix.Selector { return matrix.GroupSparse{Norm: matrix.RowLength} }},
}

func selectorNames() string {
	var names []string
	for _, s := range selectors {
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

func (a *app) selectCommand() *cobra.Command {
	var f selectFlags
	cmd := verb("select MATRIX --rank R", "Columns of a matrix that explain the others: pure pixels, anchors",
		`select chooses R columns of a matrix whose nonnegative mixtures explain all of its
columns, and solves for the amounts.

MATRIX is a matrix of bands × pixels (features × samples) or a cube (rows ×
columns × bands). Methods are `+wrap(selectorNames())+`.
--subsample N lets the method choose among N columns that stand for clusters of
all, as fgnsr, lp, hottopixx and rows- need of thousands, and of columns that are nearly
alike, such as pixels. --polish exchanges single columns for
others as long as the error falls; it is the d- variant of a method. --whiten divides
every row by its noise for the method, so that a few noisy bands do not decide;
amounts and errors are those of the data as they are.

`+engineHelp+` Here they
share the columns, of a cube those of the image; methods are spa, spa-normalized,
snpa, xray and xray-rand.

--out gets abundances.npy (R × columns), spectra.npy (rows × R), for images maps
as .png, result.json and report.html.`,
		`  polyad select scene.mat#Y --rank 5
  polyad select scene.hdr --rank 5 --method vca --whiten
  polyad select scene.hdr --rank 6 --method fgnsr --subsample 500 --polish --out result
  polyad select large.npy --rank 8 --method snpa --engine local:2`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			if f.engine != "" {
				return a.ranked(ctx, f.engineFlags, func(ctx context.Context, a *app, c dist.Comm) error { return a.selectOn(ctx, args[0], f, c) })
			}
			return a.selectColumns(ctx, args[0], f)
		})
	f.engineFlags.add(cmd)
	fl := cmd.Flags()
	fl.IntVar(&f.rank, "rank", 0, "number of columns to choose")
	fl.StringVar(&f.method, "method", "spa", "how they are chosen")
	fl.IntVar(&f.sample, "subsample", 0, "choose among that many columns, each for a cluster (0: among all)")
	fl.BoolVar(&f.whiten, "whiten", false, "divide rows by the standard deviation of their noise for the method")
	fl.BoolVar(&f.polish, "polish", false, "then exchange single columns as long as the error falls")
	fl.StringVar(&f.image.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels")
	fl.StringVar(&f.image.order, "order", "column", "order of a matrix's pixels: column (down each column first) or row")
	fl.Float64Var(&f.image.scale, "scale", 1, "divide the data by this")
	fl.StringVar(&f.image.drop, "drop", "", "leave out bands LO-HI,… (nm when wavelengths are known, else band numbers from 0)")
	return cmd
}

// wrap breaks a list after its commas into lines of a help page.
func wrap(list string) string {
	var b strings.Builder
	at := len("columns × bands). Methods are ")
	for i, word := range strings.Split(list, ", ") {
		if i > 0 {
			b.WriteString(",")
			if at+2+len(word) > 78 {
				b.WriteString("\n")
				at = 0
			} else {
				b.WriteString(" ")
			}
		}
		b.WriteString(word)
		at += len(word) + 2
	}
	return b.String()
}

func (f *selectFlags) selector(seed uint64) (matrix.Selector, error) {
	if err := atLeastOne(f.rank, "columns to choose"); err != nil {
		return nil, err
	}
	switch {
	case f.sample < 0 || f.sample > 0 && f.sample < f.rank:
		return nil, usagef("--subsample is %d; it is 0, or at least --rank %d", f.sample, f.rank)
	case !(f.image.scale > 0) || math.IsInf(f.image.scale, 0):
		return nil, usagef("--scale is %g; it is a positive number", f.image.scale)
	case f.image.order != "column" && f.image.order != "row":
		return nil, usagef("--order is %q; give column or row", f.image.order)
	}
	for _, s := range selectors {
		if s.name != f.method {
			continue
		}
		of := s.make(seed)
		if f.sample > 0 {
			of = matrix.Sampled{Selector: of, N: f.sample}
		}
		if f.whiten {
			of = matrix.Whitened{Selector: of}
		}
		return of, nil
	}
	return nil, usagef("--method is %q; give one of %s", f.method, selectorNames())
}

// selectResult is what select prints as JSON.
type selectResult struct {
	Verb          string  `json:"verb"`
	Rank          int     `json:"rank"`
	Method        string  `json:"method"`
	Subsample     int     `json:"subsample,omitempty"`
	Whitened      bool    `json:"whitened,omitempty"`
	Selected      []int   `json:"selected"` // columns, from 0
	RelativeError float64 `json:"relative_error"`
	// Unpolished is the error before --polish.
	Unpolished   *float64 `json:"unpolished_relative_error,omitempty"`
	Status       string   `json:"status"`
	SolveSeconds float64  `json:"solve_seconds"`
	Seed         uint64   `json:"seed"`
	Ranks        int      `json:"ranks,omitempty"`
	ending
}

func (a *app) selectColumns(ctx context.Context, name string, f selectFlags) error {
	of, err := f.selector(a.common.seed)
	if err != nil {
		return err
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, err := a.readImage(name, f.image, func(int) bool { return true })
	if err != nil {
		return err
	}
	if _, n := s.Y.Dims(); f.rank > n {
		return usagef("--rank is %d; %s has %s", f.rank, name, count(n, "column"))
	}
	res := &selectResult{Verb: "select", Rank: f.rank, Method: f.method, Subsample: f.sample, Whitened: f.whiten, Status: "converged", Seed: a.common.seed}
	r, err := a.choose(ctx, of, s, f, res)
	if err != nil {
		return err
	}
	write := func() error { return a.writeSelect(out, "Columns of "+short(name), res, s, r) }
	return a.finish(res, out, write, func(w io.Writer) error { return printSelect(w, res, r, out) })
}

// choose chooses and fits; the result is in the words of unmixing.
func (a *app) choose(ctx context.Context, of matrix.Selector, s *scene, f selectFlags, res *selectResult) (*unmix.Result, error) {
	began := time.Now()
	sel, err := of.Select(ctx, s.Y, f.rank)
	if err != nil {
		return nil, a.settle(err, false)
	}
	if len(sel.Index) == 0 {
		return nil, fmt.Errorf("all columns are zero: there is nothing to choose")
	}
	if len(sel.Index) < f.rank {
		a.warn("%s found %s, not %d: the data have no more that differ", f.method, count(len(sel.Index), "column"), f.rank)
	}
	index := sel.Index
	if f.polish {
		p, err := unmix.Polish(ctx, s.Y, index, nil)
		if p == nil {
			return nil, a.settle(err, false)
		}
		if err != nil {
			if err = a.settle(err, true); err != nil {
				return nil, err
			}
			res.Status = "stopped"
		}
		index, res.Unpolished = p.Index, &p.Before
	}
	res.SolveSeconds = time.Since(began).Seconds()
	u := pickColumns(s.Y, index)
	v, err := matrix.NNLS(context.WithoutCancel(ctx), u, s.Y)
	if err != nil {
		return nil, err
	}
	res.RelativeError = v.RelativeError
	if f.method != "spa" && !f.polish {
		a.warnOfWorse(ctx, s.Y, f, res.RelativeError)
	}
	r := &unmix.Result{Spectra: u, Abundances: v.V, RelativeError: v.RelativeError, Residual: columnResiduals(s.Y, u, v.V)}
	for _, j := range index {
		j = s.Pixel(j)
		res.Selected = append(res.Selected, j)
		r.Atoms = append(r.Atoms, unmix.Atom{Index: j, Name: fmt.Sprintf("column %d", j)})
	}
	return r, nil
}

func pickColumns(y *mat.Dense, index []int) *mat.Dense {
	rows, _ := y.Dims()
	u := mat.NewDense(rows, len(index), nil)
	for k, j := range index {
		u.SetCol(k, mat.Col(nil, j, y))
	}
	return u
}

// columnResiduals is the root mean square of what is left of each column.
func columnResiduals(y, u, v *mat.Dense) []float64 {
	rows, n := y.Dims()
	left := make([]float64, n)
	for i := range rows {
		w := u.RawRowView(i)
		for j, x := range y.RawRowView(i) {
			for k, c := range w {
				x -= c * v.At(k, j)
			}
			left[j] += x * x
		}
	}
	for j, x := range left {
		left[j] = math.Sqrt(x / float64(rows))
	}
	return left
}

// selectTable is a line for every column chosen.
func selectTable(r *unmix.Result, s *scene) *report.Table {
	t := &report.Table{Columns: []string{"column", "mean", "largest", "over 5 %"}}
	if s != nil && s.shown {
		t.Columns = slices.Insert(t.Columns, 1, "row", "col")
	}
	for c, at := range r.Atoms {
		mean, _, most, present := share(r.Abundances, c)
		row := []string{fmt.Sprint(at.Index), fmt.Sprintf("%.4f", mean), fmt.Sprintf("%.4f", most), fmt.Sprintf("%.1f %%", 100*present)}
		if len(t.Columns) > len(row) {
			row = slices.Insert(row, 1, fmt.Sprint(at.Index%s.Rows), fmt.Sprint(at.Index/s.Rows))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func printSelect(w io.Writer, res *selectResult, r *unmix.Result, out *folder) error {
	fmt.Fprintf(w, "relative error %.6f with %s by %s", res.RelativeError, count(len(res.Selected), "column"), res.Method)
	if res.Subsample > 0 {
		fmt.Fprintf(w, " among %d", res.Subsample)
	}
	if res.Whitened {
		fmt.Fprint(w, " on whitened data")
	}
	if res.Unpolished != nil {
		fmt.Fprintf(w, ", %.6f before polishing", *res.Unpolished)
	}
	fmt.Fprintf(w, ", %s\n", seconds(res.SolveSeconds))
	if err := selectTable(r, nil).WriteText(w); err != nil {
		return err
	}
	return out.tell(w)
}

// writeSelect writes amounts, columns, pictures and the report.
func (a *app) writeSelect(out *folder, title string, res *selectResult, s *scene, r *unmix.Result) error {
	if err := out.matrix("abundances.npy", s.WholeRows(r.Abundances)); err != nil {
		return err
	}
	if err := out.matrix("spectra.npy", r.Spectra); err != nil {
		return err
	}
	page := &report.Page{Title: title, Warnings: a.warnings, Lead: []string{
		fmt.Sprintf("Relative error %.5f with %s chosen by %s in %s.", res.RelativeError, count(len(res.Selected), "column"), res.Method, seconds(res.SolveSeconds)),
	}}
	if s.shown {
		sections, err := pictures(out, s, r)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, sections...)
	}
	chosen := &report.Spectra{Title: "Columns chosen", Axis: s.axis, AxisName: s.unit, ValueName: "value"}
	for c, at := range r.Atoms {
		chosen.Chosen = append(chosen.Chosen, report.Curve{Name: at.Name, Values: mat.Col(nil, c, r.Spectra)})
	}
	fig, err := figure(out, "spectra.png", "The columns chosen.", chosen.WritePNG)
	if err != nil {
		return err
	}
	page.Sections = append(page.Sections, report.Section{Heading: "Columns", Figures: []report.Figure{fig}, Table: selectTable(r, s)})
	page.Parameters = []report.KeyValue{{Key: "command", Value: "polyad " + strings.Join(a.args, " ")}}
	return out.write(reportFile, page.WriteHTML)
}
