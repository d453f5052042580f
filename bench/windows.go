package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

// WindowOptions of [Windows].
type WindowOptions struct {
	// Spectra are the true spectra, bands × components. Default: six of a
	// generated library of reflectances, 162 bands.
	Spectra *mat.Dense
	// Pixels is the number of pixels, one of them pure for each spectrum. Default: 200.
	Pixels int
	// Trials is the number of paired trials at every noise level. Default: 20.
	Trials int
	// Seed of the first trial; the others follow. Default: 0.
	Seed uint64
	// Observe is told when a trial is done. Default: nil, no one is.
	Observe func(done, total int)
}

// windowDecibels are the signal-to-noise ratios, as they are: the published
// script names levels that lie 10·log10(bands/components) dB above what it draws.
var windowDecibels = []float64{0, 10, 20, 30, 50}

// windowSizes are the numbers of pixels that a library holds, the pure one among
// them.
var windowSizes = []int{1, 10, 25, 50}

// Windows is the synthetic experiment of [CG18b]: pixels that mix a few spectra,
// amounts uniform on the simplex, one pixel pure for each spectrum, and noise. The
// pixels themselves are the dictionary. A method that does not know where to look
// chooses among all; with several dictionaries each component is taken from a
// window of pixels that holds one pure pixel. All start from what SPA finds. The
// table and the picture count the pure pixels that are missed.
//
//	spa, hard, auto      all pixels as one dictionary
//	hard-w, auto-w       a window of w pixels for every component
func Windows(ctx context.Context, opts *WindowOptions) (*report.Table, *report.Boxes, error) {
	o := WindowOptions{}
	if opts != nil {
		o = *opts
	}
	if err := o.complete(); err != nil {
		return nil, nil, err
	}
	_, rank := o.Spectra.Dims()
	table := &report.Table{Columns: []string{"SNR dB", "method", "missed", "of", "relative error"}}
	boxes := &report.Boxes{Title: fmt.Sprintf("Pure pixels missed, %d of %d pixels, %d trials", rank, o.Pixels, o.Trials), XName: "signal-to-noise ratio in dB", YName: "missed pure pixels"}
	for i, db := range windowDecibels {
		var names []string
		var missed, errs [][]float64
		for trial := range o.Trials {
			found, err := o.trial(ctx, db, o.Seed+uint64(trial))
			if err != nil {
				return nil, nil, fmt.Errorf("%g dB, trial %d: %w", db, trial, err)
			}
			for m, f := range found {
				if trial == 0 {
					names, missed, errs = append(names, f.name), append(missed, nil), append(errs, nil)
				}
				missed[m], errs[m] = append(missed[m], f.missed), append(errs[m], f.err)
			}
			if o.Observe != nil {
				o.Observe(i*o.Trials+trial+1, len(windowDecibels)*o.Trials)
			}
		}
		boxes.X = append(boxes.X, strconv.FormatFloat(db, 'g', -1, 64))
		for m, name := range names {
			put(boxes, m, name, missed[m])
			table.Rows = append(table.Rows, []string{boxes.X[i], name, fmt.Sprintf("%.2f", stat.Mean(missed[m], nil)), strconv.Itoa(rank), fmt.Sprintf("%.5f", stat.Mean(errs[m], nil))})
		}
	}
	return table, boxes, nil
}

// complete sets what was left open and refuses what cannot be.
func (o *WindowOptions) complete() error {
	if o.Spectra == nil {
		grid := make([]float64, 162)
		for i := range grid {
			grid[i] = 400 + 13*float64(i)
		}
		library, err := synth.NewLibrary("spectra", []synth.Class{synth.Vegetation, synth.Soil, synth.Mineral, synth.Water, synth.ManMade}, 6, &synth.LibraryOptions{Wavelength: grid, MinAngle: 0.1, Seed: o.Seed})
		if err != nil {
			return err
		}
		o.Spectra = library.Spectra
	}
	if o.Pixels == 0 {
		o.Pixels = 200
	}
	if o.Trials == 0 {
		o.Trials = 20
	}
	_, rank := o.Spectra.Dims()
	largest := windowSizes[len(windowSizes)-1]
	if o.Trials < 1 || o.Pixels < largest || o.Pixels < rank {
		return fmt.Errorf("%w: %d trials of %d pixels; at least 1 trial, and a pixel for each of %d spectra and of the largest window (%d)", ErrOptions, o.Trials, o.Pixels, rank, largest)
	}
	return nil
}

// purePixels draws abundances uniform on the simplex, but for pixel p[r], which is
// of component r alone.
type purePixels []int

