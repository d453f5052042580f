package main

import (
	"fmt"
	"io"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

// libraryResult is what info says of a library beyond what it says of any file.
type libraryResult struct {
	Spectra  int `json:"spectra"`
	Complete int `json:"complete"` // spectra without deleted values
	// Of the first file's bands, without those that it marks as bad.
	Bands   int     `json:"bands_compared,omitempty"`
	Inside  int     `json:"bands_inside,omitempty"` // the range of the library
	Met     int     `json:"bands_met,omitempty"`    // by a band of the library's, within Near
	Near    float64 `json:"near_nm,omitempty"`      // a quarter of the usual step
	Outside []nm    `json:"outside,omitempty"`      // ranges of those that are not inside
	Fit     string  `json:"brought_by,omitempty"`   // how unmix brings it to those bands
}

// nm is a range of wavelengths in nanometres.
type nm struct {
	From float64 `json:"from_nm"`
	To   float64 `json:"to_nm"`
}

// imageBands are the bands that libraries are compared with.
type imageBands struct {
	number int       // of all, 0 when not known
	good   []float64 // wavelengths in nanometres of those not marked as bad; nil when not known
	wide   []float64 // their widths; nil when not known
}

// bandsOf are the bands of an image: the last size of a cube, those that the file names
// of a matrix.
func (a *app) bandsOf(file *format.Array) imageBands {
	b := imageBands{}
	m := file.Meta
	switch {
	case len(file.Dims) == 3:
		b.number = file.Dims[2]
	case m.BandMode >= 0:
		b.number = file.Dims[m.BandMode]
	}
	wide := m.WidthNanometres()
	for i, w := range a.nanometres(file) {
		if len(m.BadBands) == 0 || !m.BadBands[i] {
			b.good = append(b.good, w)
			if wide != nil {
				b.wide = append(b.wide, wide[i])
			}
		}
	}
	return b
}

// describeLibrary reads a library and says how alike its spectra are and how its bands
// go with those of the image.
func (a *app) describeLibrary(spec librarySpec, image imageBands) (*infoResult, error) {
	lib, err := a.readLibrary(spec)
	if err != nil {
		return nil, err
	}
	file, err := format.Open(spec.file)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	r := &infoResult{File: spec.file}
	a.describeArray(r, file)
	r.Names = lib.Names
	bands, spectra := lib.Dims()
	r.Library = &libraryResult{Spectra: spectra, Complete: spectra}
	if lib.Source != nil {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d spectra are too many to compare with each other", spectra))
	} else if err := r.compare(lib); err != nil {
		r.Warnings = append(r.Warnings, err.Error())
	}
	switch {
	case lib.Wavelengths != nil && image.good != nil:
		r.Library.meet(lib.Wavelengths, image.good)
		share := float64(r.Library.Inside) / float64(r.Library.Bands)
		r.Overlap = &share
		m, err := lib.meeting(&scene{file: image.good, wide: image.wide, Image: unmix.Image{Wavelengths: image.good}}, "auto")
		switch {
		case err != nil:
			return nil, err
		case m.plan != nil:
			r.Library.Fit = "resampled " + m.words()
		case m.rows != nil:
			r.Library.Fit = "the nearest bands"
		default:
			r.Library.Fit = "as they are"
		}
	case image.number > 0 && image.number != bands:
		r.Warnings = append(r.Warnings, fmt.Sprintf("it has %d bands, the first file %d, and wavelengths are not known of both", bands, image.number))
	}
	return r, nil
}

// compare finds the two most similar of the complete spectra.
func (r *infoResult) compare(lib *library) error {
	bands, spectra := lib.Dims()
	var whole []int
	for j := range spectra {
		good := true
		for b := range bands {
			v := lib.Atoms.At(b, j)
			good = good && math.Abs(v) < deleted && (lib.ignore == nil || v != *lib.ignore)
		}
		if good {
			whole = append(whole, j)
		}
	}
	r.Library.Complete = len(whole)
	if len(whole) == 0 {
		return nil
	}
	atoms, names := mat.NewDense(bands, len(whole), nil), make([]string, len(whole))
	for to, j := range whole {
		for b := range bands {
			atoms.Set(b, to, lib.Atoms.At(b, j))
		}
		names[to] = lib.spectrum(j)
	}
	d, err := dict.New(atoms, names, nil)
	if err != nil {
		return err
	}
	mu, i, j := d.Coherence()
	r.Coherence = &mu
	if i >= 0 {
		r.Closest = []string{d.Name(i), d.Name(j)}
	}
	return nil
}

// meet counts the image's bands that the library has.
func (l *libraryResult) meet(library, image []float64) {
	lo, hi := extent(library)
	l.Bands, l.Near = len(image), quarterStep(image)
	sorted := slices.Sorted(slices.Values(library))
	open := false // the last band was outside
	for _, w := range slices.Sorted(slices.Values(image)) {
		at, _ := slices.BinarySearch(sorted, w)
		distance := math.Inf(1)
		for _, k := range []int{at - 1, at} {
			if k >= 0 && k < len(sorted) {
				distance = min(distance, math.Abs(sorted[k]-w))
			}
		}
		if distance <= l.Near {
			l.Met++
		}
		inside := lo <= w && w <= hi
		switch {
		case inside:
			l.Inside++
		case open:
			l.Outside[len(l.Outside)-1].To = w
		default:
			l.Outside = append(l.Outside, nm{w, w})
		}
		open = !inside
	}
}

// quarterStep is how far a band of the library may be from one of the image: a quarter
// of the usual step between the image's.
func quarterStep(bands []float64) float64 {
	sorted := slices.Sorted(slices.Values(bands))
	steps := make([]float64, 0, len(bands))
	for b := 1; b < len(sorted); b++ {
		steps = append(steps, sorted[b]-sorted[b-1])
	}
	if len(steps) == 0 {
		return 1
	}
	slices.Sort(steps)
	return steps[len(steps)/2] / 4
}

// printLibrary writes it as text.
func (r *infoResult) printLibrary(w io.Writer) {
	l := r.Library
	if l.Complete < l.Spectra {
		fmt.Fprintf(w, "  %d of %d spectra are complete; the others have deleted values\n", l.Complete, l.Spectra)
	}
	if r.Coherence != nil {
		fmt.Fprintf(w, "  coherence: %.6f", *r.Coherence)
		if r.Closest != nil {
			fmt.Fprintf(w, " (%.2f° between %s and %s)", math.Acos(*r.Coherence)*180/math.Pi, r.Closest[0], r.Closest[1])
		}
		fmt.Fprintln(w)
	}
	if r.Overlap != nil {
		fmt.Fprintf(w, "  covers %.3g %% of the first file's bands: %d of %d not marked as bad; %d have one of the library's within %.2g nm\n",
			100**r.Overlap, l.Inside, l.Bands, l.Met, l.Near)
		fmt.Fprintf(w, "  unmix takes its bands: %s\n", l.Fit)
		for _, o := range l.Outside {
			fmt.Fprintf(w, "  outside: %g to %g nm\n", o.From, o.To)
		}
	}
}
