package main

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// nmfFlags are the flags of nmf.
type nmfFlags struct {
	engineFlags
	image       imageFlags
	rank        int
	method      string
	beta        float64
	l1          float64
	sparsityU   float64
	sparsityV   float64
	volume      float64
	sum         string
	weights     string
	groups      int
	scattered   bool
	missing     string
	init        string
	initFactors string
	memory      string
	given       matrix.NMFMethod // instead of method
}

func (a *app) nmfCommand() *cobra.Command {
	var f nmfFlags
	var changed func(name string) bool
	cmd := verb("nmf MATRIX --rank R", "Nonnegative factors of a matrix or an image",
		`nmf factors a matrix X (p×n) into nonnegative U (p×R) and V (R×n), X ≈ U·V: the
columns of U are spectra, topics, parts, and V holds how much of each is in every
column of X. A cube (rows × columns × bands), or with --shape a matrix of bands ×
pixels, is an image, and V is shown as maps.

--method NAME says what is minimised, and how:
`+nmfMethodHelp+`

--init NAME says where it starts:
`+nmfInitHelp+`

`+engineHelp+`
`+engineMemoryHelp+`
Methods that update a factor as a whole (ahals, extrapolated, sparse, hoyer,
average-hoyer, orthogonal) are led by the first rank; those that need more than passes say so.

--out gets U.npy (p×R) and V.npy (R×n), components in the order of their size, with
unit columns of U where the method gives their norms no meaning; pictures, maps of an
image, result.json and report.html. With --method tri it gets F.npy (p×R), S.npy
(R×L) and G.npy (L×n) instead; with --method archetypal also C.npy (R×n), of which row k
says how much of every column is in archetype k.`,
		`  polyad nmf counts.npy --rank 4 --method tri --groups 6 --starts 5
  polyad nmf counts.npy --rank 8 --method beta --beta 1 --starts 5
  polyad nmf scene.mat#Y --shape 95x95 --rank 3 --method sum-to-one --init spa --out out
  polyad nmf counts.npy --rank 4 --scattered
  polyad nmf slack.csv --rank 6 --method exact
  polyad nmf gaps.npy --rank 4 --missing nan
  polyad nmf large.npy --rank 10 --engine local:2
  mpirun -n 4 --bind-to none polyad nmf huge.npy --rank 10 --engine mpi --memory 2GB`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.nmf(ctx, args[0], f, changed) })
	fl := cmd.Flags()
	changed = fl.Changed
	fl.IntVar(&f.rank, "rank", 0, "number of components")
	fl.StringVar(&f.method, "method", "hals", "what is minimised, and how, see above")
	fl.Float64Var(&f.beta, "beta", 1, "with --method beta: 2 squares, 1 Kullback–Leibler, 0 Itakura–Saito, or any other")
	fl.Float64Var(&f.l1, "l1", 0, "with --method sparse: weight of the sum of V, in units of the data")
	fl.Float64Var(&f.sparsityU, "sparsity-u", 0, "with --method hoyer or average-hoyer: sparsity of every column of U, 0 (any) to 1 (one entry)")
	fl.Float64Var(&f.sparsityV, "sparsity-v", 0, "with --method hoyer or average-hoyer: sparsity of every row of V")
	fl.Float64Var(&f.volume, "volume", 0.1, "with --method minimum-volume: weight of the volume against the fit")
	fl.StringVar(&f.sum, "sum", "columns-v", "with --method minimum-volume: what sums to one, columns-v, rows-v or columns-u")
	fl.StringVar(&f.weights, "weights", "", "with --method weighted or low-rank: FILE with a weight ≥ 0 for every entry")
	fl.BoolVar(&f.scattered, "scattered", false, "say whether U and V are sufficiently scattered, which makes them the only ones")
	fl.IntVar(&f.groups, "groups", 0, "with --method tri: number of groups of columns")
	fl.StringVar(&f.missing, "missing", "", "unknown entries: nan (those that are NaN) or FILE, with 0 or False there; the others are fitted")
	f.addData(cmd)
	f.engineFlags.add(cmd)
	memoryFlag(cmd, &f.memory)
	a.iterates(cmd)
	return cmd
}

