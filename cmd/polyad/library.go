package main

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/unmix"
)

// librarySpec is [NAME=]FILE[:MIN..MAX].
type librarySpec struct {
	name, file string
	min, max   int // max −1: no bound
}

var (
	boundsSuffix = regexp.MustCompile(`:(\d*)\.\.(\d*)$`)
	namePrefix   = regexp.MustCompile(`^([^=/\\#]+)=(.+)$`)
)

// parseLibrary reads a value of --lib.
func parseLibrary(text string) (librarySpec, error) {
	s := librarySpec{file: text, max: -1}
	if m := boundsSuffix.FindStringSubmatch(text); m != nil {
		s.file = strings.TrimSuffix(text, m[0])
		var err error
		if m[1] != "" {
			if s.min, err = strconv.Atoi(m[1]); err != nil {
				return s, usagef("--lib %s: the lower bound is too large", text)
			}
		}
		if m[2] != "" {
			if s.max, err = strconv.Atoi(m[2]); err != nil {
				return s, usagef("--lib %s: the upper bound is too large", text)
			}
			if s.min > s.max {
				return s, usagef("--lib %s: the bounds %d..%d are empty; give MIN..MAX with MIN ≤ MAX", text, s.min, s.max)
			}
		}
	}
	if m := namePrefix.FindStringSubmatch(s.file); m != nil {
		s.name, s.file = m[1], m[2]
	}
	if s.file == "" {
		return s, usagef("--lib %q names no file; give [NAME=]FILE[:MIN..MAX]", text)
	}
	return s, nil
}

// parseLibraries reads all values of --lib. Those without a name are called
// after their variable, else their file.
func parseLibraries(texts []string) ([]librarySpec, error) {
	var specs []librarySpec
	seen := map[string]bool{}
	for _, text := range texts {
		s, err := parseLibrary(text)
		if err != nil {
			return nil, err
		}
		if s.name == "" {
			base := short(s.file)
			file, variable, _ := strings.Cut(base, "#")
			s.name = variable
			if variable == "" {
				s.name = strings.TrimSuffix(file, filepath.Ext(file))
			}
			if seen[s.name] {
				s.name = base
			}
		}
		if seen[s.name] {
			return nil, usagef("two libraries are called %s; give them names, as in --lib other=%s", s.name, s.file)
		}
		seen[s.name] = true
		specs = append(specs, s)
	}
	return specs, nil
}

// library is a library with what its file says beyond the spectra.
type library struct {
	unmix.Library
	rowNames []string // of the rows, for when they turn out to be the spectra
	ignore   *float64 // the value that stands for no value
}

// readLibrary reads a library, spectra in columns unless only its size tells
// otherwise.
func (a *app) readLibrary(s librarySpec) (*library, error) {
	file, err := format.Open(s.file)
	if err != nil {
		return nil, fmt.Errorf("library %s: %w", s.name, err)
	}
	defer file.Close()
	lib := &library{
		Library:  unmix.Library{Name: s.name, Names: file.Meta.Names, Min: s.min, Max: s.max},
		rowNames: file.Meta.RowNames, ignore: file.Meta.Ignore,
	}
	if lib.Atoms, err = file.Matrix(); err != nil {
		return nil, fmt.Errorf("library %s: %w", s.name, err)
	}
	if file.Meta.BandMode == 1 {
		lib.turn()
	}
	lib.name()
	if file.Meta.BandMode >= 0 {
		lib.Wavelengths = a.nanometres(file)
	}
	if k := file.Meta.ScaleFactor; k != 0 && k != 1 {
		a.warn("library %s gives a reflectance scale factor of %g; its values are used as stored", s.name, k)
	}
	return lib, nil
}

// turn makes the rows the spectra.
func (lib *library) turn() {
	lib.Atoms = mat.DenseCopyOf(lib.Atoms.T())
	lib.Names, lib.rowNames = lib.rowNames, lib.Names
	lib.name()
}

// name numbers the spectra when there is not a name for each.
func (lib *library) name() {
	_, atoms := lib.Atoms.Dims()
	if len(lib.Names) == atoms {
		return
	}
	lib.Names = nil
	for j := range atoms {
		lib.Names = append(lib.Names, fmt.Sprintf("%s %d", lib.Name, j))
	}
}

// turnTo turns the library when its columns have a wanted length and its rows
// have not.
func (a *app) turnTo(lib *library, wanted func(length int) bool) {
	rows, cols := lib.Atoms.Dims()
	if wanted(rows) || !wanted(cols) || lib.Wavelengths != nil {
		return
	}
	lib.turn()
	a.warn("library %s is %d×%d: its rows are taken for spectra", lib.Name, rows, cols)
}

// take keeps these rows, in this order.
func (lib *library) take(rows []int) {
	lib.Atoms, lib.Wavelengths = pick(lib.Atoms, rows), pickValues(lib.Wavelengths, rows)
}

// deleted is the size from which a value is no measurement: spectral libraries
// of the USGS mark deleted values by −1.23e34.
const deleted = 1e30

// whole refuses spectra with deleted values.
func (lib *library) whole() error {
	rows, atoms := lib.Atoms.Dims()
	first, broken := "", 0
	for j := range atoms {
		for b := range rows {
			v := lib.Atoms.At(b, j)
			if math.Abs(v) < deleted && (lib.ignore == nil || v != *lib.ignore) {
				continue
			}
			if broken++; broken == 1 {
				first = fmt.Sprintf("spectrum %d of library %s (%s) has no value in band %d (%.4g there)", j, lib.Name, lib.Names[j], b, v)
			}
			break
		}
	}
	if broken == 0 {
		return nil
	}
	return fmt.Errorf("%s; that is so for %d of its %d spectra: drop such bands (--drop), or write the whole spectra to a library of their own", first, broken, atoms)
}
