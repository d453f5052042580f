package main

import (
	"context"
	"fmt"
	"math"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/report"
)

// modeTrust says how far the atoms of one mode can be trusted.
type modeTrust struct {
	Mode int `json:"mode"`
	trustResult
}

// examineAtoms says how far the atoms of a decomposition can be trusted, a list by
// mode, under the time limit that is left.
func (a *app) examineAtoms(ctx context.Context, t *cpdTask, r *multidict.Result, o *dict.Options) ([]modeTrust, error) {
	bar := a.progress()
	fit := *o
	fit.Observe = bar.tell
	trust, err := multidict.Examine(ctx, t.data, r, t.modes, &dict.TrustOptions{Fit: fit})
	bar.done()
	if err = a.settle(err, trust != nil); err != nil {
		return nil, err
	}
	var all []modeTrust
	for i, m := range t.modes {
		c, nearest := trust.Certificates[i], ""
		if trust.Nearest[i].Library >= 0 {
			nearest = m.Libraries[trust.Nearest[i].Library].Dict.Name(trust.Nearest[i].Atom)
		}
		res := modeTrust{m.N, trustResult{
			Certified: c.Unique.String(), Distance: c.Distance, Nearest: nearest,
			Variance: number(trust.Variance), Resamples: trust.Resamples,
		}}
		for _, kkt := range trust.KKT { // a mode with a dictionary has none, and counts as 0
			if !math.IsNaN(kkt) {
				res.KKT = max(res.KKT, kkt)
			}
		}
		for c, at := range trust.Atoms[m.N] {
			res.Spectra = append(res.Spectra, atomTrust(c, m.Libraries, r.Sources[m.N][c], trust.Rivals[m.N][c], at))
		}
		for _, c := range trust.Conditions {
			res.Conditions = append(res.Conditions, conditionResult{c.Statement, c.Gives, c.Finding.String(), c.Because})
		}
		all = append(all, res)
	}
	return all, nil
}

// atomTrust is about the atom of component c.
func atomTrust(c int, libraries []multidict.Library, from, rival multidict.Source, at dict.AtomTrust) spectrumTrust {
	s := spectrumTrust{
		Component: c, Proven: at.Proven, Angle: number(at.Angle * 180 / math.Pi),
		Removed: number(at.Removed.Relative), RemovedDeviance: number(at.Removed.Deviance),
		Swapped: number(at.Swapped.Relative), SwappedDeviance: number(at.Swapped.Deviance),
		Resampled: number(at.Resampled), ResampledGroup: number(at.ResampledGroup), Restarted: number(at.Restarted),
		Verdict: at.Verdict,
	}
	if from.Library >= 0 {
		s.Name = libraries[from.Library].Dict.Name(from.Atom)
	}
	if rival.Library >= 0 {
		s.Rival, s.RivalLibrary, s.RivalIndex = libraries[rival.Library].Dict.Name(rival.Atom), libraries[rival.Library].Name, &rival.Atom
	}
	return s
}

// section is the trust in the atoms of one mode as a part of the report.
func (t *modeTrust) section() report.Section {
	s := t.trustResult.section("atoms", "factors")
	s.Heading = fmt.Sprintf("Can the atoms of mode %d be trusted?", t.Mode)
	return s
}
