package multidict

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/tensor"
)

// Library is a dictionary with a name and bounds on how many components take
// their atoms from it.
type Library struct {
	Name     string
	Dict     *dict.Dictionary
	Min, Max int // Max −1: no bound
	// Tied has a dictionary for every mode of Mode.Tied, with as many atoms as Dict.
	Tied []*dict.Dictionary
}

// Mode ties one mode of the tensor to libraries. The other fields are those of
// dict.Mode.
type Mode struct {
	N         int
	Libraries []Library
	Match     dict.Match
	Distinct  bool
	Physical  bool
	Free      assign.Bound
	Apart     float64 // families are of one library each
	Tolerance float64
	Tied      []int // further modes that the choice decides, by Library.Tied
}

// Source says where an atom comes from.
type Source struct {
	Library int // index into Mode.Libraries
	Atom    int // index into that library
}

// Result of [Decompose].
type Result struct {
	dict.Result
	// Sources[n][r] is where component r has its atom of mode n from; nil for
	// a mode without libraries. Atoms count through all libraries of a mode.
	Sources [][]Source
}

// Decompose is dict.Decompose with the atoms of each mode taken from several
// libraries within their bounds. A bound that no choice can meet is an error
// wrapping dict.ErrBounds that names it.
func Decompose(ctx context.Context, x tensor.Tensor, rank int, modes []Mode, opts *dict.Options) (*Result, error) {
	joined, firsts, err := joinAll(modes, rank, len(x.Dims()))
	if err != nil {
		return nil, err
	}
	d, err := dict.Decompose(ctx, x, rank, joined, opts)
	if d == nil {
		return nil, err
	}
	r := &Result{Result: *d, Sources: make([][]Source, len(d.Atoms))}
	for n, atoms := range d.Atoms {
		for _, j := range atoms {
			r.Sources[n] = append(r.Sources[n], source(firsts[n], j))
		}
	}
	return r, err
}

// joinAll are the modes as package dict has them; firsts[n][l] is the index of the
// first atom of library l in the joined dictionary of mode n.
func joinAll(modes []Mode, rank, order int) (joined []dict.Mode, firsts [][]int, err error) {
	joined, firsts = make([]dict.Mode, len(modes)), make([][]int, order)
	for i := range modes {
		m, first, err := modes[i].join(rank)
		if err != nil {
			return nil, nil, fmt.Errorf("multidict: mode %d: %w", modes[i].N, err)
		}
		joined[i] = m
		for _, n := range append([]int{modes[i].N}, modes[i].Tied...) {
			if n >= 0 && n < len(firsts) {
				firsts[n] = first
			}
		}
	}
	return joined, firsts, nil
}

// source finds atom j of the joined dictionary; first[l] is the index there of
// the first atom of library l. No atom, −1, is of no library.
func source(first []int, j int) Source {
	if j < 0 {
		return Source{-1, -1}
	}
	l := len(first) - 1
	for first[l] > j {
		l--
	}
	return Source{l, j - first[l]}
}

// join puts the libraries side by side as one dictionary in groups. A single
// library without bounds is left as it is.
func (m *Mode) join(rank int) (dict.Mode, []int, error) {
	one := dict.Mode{N: m.N, Match: m.Match, Distinct: m.Distinct, Physical: m.Physical, Free: m.Free, Apart: m.Apart, Tolerance: m.Tolerance}
	if err := m.check(rank); err != nil {
		return one, nil, err
	}
	if l := m.Libraries[0]; len(m.Libraries) == 1 && l.Min <= 0 && l.Max < 0 {
		one.Dict = l.Dict
		for q, n := range m.Tied {
			one.Tied = append(one.Tied, dict.Tied{N: n, Dict: l.Tied[q]})
		}
		return one, []int{0}, nil
	}
	var first []int
	for g, l := range m.Libraries {
		first = append(first, len(one.Group))
		_, d := l.Dict.Dims()
		for range d {
			one.Group = append(one.Group, g)
		}
		one.Bounds = append(one.Bounds, assign.Bound{Min: l.Min, Max: l.Max})
	}
	var err error
	if one.Dict, err = m.sideBySide(func(l Library) *dict.Dictionary { return l.Dict }); err != nil {
		return one, nil, err
	}
	for q, n := range m.Tied {
		d, err := m.sideBySide(func(l Library) *dict.Dictionary { return l.Tied[q] })
		if err != nil {
			return one, nil, err
		}
		one.Tied = append(one.Tied, dict.Tied{N: n, Dict: d})
	}
	return one, first, nil
}

