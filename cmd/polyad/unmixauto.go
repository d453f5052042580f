package main

import (
	"context"
	"fmt"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// rankChoice is what --rank auto goes by.
type rankChoice struct {
	Chosen    int               `json:"chosen"`
	Suggested int               `json:"suggested"`
	UpTo      int               `json:"up_to"`
	Reason    string            `json:"reason"`
	Bounds    string            `json:"bounds,omitempty"` // why not the suggestion
	HySime    int               `json:"hysime,omitempty"`
	Ranks     []matrixRankPoint `json:"ranks"`
}

// parseRank reads --rank; auto is 0.
func parseRank(text string) (int, error) {
	switch text {
	case "auto":
		return 0, nil
	case "":
		return 0, usagef("--rank is missing; give the number of spectra to choose, or --rank auto")
	}
	rank, err := strconv.Atoi(text)
	if err != nil || rank < 1 {
		return 0, usagef("--rank is %s; give the number of spectra to choose, at least 1, or auto", text)
	}
	return rank, nil
}

// chooseRank settles p.Rank by what the pixels y speak for, unless it was given.
func (a *app) chooseRank(ctx context.Context, y *mat.Dense, p *unmix.Problem) (*rankChoice, error) {
	if p.Rank > 0 {
		return nil, nil
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	r, err := matrix.SuggestRank(ctx, y, &matrix.RankOptions{
		Unit: p.Normalize == unmix.NormalizeL2, Whiten: p.Whiten, Seed: p.Seed,
		Observe: func(q matrix.RankPoint) error {
			if bar.due() {
				bar.say(fmt.Sprintf("%s: relative error %.6f", count(q.Rank, "spectrum"), q.RelativeError))
			}
			return nil
		},
	})
	bar.done()
	if err := a.settle(err, false); err != nil {
		return nil, err
	}
	if r.Rank == 0 {
		return nil, fmt.Errorf("--rank auto: the image speaks for no number of spectra: %s; give a number with --rank ('polyad rank --image' shows what speaks for each)", r.Reason)
	}
	c := &rankChoice{Chosen: r.Rank, Suggested: r.Rank, UpTo: r.UpTo, Reason: r.Reason, HySime: r.HySime, Ranks: rankPoints(r)}
	least, most := rankBounds(p)
	switch {
	case r.Rank < least:
		c.Chosen, c.Bounds = least, fmt.Sprintf("the lower bounds add up to %d", least)
	case r.Rank > most:
		c.Chosen, c.Bounds = most, fmt.Sprintf("the upper bounds add up to %d", most)
	}
	p.Rank = c.Chosen
	return c, nil
}

// rankBounds are the least and the largest number of spectra that the bounds allow.
func rankBounds(p *unmix.Problem) (least, most int) {
	const open = 1 << 30
	add := func(b assign.Bound, spectra int) {
		if b.Max < 0 || b.Max > spectra {
			b.Max = spectra
		}
		least, most = least+b.Min, min(open, most+b.Max)
	}
	for i := range p.Libraries {
		_, spectra := p.Libraries[i].Dims()
		if use := p.Libraries[i].Use; use != nil {
			spectra = len(use)
		}
		add(assign.Bound{Min: p.Libraries[i].Min, Max: p.Libraries[i].Max}, spectra)
	}
	for _, b := range []assign.Bound{p.Self, p.Free} {
		if b != (assign.Bound{}) {
			add(b, open)
		}
	}
	return least, most
}

// words say what was chosen and why, in one line.
func (c *rankChoice) words() string {
	line := fmt.Sprintf("rank %d (auto): ", c.Chosen)
	if c.Bounds != "" {
		line += fmt.Sprintf("%s; the image speaks for %d: ", c.Bounds, c.Suggested)
	}
	line += c.Reason
	if c.HySime > 0 {
		line += fmt.Sprintf("; the signal subspace (HySime) has %s", count(c.HySime, "dimension"))
	}
	return line
}

// section is the part of the report on the choice.
func (c *rankChoice) section(out *folder) (report.Section, error) {
	table, picture := rankEvidence(c.Ranks)
	fig, err := figure(out, "ranks.png", rankPicture, picture.WritePNG)
	return report.Section{Heading: "Number of spectra", Text: []string{sentence(c.words()) + "."}, Table: table, Figures: []report.Figure{fig}}, err
}
