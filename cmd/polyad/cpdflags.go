package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/tensor"
)

// fitFlags say what a fit is, for cpd and rank alike.
type fitFlags struct {
	nonneg      string
	constraints []string
	method      string
	missing     string
	exact       bool
	zeroBased   bool
}

func (f *fitFlags) add(cmd *cobra.Command) {
	fl := cmd.Flags()
	fl.StringVar(&f.nonneg, "nonneg", "", "nonnegative modes: all, or numbers from 0 as 0,2")
	fl.StringArrayVar(&f.constraints, "constraint", nil, "MODE=NAME[:PARAMETER…] what a factor must be, as in 'polyad cpd --help'; repeat for several")
	fl.StringVar(&f.method, "method", "", "how factors are improved, as in 'polyad cpd --help' (default: what suits each mode)")
	fl.StringVar(&f.missing, "missing", "", "unknown entries: nan (those that are NaN) or FILE, with 0 or False there; the others are fitted")
	fl.BoolVar(&f.exact, "exact", false, "with --missing: solve row by row, in fewer but dearer sweeps, where many entries are unknown")
	zeroBased(cmd, &f.zeroBased)
}

// parseModes reads all, or modes as 0,2.
func parseModes(text string, order int) ([]int, error) {
	var modes []int
	if text == "all" {
		for n := range order {
			modes = append(modes, n)
		}
		return modes, nil
	}
	for _, one := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(one))
		if err != nil || n < 0 || n >= order {
			return nil, fmt.Errorf("give all, or modes from 0 to %d as 0,2", order-1)
		}
		modes = append(modes, n)
	}
	return modes, nil
}

// readData reads a tensor. What float32 .npy holds stays as small as it is, and a list
// of entries stays one, unless somebody needs all of it in double precision.
func (f fitFlags) readData(name string, double bool, warn func(format string, args ...any)) (tensor.Tensor, error) {
	file, err := format.Reading{ZeroBased: f.zeroBased}.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var x tensor.Tensor
	switch {
	case !double && file.Stored() >= 0:
		x, err = file.Sparse()
	case !double && file.Format == "npy" && file.Type == "float32":
		x, err = file.Dense32()
	default:
		x, err = file.Dense()
	}
	for _, w := range file.Meta.Warnings {
		warn("%s: %s", file.Name, w)
	}
	if d, ok := x.(*tensor.Dense); ok && err == nil && f.missing == "nan" {
		blankCells(d.Data(), file.Meta.Ignore)
	}
	return x, err
}

// data is the tensor called name with its unknown cells marked as --missing says.
func (f fitFlags) data(name string, double bool, warn func(format string, args ...any)) (tensor.Tensor, error) {
	if f.missing == "" {
		if f.exact {
			return nil, usagef("--exact says how unknown entries are dealt with; it needs --missing")
		}
		return f.readData(name, double, warn)
	}
	x, err := f.readData(name, true, warn)
	if err != nil {
		return nil, err
	}
	m, err := f.masked(x.(*tensor.Dense))
	if err != nil {
		return nil, err
	}
	if m.KnownCells() == 0 {
		return nil, fmt.Errorf("--missing %s: every entry of the tensor is unknown", f.missing)
	}
	return m, nil
}

func (f fitFlags) masked(x *tensor.Dense) (*tensor.Masked, error) {
	if f.missing == "nan" {
		return tensor.NewMaskedNaN(x), nil
	}
	mask, err := readTensor(f.missing)
	if err != nil {
		return nil, fmt.Errorf("--missing (nan, or a file): %w", err)
	}
	if got, want := format.Sizes(mask.Dims()), format.Sizes(x.Dims()); got != want {
		return nil, fmt.Errorf("--missing: %s holds an array %s, and the tensor is %s", f.missing, got, want)
	}
	known := make([]bool, len(x.Data()))
	for i, v := range mask.Data() {
		known[i] = v != 0 && v == v // NaN is unknown too
	}
	return tensor.NewMasked(x, known), nil
}

// tellKnown says how much of the data is known, and warns of slices of which nothing is.
func (a *app) tellKnown(x tensor.Tensor) {
	m, ok := x.(*tensor.Masked)
	if !ok {
		return
	}
	if !a.common.quiet {
		all := 1
		for _, d := range m.Dims() {
			all *= d
		}
		fmt.Fprintf(a.stderr, "%d of %d entries are known\n", m.KnownCells(), all)
	}
	for n, slices := range m.UnknownSlices() {
		if len(slices) > 0 {
			a.warn("nothing is known of %s of mode %d, the first of them %d: their rows of factor %d mean nothing", count(len(slices), "slice"), n, slices[0], n)
		}
	}
}

// fitted is the data in the form that the fit is made to.
func (f fitFlags) fitted(x tensor.Tensor) tensor.Tensor {
	if m, ok := x.(*tensor.Masked); ok && f.exact {
		return m.Exact()
	}
	return x
}

// start is the Init that the flags ask for; from is the model of --from.
func (f cpdFlags) start(order, starts int, from *tensor.Kruskal) (cpd.Init, error) {
	switch {
	case from != nil && (f.init != "" || f.initFactors != "" || starts > 1):
		return nil, usagef("--from is one start; leave out --init, --init-factors and --starts")
	case f.initFactors != "" && (f.init != "" || starts > 1):
		return nil, usagef("--init-factors is one start; leave out --init and --starts")
	case from != nil:
		return cpd.From(from), nil
	case f.initFactors != "":
		return f.givenFactors(order)
	}
	switch f.init {
	case "", "random":
		return cpd.Random{}, nil
	case "svd":
		return cpd.SVD{}, nil
	case "gevd":
		return cpd.GEVD{}, nil
	}
	return nil, usagef("--init is %q; it is random, svd or gevd", f.init)
}

func (f cpdFlags) givenFactors(order int) (cpd.Init, error) {
	names := strings.Split(f.initFactors, ",")
	if len(names) != order {
		return nil, usagef("--init-factors names %d files for a tensor of order %d", len(names), order)
	}
	var given cpd.Given
	for n, name := range names {
		m, err := readFactor(name)
		if err != nil {
			return nil, fmt.Errorf("--init-factors, mode %d: %w", n, err)
		}
		given.Factors = append(given.Factors, m)
	}
	return given, nil
}

// readFactor reads a factor, or columns of one.
func readFactor(name string) (*mat.Dense, error) {
	file, err := format.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	m, err := file.Matrix()
	if err != nil {
		return nil, err
	}
	rows, cols := m.Dims()
	for i := range rows {
		for j := range cols {
			if v := m.At(i, j); math.IsNaN(v) || math.IsInf(v, 0) {
				return nil, fmt.Errorf("%s holds %g in row %d, column %d; a factor is made of finite numbers", file.Name, v, i, j)
			}
		}
	}
	return m, nil
}
