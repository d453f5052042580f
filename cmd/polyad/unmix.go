package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/unmix"
	"github.com/spf13/cobra"
)

// unmixFlags are the flags of unmix alone.
type unmixFlags struct {
	engineFlags
	image     imageFlags
	fit       libraryFlags
	libraries []string
	self      string
	free      string
	rank      string
	sumToOne  bool
	perPixel  int
	normalize string
	whiten    bool
	metric    string
	prune     string
	apart     string
	trust     bool
	memory    string
	resume    bool
	tileRows  int // of a tile; 0: as many as fit
}

func (a *app) unmixCommand() *cobra.Command {
	var f unmixFlags
	cmd := verb("unmix IMAGE --lib [NAME=]FILE[:MIN..MAX] … --rank R", "Abundances and chosen spectra of an image",
		`unmix chooses R spectra from one or several libraries, with bounds on how many
each gives, so that nonnegative mixtures of them explain the image.

IMAGE is a cube (rows × columns × bands), or a matrix of bands × pixels with
--shape. A library is bands × spectra. A matrix that is given the other way round
is turned, with a warning, when its size leaves no doubt. A library with other
bands than the image is resampled when wavelengths are known of both; bands it does not
reach are dropped. --wavelengths and --lib-wavelengths give them to files that do not say
them. Else it needs --bands. Spectra with deleted values in the bands used,
and pixels without data, are left out. A .npy library of a gigabyte or more stays in its
file and is read block by block.

--classes makes a library of every class of spectra, with the bounds of --lib for each,
or those of --class. Classes are told by names (the text before the first blank or
underscore), by a column of text in a table, or by a file with a name for each spectrum.

--sum-to-one makes abundances fractions; without it they are amplitudes of the spectra as
their files hold them, and the result says what they sum to. --per-pixel K lets a pixel be a
mixture of at most K of the chosen spectra, the best of all such; the spectra are chosen without it.

--rank auto looks for pixels that others are mixtures of in random samples of the image,
as polyad rank does, and takes the largest number of which every one is found again and
none is a mixture of the others, within the bounds; what speaks for it is printed.

--self lets pixels of the image serve as spectra, named by row and column and with their
number as index; --free lets spectra be of no library, index -1.

--out gets abundances.npy (R × pixels), spectra.npy (bands × R), table.csv (a line for
each spectrum), libraries.csv, the pictures as .png, result.json and report.html; with
--classes classes.npy, a row for each that is chosen from. Pixels without data are NaN
there. Of an ENVI image it gets abundances.hdr with its data, float32 with a band for
each spectrum, for the sum of each library and for the residual, where the image lies on
the map, and spectra.hdr with spectra.sli. Where an image's value for no data could be an
abundance, from 0 to 1, it is -9999 there. Areas need the pixel's size in map info.

--memory SIZE leaves a .npy or ENVI cube in its file and reads it twice: once for the
bands' Gram matrix and a sample of at most 32768 pixels, on which spectra are chosen, and
once for the abundances, written tile by tile to --out beside residual.npy (one number a
pixel). A run that was ended in any way goes on with --resume and ends with the same bits; one
that Ctrl-C ended while spectra were chosen begins anew.

`+engineHelp+` Here it is
the rows of a .npy or ENVI cube, of which they make what --memory makes, each writing its
abundances to their place in --out, which all of them see. Spectra are chosen on the first.
A run that was ended goes on with --resume in one process.`,
		`  polyad unmix scene.hdr --lib minerals.sli --rank 5 --out result
  polyad unmix scene.hdr --lib usgs.sli:0..2 --classes name --class Alunite:1..2 --rank 6
  polyad unmix scene.hdr --lib minerals.sli --self 0..2 --rank auto
  polyad unmix large.hdr --lib minerals.sli --rank 5 --memory 500MB --out result
  mpirun -n 4 --bind-to none polyad unmix large.hdr --lib minerals.sli --rank 5 --engine mpi --out result
  polyad unmix scene.mat#Y --shape 100x100 --scale 5000 \
         --lib tree=lib.mat#trees:1..2 --lib soil=soils.csv:0..2 --rank 3`,
		cobra.ExactArgs(1), func(ctx context.Context, args []string) error { return a.unmix(ctx, args[0], f) })
	fl := cmd.Flags()
	fl.StringArrayVar(&f.libraries, "lib", nil, "library [NAME=]FILE[:MIN..MAX]; repeat for several (no bounds: 0..∞)")
	fl.StringVar(&f.image.wavelengths, "wavelengths", "", "FILE[#VARIABLE] with the wavelengths of an image whose file does not say them, nm or µm")
	f.fit.add(cmd)
	boundsFlag(cmd, &f.self, "self", "choose MIN..MAX spectra from the pixels of the image")
	boundsFlag(cmd, &f.free, "free", "MIN..MAX spectra of no library: nonnegative, as fits best, and as many as pay")
	fl.StringVar(&f.rank, "rank", "", "number of spectra to choose, or auto: what the image speaks for")
	fl.StringVar(&f.image.shape, "shape", "", "ROWSxCOLS of a matrix of bands × pixels")
	fl.StringVar(&f.image.order, "order", "column", "order of a matrix's pixels: column (down each column first) or row")
	fl.Float64Var(&f.image.scale, "scale", 1, "divide the data by this")
	fl.StringVar(&f.image.drop, "drop", "", "leave out bands LO-HI,… (nm when wavelengths are known, else band numbers from 0)")
	fl.StringVar(&f.image.bands, "bands", "", "FILE#VARIABLE: the library's rows that the image has (counted from 1 in a .mat, from 0 elsewhere)")
	fl.BoolVar(&f.sumToOne, "sum-to-one", false, "abundances of a pixel sum to one, exactly")
	fl.IntVar(&f.perPixel, "per-pixel", 0, "at most K of the chosen spectra in a pixel, the best such mixture (0: no bound)")
	fl.StringVar(&f.normalize, "normalize", "none", "pixels for the choice of spectra: none, l2 or sum")
	fl.BoolVar(&f.whiten, "whiten", false, "divide bands by the standard deviation of their noise for the choice of spectra")
	fl.StringVar(&f.metric, "metric", "", "a start near a fit, by correlation, angle, mean-removed-angle, distance, scaled-distance or loss")
	fl.StringVar(&f.prune, "prune", "", "leave out spectra within this angle of one before, as 3deg or 0.05 (radians)")
	fl.StringVar(&f.apart, "apart", "", "at most one spectrum of those within this angle, as 3deg or 0.05 (radians), of a first")
	fl.BoolVar(&f.trust, "trust", false, "say how far each spectrum can be trusted: its rival, and what exchanging it costs")
	f.engineFlags.add(cmd)
	memoryFlag(cmd, &f.memory)
	fl.BoolVar(&f.resume, "resume", false, "with --memory: go on with the run that --out holds, if it holds one")
	a.iterates(cmd)
	cmd.Flags().Lookup("starts").Usage += greedyBesides
	offer(cmd, "rank", "auto")
	offer(cmd, "order", "column", "row")
	offer(cmd, "normalize", "none", "l2", "sum")
	offer(cmd, "metric", "correlation", "angle", "mean-removed-angle", "distance", "scaled-distance", "loss")
	return cmd
}

