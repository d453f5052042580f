package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// coverage is what the abundances of a spectrum, or of the spectra of a library together,
// come to over the image. Present is the share of pixels where they are more than 5 % of
// all; Area is the mean times the area of the image, where that is known.
type coverage struct {
	Mean    float64  `json:"mean"`
	Least   float64  `json:"min"`
	Most    float64  `json:"max"`
	Present float64  `json:"over_5_percent"`
	Area    *float64 `json:"area_m2,omitempty"`
}

// librarySumResult is the coverage of a library.
type librarySumResult struct {
	Library string `json:"library"`
	Spectra int    `json:"spectra"` // chosen of it
	coverage
}

// covered is the coverage of every component, then of every sum.
func covered(abundances *mat.Dense, sums []librarySum) []coverage {
	rank, pixels := abundances.Dims()
	all := newCoverages(rank + len(sums))
	cell := make([]float64, rank)
	for j := range pixels {
		mat.Col(cell, j, abundances)
		addCoverage(all, cell, sums)
	}
	return averaged(all, pixels)
}

func newCoverages(n int) []coverage {
	all := make([]coverage, n)
	for c := range all {
		all[c].Least, all[c].Most = math.Inf(1), math.Inf(-1)
	}
	return all
}

// addCoverage adds a pixel: Mean and Present are sums until averaged divides them.
func addCoverage(all []coverage, cell []float64, sums []librarySum) {
	total := 0.0
	for _, v := range cell {
		total += v
	}
	add := func(s *coverage, v float64) {
		s.Mean += v
		s.Least, s.Most = min(s.Least, v), max(s.Most, v)
		if v > 0.05*total {
			s.Present++
		}
	}
	for c, v := range cell {
		add(&all[c], v)
	}
	for k, s := range sums {
		v := 0.0
		for _, c := range s.components {
			v += cell[c]
		}
		add(&all[len(cell)+k], v)
	}
}

func averaged(all []coverage, pixels int) []coverage {
	for c := range all {
		all[c].Mean /= float64(pixels)
		all[c].Present /= float64(pixels)
	}
	return all
}

// setAreas sets the areas where the size of a pixel is known.
func setAreas(all []coverage, pixel float64, pixels int) {
	if pixel == 0 {
		return
	}
	for c := range all {
		area := all[c].Mean * float64(pixels) * pixel
		all[c].Area = &area
	}
}

// metres are units of map info; degrees have no fixed length.
var metres = map[string]float64{"": 1, "meters": 1, "meter": 1, "metres": 1, "m": 1, "km": 1000, "kilometers": 1000, "feet": 0.3048, "us survey feet": 1200.0 / 3937}

// pixelArea is the area of a pixel in m² by map info (name, reference pixel x and y, its
// easting and northing, width, height, …, units=…); 0 if it is not known.
func pixelArea(mapInfo string) float64 {
	fields := strings.Split(strings.Trim(mapInfo, "{} \n"), ",")
	if len(fields) < 7 {
		return 0
	}
	units := ""
	for i, field := range fields {
		fields[i] = strings.TrimSpace(field)
		if u, ok := strings.CutPrefix(strings.ToLower(fields[i]), "units="); ok {
			units = strings.TrimSpace(u)
		}
	}
	name := strings.ToLower(fields[0])
	by, known := metres[units]
	if !known || units == "" && (strings.HasPrefix(name, "geographic") || strings.HasPrefix(name, "arbitrary")) {
		return 0
	}
	w, err1 := strconv.ParseFloat(fields[5], 64)
	h, err2 := strconv.ParseFloat(fields[6], 64)
	if area := math.Abs(w * h * by * by); err1 == nil && err2 == nil && area > 0 && !math.IsInf(area, 0) {
		return area
	}
	return 0
}

// pixelArea is the area of a pixel of a scene, 0 if it is not known.
func (s *scene) pixelArea() float64 {
	if s.source == nil || !s.shown {
		return 0
	}
	return pixelArea(s.source.Meta.MapInfo)
}

// tableColumns are those of table.csv. Those from rival on are blank without --trust.
var tableColumns = []string{
	"atom", "library", "index", "component", "mean", "min", "max", "over_5_percent", "area_m2",
	"rival", "rival_library", "angle_degrees", "loss_rise_removed", "loss_rise_swapped", "verdict",
}

