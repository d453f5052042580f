package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/tensor"
)

// methods are the updates that the flags ask for.
func (f cpdFlags) methods(order int) ([]cpd.Method, error) {
	nonnegative := make([]bool, order)
	switch {
	case f.nonneg == "":
	case f.nonneg == "all":
		for n := range nonnegative {
			nonnegative[n] = true
		}
	default:
		for _, text := range strings.Split(f.nonneg, ",") {
			n, err := strconv.Atoi(strings.TrimSpace(text))
			if err != nil || n < 0 || n >= order {
				return nil, usagef("--nonneg %q: give all, or modes from 0 to %d as 0,2", f.nonneg, order-1)
			}
			nonnegative[n] = true
		}
	}
	methods := make([]cpd.Method, order)
	for n, yes := range nonnegative {
		switch {
		case f.method == "als" && yes:
			return nil, usagef("--method als does not keep mode %d nonnegative; leave --method out, or give hals", n)
		case f.method == "hals" && !yes:
			return nil, usagef("--method hals makes factors nonnegative; give --nonneg all as well, or leave --method out")
		case f.method != "" && f.method != "als" && f.method != "hals":
			return nil, usagef("--method is %q; it is als or hals", f.method)
		case yes:
			methods[n] = cpd.HALS{}
		default:
			methods[n] = cpd.LeastSquares{}
		}
	}
	return methods, nil
}

// start is the Init that the flags ask for.
func (f cpdFlags) start(order, starts int) (cpd.Init, error) {
	if f.initFactors != "" && (f.init != "" || starts > 1) {
		return nil, usagef("--init-factors is one start; leave out --init and --starts")
	}
	if f.initFactors == "" {
		switch f.init {
		case "", "random":
			return cpd.Random{}, nil
		case "svd":
			return cpd.SVD{}, nil
		}
		return nil, usagef("--init is %q; it is random or svd", f.init)
	}
	names := strings.Split(f.initFactors, ",")
	if len(names) != order {
		return nil, usagef("--init-factors names %d files for a tensor of order %d", len(names), order)
	}
	var given cpd.Given
	for n, name := range names {
		file, err := format.Open(name)
		if err != nil {
			return nil, fmt.Errorf("--init-factors, mode %d: %w", n, err)
		}
		m, err := file.Matrix()
		file.Close()
		if err != nil {
			return nil, fmt.Errorf("--init-factors, mode %d: %w", n, err)
		}
		given.Factors = append(given.Factors, m)
	}
	return given, nil
}

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

// data is the tensor with its unknown cells marked as --missing says.
func (f cpdFlags) data(x *tensor.Dense) (tensor.Tensor, error) {
	switch {
	case f.missing == "":
		return x, nil
	case f.missing != "nan":
		return nil, usagef("--missing is %q; it is nan", f.missing)
	case len(f.dicts) > 0:
		return nil, usagef("--missing and --dict do not go together yet; fill the unknown entries first")
	}
	m := tensor.NewMaskedNaN(x)
	if m.KnownCells() == 0 {
		return nil, fmt.Errorf("every entry of the tensor is NaN")
	}
	return m, nil
}