// Draw implements [synth.Abundance].
func (p purePixels) Draw(rng *rand.Rand, atoms, rows, cols int) (*mat.Dense, error) {
	a, err := synth.Dirichlet{}.Draw(rng, atoms, rows, cols)
	if err != nil {
		return nil, err
	}
	for r, j := range p {
		for i := range atoms {
			a.Set(i, j, 0)
		}
		a.Set(r, j, 1)
	}
	return a, nil
}

// finding is what one method does in one trial.
type finding struct {
	name        string
	missed, err float64
}

// trial runs every method on one image.
func (o *WindowOptions) trial(ctx context.Context, db float64, seed uint64) ([]finding, error) {
	_, rank := o.Spectra.Dims()
	rng := rand.New(rand.NewPCG(seed, 0x77696e646f7773))
	pure := rng.Perm(o.Pixels)[:rank]
	index := make([]int, rank)
	for r := range index {
		index[r] = r
	}
	mix, err := synth.Mix(o.Spectra, index, &synth.MixOptions{Rows: o.Pixels, Cols: 1, Abundance: purePixels(pure), Noise: synth.SNR(db), Seed: seed})
	if err != nil {
		return nil, err
	}
	y := mix.Y
	var found []finding
	add := func(name string, k []int, relative float64) {
		found = append(found, finding{name, float64(rank) - hits(pure, k), relative})
	}
	s, err := matrix.SPA{}.Select(ctx, y, rank)
	if err != nil {
		return nil, err
	}
	a, err := matrix.NNLS(ctx, columnsOf(y, s.Index), y)
	if err != nil {
		return nil, err
	}
	add("spa", s.Index, a.RelativeError)
	begin := columnsOf(y, s.Index)
	begin.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, begin) // noise may have made a band negative
	start := cpd.Given{Factors: []*mat.Dense{begin, mat.DenseCopyOf(a.V.T())}}

	fit := func(algorithm dict.Algorithm, libraries []multidict.Library, first []int) ([]int, float64, error) {
		r, err := multidict.Decompose(ctx, tensor.FromMatrix(y), rank, []multidict.Mode{{N: 0, Libraries: libraries, Physical: true}},
			&dict.Options{Methods: []cpd.Method{cpd.NNLS{}, cpd.NNLS{}}, Algorithm: algorithm, Init: start, Seed: seed})
		if err != nil {
			return nil, 0, fmt.Errorf("%s: %w", algorithm.Name(), err)
		}
		k := make([]int, rank)
		for c, source := range r.Sources[0] {
			k[c] = first[source.Library] + source.Atom
		}
		return k, r.RelativeError, nil
	}
	for _, size := range append([]int{o.Pixels}, windowSizes[1:]...) {
		var libraries []multidict.Library
		var first []int
		if size == o.Pixels {
			d, err := dict.New(y, nil, nil)
			if err != nil {
				return nil, err
			}
			libraries, first = []multidict.Library{{Name: "all", Dict: d, Max: -1}}, []int{0}
		} else {
			if libraries, first, err = windows(y, pure, size); err != nil {
				return nil, err
			}
		}
		for _, algorithm := range []dict.Algorithm{dict.Hard{}, dict.Auto{}} {
			k, relative, err := fit(algorithm, libraries, first)
			if err != nil {
				return nil, err
			}
			name := algorithm.Name()
			if size < o.Pixels {
				name += "-" + strconv.Itoa(size)
			}
			add(name, k, relative)
		}
	}
	return found, nil
}

// hits is how many of the pure pixels are among k.
func hits(pure, k []int) (n float64) {
	for _, p := range pure {
		for _, j := range k {
			if j == p {
				n++
				break
			}
		}
	}
	return n
}

// windows are libraries of size neighbouring pixels, each from the pure one on or
// as far before it as the end of the image asks for, one atom taken from each.
func windows(y *mat.Dense, pure []int, size int) (libraries []multidict.Library, first []int, err error) {
	bands, pixels := y.Dims()
	for _, p := range pure {
		start := min(p, pixels-size)
		d, err := dict.New(y.Slice(0, bands, start, start+size), nil, nil)
		if err != nil {
			return nil, nil, err
		}
		libraries = append(libraries, multidict.Library{Name: fmt.Sprintf("pixels %d to %d", start, start+size-1), Dict: d, Min: 1, Max: 1})
		first = append(first, start)
	}
	return libraries, first, nil
}

// columnsOf is y(:, k).
func columnsOf(y *mat.Dense, k []int) *mat.Dense {
	rows, _ := y.Dims()
	sub := mat.NewDense(rows, len(k), nil)
	for r, j := range k {
		for i := range rows {
			sub.Set(i, r, y.At(i, j))
		}
	}
	return sub
}
