package dict

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// Tied is a further mode that the choice of a [Mode] decides: a component with atom j
// there has atom j of Dict here.
type Tied struct {
	N    int
	Dict *Dictionary
}

// tie is the problem with tied modes merged into one: atoms d ⊗ e of length I·J, and the
// data with both indices as one. It is the same problem, for a component's columns in
// the modes merged are a column of rank one in the merged mode, and atoms are that by
// themselves. Memory: I·J·d numbers for the atoms, and a copy of the data unless modes
// are tied in the order in which they lie, one after the other.
type tie struct {
	given  []Mode
	groups [][]int // groups[q] are the modes that mode q of the merged data is made of
	modes  []Mode  // as package-wide code has them
	opts   Options
}

// isTied says whether any mode decides another.
func isTied(modes []Mode) bool {
	for i := range modes {
		if len(modes[i].Tied) > 0 {
			return true
		}
	}
	return false
}

// decomposeTied is Decompose where modes are tied.
func decomposeTied(ctx context.Context, x tensor.Tensor, rank int, modes []Mode, opts *Options) (*Result, error) {
	t, err := newTie(x.Dims(), modes, opts)
	if err != nil {
		return nil, err
	}
	if x, err = gather(x); err != nil {
		return nil, err
	}
	y, err := merge(x, t.groups)
	if err != nil {
		return nil, err
	}
	r, err := Decompose(ctx, y, rank, t.modes, &t.opts)
	if r == nil {
		return nil, err
	}
	t.split(r, x.Dims())
	return r, err
}

func newTie(dims []int, modes []Mode, opts *Options) (*tie, error) {
	t := &tie{given: modes}
	if opts != nil {
		t.opts = *opts
	}
	with := make([][]int, len(dims)) // with[n]: the modes merged into n, n first
	for n := range dims {
		with[n] = []int{n}
	}
	for i := range modes {
		m := &modes[i]
		if m.N < 0 || m.N >= len(dims) || m.Dict == nil {
			return nil, fmt.Errorf("%w: mode %d of a tensor of order %d, with a dictionary, is what others can be tied to", ErrOptions, m.N, len(dims))
		}
		if len(m.Tied) > 0 {
			if err := m.Dict.inMemory("a tied mode"); err != nil {
				return nil, err
			}
		}
		if len(m.Tied) > 0 && m.Tolerance != 0 {
			return nil, fmt.Errorf("%w: a column near a product of tied atoms is no product; give mode %d no Tolerance, or a dictionary without Tied", ErrOptions, m.N)
		}
		if len(m.Tied) > 0 && m.PerComponent > 1 {
			return nil, fmt.Errorf("%w: mode %d asks for %d atoms per component, and sums of tied atoms are of no single component; use as many components", ErrOptions, m.N, m.PerComponent)
		}
		for _, other := range m.Tied {
			if err := m.checkTied(other, dims, with); err != nil {
				return nil, err
			}
			if err := other.Dict.inMemory("a tied mode"); err != nil {
				return nil, err
			}
			with[m.N], with[other.N] = append(with[m.N], other.N), nil
		}
	}
	at := make([]int, len(dims)) // of the merged data
	for n, group := range with {
		if group == nil {
			continue
		}
		at[n] = len(t.groups)
		t.groups = append(t.groups, group)
	}
	if err := t.mergeOptions(len(dims)); err != nil {
		return nil, err
	}
	seen := make([]bool, len(dims))
	for i := range modes {
		m := modes[i]
		if seen[m.N] || with[m.N] == nil {
			return nil, fmt.Errorf("%w: two dictionaries for mode %d; put their atoms into one, in groups", ErrOptions, m.N)
		}
		seen[m.N] = true
		if len(m.Tied) > 0 {
			d, err := m.product()
			if err != nil {
				return nil, err
			}
			for _, n := range t.groups[at[m.N]] {
				m.shape = append(m.shape, dims[n])
				m.signs = append(m.signs, !t.nonnegative(opts, n))
			}
			m.Dict = d
		}
		m.N, m.Tied = at[m.N], nil
		t.modes = append(t.modes, m)
	}
	return t, nil
}

// checkTied refuses a mode that cannot be tied to m.
func (m *Mode) checkTied(other Tied, dims []int, with [][]int) error {
	if other.Dict == nil || other.N < 0 || other.N >= len(dims) || other.N == m.N {
		return fmt.Errorf("%w: mode %d of a tensor of order %d cannot be tied to mode %d; name another mode and its dictionary", ErrOptions, other.N, len(dims), m.N)
	}
	if len(with[other.N]) != 1 || with[m.N] == nil {
		return fmt.Errorf("%w: mode %d, tied to mode %d, is tied to another as well; put all into one Tied", ErrOptions, other.N, m.N)
	}
	_, atoms := m.Dict.Dims()
	rows, count := other.Dict.Dims()
	if rows != dims[other.N] {
		return fmt.Errorf("%w: tied atoms have length %d, mode %d has size %d", ErrShape, rows, other.N, dims[other.N])
	}
	if count != atoms {
		return fmt.Errorf("%w: mode %d has %d atoms, mode %d tied to it %d; an atom of the one goes with the same of the other", ErrShape, m.N, atoms, other.N, count)
	}
	return nil
}

