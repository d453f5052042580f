package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/unmix"
)

// libraryFlags say how libraries are brought to an image and divided.
type libraryFlags struct {
	resample    string
	wavelengths string
	scale       float64
	classes     string
	bounds      []string
}

func (f *libraryFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.resample, "resample", "auto", "libraries on other bands: gaussian, linear, auto (of the two), nearest or no")
	fl.StringVar(&f.wavelengths, "lib-wavelengths", "", "FILE[#VARIABLE] with the wavelengths of libraries that do not say them, nm or µm")
	fl.Float64Var(&f.scale, "lib-scale", 1, "divide the libraries by this")
	fl.StringVar(&f.classes, "classes", "", "a library for every class of spectra: name, a column of text, or FILE[#VARIABLE]")
	fl.StringArrayVar(&f.bounds, "class", nil, "NAME:MIN..MAX, other bounds for a class; repeat for several")
}

func (f *libraryFlags) check() error {
	switch {
	case !slices.Contains([]string{"auto", "gaussian", "linear", "nearest", "no"}, f.resample):
		return usagef("--resample is %q; it is auto, gaussian, linear, nearest or no", f.resample)
	case !(f.scale > 0) || math.IsInf(f.scale, 0):
		return usagef("--lib-scale is %g; it is a positive number", f.scale)
	case f.bounds != nil && f.classes == "":
		return usagef("--class gives bounds to classes; say which they are with --classes")
	}
	return nil
}

// fitResult says how a library was brought to the bands of the image.
type fitResult struct {
	Name    string `json:"name"`
	Spectra int    `json:"spectra"`
	// Used are those that may be chosen; the others have deleted values or none but zeros.
	Used  int `json:"used"`
	Bands int `json:"bands"` // in its file
	// Resampled is how: gaussian, linear, nearest; "": its bands are the image's.
	Resampled string `json:"resampled,omitempty"`
	// Derived are the widths that were taken from the distances of bands: library, image.
	Derived []string `json:"widths_derived_of,omitempty"`
	Missing []int    `json:"image_bands_missing,omitempty"` // numbers in the image's file, dropped
}

// addLibraries brings the libraries to the bands of the image, which loses those that one
// of them has nothing for, and adds them to the problem.
func (a *app) addLibraries(p *unmix.Problem, libraries []*library, s *scene, index []int, f libraryFlags) error {
	if err := a.giveWavelengths(libraries, f.wavelengths); err != nil {
		return err
	}
	plans := make([]*unmix.Resampling, len(libraries)) // to all bands of the image
	missing := map[int]bool{}
	for l, lib := range libraries {
		_, lib.fit.Spectra = lib.Dims()
		lib.fit.Bands, _ = lib.Dims()
		lib.fit.Name = lib.Library.Name
		var err error
		if plans[l], err = a.matchBands(lib, s, index, f.resample); err != nil {
			return err
		}
		if plans[l] == nil {
			continue
		}
		for _, b := range plans[l].Missing {
			if slices.Contains(s.kept, b) {
				lib.fit.Missing = append(lib.fit.Missing, b)
				missing[b] = true
			}
		}
		if n := len(lib.fit.Missing); n > 0 {
			if n == len(s.kept) {
				return fmt.Errorf("library %s has none of the image's bands: they are at %s, its own at %s; are the units of both right?", lib.Library.Name, reach(s.Wavelengths), reach(lib.Wavelengths))
			}
			a.warn("library %s has nothing for %s of the image, which are dropped: %s", lib.Library.Name, count(n, "band"), s.ranges(lib.fit.Missing))
		}
	}
	before := slices.Clone(s.kept)
	if err := s.without(missing); err != nil {
		return err
	}
	for l, lib := range libraries {
		if err := a.finishLibrary(lib, plans[l], s, before, f.scale); err != nil {
			return err
		}
		s.fits = append(s.fits, lib.fit)
	}
	if f.classes == "" {
		for _, lib := range libraries {
			p.Libraries = append(p.Libraries, lib.Library)
		}
		return nil
	}
	return a.divide(p, libraries, f)
}

