package main

import (
	"context"
	"strconv"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/unmix"
)

// cpdTask is what cpd has been asked to do, data and all.
type cpdTask struct {
	name  string
	flags cpdFlags
	data  tensor.Tensor
	fit   *fit
	init  cpd.Init
	modes []multidict.Mode // with libraries
	out   *folder
	ranks dist.Comm // not nil: they hold the data
}

func (a *app) cpd(ctx context.Context, name string, f cpdFlags) error {
	if f.engine == "" {
		return a.cpdOf(ctx, name, f, nil, nil)
	}
	if err := f.checkEngine(); err != nil {
		return err
	}
	return a.ranked(ctx, f.engineFlags, func(ctx context.Context, a *app, c dist.Comm) error { return a.cpdOn(ctx, name, f, c) })
}

// cpdOn is cpd, as one of the ranks of c.
func (a *app) cpdOn(ctx context.Context, name string, f cpdFlags, c dist.Comm) error {
	memory, err := a.share(f.engineFlags, c, f.memory)
	if err != nil {
		return err
	}
	p, err := f.parts(memory)
	if err != nil {
		return err
	}
	return spread(name, c, p, func(x tensor.Tensor) error {
		return a.cpdOf(ctx, name, f, f.searched(x, memory*f.together(c)), c)
	})
}

// cpdOf is cpd of x, which the ranks of c hold, or of what the name says if x is nil.
func (a *app) cpdOf(ctx context.Context, name string, f cpdFlags, x tensor.Tensor, c dist.Comm) error {
	t, err := a.prepare(name, f, x)
	if err != nil {
		return err
	}
	t.ranks = c
	a.warnOfPenalties(t.fit)
	ctx, cancel := a.limited(ctx)
	defer cancel()
	if len(t.modes) > 0 {
		return a.chooseAtoms(ctx, t)
	}
	return a.decompose(ctx, t)
}

// prepare reads what the flags name, and refuses what does not go together.
func (a *app) prepare(name string, f cpdFlags, x tensor.Tensor) (*cpdTask, error) {
	from, err := f.model()
	if err != nil {
		return nil, err
	}
	if err := atLeastOne(f.rank, "components"); err != nil {
		return nil, err
	}
	if f.race < 0 || f.race > 0 && a.iterate.starts < 2 {
		return nil, usagef("--race is %d with --starts %d; it is at least 1, and several starts take part", f.race, a.iterate.starts)
	}
	if f.trust && len(f.dicts) == 0 {
		return nil, usagef("--trust is about atoms; give a library with --dict")
	}
	if x == nil && f.memory == "" {
		if err := a.unknownCells(name, &f.fitFlags); err != nil {
			return nil, err
		}
	}
	t := &cpdTask{name: name, flags: f, data: x}
	if t.out, err = a.openFolder(a.common.out); err != nil {
		return nil, err
	}
	switch {
	case x != nil:
	case f.memory != "":
		t.data, err = a.tiledData(name, f)
	default:
		t.data, err = f.data(name, false, a.warn)
	}
	if err != nil {
		return nil, err
	}
	a.tellKnown(t.data)
	dims := tensor.WholeDims(t.data)
	if t.fit, err = f.fit(dims, []int{f.rank}, a.stop()); err != nil {
		return nil, err
	}
	if f.loss != "" {
		if t.fit.algorithm, err = f.generalized(t.fit); err != nil {
			return nil, err
		}
	}
	if t.init, err = f.start(len(dims), a.iterate.starts, from); err != nil {
		return nil, err
	}
	if err := t.cutStart(); err != nil {
		return nil, err
	}
	if err := t.fit.checkFixed(t.init); err != nil {
		return nil, err
	}
	if t.modes, err = a.modes(f, dims); err != nil || len(t.modes) == 0 {
		return t, err
	}
	return t, f.checkDict(t.fit, t.modes)
}