func (a *app) unmix(ctx context.Context, name string, f unmixFlags) error {
	if f.engine != "" {
		if err := f.checkEngine(a.common.out); err != nil {
			return err
		}
		dir := a.common.out
		return a.ranked(ctx, f.engineFlags, func(ctx context.Context, a *app, c dist.Comm) error { return a.unmixOn(ctx, name, f, dir, c) })
	}
	p, err := a.problem(f)
	if err != nil {
		return err
	}
	if f.memory != "" {
		return a.unmixTiles(ctx, name, f, p)
	}
	if f.resume {
		return usagef("--resume goes on with a run that was made with --memory; give that, too")
	}
	out, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, err := a.readProblem(name, f, p)
	if err != nil {
		return err
	}
	chosen, err := a.chooseRank(ctx, s.Y, p)
	if err != nil {
		return err
	}
	r, err := a.solve(ctx, s, p)
	if err != nil {
		return err
	}
	res := a.unmixResult("unmix", p, r)
	res.RankChoice = chosen
	if f.fit.classes != "" {
		res.Classes = classesOf(p, r)
	}
	res.Libraries = s.fits
	res.coverAll(s, p, r)
	if f.trust {
		if p.PerPixel > 0 {
			a.warn("--trust judges the choice of spectra, which is made without --per-pixel")
		}
		if res.Trust, err = a.examine(ctx, s, p, r); err != nil {
			a.warn("how far the spectra can be trusted is not said: %s", err)
		}
	}
	write := func() error { return a.writeUnmix(out, "Unmixing of "+short(name), res, s, p, r) }
	return a.finish(res, out, write, func(w io.Writer) error { return printUnmix(w, name, s, res, out) })
}

