package main

import (
	"fmt"
	"math"
	"strconv"

	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/unmix"
)

// alike is the relative difference of errors within which two searches count as having
// come to the same end.
const alike = 1e-6

// startsLine says how far the searches agree; empty for a single one.
func (r *result) startsLine() string {
	least, most, same, converged := math.Inf(1), 0.0, 0, 0
	for _, s := range r.Starts {
		least, most = min(least, s.RelativeError), max(most, s.RelativeError)
	}
	for _, s := range r.Starts {
		if s.RelativeError <= least*(1+alike) {
			same++
		}
		if s.Status == sweep.Converged.String() {
			converged++
		}
	}
	if n := len(r.Starts); n > 1 {
		return fmt.Sprintf("searches: %d, %d of them converged, errors %.5f to %.5f, %d at the lowest", n, converged, least, most, same)
	}
	return ""
}

// searches is the part of the report on how the spectra were searched for.
func searches(out *folder, res *result, r *unmix.Result) (report.Section, error) {
	table := &report.Table{Columns: []string{"start", "from", "relative error at the end", "exchanges", "status"}}
	for _, s := range res.Starts {
		swaps := ""
		if s.Swaps != nil {
			swaps = strconv.Itoa(*s.Swaps)
		}
		table.Rows = append(table.Rows, []string{strconv.Itoa(s.Start), s.Algorithm, fmt.Sprintf("%.5f", s.RelativeError), swaps, s.Status})
	}
	section := report.Section{Heading: "Convergence", Text: []string{"Searches for spectra, each to its end; the one of least error is the result. Converged: no exchange of a spectrum that was tried lowered the error."}, Table: table}
	if line := res.startsLine(); line != "" {
		section.Text = append(section.Text, sentence(line)+".")
	}
	c := &report.Convergence{Title: "Convergence"}
	for i, run := range r.Runs {
		if len(run.Trace) > 1 { // one point is no curve
			c.Runs = append(c.Runs, report.Run{Name: fmt.Sprintf("start %d, %s", i, run.Algorithm), Trace: run.Trace})
		}
	}
	if len(c.Runs) == 0 {
		return section, nil
	}
	fig, err := figure(out, "convergence.png", "Relative error after every sweep with the spectra fixed, exchange after exchange, of each start that made any.", c.WritePNG)
	if err != nil {
		return section, err
	}
	section.Figures = []report.Figure{fig}
	return section, nil
}