// addData adds the flags that say where a factorisation starts and how data are read.
func (f *nmfFlags) addData(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.init, "init", "", "start, see above (default random; spa for minimum-volume, furthest-sum for archetypal)")
	fl.StringVar(&f.initFactors, "init-factors", "", "FILE,FILE: U (p×R) and V as --out writes it (R×n) or its transpose, used as they are; one start")
	fl.StringVar(&f.image.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels")
	fl.StringVar(&f.image.order, "order", "column", "order of a matrix's pixels: column (down each column first) or row")
	fl.Float64Var(&f.image.scale, "scale", 1, "divide the data by this")
	fl.StringVar(&f.image.drop, "drop", "", "of an image, leave out bands LO-HI,… (nm when wavelengths are known, else band numbers from 0)")
}

// nmfTask is what nmf has been asked to do, data and all.
type nmfTask struct {
	verb    string
	name    string
	flags   nmfFlags
	data    tensor.Tensor
	scene   *scene // nil of a matrix that is no image
	o       matrix.NMFOptions
	out     *folder
	ranks   dist.Comm // not nil: they hold the data
	memory  int64     // of this rank, if it is bounded
	certify int       // entries in a column for which uniqueness is looked at; 0: it is not
	compare int       // entries in a column for which matching pursuit is run as well; 0: it is not
}

func (a *app) nmf(ctx context.Context, name string, f nmfFlags, changed func(string) bool) error {
	if f.engine != "" {
		return a.ranked(ctx, f.engineFlags, func(ctx context.Context, a *app, c dist.Comm) error { return a.nmfOn(ctx, name, f, changed, c) })
	}
	return a.nmfOn(ctx, name, f, changed, nil)
}

// nmfOn is nmf, as one of the ranks of c if that is not nil.
func (a *app) nmfOn(ctx context.Context, name string, f nmfFlags, changed func(string) bool, c dist.Comm) error {
	t, err := a.prepareNMF(name, f, changed, c)
	if err != nil {
		return err
	}
	switch {
	case c != nil:
		return t.spread(func() error { return a.factor(ctx, t) })
	case f.method == "tri":
		return a.tri(ctx, t)
	case f.method == "exact":
		return a.exact(ctx, t)
	}
	return a.factor(ctx, t)
}

// factor runs the factorisation and writes what it finds.
func (a *app) factor(ctx context.Context, t *nmfTask) error {
	f := t.flags
	a.tellKnown(t.data)
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	t.o.Observe = func(start int, p sweep.Point) error { return bar.tell("start "+strconv.Itoa(start), p) }
	began := time.Now()
	r, err := matrix.NMFTensor(ctx, t.data, f.rank, &t.o)
	took := time.Since(began).Seconds()
	bar.done()
	if err := a.settle(err, r != nil); err != nil {
		return ofMethod(f.method, t.o.Method, notFinite(t.verb, err))
	}
	a.warnOfNMF(t, r)
	if err := t.gather(r); err != nil || t.ranks != nil && t.ranks.Rank() > 0 {
		return err
	}
	res := &result{Verb: t.verb, Rank: f.rank, RelativeError: r.RelativeError, SolveSeconds: r.Trace.Last().Elapsed.Seconds(), Algorithm: f.method}
	if t.ranks != nil {
		res.Ranks = t.ranks.Size()
	}
	if f.method == "beta" {
		res.Loss = &r.Loss
	}
	a.fill(res, r.Trace, r.Status)
	for k := range f.rank {
		size := mat.Norm(r.U.ColView(k), 2) * mat.Norm(r.V.RowView(k), 2)
		res.Weights = append(res.Weights, size)
		if size == 0 {
			a.warn("component %d is zero: a lower --rank fits as well", k)
		}
	}
	if t.certify > 0 {
		res.Certificate, err = certificate(ctx, r, t.certify)
		if err := a.leftOut("--certify", err); err != nil {
			return err
		}
	}
	if f.scattered {
		res.Scattered, err = scattered(ctx, r)
		if err := a.leftOut("--scattered", err); err != nil {
			return err
		}
	}
	if t.compare > 0 {
		if err := a.compareTo(ctx, t, res, r, took); err != nil {
			return err
		}
	}
	return a.finishNMF(t, res, r)
}

