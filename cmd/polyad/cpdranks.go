package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/tensor"
)

// checkEngine refuses what takes all of the data in one process.
func (f cpdFlags) checkEngine() error {
	for _, no := range []struct {
		given bool
		flag  string
	}{
		{f.missing != "", "--missing"},
		{f.loss != "", "--loss"},
		{f.race > 0, "--race"},
		{f.trust, "--trust"},
		{f.init != "" && f.init != "random", "--init " + f.init},
	} {
		if no.given {
			return usagef("%s needs the data in one process; leave out --engine, or %s", no.flag, no.flag)
		}
	}
	for _, name := range strings.Split(f.method, ",") {
		if name = strings.TrimSpace(name); name != "" && !slices.Contains(updates, name) {
			return usagef("--method %s needs the data in one process; with --engine give one of %s", name, strings.Join(updates, ", "))
		}
	}
	return nil
}

// part reads the rows of this rank. A mode whose factor is solved for as a whole is not
// split, nor is one with a library.
func (f cpdFlags) part(name string, c dist.Comm, memory int64) (tensor.Partitioned, error) {
	return readPart(name, c, partOf{memory: memory, units: func(order int) ([]int, error) {
		w, err := f.wishes(order)
		if err != nil {
			return nil, err
		}
		update, _, err := f.names()
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
				units[n] = cpd.RowsTogether(m, max(1, f.rank))
			}
		}
		for _, text := range f.dicts {
			head, _, _ := strings.Cut(text, ":")
			for _, one := range strings.Split(head, "+") {
				if n, err := strconv.Atoi(one); err == nil && n >= 0 && n < order {
					units[n] = 0
				}
			}
		}
		return units, nil
	}})
}

// cutStart leaves of a given start what is of this rank.
func (t *cpdTask) cutStart() error {
	g, ok := t.init.(cpd.Given)
	if !ok || t.ranks == nil {
		return nil
	}
	x := t.data.(tensor.Partitioned)
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
	if t.ranks == nil {
		return nil
	}
	x := t.data.(tensor.Partitioned)
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
