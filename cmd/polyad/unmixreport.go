package main

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// spectraIn counts the spectra to choose from.
func spectraIn(p *unmix.Problem) int {
	total := 0
	for _, lib := range p.Libraries {
		_, atoms := lib.Dims()
		if lib.Use != nil {
			atoms = len(lib.Use)
		}
		total += atoms
	}
	return total
}

// fanned is the most pixels that are drawn as a library.
const fanned = 400

// drawn are the libraries as figures show them: the pixels, if they serve as one, and
// what free spectra are drawn over follow last.
func drawn(s *scene, p *unmix.Problem, r *unmix.Result) []unmix.Library {
	list := slices.Clone(p.Libraries)
	if p.Self != (assign.Bound{}) {
		_, pixels := s.Y.Dims()
		var some []int
		for j := 0; j < pixels; j += max(1, pixels/fanned) {
			some = append(some, j)
		}
		y := mat.DenseCopyOf(s.Y.T())
		list = append(list, unmix.Library{Name: unmix.SelfName, Atoms: mat.DenseCopyOf(pick(y, some).T())})
	}
	return list
}

// writeUnmix writes factors, pictures and the report.
func (a *app) writeUnmix(out *folder, title string, res *result, s *scene, p *unmix.Problem, r *unmix.Result) error {
	if err := out.matrix("abundances.npy", s.WholeRows(r.Abundances)); err != nil {
		return err
	}
	if res.Classes != nil {
		if err := out.matrix("classes.npy", s.WholeRows(classAbundances(res.Classes, p, r))); err != nil {
			return err
		}
	}
	if err := a.envi(out, s, p, r); err != nil {
		return err
	}
	return a.writeUnmixReport(out, title, res, s, p, r)
}

// writeUnmixReport writes all but the abundances.
func (a *app) writeUnmixReport(out *folder, title string, res *result, s *scene, p *unmix.Problem, r *unmix.Result) error {
	if err := out.matrix("spectra.npy", r.Spectra); err != nil {
		return err
	}
	if err := out.spectralLibrary(s, r); err != nil {
		return err
	}
	if err := out.writeTable(res); err != nil {
		return err
	}
	page := &report.Page{Title: title, Warnings: a.warnings, Lead: []string{
		fmt.Sprintf("Relative error %.5f with %s out of %d.", r.RelativeError, count(p.Rank, "chosen spectrum"), spectraIn(p)),
		fmt.Sprintf("Status: %s after %s, %s; the spectra come from %s and %s.", res.Status, count(res.Sweeps, "sweep"), seconds(res.SolveSeconds), r.Algorithm, count(r.Swaps, "exchange")),
	}}
	if s.shown {
		sections, err := pictures(out, s, r)
		if err != nil {
			return err
		}
		last := &sections[len(sections)-1]
		last.Text = append(last.Text, sentence(res.Scale.words())+".")
		page.Sections = append(page.Sections, sections...)
	}
	section, err := spectra(out, s, p, r)
	if err != nil {
		return err
	}
	section.Table = atomTable(res)
	page.Sections = append(page.Sections, section)
	page.Sections = append(page.Sections, res.sectionsOfLibraries()...)
	page.Sections = append(page.Sections, report.Section{Heading: "Libraries", Text: []string{"Abundances of the chosen spectra of a library added up."}, Table: sumTable(res)})
	if s.shown {
		section, err := dominant(out, s, r)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, section)
	}
	if res.Trust != nil {
		section := res.Trust.section("spectra", "abundances")
		fig, err := figure(out, "confidence.png", confidenceText, res.Trust.confidence().WritePNG)
		if err != nil {
			return err
		}
		section.Figures = []report.Figure{fig}
		page.Sections = append(page.Sections, section)
	}
	if res.RankChoice != nil {
		section, err := res.RankChoice.section(out)
		if err != nil {
			return err
		}
		page.Sections = append(page.Sections, section)
	}
	search, err := searches(out, res, r)
	if err != nil {
		return err
	}
	page.Sections = append(page.Sections, search)
	page.Parameters = a.parameters(p)
	return out.write(reportFile, page.WriteHTML)
}

// maps are the abundance maps, each a figure and all on one scale. The file of all maps
// side by side is too wide for the page.
func maps(out *folder, s *scene, r *unmix.Result) (report.Section, error) {
	section := report.Section{Heading: "Abundances", Text: []string{"Abundance of each chosen spectrum, all on one scale."}}
	scale := abundanceScale(r.Abundances)
	all := &report.Maps{Unit: "abundance", Scale: scale}
	for _, at := range r.Atoms {
		all.Titles = append(all.Titles, at.Name)
	}
	for c, at := range r.Atoms {
		one := report.Map{Title: at.Name, Rows: s.Rows, Cols: s.Cols, Values: rowMajor(r.Abundances.RawRowView(c), s)}
		all.Panels = append(all.Panels, one)
		fig, err := figure(out, fmt.Sprintf("abundance-%d.png", c), at.Name, (&report.Maps{Panels: []report.Map{one}, Scale: scale, Unit: "abundance", Titles: all.Titles}).WritePNG)
		if err != nil {
			return section, err
		}
		fig.Alt = "Abundance map of " + at.Name
		section.Figures = append(section.Figures, fig)
	}
	_, err := figure(out, "abundances.png", "", all.WritePNG)
	return section, err
}

