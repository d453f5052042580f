package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
)

// modes reads the libraries of --dict.
func (a *app) modes(texts []string, dims []int) ([]multidict.Mode, error) {
	perMode := make([][]string, len(dims))
	for _, text := range texts {
		head, rest, ok := strings.Cut(text, ":")
		n, err := strconv.Atoi(head)
		if !ok || err != nil || n < 0 || n >= len(dims) {
			return nil, usagef("--dict %q: give MODE:[NAME=]FILE[:MIN..MAX], MODE from 0 to %d", text, len(dims)-1)
		}
		perMode[n] = append(perMode[n], rest)
	}
	var modes []multidict.Mode
	for n, texts := range perMode {
		if texts == nil {
			continue
		}
		specs, err := parseLibraries(texts)
		if err != nil {
			return nil, err
		}
		mode := multidict.Mode{N: n, Distinct: true}
		for _, spec := range specs {
			lib, err := a.atoms(spec, n, dims[n])
			if err != nil {
				return nil, err
			}
			mode.Libraries = append(mode.Libraries, *lib)
		}
		modes = append(modes, mode)
	}
	return modes, nil
}

// atoms reads a library for mode n of this size.
func (a *app) atoms(spec librarySpec, n, size int) (*multidict.Library, error) {
	lib, err := a.readLibrary(spec)
	if err != nil {
		return nil, err
	}
	a.turnTo(lib, func(length int) bool { return length == size })
	if rows, atoms := lib.Atoms.Dims(); rows != size {
		return nil, fmt.Errorf("library %s is %d×%d; atoms for mode %d are columns of %d", lib.Name, rows, atoms, n, size)
	}
	if err := lib.whole(); err != nil {
		return nil, err
	}
	d, err := dict.New(lib.Atoms, lib.Names, nil)
	if err != nil {
		return nil, fmt.Errorf("library %s: %w", lib.Name, err)
	}
	return &multidict.Library{Name: lib.Name, Dict: d, Min: lib.Min, Max: lib.Max}, nil
}