// sideBySide is one dictionary of those that of gives of the libraries.
func (m *Mode) sideBySide(of func(Library) *dict.Dictionary) (*dict.Dictionary, error) {
	var parts []*dict.Dictionary
	for _, l := range m.Libraries {
		parts = append(parts, of(l))
	}
	return dict.Join(parts)
}

// check names the library whose bounds cannot hold.
func (m *Mode) check(rank int) error {
	if len(m.Libraries) == 0 {
		return fmt.Errorf("%w: no libraries", dict.ErrOptions)
	}
	least, most := m.Free.Min, rank
	if m.Free.Max >= 0 {
		most = m.Free.Max
	}
	for i, l := range m.Libraries {
		if l.Dict == nil {
			return fmt.Errorf("%w: library %s has no dictionary", dict.ErrOptions, l.name(i))
		}
		rows, d := l.Dict.Dims()
		if first, _ := m.Libraries[0].Dict.Dims(); rows != first {
			return fmt.Errorf("%w: atoms of library %s have length %d, those of %s %d", dict.ErrShape, l.name(i), rows, m.Libraries[0].name(0), first)
		}
		if err := m.checkTied(i); err != nil {
			return err
		}
		if l.Min < 0 || l.Max < -1 || l.Max >= 0 && l.Min > l.Max {
			return fmt.Errorf("%w: library %s is bounded by %d..%d", dict.ErrBounds, l.name(i), l.Min, l.Max)
		}
		limit := rank
		if m.Distinct {
			limit = min(limit, d)
		}
		if l.Min > limit {
			return fmt.Errorf("%w: library %s is to give at least %d distinct atoms to %d components and has %d", dict.ErrBounds, l.name(i), l.Min, rank, d)
		}
		if l.Max >= 0 {
			limit = min(limit, l.Max)
		}
		least, most = least+l.Min, most+limit
	}
	if least > rank {
		return fmt.Errorf("%w: the lower bounds of the libraries and of free components add up to %d, more than %d components; raise the rank or lower a bound", dict.ErrBounds, least, rank)
	}
	if most < rank {
		return fmt.Errorf("%w: the libraries, and free components, give %d at most of %d components; lower the rank, raise a bound, or allow free components", dict.ErrBounds, most, rank)
	}
	return nil
}

// checkTied refuses tied dictionaries that do not fit the library.
func (m *Mode) checkTied(i int) error {
	l := m.Libraries[i]
	if len(l.Tied) != len(m.Tied) {
		return fmt.Errorf("%w: library %s has %d tied dictionaries for %d tied modes", dict.ErrShape, l.name(i), len(l.Tied), len(m.Tied))
	}
	_, d := l.Dict.Dims()
	for q, other := range l.Tied {
		if other == nil {
			return fmt.Errorf("%w: library %s has no dictionary for mode %d", dict.ErrOptions, l.name(i), m.Tied[q])
		}
		rows, count := other.Dims()
		if first, _ := m.Libraries[0].Tied[q].Dims(); rows != first || count != d {
			return fmt.Errorf("%w: library %s has %d atoms of length %d for mode %d; want %d of length %d", dict.ErrShape, l.name(i), count, rows, m.Tied[q], d, first)
		}
	}
	return nil
}

// name is how errors call library i.
func (l Library) name(i int) string {
	if l.Name != "" {
		return fmt.Sprintf("%q", l.Name)
	}
	return fmt.Sprint(i)
}
