package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/unmix"
)

// libraryFlags say how libraries are brought to an image and divided.
type libraryFlags struct {
	resample string
	scale    float64
	classes  string
	bounds   []string
}

func (f *libraryFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.resample, "resample", "auto", "libraries on other bands: gaussian, linear, auto (gaussian where theirs are narrower), nearest, or no")
	fl.Float64Var(&f.scale, "lib-scale", 1, "divide the libraries by this")
	fl.StringVar(&f.classes, "classes", "", "classes of spectra, each with the bounds of its library: name, a column of text, or FILE[#VARIABLE]")
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
	if err := f.check(); err != nil {
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

// matchBands finds the rows of a library that are the bands of the image: by the index of
// its rows if there is one, else by their number, else by wavelength. Where its bands are
// others it gives the resampling to all bands of the image.
func (a *app) matchBands(lib *library, s *scene, index []int, how string) (*unmix.Resampling, error) {
	if index != nil {
		if err := lib.takeIndex(index, s.bands); err != nil {
			return nil, err
		}
	}
	a.turnTo(lib, s.has)
	if lib.Wavelengths != nil && s.file != nil {
		plan, err := a.meetBands(lib, s, index != nil, how)
		if plan != nil || err != nil {
			return plan, err
		}
	}
	rows, _ := lib.Dims()
	if !s.has(rows) {
		return nil, fmt.Errorf("library %s has %d bands, the image %d: give --bands FILE#VARIABLE with the library's rows that the image has, or files of both that say their wavelengths (%s)", lib.Library.Name, rows, s.bands, lacking(lib, s))
	}
	if rows == s.bands && len(s.kept) < s.bands {
		lib.take(s.kept)
	}
	if s.file == nil && !slices.IsSorted(lib.Wavelengths) {
		a.warn("the wavelengths of library %s are not in ascending order and those of the image are not known; the bands of both must be in the same order", lib.Library.Name)
	}
	return nil, nil
}

// lacking says which of two files does not give wavelengths.
func lacking(lib *library, s *scene) string {
	switch {
	case lib.Wavelengths == nil && s.file == nil:
		return "neither does"
	case lib.Wavelengths == nil:
		return "the library's does not"
	}
	return "the image's does not"
}

// meeting is how the bands of a library become those of an image.
type meeting struct {
	rows    []int // of the library that are taken; nil: all, or plan says what becomes of them
	far     float64
	plan    *unmix.Resampling // to all bands of the image; nil: not resampled
	way     string            // gaussian or linear, where they are resampled
	derived []string          // of which of the two widths are derived
	against string            // why rows cannot be taken
}

// meeting matches by wavelength. Rows that are at the image's bands, to a fiftieth of
// their usual step, are taken as they are, unless they are of a much finer instrument.
func (lib *library) meeting(s *scene, how string) (m meeting, err error) {
	from := &unmix.Axis{Centers: lib.Wavelengths, Widths: lib.widths}
	to := &unmix.Axis{Centers: s.file, Widths: s.wide}
	near := quarterStep(s.file)
	given := how == "nearest" || how == "no"
	if !given {
		near /= 12.5
	}
	if given || !finer(from, to) {
		if m.rows, m.far, m.against = lib.meet(s.Wavelengths, near); m.against == "" || given {
			return m, nil
		}
	}
	if m.plan, m.way, err = resampling(from, to, how); err != nil {
		return m, fmt.Errorf("library %s: %w", lib.Library.Name, err)
	}
	if m.way == "gaussian" && lib.widths == nil {
		m.derived = append(m.derived, "library")
	}
	if m.way == "gaussian" && s.wide == nil {
		m.derived = append(m.derived, "image")
	}
	return m, nil
}

// words say how, as a part of a sentence.
func (m meeting) words() string {
	text := map[string]string{"gaussian": "by Gaussian responses", "linear": "linearly"}[m.way]
	if m.derived != nil {
		text += fmt.Sprintf("; no widths (FWHM) are given of %s, they are taken from the distances of bands", strings.Join(m.derived, " and "))
	}
	return text
}

// meetBands brings a library to the image by wavelength, as far as that is done by taking
// rows, and gives the resampling otherwise.
func (a *app) meetBands(lib *library, s *scene, settled bool, how string) (*unmix.Resampling, error) {
	name, old := lib.Library.Name, len(lib.Wavelengths)
	if settled { // the user's word counts for more than two headers'
		bands := s.file
		if old == len(s.kept) {
			bands = s.Wavelengths
		}
		if _, _, against := lib.meet(bands, quarterStep(s.file)); against != "" {
			a.warn("library %s has the rows that --bands names, though %s", name, against)
		}
		return nil, nil
	}
	lib.dropBad(a)
	m, err := lib.meeting(s, how)
	switch {
	case err != nil:
		return nil, err
	case m.plan != nil:
		lib.fit.Resampled, lib.fit.Derived = m.way, m.derived
		a.warn("library %s is resampled from %s to those of the image, %s", name, count(old, "band"), m.words())
		return m.plan, nil
	case m.against != "":
		return nil, fmt.Errorf("library %s has %s, the image %d, and %s: give --bands FILE#VARIABLE with the library's rows that the image has, or leave out --resample %s", name, count(old, "band"), s.bands, m.against, how)
	case m.rows != nil:
		if all, _, other := lib.meet(s.file, quarterStep(s.file)); all != nil || other != "" {
			lib.fit.Resampled = "nearest"
			a.warn("of the %d bands of library %s those %d nearest to the image's are taken, up to %.2g nm away", old, name, len(m.rows), m.far)
		}
		lib.take(m.rows)
	}
	return nil, nil
}

// resampling is the one that is asked for, and its name.
func resampling(from, to *unmix.Axis, how string) (plan *unmix.Resampling, way string, err error) {
	switch how {
	case "gaussian":
		plan, err = unmix.ResampleGaussian(from, to)
		return plan, how, err
	case "linear":
		plan, err = unmix.ResampleLinear(from, to)
		return plan, how, err
	}
	plan, linear, err := unmix.Resample(from, to)
	return plan, map[bool]string{true: "linear", false: "gaussian"}[linear], err
}

// finer says whether a library is of an instrument with bands less than half as wide as
// those that the image gives, so that rows at the same wavelengths are others.
func finer(library, image *unmix.Axis) bool {
	if image.Widths == nil {
		return false
	}
	middle := func(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }
	return middle(library.FWHM()) < 0.5*middle(image.Widths)
}

// dropBad leaves out the bands that the library's file marks as bad.
func (lib *library) dropBad(a *app) {
	rows, _ := lib.Dims()
	if len(lib.bad) != rows {
		return
	}
	var good []int
	for b, bad := range lib.bad {
		if !bad {
			good = append(good, b)
		}
	}
	if n := rows - len(good); n > 0 && len(good) > 0 {
		a.warn("%s that library %s marks as bad are left out", count(n, "band"), lib.Library.Name)
		lib.take(good)
	}
}

// resample brings the spectra to other bands.
func (lib *library) resample(r *unmix.Resampling) (err error) {
	lib.Wavelengths, lib.widths, lib.bad = nil, nil, nil
	if lib.Source != nil {
		lib.Source = resampled{lib.Source, r}
		return r.Check()
	}
	lib.Atoms, err = r.Apply(lib.Atoms)
	return err
}

// resampled is a source whose spectra are brought to other bands as they are read.
type resampled struct {
	dict.Source
	by *unmix.Resampling
}

func (s resampled) Dims() (rows, atoms int) {
	_, atoms = s.Source.Dims()
	rows, _ = s.by.Dims()
	return rows, atoms
}

func (s resampled) ReadColumns(dst []float64, first, n int) error {
	all, _ := s.Source.Dims()
	room := make([]float64, all*n)
	if err := s.Source.ReadColumns(room, first, n); err != nil {
		return err
	}
	s.by.ApplyTo(dst, room, n, n)
	return nil
}

// without drops bands of the image, by their numbers in its file.
func (s *scene) without(missing map[int]bool) error {
	if len(missing) == 0 {
		return nil
	}
	var at, kept []int
	for i, b := range s.kept {
		if !missing[b] {
			at, kept = append(at, i), append(kept, b)
		}
	}
	if kept == nil {
		return errors.New("the libraries have no band of the image in common; take those that have")
	}
	s.kept, s.Wavelengths, s.axis = kept, pickValues(s.Wavelengths, at), pickValues(s.axis, at)
	if s.Y != nil {
		s.Y = pick(s.Y, at)
	}
	return nil
}

// ranges writes bands of the image as ranges of wavelengths.
func (s *scene) ranges(bands []int) string {
	var parts []string
	for i := 0; i < len(bands); {
		j := i
		for j+1 < len(bands) && bands[j+1] == bands[j]+1 {
			j++
		}
		if text := fmt.Sprintf("%.5g to %.5g nm", s.file[bands[i]], s.file[bands[j]]); i < j {
			parts = append(parts, text)
		} else {
			parts = append(parts, fmt.Sprintf("%.5g nm", s.file[bands[i]]))
		}
		i = j + 1
	}
	return few(parts)
}

// bandName says which band of the image's file a used one is.
func (s *scene) bandName(used int) string {
	if s.Wavelengths == nil {
		return fmt.Sprintf("band %d", s.kept[used])
	}
	return fmt.Sprintf("band %d (%.5g nm)", s.kept[used], s.Wavelengths[used])
}

func reach(wavelengths []float64) string {
	lo, hi := extent(wavelengths)
	return fmt.Sprintf("%.5g to %.5g nm", lo, hi)
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
