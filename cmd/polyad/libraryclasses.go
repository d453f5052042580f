package main

import (
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/report"
	"github.com/polyad/polyad/unmix"
)

// noSpectrum is the name of what spectral libraries keep among their spectra.
var noSpectrum = regexp.MustCompile(`(?i)^\s*(errors?( bars?)? to (the )?(preceding|previous)\b|(wavelengths?|resolution|bandpass)\b.*\b(microns?|micromet(er|re)s?|nanomet(er|re)s?|nm|um)\b)`)

// classResult is a class that spectra were chosen from.
type classResult struct {
	Name    string  `json:"name"`
	Spectra int     `json:"spectra"` // to choose from
	Chosen  int     `json:"chosen"`
	Mean    float64 `json:"mean_abundance"`
	from    int
}

// mergeResult is a spectrum that stands for others, which --prune left out.
type mergeResult struct {
	Library string       `json:"library"`
	Index   int          `json:"index"`
	Name    string       `json:"name"`
	Merged  []mergedAtom `json:"merged"`
	Chosen  bool         `json:"chosen"`
}

type mergedAtom struct {
	Index int    `json:"index"`
	Name  string `json:"name"`
}

// divide adds the classes of the libraries to the problem, in the order in which they come.
func (a *app) divide(p *unmix.Problem, libraries []*library, f libraryFlags) error {
	bounds := map[string]librarySpec{}
	for _, text := range f.bounds {
		m := boundsSuffix.FindStringIndex(text)
		if m == nil || m[0] == 0 {
			return usagef("--class %q: give NAME:MIN..MAX, as Alunite:1..2", text)
		}
		spec, err := parseLibrary("--lib ", "x"+text[m[0]:])
		if err != nil {
			return err
		}
		bounds[text[:m[0]]] = spec
	}
	var all []string
	for _, lib := range libraries {
		of, err := lib.classes(f.classes, len(libraries) == 1)
		if err != nil {
			return err
		}
		use := lib.Use
		if use == nil {
			for j := range of {
				use = append(use, j)
			}
		}
		members, order := map[string][]int{}, []string(nil)
		for _, j := range use {
			if members[of[j]] == nil {
				order = append(order, of[j])
			}
			members[of[j]] = append(members[of[j]], j)
		}
		all = append(all, order...)
		for _, class := range order {
			one := lib.Library
			one.Use = members[class]
			if one.Name = class; len(libraries) > 1 {
				one.Name = lib.Library.Name + "/" + class
			}
			for _, name := range []string{class, one.Name} {
				if b, ok := bounds[name]; ok {
					one.Min, one.Max = b.min, b.max
				}
			}
			p.Libraries = append(p.Libraries, one)
		}
	}
	for name := range bounds {
		if !slices.Contains(all, name) && !slices.ContainsFunc(p.Libraries, func(l unmix.Library) bool { return l.Name == name }) {
			for i := range all {
				all[i] = strconv.Quote(all[i])
			}
			return usagef("--class %q: there is no such class; there are %s", name, few(all))
		}
	}
	return nil
}

// classes are the classes of all spectra of a library.
func (lib *library) classes(how string, only bool) ([]string, error) {
	_, spectra := lib.Dims()
	if lib.Source != nil {
		return nil, usagef("--classes: library %s is too large to be divided; make a file of each class", lib.Library.Name)
	}
	if how == "name" {
		var of []string
		for j := range spectra {
			of = append(of, classOfName(lib.spectrum(j)))
		}
		return of, nil
	}
	var titles []string
	for k, c := range lib.text {
		if strings.EqualFold(c.Title, how) {
			return c.Values, nil
		}
		titles = append(titles, strconv.Quote(lib.text[k].Title))
	}
	if _, err := os.Stat(plain(how)); err != nil {
		has := "no column of text"
		if titles != nil {
			has = "the columns of text " + strings.Join(titles, ", ")
		}
		return nil, usagef("--classes %s: it is neither name, nor a file, nor a column of library %s, which has %s", how, lib.Library.Name, has)
	}
	if !only {
		return nil, usagef("--classes %s: a file names the classes of one library; put the libraries together, or give each class a --lib of its own", how)
	}
	of, err := format.Strings(how)
	if err != nil {
		return nil, fmt.Errorf("--classes: %w", err)
	}
	if len(of) != spectra {
		return nil, fmt.Errorf("--classes: %s names %d, library %s has %d spectra; give one name for each", how, len(of), lib.Library.Name, spectra)
	}
	return of, nil
}

// classOfName is the text before the first blank or underscore that is behind a letter, so
// that numbers at the beginning are part of it.
func classOfName(name string) string {
	name = strings.TrimSpace(name)
	letter := false
	for i, r := range name {
		if (r == ' ' || r == '_' || r == ',' || r == ';') && letter {
			return name[:i]
		}
		letter = letter || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || r > 127
	}
	return name
}