// finishLibrary brings the values of a library to the bands that are left, scales them, and
// leaves out spectra that have none there. before are the bands that it has by now, where
// it is not to be resampled.
func (a *app) finishLibrary(lib *library, plan *unmix.Resampling, s *scene, before []int, scale float64) error {
	if lib.Source == nil {
		lib.blank(scale)
	} else if scale != 1 {
		return usagef("--lib-scale: library %s is too large to be scaled; scale its file", lib.Library.Name)
	}
	switch {
	case plan != nil:
		if err := lib.resample(plan.Only(s.kept)); err != nil {
			return fmt.Errorf("library %s: %w", lib.Library.Name, err)
		}
	case len(before) > len(s.kept):
		var rows []int
		for at, b := range before {
			if slices.Contains(s.kept, b) {
				rows = append(rows, at)
			}
		}
		lib.take(rows)
	}
	return a.leaveOut(lib, s)
}

// few writes a list, or its beginning and how much more there is.
func few(list []string) string {
	const most = 6
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// blank makes deleted values NaN and divides the others.
func (lib *library) blank(scale float64) {
	rows, _ := lib.Dims()
	for b := range rows {
		for j, v := range lib.Atoms.RawRowView(b) {
			if lib.isDeleted(v) {
				v = math.NaN()
			}
			lib.Atoms.Set(b, j, v/scale)
		}
	}
}

// isDeleted says whether a value stands for none: far beyond any measurement, or the value
// that the file declares, however it was rounded.
func (lib *library) isDeleted(v float64) bool {
	if !(math.Abs(v) < deleted) {
		return true
	}
	return lib.ignore != nil && (v == *lib.ignore || math.Abs(v-*lib.ignore) <= 1e-6*math.Abs(*lib.ignore))
}

// leaveOut leaves out spectra without a value in some band, with nothing but zeros, and those
// that are none: errors and wavelengths that are kept as spectra. Libraries that stay in
// their file have to be whole.
func (a *app) leaveOut(lib *library, s *scene) error {
	bands, spectra := lib.Dims()
	if lib.Source != nil {
		lib.fit.Used = spectra
		return lib.whole()
	}
	var use, gone, notes []int
	first := ""
	for j := range spectra {
		v := mat.Col(nil, j, lib.Atoms)
		at := slices.IndexFunc(v, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
		zero := !slices.ContainsFunc(v, func(x float64) bool { return x != 0 })
		switch {
		case noSpectrum.MatchString(lib.spectrum(j)):
			notes = append(notes, j)
		case at >= 0 || zero:
			if gone = append(gone, j); first == "" && at >= 0 {
				first = fmt.Sprintf("the first, number %d (%s), has none at %s", j, lib.spectrum(j), s.bandName(at))
			} else if first == "" {
				first = fmt.Sprintf("the first, number %d (%s), is zero", j, lib.spectrum(j))
			}
		default:
			use = append(use, j)
		}
	}
	lib.fit.Used = len(use)
	name := lib.Library.Name
	if len(use) == 0 {
		return fmt.Errorf("none of the %d spectra of library %s has values in all of the %d bands used (%s): drop the bands where they have none with --drop LO-HI, or take another library", spectra, name, bands, first)
	}
	if len(notes) > 0 {
		a.warn("%d of the %d spectra of library %s are left out: by their names they are errors or wavelengths, as %q", len(notes), spectra, name, lib.spectrum(notes[0]))
	}
	if len(gone) > 0 {
		a.warn("%d of the %d spectra of library %s are left out: they have no values in some of the bands used (deleted, or zeros); %s", len(gone), spectra, name, first)
	}
	if len(use) < spectra {
		lib.Use = use
	}
	return nil
}
