package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/polyad/polyad/multidict"
)

// modes reads the libraries of --dict and what else is said of their modes.
func (a *app) modes(f cpdFlags, dims []int) ([]multidict.Mode, error) {
	var modes []multidict.Mode
	perMode := map[string][]string{}
	for _, text := range f.dicts {
		head, rest, ok := strings.Cut(text, ":")
		numbers, err := tiedModes(head, len(dims))
		if !ok || err != nil {
			return nil, usagef("--dict %q: give MODE:[NAME=]FILE[:MIN..MAX], MODE from 0 to %d, or MODE+MODE:[NAME=]FILE,FILE[:MIN..MAX]", text, len(dims)-1)
		}
		if perMode[head] == nil {
			modes = append(modes, multidict.Mode{N: numbers[0], Tied: numbers[1:], Distinct: true, Tolerance: f.tolerance})
		}
		perMode[head] = append(perMode[head], rest)
	}
	slices.SortStableFunc(modes, func(x, y multidict.Mode) int { return x.N - y.N })
	apart, err := parseAngle("apart", f.apart)
	if err != nil {
		return nil, err
	}
	for i := range modes {
		m := &modes[i]
		m.Apart = apart
		specs, err := parseLibraries("--dict "+headOf(*m)+":", perMode[headOf(*m)])
		if err != nil {
			return nil, err
		}
		for _, spec := range specs {
			lib, err := a.tiedAtoms(spec, *m, dims)
			if err != nil {
				return nil, err
			}
			m.Libraries = append(m.Libraries, *lib)
		}
	}
	return modes, f.freeComponents(modes)
}

// tiedModes reads MODE or MODE+MODE+….
func tiedModes(head string, order int) ([]int, error) {
	var numbers []int
	for _, one := range strings.Split(head, "+") {
		n, err := strconv.Atoi(one)
		if err != nil || n < 0 || n >= order {
			return nil, fmt.Errorf("no mode %q", one)
		}
		numbers = append(numbers, n)
	}
	return numbers, nil
}

// ties says whether modes are tied, for which the data are copied in any case.
func (f cpdFlags) ties() bool {
	return slices.ContainsFunc(f.dicts, func(text string) bool {
		head, _, _ := strings.Cut(text, ":")
		return strings.Contains(head, "+")
	})
}

// headOf is what --dict calls a mode.
func headOf(m multidict.Mode) string {
	head := strconv.Itoa(m.N)
	for _, n := range m.Tied {
		head += "+" + strconv.Itoa(n)
	}
	return head
}

// freeComponents enters what --free says.
func (f cpdFlags) freeComponents(modes []multidict.Mode) error {
	if len(modes) == 0 && (len(f.free) > 0 || f.apart != "" || f.tolerance != 0) {
		return usagef("--free, --apart and --tolerance are about modes with --dict; give one")
	}
	for _, text := range f.free {
		head, rest, _ := strings.Cut(text, ":")
		at := slices.IndexFunc(modes, func(m multidict.Mode) bool { return strconv.Itoa(m.N) == head })
		if at < 0 || rest == "" {
			return usagef("--free %q: give MODE:MIN..MAX, MODE with a --dict of its own", text)
		}
		var err error
		if modes[at].Free, err = parseBounds("free", rest); err != nil {
			return err
		}
	}
	return nil
}

// tiedAtoms reads a library for a mode and those tied to it.
func (a *app) tiedAtoms(spec librarySpec, m multidict.Mode, dims []int) (*multidict.Library, error) {
	files := []string{spec.file}
	if len(m.Tied) > 0 {
		files = strings.Split(spec.file, ",")
	}
	if len(files) != len(m.Tied)+1 {
		return nil, usagef("--dict %s:%s: give %d files, one for every mode that is tied", headOf(m), spec.file, len(m.Tied)+1)
	}
	var lib *multidict.Library
	for q, n := range append([]int{m.N}, m.Tied...) {
		spec.file = files[q]
		one, err := a.atoms(spec, n, dims[n])
		if err != nil {
			return nil, err
		}
		if q == 0 {
			lib = one
		} else {
			lib.Tied = append(lib.Tied, one.Dict)
		}
	}
	return lib, nil
}

// atoms reads a library for mode n of this size.
func (a *app) atoms(spec librarySpec, n, size int) (*multidict.Library, error) {
	lib, err := a.readLibrary(spec)
	if err != nil {
		return nil, err
	}
	a.turnTo(lib, func(length int) bool { return length == size })
	if rows, atoms := lib.Dims(); rows != size {
		return nil, fmt.Errorf("library %s is %d×%d; atoms for mode %d are columns of %d (modes count from 0)", lib.Name, rows, atoms, n, size)
	}
	if err := lib.whole(); err != nil {
		return nil, err
	}
	d, err := lib.dictionary()
	if err != nil {
		return nil, fmt.Errorf("library %s: %w", lib.Name, err)
	}
	return &multidict.Library{Name: lib.Name, Dict: d, Min: lib.Min, Max: lib.Max}, nil
}