// prepareNMF reads what the flags name, and refuses what does not go together.
func (a *app) prepareNMF(name string, f nmfFlags, changed func(string) bool, c dist.Comm) (*nmfTask, error) {
	if err := atLeastOne(f.rank, "components"); err != nil {
		return nil, err
	}
	switch {
	case !(f.image.scale > 0) || math.IsInf(f.image.scale, 0):
		return nil, usagef("--scale is %g; it is a positive number", f.image.scale)
	case f.image.order != "column" && f.image.order != "row":
		return nil, usagef("--order is %q; it is column or row", f.image.order)
	case f.initFactors != "" && (f.init != "" || a.iterate.starts > 1):
		return nil, usagef("--init-factors is one start; leave out --init and --starts")
	}
	t := &nmfTask{verb: "nmf", name: name, flags: f, ranks: c}
	t.o.Starts, t.o.Stop, t.o.Seed = a.iterate.starts, a.stop(), a.common.seed
	var err error
	if t.o.Method, err = f.kind(changed); err != nil {
		return nil, err
	}
	if t.o.Init, err = f.start(); err != nil {
		return nil, err
	}
	if t.out, err = a.openFolder(a.common.out); err != nil {
		return nil, err
	}
	if f.memory != "" && c == nil {
		return nil, usagef("--memory is for ranks, each of which leaves its rows in the file; give --engine local:2, or leave out --memory")
	}
	if c != nil {
		if t.memory, err = a.share(f.engineFlags, c, f.memory); err != nil {
			return nil, err
		}
		return t, t.checkEngine()
	}
	return t, a.readNMF(t)
}

// readNMF reads an image or a matrix.
func (a *app) readNMF(t *nmfTask) error {
	f := t.flags
	cube, err := isCube(t.name)
	if err != nil {
		return err
	}
	if cube || f.image.shape != "" {
		if f.missing != "" {
			return usagef("--missing is for matrices, not for images; leave out --shape")
		}
		if t.scene, err = a.readImage(t.name, f.image, func(int) bool { return true }); err != nil {
			return err
		}
		t.data = tensor.FromMatrix(t.scene.Y)
		return nil
	}
	if f.image.order == "row" || f.image.drop != "" {
		return usagef("--order and --drop are for images; give --shape ROWSxCOLS")
	}
	x, err := readTensor(t.name)
	if err != nil {
		return err
	}
	if len(x.Dims()) != 2 {
		return usagef("%s is of order %d; nmf takes a matrix, or a cube of rows × columns × bands; 'polyad cpd --nonneg all' takes any order", t.name, len(x.Dims()))
	}
	if f.image.scale != 1 {
		for i := range x.Data() {
			x.Data()[i] /= f.image.scale
		}
	}
	t.data = x
	if f.missing != "" {
		m, err := fitFlags{missing: f.missing}.masked(x)
		if err != nil {
			return err
		}
		if m.KnownCells() == 0 {
			return usagef("--missing %s: every entry of the matrix is unknown", f.missing)
		}
		t.data = m
	}
	return nil
}

// start is the Init that the flags ask for.
func (f nmfFlags) start() (cpd.Init, error) {
	if f.initFactors != "" {
		return f.givenUV()
	}
	switch f.init {
	case "":
		if f.method == "minimum-volume" { // a small volume of the wrong columns is a local optimum
			return matrix.Pure{}, nil
		}
		if f.method == "archetypal" {
			return matrix.Pure{Selector: matrix.FurthestSum{}}, nil
		}
		return cpd.Random{}, nil
	case "random":
		return cpd.Random{}, nil
	case "nndsvd":
		return matrix.NNDSVD{}, nil
	case "nndsvda":
		return matrix.NNDSVD{Fill: matrix.Mean}, nil
	case "nndsvdar":
		return matrix.NNDSVD{Fill: matrix.Random}, nil
	case "spa":
		return matrix.Pure{}, nil
	case "furthest-sum":
		return matrix.Pure{Selector: matrix.FurthestSum{}}, nil
	case "semi-svd":
		return matrix.SemiSVD{}, nil
	case "rank-two":
		if f.rank != 2 {
			return nil, usagef("--init rank-two is for --rank 2, not %d", f.rank)
		}
		return matrix.RankTwo{}, nil
	case "als":
		return matrix.ClippedALS{}, nil
	case "clusters":
		return matrix.Clusters{}, nil
	case "best":
		return matrix.BestOf{}, nil
	}
	return nil, usagef("--init is %q; it is random, nndsvd, nndsvda, nndsvdar, semi-svd, rank-two, als, spa, furthest-sum, clusters or best", f.init)
}