// product is the dictionary of the atoms d_j ⊗ e_j ⊗ …
func (m *Mode) product() (*Dictionary, error) {
	all := []*mat.Dense{m.Dict.atoms}
	for _, other := range m.Tied {
		all = append(all, other.Dict.atoms)
	}
	return New(tensor.KhatriRao(all...), m.Dict.names, nil)
}

// mergeOptions brings methods and given starts to the merged modes.
func (t *tie) mergeOptions(order int) error {
	given := t.opts.Methods
	if len(given) > order {
		return fmt.Errorf("%w: %d methods for a tensor of order %d", ErrOptions, len(given), order)
	}
	t.opts.Methods = make([]cpd.Method, len(t.groups))
	for q, group := range t.groups {
		if len(group) > 1 {
			for _, n := range group {
				if n < len(given) && given[n] != nil && !solvable(given[n]) {
					return fmt.Errorf("%w: tied mode %d has the method %T; the columns of tied modes are atoms, or free or nonnegative: use LeastSquares or HALS", ErrOptions, n, given[n])
				}
			}
			t.opts.Methods[q] = cpd.LeastSquares{}
			if all(group, func(n int) bool { return n < len(given) && given[n] != nil && given[n].Nonnegative() }) {
				t.opts.Methods[q] = cpd.HALS{}
			}
		} else if group[0] < len(given) {
			t.opts.Methods[q] = given[group[0]]
		}
	}
	start, ok := t.opts.Init.(cpd.Given)
	if !ok {
		return nil
	}
	if len(start.Factors) != order {
		return fmt.Errorf("%w: %d starting factors for a tensor of order %d", cpd.ErrShape, len(start.Factors), order)
	}
	var merged []*mat.Dense
	for _, group := range t.groups {
		var of []*mat.Dense
		for _, n := range group {
			of = append(of, start.Factors[n])
		}
		merged = append(merged, tensor.KhatriRao(of...))
	}
	t.opts.Init = cpd.Given{Factors: merged}
	return nil
}

// nonnegative says whether the method given for mode n is.
func (*tie) nonnegative(opts *Options, n int) bool {
	return opts != nil && n < len(opts.Methods) && opts.Methods[n] != nil && opts.Methods[n].Nonnegative()
}

func all(of []int, f func(n int) bool) bool {
	for _, n := range of {
		if !f(n) {
			return false
		}
	}
	return true
}

// split takes the modes of a result apart again.
func (t *tie) split(r *Result, dims []int) {
	model, factors, atoms := make([]*mat.Dense, len(dims)), make([]*mat.Dense, len(dims)), make([][]int, len(dims))
	for q, group := range t.groups {
		if len(group) == 1 {
			model[group[0]], factors[group[0]], atoms[group[0]] = r.Model.Factors[q], r.Factors[q], r.Atoms[q]
			continue
		}
		dicts := t.dictionaries(group)
		physical := t.physical(group[0])
		parts := apart(r.Factors[q], dims, group)
		for i, n := range group {
			atoms[n] = append([]int(nil), r.Atoms[q]...)
			model[n], factors[n] = mat.DenseCopyOf(parts[i]), parts[i]
			dicts[i].columnsTo(model[n], atoms[n], false)
			dicts[i].columnsTo(factors[n], atoms[n], physical)
			for c, j := range atoms[n] {
				if j < 0 {
					unitColumn(model[n], c)
				}
			}
		}
	}
	r.Model.Factors, r.Factors, r.Atoms = model, factors, atoms
	r.Distances = spreadOver(r.Distances, t.groups, len(dims))
	r.Combinations = spreadOver(r.Combinations, t.groups, len(dims))
}

// spreadOver puts what is said of the merged modes where the first of each is.
func spreadOver[T any](of [][]T, groups [][]int, order int) [][]T {
	if of == nil {
		return nil
	}
	all := make([][]T, order)
	for q, group := range groups {
		all[group[0]] = of[q]
	}
	return all
}

// dictionaries are those of a group of tied modes.
func (t *tie) dictionaries(group []int) []*Dictionary {
	for i := range t.given {
		if m := &t.given[i]; m.N == group[0] {
			d := []*Dictionary{m.Dict}
			for _, other := range m.Tied {
				d = append(d, other.Dict)
			}
			return d
		}
	}
	return nil
}

func (t *tie) physical(n int) bool {
	for i := range t.given {
		if t.given[i].N == n {
			return t.given[i].Physical
		}
	}
	return false
}
