package splib

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Folder is what a folder of spectra holds.
type Folder struct {
	Grids    []*Grid // in the order of their first spectra
	Warnings []string
}

// Grid is a library: spectra of the same wavelengths.
type Grid struct {
	Name        string    // what the file of wavelengths calls it, or n and the number of bands
	Bands       int       // values of a spectrum
	Wavelengths []float64 // nil when there is no file of them
	Units       string    // of Wavelengths, as written
	Percent     bool      // the values are said to be in percent
	Spectra     []string  // their names, all different
	Files       []string
	Values      [][]float64 // Values[j] are those of spectrum j

	axis string // the file of wavelengths
}

const (
	maxDepth = 4       // of folders within folders
	maxFiles = 100_000 // more are no library
)

// Read reads the folder dir of fsys, and those within it. Files of wavelengths are also
// looked for in the two folders above it.
//
// Cost: all files are read.
func Read(fsys fs.FS, dir string) (*Folder, error) {
	w := &walk{fsys: fsys}
	if err := w.folder(dir, 0); err != nil {
		return nil, err
	}
	for range 2 {
		up := path.Dir(dir)
		if up == dir {
			break
		}
		dir = up
		if err := w.axesOf(dir); err != nil {
			return nil, err
		}
	}
	if len(w.spectra) == 0 {
		return nil, fmt.Errorf("%w: it has no .txt or .asc file with one or two columns of numbers", ErrFormat)
	}
	if err := w.gather(); err != nil {
		return nil, err
	}
	w.result.name()
	return &w.result, nil
}

// walk is what has been found so far.
type walk struct {
	fsys    fs.FS
	files   int
	spectra []*spectrum
	axes    []*spectrum // files of wavelengths
	result  Folder
}

func (w *walk) folder(dir string, depth int) error {
	entries, err := fs.ReadDir(w.fsys, dir)
	if err != nil {
		return fmt.Errorf("splib: %w", err)
	}
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() {
			if depth == maxDepth {
				return fmt.Errorf("%w: %s is more than %d folders deep", ErrFormat, name, maxDepth)
			}
			if err := w.folder(name, depth+1); err != nil {
				return err
			}
			continue
		}
		if !e.Type().IsRegular() || kind(e.Name()) == other {
			continue
		}
		if w.files++; w.files > maxFiles {
			return fmt.Errorf("%w: more than %d files", ErrFormat, maxFiles)
		}
		if err := w.file(name); err != nil {
			return err
		}
	}
	return nil
}

func (w *walk) file(name string) error {
	s, err := read(w.fsys, name)
	switch {
	case err != nil:
		return err
	case s == nil:
		w.result.Warnings = append(w.result.Warnings, name+": no column of numbers: left out")
	case kind(s.base) == axis && s.wavelengths == nil:
		w.axes = append(w.axes, s)
	default:
		w.spectra = append(w.spectra, s)
	}
	return nil
}

// axesOf takes the files of wavelengths that lie in a folder.
func (w *walk) axesOf(dir string) error {
	entries, err := fs.ReadDir(w.fsys, dir)
	if err != nil {
		return nil // a folder above need not be open to us
	}
	for _, e := range entries {
		if e.Type().IsRegular() && kind(e.Name()) == axis {
			if err := w.file(path.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// Kinds of files, by their names.
const (
	other = iota
	values
	axis
)

func kind(name string) int {
	name = strings.ToLower(name)
	if ext := path.Ext(name); ext != ".txt" && ext != ".asc" || strings.HasPrefix(name, ".") {
		return other
	}
	for _, word := range []string{"ancillary", "errorbar", "bandpass", "fwhm", "readme"} {
		if strings.Contains(name, word) {
			return other
		}
	}
	if strings.Contains(name, "wavelength") {
		return axis
	}
	return values
}

// gather puts spectra of the same wavelengths together.
func (w *walk) gather() error {
	type key struct {
		bands   int
		first   float64
		last    float64
		axis    string
		percent bool
	}
	grids := map[key][]*Grid{}
	for _, s := range w.spectra {
		g := &Grid{Bands: len(s.values), Wavelengths: s.wavelengths, Units: s.unit, Percent: s.percent}
		if s.wavelengths == nil {
			a, err := w.axis(s)
			if err != nil {
				return err
			}
			if a != nil {
				g.Wavelengths, g.Units, g.axis = a.values, a.unit, a.base
			}
		}
		k := key{bands: g.Bands, axis: g.axis, percent: g.Percent}
		if g.Wavelengths != nil {
			k.first, k.last = g.Wavelengths[0], g.Wavelengths[g.Bands-1]
		}
		at := slices.IndexFunc(grids[k], func(o *Grid) bool { return o.Units == g.Units && slices.Equal(o.Wavelengths, g.Wavelengths) })
		if at < 0 {
			at = len(grids[k])
			grids[k] = append(grids[k], g)
			w.result.Grids = append(w.result.Grids, g)
		}
		g = grids[k][at]
		g.Spectra, g.Files, g.Values = append(g.Spectra, s.name), append(g.Files, s.base), append(g.Values, s.values)
	}
	return nil
}

// axis is the file of wavelengths for a spectrum without: the one of as many numbers,
// of several the one whose instrument is in the spectrum's name.
func (w *walk) axis(s *spectrum) (*spectrum, error) {
	var fit, named []*spectrum
	for _, a := range w.axes {
		if len(a.values) != len(s.values) || slices.ContainsFunc(fit, func(f *spectrum) bool { return slices.Equal(f.values, a.values) }) {
			continue
		}
		fit = append(fit, a)
		if i := instrument(a.base); i != "" && strings.Contains(strings.ToUpper(s.base), i) {
			named = append(named, a)
		}
	}
	switch {
	case len(fit) == 0:
		return nil, nil
	case len(fit) == 1:
		return fit[0], nil
	case len(named) == 1:
		return named[0], nil
	}
	return nil, fmt.Errorf("%w: %s has %d values, and so have %s and %s; leave only its file of wavelengths", ErrFormat, s.base, len(s.values), fit[0].base, fit[1].base)
}

// instrument is the word behind Wavelengths_ in the name of a file, in capitals.
func instrument(base string) string {
	_, rest, _ := strings.Cut(strings.ToUpper(strings.TrimSuffix(base, path.Ext(base))), "WAVELENGTH")
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "S"), "_ -")
	if end := strings.IndexAny(rest, "_ "); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// name gives grids and spectra names that are all different.
func (f *Folder) name() {
	used := map[string]int{}
	for _, g := range f.Grids {
		if g.Name = instrument(g.axis); g.Name == "" {
			g.Name = fmt.Sprintf("n%d", g.Bands)
		}
		if used[g.Name]++; used[g.Name] > 1 {
			g.Name += fmt.Sprintf("_%d", used[g.Name])
		}
		if g.Wavelengths == nil {
			f.Warnings = append(f.Warnings, fmt.Sprintf("no file of %d wavelengths for %s and %d others: they have none", g.Bands, g.Files[0], len(g.Files)-1))
		}
		times := map[string]int{}
		for _, s := range g.Spectra {
			times[s]++
		}
		for j, s := range g.Spectra {
			if times[s] > 1 {
				g.Spectra[j] = fmt.Sprintf("%s (%s)", s, g.Files[j])
			}
		}
	}
}