// writeTable writes table.csv, a line for each chosen spectrum, and libraries.csv, one for
// each library.
func (f *folder) writeTable(res *result) error {
	lines := [][]string{tableColumns}
	for c, at := range res.Atoms {
		line := append([]string{at.Name, at.Library, fmt.Sprint(at.Index), fmt.Sprint(at.Component)}, res.covered[c].cells()...)
		rest := make([]string, len(tableColumns)-len(line))
		if res.Trust != nil {
			t := res.Trust.Spectra[c]
			rest = []string{t.Rival, t.RivalLibrary, optional(t.Angle), optional(t.Removed), optional(t.Swapped), t.Verdict}
		}
		lines = append(lines, append(line, rest...))
	}
	if err := f.csv("table.csv", lines); err != nil {
		return err
	}
	lines = [][]string{{"library", "spectra", "mean", "min", "max", "over_5_percent", "area_m2"}}
	for _, s := range res.Sums {
		lines = append(lines, append([]string{s.Library, fmt.Sprint(s.Spectra)}, s.cells()...))
	}
	return f.csv("libraries.csv", lines)
}

func (c *coverage) cells() []string {
	return []string{exact(c.Mean), exact(c.Least), exact(c.Most), exact(c.Present), optional(c.Area)}
}

func (f *folder) csv(name string, lines [][]string) error {
	return f.write(name, func(w io.Writer) error { return csv.NewWriter(w).WriteAll(lines) })
}

func exact(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// optional is blank for what does not exist.
func optional(v *float64) string {
	if v == nil {
		return ""
	}
	return exact(*v)
}

// coverAll is cover of abundances in memory.
func (r *result) coverAll(s *scene, p *unmix.Problem, u *unmix.Result) {
	sums := sumsOf(p, u.Atoms)
	_, pixels := u.Abundances.Dims()
	r.cover(s, sums, covered(u.Abundances, sums), pixels)
	r.scale(p)
}

// cover notes the coverage of the spectra and of the libraries.
func (r *result) cover(s *scene, sums []librarySum, all []coverage, pixels int) {
	setAreas(all, s.pixelArea(), pixels)
	r.covered = all[:len(all)-len(sums)]
	for k, l := range sums {
		r.Sums = append(r.Sums, librarySumResult{Library: l.name, Spectra: len(l.components), coverage: all[len(r.covered)+k]})
	}
}

// atomTable is one line per chosen spectrum.
func atomTable(res *result) *report.Table {
	t := &report.Table{Columns: []string{"spectrum", "library", "index", "component", "mean", "min", "max", "pixels > 5 %"}}
	for c, at := range res.Atoms {
		t.Rows = append(t.Rows, append([]string{at.Name, at.Library, fmt.Sprint(at.Index), fmt.Sprint(c)}, res.covered[c].text()...))
	}
	addAreas(t, res.covered)
	return t
}

// sumTable is one line per library.
func sumTable(res *result) *report.Table {
	t := &report.Table{Columns: []string{"library", "chosen", "mean", "min", "max", "pixels > 5 %"}}
	var all []coverage
	for _, s := range res.Sums {
		t.Rows = append(t.Rows, append([]string{s.Library, fmt.Sprint(s.Spectra)}, s.text()...))
		all = append(all, s.coverage)
	}
	addAreas(t, all)
	return t
}

func (c *coverage) text() []string {
	return []string{amount(c.Mean), amount(c.Least), amount(c.Most), fmt.Sprintf("%.1f %%", 100*c.Present)}
}

// amount is an abundance with three decimals, or two digits where that would be zero.
func amount(v float64) string {
	if v > 0 && v < 0.0005 {
		return fmt.Sprintf("%.2g", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// addAreas adds a column of areas, in m² or, where they are large, in km².
func addAreas(t *report.Table, all []coverage) {
	most := 0.0
	for _, c := range all {
		if c.Area == nil {
			return
		}
		most = max(most, *c.Area)
	}
	unit, by := "m²", 1.0
	if most >= 1e6 {
		unit, by = "km²", 1e-6
	}
	t.Columns = append(t.Columns, "area ("+unit+")")
	for i := range t.Rows {
		t.Rows[i] = append(t.Rows[i], fmt.Sprintf("%.4g", *all[i].Area*by))
	}
}