// classesOf are the classes that have spectra among the chosen.
func classesOf(p *unmix.Problem, r *unmix.Result) []classResult {
	list := []classResult{}
	for l := range p.Libraries {
		c := classResult{Name: p.LibraryName(l), Spectra: len(p.Libraries[l].Use), from: l}
		for k, at := range r.Atoms {
			if at.Library == l {
				mean, _, _, _ := share(r.Abundances, k)
				c.Chosen++
				c.Mean += mean
			}
		}
		if c.Chosen > 0 {
			list = append(list, c)
		}
	}
	slices.SortStableFunc(list, func(a, b classResult) int {
		switch {
		case a.Mean > b.Mean:
			return -1
		case a.Mean < b.Mean:
			return 1
		}
		return 0
	})
	return list
}

// classAbundances has a row for every class: the sum of its spectra's.
func classAbundances(classes []classResult, p *unmix.Problem, r *unmix.Result) *mat.Dense {
	_, pixels := r.Abundances.Dims()
	sum := mat.NewDense(max(1, len(classes)), pixels, nil)
	for k, c := range classes {
		for at, atom := range r.Atoms {
			if atom.Library != c.from {
				continue
			}
			for j, v := range r.Abundances.RawRowView(at) {
				sum.Set(k, j, sum.At(k, j)+v)
			}
		}
	}
	return sum
}

// mergesOf are what pruning merged, with names.
func mergesOf(p *unmix.Problem, r *unmix.Result) []mergeResult {
	var list []mergeResult
	for _, m := range r.Merges {
		one := mergeResult{Library: p.LibraryName(m.Library), Index: m.Kept, Name: m.Name}
		for _, j := range m.Merged {
			name := fmt.Sprintf("atom %d", j)
			if m.Library == len(p.Libraries) {
				name = fmt.Sprintf("pixel %d", j)
			} else if names := p.Libraries[m.Library].Names; j < len(names) {
				name = names[j]
			}
			one.Merged = append(one.Merged, mergedAtom{j, name})
		}
		one.Chosen = slices.ContainsFunc(r.Atoms, func(at unmix.Atom) bool { return at.Library == m.Library && at.Index == m.Kept })
		list = append(list, one)
	}
	return list
}

// tellPruned warns of near duplicates, in one line where there are many libraries.
func (a *app) tellPruned(p *unmix.Problem, r *unmix.Result) {
	total, of := 0, 0
	for _, n := range r.Pruned {
		total, of = total+n, of+min(n, 1)
	}
	if of > 3 {
		a.warn("%d spectra of %d libraries are left out as near duplicates of others in theirs", total, of)
		return
	}
	for l, n := range r.Pruned {
		if n > 0 {
			a.warn("%d spectra of library %s are left out as near duplicates", n, p.LibraryName(l))
		}
	}
}

// classTable has a line for every class; nil without any.
func (r *result) classTable() *report.Table {
	if len(r.Classes) == 0 {
		return nil
	}
	t := &report.Table{Columns: []string{"class", "spectra", "chosen", "mean abundance"}}
	for _, c := range r.Classes {
		t.Rows = append(t.Rows, []string{c.Name, strconv.Itoa(c.Spectra), strconv.Itoa(c.Chosen), fmt.Sprintf("%.3f", c.Mean)})
	}
	return t
}

// mergeTable has a line for every chosen spectrum that stands for others; nil without any.
func (r *result) mergeTable() *report.Table {
	t := &report.Table{Columns: []string{"spectrum", "stands for", "which"}}
	for _, m := range r.Merges {
		if !m.Chosen {
			continue
		}
		var names []string
		for _, o := range m.Merged {
			names = append(names, o.Name)
		}
		t.Rows = append(t.Rows, []string{m.Name, count(len(names), "other"), few(names)})
	}
	if t.Rows == nil {
		return nil
	}
	return t
}

// printLibraries writes both as text.
func (r *result) printLibraries(w io.Writer) error {
	for _, t := range []*report.Table{r.classTable(), r.mergeTable()} {
		if t == nil {
			continue
		}
		fmt.Fprintln(w)
		if err := t.WriteText(w); err != nil {
			return err
		}
	}
	return nil
}

// sectionsOfLibraries are both as parts of the report.
func (r *result) sectionsOfLibraries() []report.Section {
	var list []report.Section
	if t := r.classTable(); t != nil {
		list = append(list, report.Section{Heading: "Classes", Text: []string{"Classes that spectra were chosen from, the abundances of their spectra added up."}, Table: t})
	}
	if t := r.mergeTable(); t != nil {
		list = append(list, report.Section{Heading: "Near duplicates", Text: []string{"Chosen spectra that stand for others as well, which --prune left out as too similar."}, Table: t})
	}
	return list
}
