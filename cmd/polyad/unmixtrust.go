package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// trustResult says how far the chosen spectra can be trusted; null stands for what does
// not exist or was not asked for.
type trustResult struct {
	Certified  string            `json:"choice_unique_without_noise"` // holds, fails or undecided
	Distance   float64           `json:"sine_to_span"`                // of the nearest spectrum to the span of the chosen ones
	Nearest    string            `json:"nearest"`
	KKT        float64           `json:"kkt"`
	Variance   *float64          `json:"noise_variance"`
	Resamples  int               `json:"resamples"`
	Spectra    []spectrumTrust   `json:"spectra"`
	Conditions []conditionResult `json:"conditions"`
}

type spectrumTrust struct {
	Component       int      `json:"component"`
	Name            string   `json:"name"`
	Rival           string   `json:"rival,omitempty"`
	RivalLibrary    string   `json:"rival_library,omitempty"`
	RivalIndex      *int     `json:"rival_index"`
	Proven          bool     `json:"rival_proven"`
	Angle           *float64 `json:"angle_degrees"`
	Removed         *float64 `json:"loss_rise_removed"` // relative to the loss
	RemovedDeviance *float64 `json:"loss_rise_removed_over_variance"`
	Swapped         *float64 `json:"loss_rise_swapped"`
	SwappedDeviance *float64 `json:"loss_rise_swapped_over_variance"`
	Resampled       *float64 `json:"chosen_again"`
	ResampledGroup  *float64 `json:"chosen_again_or_interchangeable"`
	Restarted       *float64 `json:"chosen_by_other_starts"`
	Verdict         string   `json:"verdict"`
}

type conditionResult struct {
	Condition string `json:"condition"`
	Gives     string `json:"gives"`
	Finding   string `json:"finding"`
	Because   string `json:"because"`
}

// examine says how far a result can be trusted, under the time limit.
func (a *app) examine(ctx context.Context, s *scene, p *unmix.Problem, r *unmix.Result) (*trustResult, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	p.Observe = bar.tell
	t, err := unmix.Examine(ctx, &s.Image, p, r, nil)
	bar.done()
	if err = a.settle(err, t != nil); err != nil {
		return nil, err
	}
	res := &trustResult{
		Certified: t.Certificate.Unique.String(), Distance: t.Certificate.Distance, Nearest: t.Nearest.Name,
		KKT: t.KKT, Variance: number(t.Variance), Resamples: t.Resamples,
	}
	for c, at := range t.Spectra {
		res.Spectra = append(res.Spectra, trustOf(c, r.Atoms[c].Name, at, p))
	}
	for _, c := range t.Conditions {
		res.Conditions = append(res.Conditions, conditionResult{c.Statement, c.Gives, c.Finding.String(), c.Because})
	}
	return res, nil
}

func trustOf(c int, name string, at unmix.SpectrumTrust, p *unmix.Problem) spectrumTrust {
	s := spectrumTrust{
		Component: c, Name: name, Proven: at.Proven, Angle: number(at.Angle * 180 / math.Pi),
		Removed: number(at.Removed.Relative), RemovedDeviance: number(at.Removed.Deviance),
		Swapped: number(at.Swapped.Relative), SwappedDeviance: number(at.Swapped.Deviance),
		Resampled: number(at.Resampled), ResampledGroup: number(at.ResampledGroup), Restarted: number(at.Restarted),
		Verdict: at.Verdict,
	}
	if at.Against.Library >= 0 {
		s.Rival, s.RivalLibrary, s.RivalIndex = at.Against.Name, p.LibraryName(at.Against.Library), &at.Against.Index
	}
	return s
}

// table is the spectra with their rivals, for people.
func (t *trustResult) table() *report.Table {
	table := &report.Table{Columns: []string{"chosen", "rival", "angle", "loss, swapped", "Δ/σ̂²", "loss, removed", "again", "verdict"}}
	for _, s := range t.Spectra {
		table.Rows = append(table.Rows, []string{
			s.Name, s.Rival, cell("%.2f°", s.Angle, 1), cell("%+.3g %%", s.Swapped, 100), cell("%.3g", s.SwappedDeviance, 1),
			cell("%+.3g %%", s.Removed, 100), cell("%.0f %%", s.Resampled, 100), s.Verdict,
		})
	}
	return table
}

// cell is a number times by, blank where there is none.
func cell(format string, v *float64, by float64) string {
	if v == nil {
		return ""
	}
	return fmt.Sprintf(format, *v*by)
}

// section is the trust as a part of the report, in the words for what is chosen and
// what is fitted to it: the certificate first.
func (t *trustResult) section(chosen, fitted string) report.Section {
	lead := map[string]string{
		dict.Holds.String():     "Without noise no other choice of " + chosen + " would fit",
		dict.Fails.String():     "Even without noise another choice of " + chosen + " would fit as well",
		dict.Undecided.String(): "Whether another choice of " + chosen + " would fit as well without noise is undecided",
	}[t.Certified]
	s := report.Section{Heading: "Can it be trusted?", Table: t.table(), Text: []string{
		fmt.Sprintf("%s: nearest to the span of the chosen ones is %s, at a sine of %.3g. The %s are optimal to %.1e (KKT).", lead, t.Nearest, t.Distance, fitted, t.KKT),
		fmt.Sprintf("Swapped: exchanged for its rival, all %s fitted again; Δ/σ̂² is the rise of the loss over the noise of a value, which what is left is taken for: where it is structure instead, differences are less clear than they look. Again: share of %d data sets, noise drawn anew, in which it is chosen.", fitted, t.Resamples),
	}}
	for _, c := range t.Conditions {
		condition := c.Condition
		if strings.HasPrefix(condition, "the ") { // not a formula
			condition = sentence(condition)
		}
		s.Text = append(s.Text, fmt.Sprintf("%s: %s (%s). It gives: %s.", condition, c.Finding, c.Because, c.Gives))
	}
	return s
}

// brief is a line about the spectra that could be others.
func (t *trustResult) brief() string {
	if t == nil {
		return "not asked for; --trust says whether other spectra would do as well"
	}
	var others []string
	for _, s := range t.Spectra {
		if !strings.HasPrefix(s.Verdict, "well determined") {
			others = append(others, s.Name)
		}
	}
	line := fmt.Sprintf("%d of %s well determined", len(t.Spectra)-len(others), count(len(t.Spectra), "spectrum"))
	if others != nil {
		line += "; not " + strings.Join(others, ", ")
	}
	return line
}
