package unmix

import (
	"context"
	"fmt"
	"math"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Problem is what is asked of an image.
type Problem struct {
	Libraries []Library
	// Self takes spectra from the pixels of the image as well, within these bounds, as
	// if they were a last library: default none; Max −1: no bound.
	Self assign.Bound
	// Free bounds how many spectra are free: nonnegative and otherwise what fits
	// best, as far as that pays. Default: none; Max −1: no bound.
	Free assign.Bound
	// Rank is the number of spectra to choose.
	Rank int
	// SumToOne asks for abundances that sum to one in every pixel. It needs
	// libraries at the amplitude of the image.
	SumToOne bool
	// PerPixel bounds how many of the chosen spectra a pixel is a mixture of: the best such
	// mixture, exactly. Spectra are chosen without it, and SumToOne does not go with it.
	// Default: 0, no bound.
	PerPixel int
	// Normalize scales the pixels for the choice of spectra.
	Normalize Normalization
	// Whiten divides every band by the standard deviation of its noise, estimated from the
	// image, for the choice of spectra, before Normalize. Noisy bands then count for less in
	// it; abundances and errors are those of the image as it is. Default: bands count by
	// their amplitude.
	Whiten bool
	// Match compares relaxed endmembers with spectra. Default: correlation.
	Match dict.Match
	// Prune leaves out spectra that are within this angle (radians) of one kept
	// before in the same library. Default: 0, none.
	Prune float64
	// Apart chooses at most one spectrum of a library of those within this angle (radians) of
	// a first, as dict.Mode.Apart. Unlike with Prune all of them stand to be chosen.
	// Default: 0, different ones.
	Apart float64
	// Algorithm chooses the spectra. Default: dict.Auto{}.
	Algorithm dict.Algorithm
	// Starts is the number of further searches, each to its end, from relaxed fits with
	// random numbers of their own; with nothing but pixels to choose from, from pixels that
	// VCA chooses. Default: 0.
	Starts int
	// Stop, Seed and Observe are those of dict.Options.
	Stop    sweep.Stop
	Seed    uint64
	Observe func(stage string, p sweep.Point) error
}

// Atom is a chosen spectrum.
type Atom struct {
	Library int    // index into Problem.Libraries; len(Libraries): a pixel; −1: free
	Index   int    // index into that library, as it was given; of a pixel, its number; −1: free
	Name    string // of the spectrum
}

// Result of [Solve]. Components are in order of decreasing total abundance.
type Result struct {
	Atoms         []Atom
	Spectra       *mat.Dense // bands × R, at the library's amplitude
	Abundances    *mat.Dense // R × pixels, for Spectra
	RelativeError float64    // ‖Y − E·A‖/‖Y‖ on the pixels before Normalize
	Residual      []float64  // per pixel: root mean square over the bands of y − E·a
	Pruned        []int      // per library, pixels last: spectra left out as near duplicates
	Merges        []Merge    // which they are
	Trace         sweep.Trace
	Status        sweep.Status
	Solve         time.Duration // of the choice of spectra and the abundances, without preparation
	Algorithm     string
	Swaps         int
	Candidates    []dict.Candidate // compared before any exchange in the search that the spectra are from
	Runs          []Run            // all searches, the greedy one first
	Search        dict.Search      // how the choice of spectra ended

	fit   *multidict.Result // the choice of spectra, of the pixels after Whiten and Normalize
	scale []float64         // what the bands were multiplied by for it; nil for nothing
	order []int             // component r here is component order[r] there
}

// Solve chooses the spectra for an image and solves for their abundances.
// Libraries have the bands of the image. When ctx ends, the error comes with
// the best result so far, if there is one.
func Solve(ctx context.Context, img *Image, p *Problem) (*Result, error) {
	if err := p.check(img); err != nil {
		return nil, err
	}
	return p.solve(ctx, img, nil)
}

func (p *Problem) check(img *Image) error {
	if err := img.check(); err != nil {
		return err
	}
	if p == nil || len(p.Libraries) == 0 && p.Self == (assign.Bound{}) {
		return fmt.Errorf("%w: no library to choose spectra from", ErrOptions)
	}
	if p.Rank < 1 {
		return fmt.Errorf("%w: %d spectra asked for; give a rank of at least 1", ErrOptions, p.Rank)
	}
	return p.checkPerPixel()
}

// solve is [Solve]; gram, if not nil, is the Gram matrix of the bands of the normalised image,
// of which img is a sample.
func (p *Problem) solve(ctx context.Context, img *Image, gram *mat.SymDense) (*Result, error) {
	white, q, scale, err := p.whitened(ctx, img)
	if err != nil {
		return nil, err
	}
	t, err := q.prepare(white)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	y := p.Normalize.apply(white.Y)
	pixels := tensor.FromMatrix(y)
	var x tensor.Tensor = pixels
	if gram != nil && (scale == nil || p.Normalize == NormalizeNone) { // else it is the Gram of other pixels
		x = sampled{pixels, scaledGram(gram, scale)}
	}
	m, runs, stopped := t.choose(ctx, x, y, white, p.Rank, p.Starts)
	if m == nil {
		return nil, stopped
	}
	r := &Result{fit: m, scale: scale, Trace: m.Trace, Status: m.Status, Algorithm: m.Algorithm, Swaps: m.Swaps, Candidates: m.Candidates, Search: m.Search, Runs: runs}
	r.Pruned, r.Merges = t.pruned, t.merges
	free := 0
	for _, s := range m.Sources[0] {
		at := t.atom(s)
		if s.Library < 0 {
			at.Name = fmt.Sprintf("free %d", free)
			free++
		}
		r.Atoms = append(r.Atoms, at)
	}
	if err := r.abundances(img, p, t.abundance); err != nil {
		return nil, err
	}
	r.Solve = time.Since(began)
	return r, stopped
}

// task is a problem as package multidict has it.
type task struct {
	modes     []multidict.Mode
	kept      [][]int // kept[l][j]: index, in the library as it was given, of its atom j
	pruned    []int   // of each library
	merges    []Merge // which they are
	self      bool    // the last library is the pixels:
	pixels    multidict.Library
	abundance cpd.Method // of the pixels as they were given
	fit       dict.Options
}

func (p *Problem) prepare(img *Image) (*task, error) {
	t := &task{abundance: p.abundance(), self: p.Self != (assign.Bound{})}
	libraries, err := t.dictionaries(img, p)
	if err != nil {
		return nil, err
	}
	if p.Free != (assign.Bound{}) && p.SumToOne && p.Normalize != NormalizeNone {
		return nil, fmt.Errorf("%w: free spectra of normalised pixels have no scale at which abundances could sum to one; leave out Free, SumToOne or Normalize", ErrOptions)
	}
	if t.self {
		if err := t.addPixels(img, p); err != nil {
			return nil, err
		}
		libraries = append(libraries, t.pixels)
	}
	// Normalised pixels have another scale than the spectra, so the sum of their
	// abundances says nothing.
	var choice cpd.Method = cpd.NNLS{}
	if p.SumToOne && p.Normalize == NormalizeNone {
		choice = cpd.FCLS{}
	}
	t.modes = []multidict.Mode{{N: 0, Libraries: libraries, Match: p.Match, Distinct: true, Physical: p.SumToOne, Free: p.Free, Apart: p.Apart}}
	t.fit = dict.Options{
		Methods: []cpd.Method{cpd.NNLS{}, choice}, Algorithm: p.Algorithm, Stop: p.Stop, Seed: p.Seed, Observe: p.Observe,
	}
	return t, nil
}

// atom names a spectrum by its index in the library as it was given.
func (t *task) atom(s multidict.Source) Atom {
	if s.Library < 0 {
		return Atom{-1, -1, ""}
	}
	return Atom{s.Library, t.kept[s.Library][s.Atom], t.modes[0].Libraries[s.Library].Dict.Name(s.Atom)}
}

// dictionaries checks the libraries, prunes them, and keeps which of their
// spectra are left.
func (t *task) dictionaries(img *Image, p *Problem) ([]multidict.Library, error) {
	bands, _ := img.Y.Dims()
	var libraries []multidict.Library
	for l := range p.Libraries {
		lib := &p.Libraries[l]
		name := lib.Name
		if name == "" {
			name = fmt.Sprint(l)
		}
		if lib.Atoms == nil && lib.Source == nil {
			return nil, fmt.Errorf("%w: library %s is empty", ErrData, name)
		}
		if b, _ := lib.Dims(); b != bands {
			return nil, fmt.Errorf("%w: library %s has %d bands, the image %d; bring both to the same bands first", ErrShape, name, b, bands)
		}
		d, err := lib.dictionary()
		if err != nil {
			return nil, fmt.Errorf("unmix: library %s: %w", name, err)
		}
		_, count := d.Dims()
		d, kept, merges, err := p.prune(d, l, lib.number)
		if err != nil {
			return nil, fmt.Errorf("unmix: library %s: %w", name, err)
		}
		libraries = append(libraries, multidict.Library{Name: name, Dict: d, Min: lib.Min, Max: lib.Max})
		t.kept, t.pruned, t.merges = append(t.kept, kept), append(t.pruned, count-len(kept)), append(t.merges, merges...)
	}
	return libraries, nil
}

// abundances solves for the chosen spectra on the pixels as they were given,
// and orders the components.
func (r *Result) abundances(img *Image, p *Problem, method cpd.Method) error {
	rank := len(r.Atoms)
	bands, pixels := img.Y.Dims()
	e := mat.NewDense(bands, rank, nil)
	column := make([]float64, bands)
	for c, a := range r.Atoms {
		switch a.Library {
		case -1:
			continue
		case len(p.Libraries):
			mat.Col(column, img.column(a.Index), img.Y)
		default:
			if err := p.Libraries[a.Library].spectrum(column, a.Index); err != nil {
				return fmt.Errorf("unmix: spectrum %d of library %d: %w", a.Index, a.Library, err)
			}
		}
		e.SetCol(c, column)
	}
	r.setFree(e, p)
	g := mat.NewSymDense(rank, nil)
	tensor.Gram(g, e)
	x := tensor.FromMatrix(img.Y)
	m, a := mat.NewDense(pixels, rank, nil), mat.NewDense(pixels, rank, nil)
	x.MTTKRP(m, []*mat.Dense{e, nil}, 1)
	if err := method.Begin(pixels, rank).Update(a, m, g); err != nil {
		return fmt.Errorf("unmix: abundances: %w", err)
	}
	k := tensor.NewKruskal(e, a)
	order := orderByTotal(a)
	k.Permute(order)
	r.order = order
	atoms := append([]Atom(nil), r.Atoms...)
	for to, from := range order {
		r.Atoms[to] = atoms[from]
	}
	r.Spectra, r.Abundances = e, mat.DenseCopyOf(a.T())
	r.residual(img)
	return nil
}

// orderByTotal is the order of the columns of a by decreasing sum.
func orderByTotal(a *mat.Dense) []int {
	_, rank := a.Dims()
	k := tensor.NewKruskal(mat.NewDense(1, rank, nil))
	for r := range rank {
		k.Weights[r] = mat.Sum(a.ColView(r))
	}
	return k.Sort()
}

// residual fills Residual and RelativeError, pixel by pixel from the model itself.
func (r *Result) residual(img *Image) {
	bands, pixels := img.Y.Dims()
	r.Residual = make([]float64, pixels)
	model := make([]float64, pixels)
	var total float64
	for b := range bands {
		clear(model)
		for c := range r.Atoms {
			s := r.Spectra.At(b, c)
			for j, v := range r.Abundances.RawRowView(c) {
				model[j] += s * v
			}
		}
		for j, v := range img.Y.RawRowView(b) {
			d := v - model[j]
			r.Residual[j] += d * d
			total += v * v
		}
	}
	var sum float64
	for j, s := range r.Residual {
		sum += s
		r.Residual[j] = math.Sqrt(s / float64(bands))
	}
	r.RelativeError = math.Sqrt(sum / total)
}
