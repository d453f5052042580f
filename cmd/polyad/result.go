package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/polyad/polyad/sweep"
)

// result is what a verb prints as JSON and writes to result.json. Keys that do
// not apply are left out.
type result struct {
	Verb          string             `json:"verb"`
	Rank          int                `json:"rank"`
	RelativeError float64            `json:"relative_error"`
	Loss          *float64           `json:"loss,omitempty"` // that of --loss
	Status        string             `json:"status"`
	Sweeps        int                `json:"sweeps"`
	SolveSeconds  float64            `json:"solve_seconds"`
	Ranks         int                `json:"ranks,omitempty"`       // of --engine
	RankChoice    *rankChoice        `json:"rank_choice,omitempty"` // with --rank auto
	Seed          uint64             `json:"seed"`
	Algorithm     string             `json:"algorithm,omitempty"`
	Swaps         *int               `json:"swaps,omitempty"`
	Search        string             `json:"search,omitempty"`      // how the choice of atoms ended
	LowerBound    float64            `json:"lower_bound,omitempty"` // a relative error that no choice of atoms is below
	Atoms         []atomResult       `json:"atoms,omitempty"`
	Libraries     []fitResult        `json:"libraries,omitempty"` // how they were brought to the image
	Classes       []classResult      `json:"classes,omitempty"`
	Merges        []mergeResult      `json:"merges,omitempty"`
	PerPixel      int                `json:"per_pixel,omitempty"`
	Scale         *abundanceKind     `json:"abundances_are,omitempty"`
	Sums          []librarySumResult `json:"sums,omitempty"` // of the abundances of a library
	Weights       []float64          `json:"weights,omitempty"`
	Starts        []startResult      `json:"starts,omitempty"`
	Trace         []pointResult      `json:"trace,omitempty"`
	Truth         map[string]any     `json:"truth,omitempty"`
	Diagnostics   *diagnostics       `json:"diagnostics,omitempty"`
	Trust         *trustResult       `json:"trust,omitempty"`
	AtomTrust     []modeTrust        `json:"atom_trust,omitempty"`
	Certificate   *certificateResult `json:"certificate,omitempty"`
	Compared      []comparedResult   `json:"compared,omitempty"`
	Scattered     []scatteredResult  `json:"scattered,omitempty"`
	ending

	covered []coverage // of the atoms
}

type atomResult struct {
	Component int    `json:"component"`
	Mode      int    `json:"mode"`
	Library   string `json:"library"`
	Index     int    `json:"index"` // from 0, in the library as the file holds it
	Name      string `json:"name"`
	// Distance is how far the column is from the atom, where it need not be it.
	Distance *float64 `json:"distance,omitempty"`
}

type startResult struct {
	Algorithm     string  `json:"algorithm,omitempty"`
	Start         int     `json:"start"`
	RelativeError float64 `json:"relative_error"`
	Sweeps        int     `json:"sweeps,omitempty"`
	Swaps         *int    `json:"swaps,omitempty"`
	Status        string  `json:"status,omitempty"`
}

type pointResult struct {
	Sweep         int     `json:"sweep"`
	RelativeError float64 `json:"relative_error"`
	Seconds       float64 `json:"seconds"`
}

// fill completes what every verb shares.
func (a *app) fill(r *result, trace sweep.Trace, status sweep.Status) {
	r.Status, r.Sweeps, r.Seed = status.String(), len(trace), a.common.seed
	if a.iterate.trace {
		for _, p := range trace {
			r.Trace = append(r.Trace, pointResult{p.Sweep, p.RelativeError, p.Elapsed.Seconds()})
		}
	}
}

// outcome is a result of any verb.
type outcome interface{ last() *ending }

// ending is what finish knows.
type ending struct {
	Seconds  float64  `json:"seconds"`
	Warnings []string `json:"warnings"`
	Files    []string `json:"files"`
}

func (e *ending) last() *ending { return e }

// finish writes the files of the result into the folder, if there is one,
// result.json last of all; then it prints the result. What took long to compute
// is printed even when it cannot be written.
func (a *app) finish(r outcome, out *folder, files func() error, text func(w io.Writer) error) error {
	var failed error
	if out != nil {
		failed = files()
	}
	e := r.last()
	e.Seconds = time.Since(a.began).Seconds()
	e.Warnings, e.Files = append([]string{}, a.warnings...), []string{}
	if out != nil && failed == nil {
		failed = out.close(r)
	}
	if failed != nil {
		e.Files = []string{}
	}
	show := text
	if a.common.json {
		show = func(w io.Writer) error { return encode(w, r) }
	}
	return errors.Join(show(a.stdout), failed)
}

func encode(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Errorf("the result has no JSON form: %w", err)
	}
	return nil
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'f', 1, 64) + " s" }

// count writes a number of things: 1 sweep, 2 sweeps.
func count(n int, thing string) string {
	switch stem, latin := strings.CutSuffix(thing, "um"); {
	case n == 1:
	case latin:
		thing = stem + "a"
	default:
		thing += "s"
	}
	return strconv.Itoa(n) + " " + thing
}
