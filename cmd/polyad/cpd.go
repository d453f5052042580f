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

// cpdFlags are the flags of cpd.
type cpdFlags struct {
	fitFlags
	rank        int
	dicts       []string
	loss        string
	init        string
	initFactors string
	from        string
	project     string
	race        int
	checkpoint  string
	every       int
	resume      bool
}

func (a *app) cpdCommand() *cobra.Command {
	var f cpdFlags
	var changed func(name string) bool
	cmd := verb("cpd TENSOR --rank R", "CP decomposition of a tensor: constraints, dictionaries, losses",
		`cpd fits a sum of R rank-one terms to a tensor of any order. Modes count from 0.
Factors of modes with --nonneg are nonnegative; those of modes with --dict are
made of distinct atoms of libraries, within bounds on how many each library gives.
A library is a matrix, an atom a column as long as its mode.

--constraint MODE=NAME says more of a factor; MODE is a number, several as 0,2, or all:
`+constraintHelp+`

--method NAME, or NAME,NAME, says how factors are improved: each of them,
`+methodHelp+`

--loss NAME fits something else than the squares:
`+lossHelp+`

--checkpoint DIR keeps the state of the run in a folder, and --resume takes it up
after an interruption. --race N lets several --starts compete. --from DIR goes on
from the result in a folder that --out wrote. --project DIR[:MODE] fits nothing
but the factor of one mode (0) to new data, the others being those in DIR.

--out gets weights.npy, factor0.npy … (unit columns, ordered by weight), the same
as model.mat, pictures of them, result.json and report.html; where norms of columns
mean something, scaled0.npy … too: the factors as their constraints ask.`,
		`  polyad cpd claus.mat#X --rank 3 --nonneg all
  polyad cpd eem.npy --rank 3 --nonneg all --dict 1:emission.csv:2..3 --out out
  polyad cpd eem.npy --rank 3 --nonneg all --constraint 1,2=unimodal --starts 5
  polyad cpd alike.npy --rank 4 --init gevd --method gauss-newton
  polyad cpd counts.npy --rank 5 --nonneg all --loss poisson
  polyad cpd new.npy --project out:0 --nonneg 0`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			if f.project != "" {
				return a.project(ctx, args[0], f, changed)
			}
			return a.cpd(ctx, args[0], f)
		})
	fl := cmd.Flags()
	changed = fl.Changed
	fl.IntVar(&f.rank, "rank", 0, "number of components")
	f.add(cmd)
	fl.StringArrayVar(&f.dicts, "dict", nil, "MODE:[NAME=]FILE[:MIN..MAX]: the factor of MODE is made of atoms; repeat for several")
	fl.StringVar(&f.loss, "loss", "", "what is minimised, see above (default: the squares)")
	fl.StringVar(&f.init, "init", "", "start: random, svd, or gevd, exact without noise (default random)")
	fl.StringVar(&f.initFactors, "init-factors", "", "FILE,FILE,… one factor per mode, used as they are; one start")
	fl.StringVar(&f.from, "from", "", "folder of an earlier result to go on from; one start, and its rank unless --rank is given")
	fl.StringVar(&f.project, "project", "", "DIR[:MODE] solve for the factor of MODE (0) alone, with the others of the result in DIR")
	fl.IntVar(&f.race, "race", 0, "with --starts: after so many sweeps drop the worse half, and so on (0: keep all)")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "folder that keeps the state of the run")
	fl.IntVar(&f.every, "every", 10, "sweeps between two states of --checkpoint")
	fl.BoolVar(&f.resume, "resume", false, "go on from the newest state in --checkpoint, if there is one")
	a.iterates(cmd)
	return cmd
}

func (a *app) cpd(ctx context.Context, name string, f cpdFlags) error {
	from, err := f.model()
	if err != nil {
		return err
	}
	if f.rank < 1 {
		return usagef("--rank is %d; give the number of components", f.rank)
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	if f.missing != "" && len(f.dicts) > 0 {
		return usagef("--missing and --dict do not go together yet; fill the unknown entries first")
	}
	data, err := f.data(name, len(f.dicts) > 0)
	if err != nil {
		return err
	}
	dims := data.Dims()
	fit, err := f.fit(dims, []int{f.rank}, a.stop())
	if err != nil {
		return err
	}
	if f.loss != "" {
		if fit.algorithm, err = f.generalized(fit); err != nil {
			return err
		}
	}
	init, err := f.start(len(dims), a.iterate.starts, from)
	if err != nil {
		return err
	}
	if err := fit.checkFixed(init); err != nil {
		return err
	}
	modes, err := a.modes(f.dicts, dims)
	if err != nil {
		return err
	}
	a.warnOfPenalties(fit)
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	if len(modes) > 0 {
		if err := f.checkDict(fit, modes); err != nil {
			return err
		}
		o := &dict.Options{Methods: fit.methods, Init: init, Starts: a.iterate.starts, Stop: a.stop(), Seed: a.common.seed, Observe: bar.tell}
		if o.Starts > 1 || f.init != "" || f.initFactors != "" || f.from != "" {
			// By default a matrix solved exactly has the greedy start alone, which
			// has no use for what is asked for here.
			o.Algorithm = dict.Swap{Starts: []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.SOMP{}}}
		}
		return a.cpdDict(ctx, name, data.(*tensor.Dense), f.rank, modes, o, bar, out)
	}
	keep, err := a.keep(f, data)
	if err != nil {
		return err
	}
	r, err := cpd.Decompose(ctx, f.fitted(data), f.rank, &cpd.Options{
		Methods: fit.methods, Algorithm: fit.algorithm, Init: init, Starts: a.iterate.starts, Stop: a.stop(), Seed: a.common.seed, Race: f.race, Keep: keep,
		Observe: func(start int, p sweep.Point) error { return bar.tell("start "+strconv.Itoa(start), p) },
	})
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return err
	}
	res := &result{Verb: "cpd", Rank: f.rank, RelativeError: r.RelativeError, Weights: r.Model.Weights, SolveSeconds: r.Trace.Last().Elapsed.Seconds()}
	if f.loss != "" {
		res.Loss = &r.Loss
	}
	a.fill(res, r.Trace, r.Status)
	for s, run := range r.Starts {
		res.Starts = append(res.Starts, startResult{Start: s, RelativeError: run.RelativeError, Sweeps: run.Sweeps, Status: run.Status.String()})
	}
	compared := data
	if links[f.loss] {
		compared = nil
	}
	if res.Diagnostics, err = a.diagnose(compared, r.Model); err != nil {
		return err
	}
	m := &fittedModel{model: r.Model, trace: r.Trace}
	if fit.scaled() {
		m.scaled = r.Factors
	}
	return a.finishCPD(name, out, res, m, nil)
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
	return a.finishCPD(name, out, res, &fittedModel{model: r.Model, trace: r.Trace}, modes)
}

func readTensor(name string) (*tensor.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return file.Dense()
}
