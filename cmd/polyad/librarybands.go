package main

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

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
		return nil, fmt.Errorf("library %s has %d bands, the image %d: give --bands FILE#VARIABLE with the library's rows that the image has, or wavelengths of both (%s)", lib.Library.Name, rows, s.bands, lacking(lib, s))
	}
	if rows == s.bands && len(s.kept) < s.bands {
		lib.take(s.kept)
	}
	if s.file == nil && !slices.IsSorted(lib.Wavelengths) {
		a.warn("the wavelengths of library %s are not in ascending order and those of the image are not known; the bands of both must be in the same order", lib.Library.Name)
	}
	return nil, nil
}

// wavelengths reads those of a flag, in nanometres.
func (a *app) wavelengths(flag, name string) ([]float64, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	defer file.Close()
	x, err := file.Dense()
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	list := &format.Array{Name: name, Meta: format.Meta{Wavelengths: x.Data()}}
	nm := a.nanometres(list)
	if nm == nil {
		return nil, fmt.Errorf("--%s %s holds %d numbers that are no wavelengths in nanometres (100 to 20000) or micrometres (0.1 to 20)", flag, name, len(x.Data()))
	}
	return nm, nil
}

// giveWavelengths gives them to the libraries that have none.
func (a *app) giveWavelengths(libraries []*library, name string) error {
	if name == "" {
		return nil
	}
	nm, err := a.wavelengths("lib-wavelengths", name)
	if err != nil {
		return err
	}
	for _, lib := range libraries {
		if lib.Wavelengths != nil {
			continue
		}
		a.turnTo(lib, func(length int) bool { return length == len(nm) })
		if rows, _ := lib.Dims(); rows != len(nm) {
			return fmt.Errorf("--lib-wavelengths %s holds %d; library %s has %d bands", name, len(nm), lib.Library.Name, rows)
		}
		lib.Wavelengths = nm
	}
	return nil
}

// lacking says what gives wavelengths where a file does not.
func lacking(lib *library, s *scene) string {
	switch {
	case lib.Wavelengths == nil && s.file == nil:
		return "--wavelengths and --lib-wavelengths give them to files without"
	case lib.Wavelengths == nil:
		return "--lib-wavelengths gives them to a library without"
	}
	return "--wavelengths gives them to an image without"
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
		lib.Source = resampled{lib.Source, r, lib.isDeleted}
		return r.Check()
	}
	lib.Atoms, err = r.Apply(lib.Atoms)
	return err
}

// resampled is a source whose spectra are brought to other bands as they are read.
type resampled struct {
	dict.Source
	by      *unmix.Resampling
	deleted func(v float64) bool // with a small weight they would pass for values
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
	for i, v := range room {
		if s.deleted(v) {
			room[i] = math.NaN()
		}
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
