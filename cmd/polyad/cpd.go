package main

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// cpdFlags are the flags of cpd alone.
type cpdFlags struct {
	rank        int
	nonneg      string
	dicts       []string
	method      string
	init        string
	initFactors string
	missing     string
	race        int
	checkpoint  string
	every       int
	resume      bool
}

func (a *app) cpdCommand() *cobra.Command {
	var f cpdFlags
	cmd := verb("cpd TENSOR --rank R", "CP decomposition of a tensor, with dictionaries if given",
		`cpd fits a sum of R rank-one terms to a tensor of any order. Factors of modes
with --nonneg are nonnegative; those of modes with --dict are made of distinct
atoms of libraries, within bounds on how many each library gives. Modes count
from 0. A library is a matrix, an atom a column as long as its mode.

--checkpoint DIR keeps the state of the run in a folder, and --resume takes it up
after an interruption. --race N lets several --starts compete.

--out gets weights.npy, factor0.npy … (unit columns, ordered by weight), the same
as model.mat, pictures of them, result.json and report.html.`,
		`  polyad cpd claus.mat#X --rank 3 --nonneg all
  polyad cpd eem.npy --rank 3 --nonneg all --dict 1:emission.csv:2..3 --out out`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.cpd(ctx, args[0], f) })
	fl := cmd.Flags()
	fl.IntVar(&f.rank, "rank", 0, "number of components")
	fl.StringVar(&f.nonneg, "nonneg", "", "nonnegative modes: all, or numbers from 0 as 0,2")
	fl.StringArrayVar(&f.dicts, "dict", nil, "MODE:[NAME=]FILE[:MIN..MAX]: the factor of MODE is made of atoms; repeat for several")
	fl.StringVar(&f.method, "method", "", "update of the factors: als or hals (default: hals where nonnegative, als elsewhere)")
	fl.StringVar(&f.init, "init", "", "start: random or svd (default random)")
	fl.StringVar(&f.initFactors, "init-factors", "", "FILE,FILE,… one factor per mode, used as they are; one start")
	fl.StringVar(&f.missing, "missing", "", "nan: entries that are NaN are unknown, and the fit is to the others")
	fl.IntVar(&f.race, "race", 0, "with --starts: after so many sweeps drop the worse half, and so on (0: keep all)")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "folder that keeps the state of the run")
	fl.IntVar(&f.every, "every", 10, "sweeps between two states of --checkpoint")
	fl.BoolVar(&f.resume, "resume", false, "go on from the newest state in --checkpoint, if there is one")
	a.iterates(cmd)
	return cmd
}

func (a *app) cpd(ctx context.Context, name string, f cpdFlags) error {
	if f.rank < 1 {
		return usagef("--rank is %d; give the number of components", f.rank)
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	x, err := readTensor(name)
	if err != nil {
		return err
	}
	data, err := f.data(x)
	if err != nil {
		return err
	}
	methods, err := f.methods(len(x.Dims()))
	if err != nil {
		return err
	}
	init, err := f.start(len(x.Dims()), a.iterate.starts)
	if err != nil {
		return err
	}
	modes, err := a.modes(f.dicts, x.Dims())
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	if len(modes) > 0 {
		if f.race > 0 || f.checkpoint != "" {
			return usagef("--race and --checkpoint do not go together with --dict")
		}
		o := &dict.Options{Methods: methods, Init: init, Starts: a.iterate.starts, Stop: a.stop(), Seed: a.common.seed, Observe: bar.tell}
		if o.Starts > 1 || f.init != "" || f.initFactors != "" {
			// By default a matrix solved exactly has the greedy start alone, which
			// has no use for what is asked for here.
			o.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.SOMP{}}}
		}
		return a.cpdDict(ctx, name, x, f.rank, modes, o, bar, out)
	}
	keep, err := a.keep(f, data)
	if err != nil {
		return err
	}
	r, err := cpd.Decompose(ctx, data, f.rank, &cpd.Options{
		Methods: methods, Init: init, Starts: a.iterate.starts, Stop: a.stop(), Seed: a.common.seed, Race: f.race, Keep: keep,
		Observe: func(start int, p sweep.Point) error { return bar.tell("start "+strconv.Itoa(start), p) },
	})
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	res := &result{Verb: "cpd", Rank: f.rank, RelativeError: r.RelativeError, Weights: r.Model.Weights, SolveSeconds: r.Trace.Last().Elapsed.Seconds()}
	a.fill(res, r.Trace, r.Status)
	for s, run := range r.Starts {
		res.Starts = append(res.Starts, startResult{Start: s, RelativeError: run.RelativeError, Sweeps: run.Sweeps, Status: run.Status.String()})
	}
	if res.Diagnostics, err = a.diagnose(data, r.Model); err != nil {
		return err
	}
	return a.finishCPD(name, out, res, r.Model, nil, r.Trace)
}

// cpdDict is the decomposition with libraries on some modes.
func (a *app) cpdDict(ctx context.Context, name string, x *tensor.Dense, rank int, modes []multidict.Mode, o *dict.Options, bar *progress, out *folder) error {
	r, err := multidict.Decompose(ctx, x, rank, modes, o)
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	res := &result{
		Verb: "cpd", Rank: rank, RelativeError: r.RelativeError, Weights: r.Model.Weights,
		SolveSeconds: r.Trace.Last().Elapsed.Seconds(), Algorithm: r.Algorithm, Swaps: &r.Swaps,
	}
	a.fill(res, r.Trace, r.Status)
	for _, m := range modes {
		for c, s := range r.Sources[m.N] {
			lib := m.Libraries[s.Library]
			res.Atoms = append(res.Atoms, atomResult{c, m.N, lib.Name, s.Atom, lib.Dict.Name(s.Atom)})
		}
	}
	for _, c := range r.Candidates {
		res.Starts = append(res.Starts, startResult{Algorithm: c.Algorithm, Start: c.Start, RelativeError: c.RelativeError})
	}
	return a.finishCPD(name, out, res, r.Model, modes, r.Trace)
}

func readTensor(name string) (*tensor.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return file.Dense()
}
