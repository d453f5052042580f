package main

import (
	"fmt"
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

// parseLibrary reads a value of --lib, or what follows "--dict MODE:"; errors begin with flag.
func parseLibrary(flag, text string) (librarySpec, error) {
	s := librarySpec{file: text, max: -1}
	if m := boundsSuffix.FindStringSubmatch(text); m != nil {
		s.file = strings.TrimSuffix(text, m[0])
		var err error
		if m[1] != "" {
			if s.min, err = strconv.Atoi(m[1]); err != nil {
				return s, usagef("%s%s: the lower bound is too large", flag, text)
			}
		}
		if m[2] != "" {
			if s.max, err = strconv.Atoi(m[2]); err != nil {
				return s, usagef("%s%s: the upper bound is too large", flag, text)
			}
			if s.min > s.max {
				return s, usagef("%s%s: the bounds %d..%d are empty; give MIN..MAX with MIN ≤ MAX", flag, text, s.min, s.max)
			}
		}
	}
	if m := namePrefix.FindStringSubmatch(s.file); m != nil {
		s.name, s.file = m[1], m[2]
	}
	if s.file == "" {
		return s, usagef("%s%q names no file; give [NAME=]FILE[:MIN..MAX]", flag, text)
	}
	return s, nil
}

// parseLibraries reads all values of a flag. Those without a name are called
// after their variable, else their file.
func parseLibraries(flag string, texts []string) ([]librarySpec, error) {
	var specs []librarySpec
	seen := map[string]bool{}
	for _, text := range texts {
		s, err := parseLibrary(flag, text)
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
			return nil, usagef("two libraries are called %s; give them names, as in %sother=%s", s.name, flag, s.file)
		}
		seen[s.name] = true
		specs = append(specs, s)
	}
	return specs, nil
}

// library is a library with what its file says beyond the spectra.
type library struct {
	unmix.Library
	rowNames []string  // of the rows, for when they turn out to be the spectra
	ignore   *float64  // the value that stands for no value
	widths   []float64 // of the bands in nanometres; nil when not known
	bad      []bool    // bands that the file marks as bad
	text     []format.Column
	fit      fitResult // how it was brought to the image
}

// readLibrary reads a library, spectra in columns unless only its size tells
// otherwise.
func (a *app) readLibrary(s librarySpec) (*library, error) {
	file, err := format.Open(s.file)
	if err != nil {
		return nil, fmt.Errorf("library %s: %w", s.name, err)
	}
	lib := &library{
		Library:  unmix.Library{Name: s.name, Names: file.Meta.Names, Min: s.min, Max: s.max},
		rowNames: file.Meta.RowNames, ignore: file.Meta.Ignore,
	}
	if columns := stays(file); columns != nil { // open for as long as the process lives
		lib.Source = columns
	} else {
		defer file.Close()
		if lib.Atoms, err = file.Matrix(); err != nil {
			return nil, fmt.Errorf("library %s: %w", s.name, err)
		}
	}
	if file.Meta.BandMode == 1 {
		lib.turn()
	}
	lib.name()
	if _, spectra := lib.Dims(); len(file.Meta.Text) > 0 && len(file.Meta.Text[0].Values) == spectra {
		lib.text = file.Meta.Text
	}
	if file.Meta.BandMode >= 0 {
		lib.Wavelengths, lib.bad = a.nanometres(file), file.Meta.BadBands
		if lib.Wavelengths != nil {
			lib.widths = file.Meta.WidthNanometres()
		}
	}
	if k := file.Meta.ScaleFactor; k != 0 && k != 1 {
		a.warn("library %s gives a reflectance scale factor of %g; its values are used as stored", s.name, k)
	}
	return lib, nil
}

// turn makes the rows the spectra.
func (lib *library) turn() {
	if c, ok := lib.Source.(*format.Columns); ok {
		lib.Source = c.T()
	} else {
		lib.Atoms = mat.DenseCopyOf(lib.Atoms.T())
	}
	lib.Names, lib.rowNames = lib.rowNames, lib.Names
	lib.name()
}

// name numbers the spectra when there is not a name for each. A name for each of
// those that stay in a file would take more room than is to be spared.
func (lib *library) name() {
	_, atoms := lib.Dims()
	if len(lib.Names) == atoms {
		return
	}
	lib.Names = nil
	if lib.Source != nil {
		return
	}
	for j := range atoms {
		lib.Names = append(lib.Names, fmt.Sprintf("%s %d", lib.Name, j))
	}
}

// turnTo turns the library when its columns have a wanted length and its rows
// have not.
func (a *app) turnTo(lib *library, wanted func(length int) bool) {
	rows, cols := lib.Dims()
	if wanted(rows) || !wanted(cols) || lib.Wavelengths != nil {
		return
	}
	lib.turn()
	a.warn("library %s is %d×%d: its rows are taken for spectra", lib.Name, rows, cols)
}

// take keeps these rows, in this order.
func (lib *library) take(rows []int) {
	lib.Wavelengths, lib.widths, lib.bad = pickValues(lib.Wavelengths, rows), pickValues(lib.widths, rows), nil
	if lib.Source != nil {
		lib.Source = someRows{lib.Source, rows}
		return
	}
	lib.Atoms = pick(lib.Atoms, rows)
}