// residualScale is a log scale from the hundredth part of the pixels with the
// least residual up: a pixel that is itself a spectrum of the library is fitted
// perfectly and would use up most of the colours.
func residualScale(residual []float64) report.Scale {
	sorted := slices.Sorted(slices.Values(residual))
	least, most := sorted[len(sorted)/100], sorted[len(sorted)-1]
	if sorted[0] > 0.1*least || least < 1e-6*most || most < 1e-100 || least > 0.999*most {
		return report.Scale{Log: true} // nothing to cut off, or nothing left
	}
	return report.Scale{Min: least, Max: most, Log: true}
}

// rowMajor reorders values per pixel for a picture.
func rowMajor(v []float64, s *scene) []float64 {
	v = s.Whole(v)
	w := make([]float64, len(v))
	for j, x := range v {
		w[(j%s.Rows)*s.Cols+j/s.Rows] = x
	}
	return w
}

// spectra are the chosen spectra over their libraries.
func spectra(out *folder, s *scene, p *unmix.Problem, r *unmix.Result) (report.Section, error) {
	section := report.Section{Heading: "Spectra"}
	var idle []string // libraries none of whose spectra was chosen
	for l, lib := range drawn(s, p, r) {
		fan := &report.Spectra{Title: lib.Name, Axis: s.gapped(s.axis, middle), AxisName: s.unit, ValueName: "value"}
		for c, at := range r.Atoms {
			if at.Library == l {
				fan.Chosen = append(fan.Chosen, report.Curve{Name: at.Name, Values: s.gapped(mat.Col(nil, c, r.Spectra), nothing)})
			}
		}
		if len(fan.Chosen) == 0 {
			idle = append(idle, lib.Name)
			continue
		}
		caption := fmt.Sprintf("Library %s in grey, its chosen spectra in colour.", lib.Name)
		_, atoms := lib.Dims()
		for j := 0; j < atoms && lib.Atoms != nil; j++ {
			if lib.Use != nil && !slices.Contains(lib.Use, j) {
				continue
			}
			fan.Library = append(fan.Library, s.gapped(mat.Col(nil, j, lib.Atoms), nothing))
		}
		if lib.Atoms == nil {
			caption = fmt.Sprintf("The chosen spectra of library %s.", lib.Name)
		}
		fig, err := figure(out, fmt.Sprintf("spectra-%d.png", l), caption, fan.WritePNG)
		if err != nil {
			return section, err
		}
		section.Figures = append(section.Figures, fig)
	}
	if idle != nil {
		section.Text = append(section.Text, fmt.Sprintf("No spectrum was chosen of %s.", few(idle)))
	}
	return section, nil
}

// figure draws a picture once, for its file and for the page.
func figure(out *folder, name, caption string, draw func(w io.Writer) error) (report.Figure, error) {
	var b bytes.Buffer
	if err := draw(&b); err != nil {
		return report.Figure{}, fmt.Errorf("%s: %w", name, err)
	}
	err := out.write(name, func(w io.Writer) error { _, err := w.Write(b.Bytes()); return err })
	return report.Figure{Caption: caption, PNG: b.Bytes()}, err
}

// parameters say how the run was made.
func (a *app) parameters(p *unmix.Problem) []report.KeyValue {
	list := []report.KeyValue{
		{Key: "command", Value: "polyad " + strings.Join(a.args, " ")},
		{Key: "rank", Value: fmt.Sprint(p.Rank)},
		{Key: "sum to one", Value: fmt.Sprint(p.SumToOne)},
		{Key: "spectra in a pixel", Value: atMost(p.PerPixel)},
		{Key: "normalisation for the choice", Value: p.Normalize.String()},
		{Key: "bands whitened for the choice", Value: fmt.Sprint(p.Whiten)},
		{Key: "seed", Value: fmt.Sprint(p.Seed)},
	}
	for _, lib := range p.Libraries {
		_, atoms := lib.Dims()
		if lib.Use != nil {
			atoms = len(lib.Use)
		}
		upper := "∞"
		if lib.Max >= 0 {
			upper = fmt.Sprint(lib.Max)
		}
		list = append(list, report.KeyValue{Key: "library " + lib.Name, Value: fmt.Sprintf("%d spectra, %d..%s chosen", atoms, lib.Min, upper)})
	}
	return list
}

// share is the mean, least and largest of a row of abundances, and the share of
// pixels above 5 % of the pixel's total.
func share(a *mat.Dense, c int) (mean, least, most, present float64) {
	rows, pixels := a.Dims()
	least, most = math.Inf(1), math.Inf(-1)
	for j, v := range a.RawRowView(c) {
		mean += v / float64(pixels)
		least, most = min(least, v), max(most, v)
		total := 0.0
		for r := range rows {
			total += a.At(r, j)
		}
		if v > 0.05*total {
			present += 1 / float64(pixels)
		}
	}
	return mean, least, most, present
}
