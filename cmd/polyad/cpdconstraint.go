package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
)

// constraintHelp is what --constraint may say.
const constraintHelp = `  nonnegative            the same as --nonneg; goes with any of the others but orthogonal and fixed
  box:LO:HI              entries between LO and HI; either may be inf or -inf
  simplex[:SUM]          nonnegative rows that sum to SUM (1)
  simplex-columns[:SUM]  nonnegative columns that sum to SUM (1)
  l1:WEIGHT              penalty WEIGHT × the sum of the magnitudes: few entries that are not zero
  l0:K, l0-rows:K        at most K entries of a column, of a row, that are not zero
  ball[:NORM], unit      columns of norm at most NORM (1), of norm 1
  smooth:WEIGHT          penalty WEIGHT/2 × the squares of the second differences along a column
  unimodal               columns with one peak
  monotone[:decreasing]  columns that never fall, or never rise
  orthogonal             orthonormal columns
  known:FILE[:0,2,…]     all columns of FILE are those of these components (the first); the others are free
  fixed                  the factor stays as --init-factors or --from gives it`

// wish is what the factor of one mode must be.
type wish struct {
	name        string // of --constraint, parameters left out; "" where there is none beyond the sign
	nonnegative bool
	fixed       bool
	known       *cpd.FixedColumns
	constraint  constraint.Constraint // nil: none beyond the sign
	direct      cpd.Method            // that solves it without iterations, if there is one
}

// wishes are those of --nonneg and --constraint, mode by mode.
func (f fitFlags) wishes(order int) ([]wish, error) {
	w := make([]wish, order)
	text := make([]string, order)
	if f.nonneg != "" {
		modes, err := parseModes(f.nonneg, order)
		if err != nil {
			return nil, usagef("--nonneg %q: %w", f.nonneg, err)
		}
		for _, n := range modes {
			w[n].nonnegative = true
		}
	}
	for _, one := range f.constraints {
		where, what, ok := strings.Cut(one, "=")
		if !ok {
			return nil, usagef("--constraint %q: give MODE=NAME[:PARAMETER…], as 0=unimodal", one)
		}
		modes, err := parseModes(where, order)
		if err != nil {
			return nil, usagef("--constraint %q: give MODE=NAME: for MODE, %w", one, err)
		}
		for _, n := range modes {
			switch {
			case what == "nonnegative":
				w[n].nonnegative = true
			case text[n] != "":
				return nil, usagef("--constraint: mode %d is to be %s and %s; give one of them, nonnegative may come with it", n, text[n], what)
			default:
				text[n] = what
			}
		}
	}
	for n := range w {
		if text[n] == "" {
			continue
		}
		if err := w[n].parse(text[n]); err != nil {
			return nil, usagef("--constraint %d=%s: %w", n, text[n], err)
		}
	}
	return w, nil
}

