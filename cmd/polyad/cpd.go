package main

import (
	"context"

	"github.com/spf13/cobra"
)

// cpdFlags are the flags of cpd.
type cpdFlags struct {
	fitFlags
	engineFlags
	rank        int
	dicts       []string
	trust       bool
	free        []string
	apart       string
	tolerance   float64
	loss        string
	init        string
	initFactors string
	from        string
	project     string
	race        int
	checkpoint  string
	every       int
	resume      bool
	memory      string
}

func (a *app) cpdCommand() *cobra.Command {
	var f cpdFlags
	var changed func(name string) bool
	cmd := verb("cpd TENSOR --rank R", "CP decomposition of a tensor: constraints, dictionaries, losses",
		`cpd fits a sum of R rank-one terms to a tensor of any order. Modes count from 0.
Of a list of entries (.tns, .mtx) all others are zero; it may be of any size.
Factors of modes with --nonneg are nonnegative; those of modes with --dict are
made of distinct atoms of libraries, within bounds on how many each library gives.
A library is a matrix, an atom a column as long as its mode. MODE+MODE and FILE,FILE tie
modes: an atom is then a column of each, as an emission and an excitation spectrum.
--free lets components of a mode be of no library, --apart keeps atoms an angle
apart, and with --tolerance columns are only near their atoms.

--constraint MODE=NAME says more of a factor; MODE is a number, several as 0,2, or all:
`+constraintHelp+`

--method NAME, or NAME,NAME, says how factors are improved: each of them,
`+methodHelp+`

--loss NAME fits something else than the squares; the loss that is printed is the sum
over the known entries without what no model changes, and may be negative:
`+lossHelp+`

--checkpoint DIR keeps the state of the run in a folder, and --resume takes it up
after an interruption. --race N lets several --starts compete. --from DIR goes on
from the result in a folder that --out wrote. --project DIR[:MODE] fits nothing
but the factor of one mode (0) to new data, the others being those in DIR.

--memory SIZE leaves a .npy or ENVI file larger than that where it is and reads it slab by
slab, once a sweep with methods that solve row by row, else two or three times. Methods that
need single entries refuse.

`+engineHelp+`
`+engineLedHelp+`
`+engineMemoryHelp+`

--out gets weights.npy (R×1), factor0.npy … (rows of the mode × R, unit columns,
ordered by weight), the same as model.mat, pictures of them, result.json and
report.html; where norms of columns mean something, scaled0.npy … too: the factors
as their constraints ask, the weights within.`,
		`  polyad cpd claus.mat#X --rank 3 --nonneg all
  polyad cpd eem.npy --rank 3 --nonneg all --dict 1:emission.csv:2..3 --out out
  polyad cpd eem.npy --rank 4 --nonneg all --dict 1+2:emission.csv,excitation.csv --free 1:0..1
  polyad cpd eem.npy --rank 3 --nonneg all --constraint 1,2=unimodal --starts 5
  polyad cpd alike.npy --rank 4 --init gevd --method gauss-newton
  polyad cpd counts.npy --rank 5 --nonneg all --loss poisson
  polyad cpd facts.tns --rank 8 --nonneg all
  polyad cpd huge.npy --rank 10 --memory 1GB
  polyad cpd new.npy --project out:0 --nonneg 0
  polyad cpd large.npy --rank 8 --nonneg all --engine local:2 --checkpoint run1
  mpirun -n 4 --bind-to none polyad cpd large.npy --rank 8 --nonneg all --engine mpi`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error {
			if f.project != "" {
				return a.project(ctx, args[0], f, changed)
			}
			return a.cpd(ctx, args[0], f)
		})
	fl := cmd.Flags()
	changed = fl.Changed
	fl.IntVar(&f.rank, "rank", 0, "number of components")
	f.fitFlags.add(cmd)
	f.engineFlags.add(cmd)
	fl.BoolVar(&f.trust, "trust", false, "with --dict: say how far each atom can be trusted: its rival, and what exchanging it costs")
	fl.StringArrayVar(&f.dicts, "dict", nil, "MODE:[NAME=]FILE[:MIN..MAX]: the factor of MODE is made of atoms; repeat for several")
	fl.StringArrayVar(&f.free, "free", nil, "MODE:MIN..MAX components of a mode with --dict are of no library; repeatable")
	fl.StringVar(&f.apart, "apart", "", "with --dict: at most one atom of those within this angle, as 3deg, of a first")
	fl.Float64Var(&f.tolerance, "tolerance", 0, "with --dict: columns differ from their atoms by up to this share of their norm")
	fl.StringVar(&f.loss, "loss", "", "what is minimised, see above (default: the squares)")
	fl.StringVar(&f.init, "init", "", "start: random, svd, or gevd, exact without noise (default random)")
	fl.StringVar(&f.initFactors, "init-factors", "", "FILE,FILE,… one factor per mode, used as they are; one start")
	fl.StringVar(&f.from, "from", "", "folder of an earlier result to go on from, of the same rank; --rank may be left out")
	fl.StringVar(&f.project, "project", "", "DIR[:MODE] solve for the factor of MODE (0) alone, with the others of the result in DIR")
	fl.IntVar(&f.race, "race", 0, "with --starts of 2 and more: after so many sweeps drop the worse half, and so on (0: keep all)")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "folder that keeps the state of the run, new or empty, or with --resume the run's; not with --dict")
	fl.IntVar(&f.every, "every", 10, "sweeps between two states of --checkpoint")
	fl.BoolVar(&f.resume, "resume", false, "go on from the newest state in --checkpoint, if there is one")
	memoryFlag(cmd, &f.memory)
	a.iterates(cmd)
	return cmd
}
