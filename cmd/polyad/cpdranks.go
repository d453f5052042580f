package main

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/tensor"
)

// checkEngine refuses what takes more of the data than passes.
func (f cpdFlags) checkEngine() error {
	if err := atLeastOne(f.rank, "components"); err != nil {
		return err
	}
	for _, no := range []struct {
		given bool
		flag  string
	}{
		{f.missing != "", "--missing"},
		{f.loss != "", "--loss"},
		{f.race > 0, "--race"},
		{f.trust, "--trust"},
		{f.init == "gevd", "--init gevd"},
		{strings.Contains(f.method, "sampled"), "--method sampled"},
		{strings.Contains(f.method, "compressed"), "--method compressed"},
	} {
		if no.given {
			return usagef("%s needs the data in one process; leave out --engine, or %s", no.flag, no.flag)
		}
	}
	return nil
}

// parts says how the tensor is spread over ranks: by rows of a factor that is updated row
// by row, or led by the first, which chooses atoms alone.
func (f cpdFlags) parts(memory int64) (partOf, error) {
	update, algorithms, err := f.names()
	led := len(algorithms) > 0 || f.init == "svd" || len(f.dicts) > 0
	return partOf{memory: memory, led: led, units: func(order int) ([]int, error) {
		w, err := f.wishes(order)
		if err != nil {
			return nil, err
		}
		methods, err := chosen(w, update)
		if err != nil {
			return nil, err
		}
		units := make([]int, order)
		for n, m := range methods {
			if cpd.FactsOf(m).Separable {
				units[n] = cpd.RowsTogether(m, f.rank)
			}
		}
		return units, nil
	}}, err
}

// cutStart leaves of a given start what is of this rank.
func (t *cpdTask) cutStart() error {
	g, ok := t.init.(cpd.Given)
	x, parted := t.data.(tensor.Partitioned)
	if !ok || !parted {
		return nil
	}
	n, _, _, _ := x.Part()
	if n >= len(g.Factors) {
		return nil // the fit says so
	}
	own, err := dist.Cut(x, g.Factors[n])
	if err != nil {
		return fmt.Errorf("starting factor of mode %d: %w", n, err)
	}
	g.Factors = slices.Clone(g.Factors)
	g.Factors[n] = own
	t.init = g
	return nil
}

// gather makes the rows of this rank the whole factor of the split mode.
func (t *cpdTask) gather(k *tensor.Kruskal, scaled []*mat.Dense) error {
	x, parted := t.data.(tensor.Partitioned)
	if !parted {
		return nil
	}
	n, _, _, _ := x.Part()
	a, err := dist.Gather(x, k.Factors[n])
	if err != nil {
		return err
	}
	k.Factors[n] = a
	if scaled != nil {
		scaled[n], err = dist.Gather(x, scaled[n])
	}
	return err
}

// silent says whether another rank writes the result.
func (t *cpdTask) silent() bool { return t.ranks != nil && t.ranks.Rank() > 0 }