// parse reads NAME[:PARAMETER…]; whether the factor is to be nonnegative is known.
func (w *wish) parse(text string) error {
	var rest string
	w.name, rest, _ = strings.Cut(text, ":")
	if w.name == "known" {
		return w.parseKnown(rest)
	}
	p := &parameters{}
	if rest != "" {
		p.left = strings.Split(rest, ":")
	}
	switch w.name {
	case "box":
		b := constraint.Box{Lo: p.real(), Hi: p.real()}
		if w.nonnegative {
			b.Lo = max(0, b.Lo)
		}
		w.constraint = b
	case "simplex":
		w.constraint = constraint.Simplex{Sum: p.size(1)}
	case "simplex-columns":
		w.constraint = constraint.Simplex{Sum: p.size(1), ByColumn: true}
	case "l1":
		w.constraint = constraint.L1{Weight: p.size(0), Nonnegative: w.nonnegative}
	case "l0", "l0-rows":
		w.constraint = constraint.L0{K: p.count(), ByRow: w.name == "l0-rows", Nonnegative: w.nonnegative}
	case "ball":
		w.constraint = constraint.Ball{Radius: p.size(1), Nonnegative: w.nonnegative}
	case "unit":
		w.constraint = constraint.Sphere{Nonnegative: w.nonnegative}
	case "smooth":
		s := constraint.Smooth{Weight: p.size(0), Nonnegative: w.nonnegative}
		w.constraint = s
		if !w.nonnegative {
			w.direct = cpd.Smooth{Weight: s.Weight}
		}
	case "unimodal":
		w.constraint = constraint.Unimodal{Nonnegative: w.nonnegative}
	case "monotone":
		w.constraint = constraint.Monotone{Decreasing: p.word("decreasing"), Nonnegative: w.nonnegative}
	case "orthogonal":
		w.constraint, w.direct = constraint.Orthogonal{}, cpd.Orthogonal{}
	case "fixed":
		w.fixed = true
	default:
		return fmt.Errorf("there is no constraint %q; the names are in 'polyad cpd --help'", w.name)
	}
	if w.nonnegative && (w.fixed || w.name == "orthogonal") {
		return fmt.Errorf("it does not go together with nonnegative; leave the mode out of --nonneg")
	}
	return p.done()
}

// parseKnown reads FILE[:COMPONENT,…].
func (w *wish) parseKnown(text string) error {
	file, list := text, ""
	if at := strings.LastIndex(text, ":"); at >= 0 && strings.Trim(text[at+1:], "0123456789,") == "" {
		file, list = text[:at], text[at+1:]
	}
	if file == "" {
		return fmt.Errorf("give known:FILE[:COMPONENT,…]")
	}
	columns, err := readFactor(file)
	if err != nil {
		return err
	}
	k := &cpd.FixedColumns{Columns: columns}
	_, count := columns.Dims()
	if list == "" {
		for r := range count {
			k.Index = append(k.Index, r)
		}
	} else {
		for _, one := range strings.Split(list, ",") {
			r, err := strconv.Atoi(one)
			if err != nil {
				return fmt.Errorf("%q is no list of components; give numbers from 0 as 0,2", list)
			}
			k.Index = append(k.Index, r)
		}
		if len(k.Index) != count {
			return fmt.Errorf("columns in %s: %d, components in %q: %d; name one component for each column", file, count, list, len(k.Index))
		}
	}
	w.known = k
	return nil
}

// parameters are those of a constraint; the first that is wrong is remembered.
type parameters struct {
	left []string
	err  error
}

func (p *parameters) next(what string) string {
	if len(p.left) == 0 {
		p.fail("%s is missing; 'polyad cpd --help' shows what the constraint takes", what)
		return ""
	}
	text := p.left[0]
	p.left = p.left[1:]
	return text
}

func (p *parameters) fail(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// real is any number but NaN.
func (p *parameters) real() float64 {
	text := p.next("a bound")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(v) {
		p.fail("%q is no number", text)
	}
	return v
}

// size is a number above 0; absent stands for none given, 0 refuses that.
func (p *parameters) size(absent float64) float64 {
	if len(p.left) == 0 && absent != 0 {
		return absent
	}
	text := p.next("a number")
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || !(v > 0) || math.IsInf(v, 0) {
		p.fail("%q is no number above 0", text)
	}
	return v
}

// count is a number of entries.
func (p *parameters) count() int {
	text := p.next("a number of entries")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		p.fail("%q is no number of entries, 1 or more", text)
	}
	return n
}

// word says whether the one word that is possible was given.
func (p *parameters) word(word string) bool {
	if len(p.left) == 0 || p.left[0] != word {
		return false
	}
	p.left = p.left[1:]
	return true
}

// done is the first error, or what was left over.
func (p *parameters) done() error {
	if p.err == nil && len(p.left) > 0 {
		return fmt.Errorf("%q is one parameter too many", strings.Join(p.left, ":"))
	}
	return p.err
}