// readProblem reads the libraries into p and the image, all on the same bands.
func (a *app) readProblem(name string, f unmixFlags, p *unmix.Problem) (*scene, error) {
	specs, err := parseLibraries("--lib ", f.libraries)
	if err != nil {
		return nil, err
	}
	index, err := readIndex(f.image.bands)
	if err != nil {
		return nil, err
	}
	libraries, err := a.readLibraries(specs)
	if err != nil {
		return nil, err
	}
	s, err := a.readImage(name, f.image, func(bands int) bool {
		if index != nil {
			return bands == len(index)
		}
		if len(libraries) == 0 {
			return true
		}
		return slices.ContainsFunc(libraries, func(lib *library) bool {
			rows, cols := lib.Dims()
			return bands == rows || bands == cols
		})
	})
	if err != nil {
		return nil, err
	}
	return s, a.addLibraries(p, libraries, s, index, f.fit)
}

func (a *app) readLibraries(specs []librarySpec) ([]*library, error) {
	var libraries []*library
	for _, spec := range specs {
		lib, err := a.readLibrary(spec)
		if err != nil {
			return nil, err
		}
		libraries = append(libraries, lib)
	}
	return libraries, nil
}

// problem is what the flags ask for, without libraries.
func (a *app) problem(f unmixFlags) (*unmix.Problem, error) {
	p := &unmix.Problem{SumToOne: f.sumToOne, PerPixel: f.perPixel, Whiten: f.whiten}
	a.search(p, f.metric != "")
	switch {
	case len(f.libraries) == 0 && f.self == "":
		return nil, usagef("no library; give --lib [NAME=]FILE[:MIN..MAX], or --self for the pixels of the image")
	case f.perPixel < 0:
		return nil, usagef("--per-pixel is %d; it is at least 1, or 0 for no bound", f.perPixel)
	case f.perPixel > 0 && f.sumToOne:
		return nil, usagef("--per-pixel and --sum-to-one are not offered together; leave out one of them")
	case f.free != "" && f.sumToOne && f.normalize != "none":
		return nil, usagef("--free spectra of normalised pixels have no scale at which abundances could sum to one; leave out --free, --sum-to-one or --normalize")
	case !(f.image.scale > 0) || math.IsInf(f.image.scale, 0):
		return nil, usagef("--scale is %g; it is a positive number", f.image.scale)
	case f.image.order != "column" && f.image.order != "row":
		return nil, usagef("--order is %q; it is column or row", f.image.order)
	}
	var err error
	if p.Rank, err = parseRank(f.rank); err != nil {
		return nil, err
	}
	var ok bool
	if p.Normalize, ok = map[string]unmix.Normalization{"none": unmix.NormalizeNone, "l2": unmix.NormalizeL2, "sum": unmix.NormalizeSum}[f.normalize]; !ok {
		return nil, usagef("--normalize is %q; it is none, l2 or sum", f.normalize)
	}
	if p.Match, ok = map[string]dict.Match{"": dict.Correlation, "correlation": dict.Correlation, "angle": dict.Angle, "mean-removed-angle": dict.MeanRemovedAngle, "distance": dict.Distance, "scaled-distance": dict.ScaledDistance, "loss": dict.Loss}[f.metric]; !ok {
		return nil, usagef("--metric is %q; it is correlation, angle, mean-removed-angle, distance, scaled-distance or loss", f.metric)
	}
	if err = f.fit.check(); err != nil {
		return nil, err
	}
	if p.Self, err = parseBounds("self", f.self); err != nil {
		return nil, err
	}
	if p.Free, err = parseBounds("free", f.free); err != nil {
		return nil, err
	}
	if p.Prune, err = parseAngle("prune", f.prune); err != nil {
		return nil, err
	}
	p.Apart, err = parseAngle("apart", f.apart)
	if p.Whiten {
		a.warn("the errors of trace and starts are those of whitened pixels (--whiten); relative_error is that of the pixels as they are")
	}
	if p.PerPixel > 0 {
		a.warn("the errors of trace and starts are those without --per-pixel; relative_error is that with it")
	}
	if p.Normalize != unmix.NormalizeNone {
		a.warn("the errors of trace and starts are those of normalised pixels (--normalize %s); relative_error is that of the pixels as they are", p.Normalize)
	}
	return p, err
}

// search sets how spectra are searched for. The first search, by default the only
// one, has nothing random in it and compares no spectra by angle; those from relaxed
// starts have both.
func (a *app) search(p *unmix.Problem, relaxed bool) {
	p.Stop, p.Seed = a.stop(), a.common.seed
	if relaxed || a.iterate.starts > 1 {
		p.Starts = a.iterate.starts
	}
}

// parseAngle reads 3deg or radians; empty is 0.
func parseAngle(flag, text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, degrees := strings.CutSuffix(text, "deg")
	v, err := strconv.ParseFloat(number, 64)
	if degrees {
		v *= math.Pi / 180
	}
	if err != nil || !(v >= 0 && v < math.Pi/2) {
		return 0, usagef("--%s %q: give an angle from 0 to 90 degrees, as 3deg, or in radians", flag, text)
	}
	return v, nil
}