// decompose is the decomposition without libraries.
func (a *app) decompose(ctx context.Context, t *cpdTask) error {
	f := t.flags
	keep, err := a.keep(f, t.data, t.ranks)
	if err != nil {
		return err
	}
	if keep != nil && keep.From != nil && t.fit.remembers() {
		a.warn("--resume: what --method remembers from sweep to sweep (duals, momentum) is built up anew, so that the run takes other steps and may end elsewhere")
	}
	bar := a.progress()
	r, err := cpd.Decompose(ctx, f.fitted(t.data), f.rank, &cpd.Options{
		Methods: t.fit.methods, Algorithm: t.fit.algorithm, Init: t.init, Starts: a.iterate.starts, Stop: a.stop(), Seed: a.common.seed, Race: f.race, Keep: keep,
		Observe: func(start int, p sweep.Point) error { return bar.tell("start "+strconv.Itoa(start), p) },
	})
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	if err := t.gather(r.Model, r.Factors); err != nil || t.silent() {
		return err
	}
	res := &result{Verb: "cpd", Rank: f.rank, RelativeError: r.RelativeError, Weights: r.Model.Weights, SolveSeconds: r.Trace.Last().Elapsed.Seconds()}
	compared := t.data
	if t.ranks != nil {
		compared, res.Ranks = nil, t.ranks.Size() // it is not passed over again
	}
	if f.loss != "" {
		res.Loss = &r.Loss
		if links[f.loss] {
			compared = nil
		}
	}
	a.fill(res, r.Trace, r.Status)
	for s, run := range r.Starts {
		res.Starts = append(res.Starts, startResult{Start: s, RelativeError: run.RelativeError, Sweeps: run.Sweeps, Status: run.Status.String()})
	}
	if res.Diagnostics, err = a.diagnose(compared, r.Model); err != nil {
		return err
	}
	m := &fittedModel{model: r.Model, trace: r.Trace}
	if t.fit.scaled() {
		m.scaled = r.Factors
	}
	return a.finishCPD(t.name, t.out, res, m, nil)
}

// chooseAtoms is the decomposition with libraries on some modes.
func (a *app) chooseAtoms(ctx context.Context, t *cpdTask) error {
	f, bar := t.flags, a.progress()
	o := &dict.Options{Methods: t.fit.methods, Init: t.init, Starts: a.iterate.starts, Stop: a.stop(), Seed: a.common.seed, Observe: bar.tell}
	if o.Starts > 1 || f.init != "" || f.initFactors != "" || f.from != "" {
		// By default a matrix solved exactly has the greedy start alone, which
		// has no use for what is asked for here.
		o.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.SOMP{}}}
		if f.exact { // row by row, where Hard and Flexible have whole factors
			o.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.Project{}, dict.SOMP{}}}
		}
	}
	if _, parted := t.data.(tensor.Partitioned); parted {
		o.Algorithm = nil // the one that serves data in parts
	}
	r, err := multidict.Decompose(ctx, f.fitted(t.data), f.rank, t.modes, o)
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	if err := t.gather(r.Model, r.Factors); err != nil || t.silent() {
		return err
	}
	res := &result{
		Verb: "cpd", Rank: f.rank, RelativeError: r.RelativeError, Weights: r.Model.Weights,
		SolveSeconds: r.Trace.Last().Elapsed.Seconds(), Algorithm: r.Algorithm, Swaps: &r.Swaps,
	}
	if t.ranks != nil {
		res.Ranks = t.ranks.Size()
	}
	a.fill(res, r.Trace, r.Status)
	for _, m := range t.modes {
		res.Atoms = append(res.Atoms, chosenAtoms(m, r)...)
	}
	for _, c := range r.Candidates {
		res.Starts = append(res.Starts, startResult{Algorithm: c.Algorithm, Start: c.Start, RelativeError: c.RelativeError, Sweeps: c.Sweeps, Status: c.Status.String()})
	}
	if f.trust {
		if res.AtomTrust, err = a.examineAtoms(ctx, t, r, o); err != nil {
			a.warn("how far the atoms can be trusted is not said: %s", err)
		}
	}
	m := &fittedModel{model: r.Model, trace: r.Trace}
	if t.fit.scaled() {
		m.scaled = r.Factors
	}
	return a.finishCPD(t.name, t.out, res, m, t.modes)
}

// chosenAtoms are the atoms of a mode and of those tied to it.
func chosenAtoms(m multidict.Mode, r *multidict.Result) []atomResult {
	var list []atomResult
	for q, n := range append([]int{m.N}, m.Tied...) {
		for c, s := range r.Sources[n] {
			at := atomResult{Component: c, Mode: n, Library: unmix.FreeName, Index: -1, Name: unmix.FreeName}
			if s.Library >= 0 {
				lib := m.Libraries[s.Library]
				at.Library, at.Index, at.Name = lib.Name, s.Atom, lib.Dict.Name(s.Atom)
				if q > 0 {
					at.Name = lib.Tied[q-1].Name(s.Atom)
				}
			}
			if r.Distances != nil && r.Distances[n] != nil {
				at.Distance = number(r.Distances[n][c])
			}
			list = append(list, at)
		}
	}
	return list
}

func readTensor(name string) (*tensor.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return file.Dense()
}