// solve runs the search under the time limit, telling how it goes.
func (a *app) solve(ctx context.Context, s *scene, p *unmix.Problem) (*unmix.Result, error) {
	ctx, cancel := a.limited(ctx)
	defer cancel()
	bar := a.progress()
	p.Observe = bar.tell
	r, err := unmix.Solve(ctx, &s.Image, p)
	bar.done()
	return r, a.settle(err, r != nil)
}

// unmixResult is the result as JSON has it.
func (a *app) unmixResult(verb string, p *unmix.Problem, r *unmix.Result) *result {
	res := &result{Verb: verb, Rank: p.Rank, RelativeError: r.RelativeError, SolveSeconds: r.Solve.Seconds(), Algorithm: r.Algorithm, Swaps: &r.Swaps}
	res.PerPixel = p.PerPixel
	res.Search, res.LowerBound = r.Search.Ended.String(), r.Search.LowerBound
	a.fill(res, r.Trace, r.Status)
	for c, at := range r.Atoms {
		res.Atoms = append(res.Atoms, atomResult{Component: c, Library: p.LibraryName(at.Library), Index: at.Index, Name: at.Name})
	}
	for i, run := range r.Runs {
		swaps := run.Swaps
		res.Starts = append(res.Starts, startResult{Algorithm: run.Algorithm, Start: i, RelativeError: run.RelativeError, Swaps: &swaps, Sweeps: len(run.Trace), Status: run.Status.String()})
	}
	a.judge(r)
	res.Merges = mergesOf(p, r)
	a.tellPruned(p, r)
	return res
}

// Abundances that no library at the image's scale leads to: a mean, and the least mean sum.
const (
	implausible = 20
	vanishing   = 0.01
)

// judge warns of abundances that say that something is amiss.
func (a *app) judge(r *unmix.Result) {
	sum := 0.0
	for c, at := range r.Atoms {
		mean, _, most, _ := share(r.Abundances, c)
		sum += mean
		if most == 0 {
			a.warn("%s is chosen and has no abundance anywhere: a lower --rank fits as well", at.Name)
		}
		if mean > implausible {
			a.warn("the mean abundance of %s is %.0f: are image and library in the same units? (--scale divides the image)", at.Name, mean)
		}
	}
	if sum > 0 && sum < vanishing {
		a.warn("the abundances of a pixel sum to %.2g on average: are image and library in the same units? (--lib-scale divides the library)", sum)
	}
}

// printUnmix prints the result as text: all of it, or six lines when the rest is in files.
func printUnmix(w io.Writer, name string, s *scene, res *result, out *folder) error {
	if out != nil {
		return printBrief(w, name, s, res, out)
	}
	if res.RankChoice != nil {
		fmt.Fprintln(w, res.RankChoice.words())
	}
	fmt.Fprintln(w, errorLine(res))
	if err := atomTable(res).WriteText(w); err != nil {
		return err
	}
	if err := res.printLibraries(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "abundances: %s\n", res.Scale.words())
	if res.Trust != nil {
		fmt.Fprintln(w)
		return res.Trust.table().WriteText(w)
	}
	return nil
}

func errorLine(res *result) string {
	line := fmt.Sprintf("relative error %.5f with %s (%s, %s)", res.RelativeError, count(res.Rank, "chosen spectrum"), res.Status, seconds(res.SolveSeconds))
	if starts := res.startsLine(); starts != "" {
		line += "; " + starts
	}
	return line
}

// printBrief prints what was unmixed, how well, with which spectra, of which libraries,
// how sure they are, and where the rest is.
func printBrief(w io.Writer, name string, s *scene, res *result, out *folder) error {
	chosen := make([]string, 0, len(res.Atoms))
	for c, at := range res.Atoms {
		chosen = append(chosen, at.Name+" "+amount(res.covered[c].Mean))
	}
	sums := make([]string, 0, len(res.Sums))
	for _, l := range res.Sums {
		sums = append(sums, fmt.Sprintf("%s %s (%d)", l.Library, amount(l.Mean), l.Spectra))
	}
	fmt.Fprintf(w, "image: %s, %d×%d pixels, %d of %d bands\n", short(name), s.Rows, s.Cols, len(s.kept), s.bands)
	if res.RankChoice != nil {
		fmt.Fprintln(w, res.RankChoice.words())
	}
	fmt.Fprintln(w, errorLine(res))
	fmt.Fprintf(w, "mean abundances: %s (%s)\n", strings.Join(chosen, ", "), res.Scale.brief())
	fmt.Fprintf(w, "by library (spectra chosen): %s\n", strings.Join(sums, ", "))
	fmt.Fprintf(w, "trust: %s\n", res.Trust.brief())
	return out.tell(w)
}
