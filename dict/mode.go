package dict

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
)

// Mode ties one mode of the tensor to a dictionary.
type Mode struct {
	// N is the mode.
	N int
	// Dict holds the atoms, as long as the mode.
	Dict *Dictionary
	// Match compares columns with atoms. Default: Correlation.
	Match Match
	// Distinct forbids that two components take the same atom.
	Distinct bool
	// PerComponent is the most atoms of a component: its column is then any
	// combination of at most that many, nonnegative where the mode's method is.
	// Above 1, which [Mixed] fits, Match does not matter, and neither Distinct,
	// Physical nor Bounds can be asked for. Default: 1.
	PerComponent int
	// Physical keeps the atoms' amplitudes. By default atoms have unit norm and
	// the scale of a component is free; with Physical the other factors see the
	// atoms as they were given, which matters where those are constrained in
	// scale, as abundances that sum to one are.
	Physical bool
	// Group[j] is the group of atom j, an index into Bounds; both nil: no bounds.
	Group []int
	// Bounds says how many components may take atoms of each group.
	Bounds []assign.Bound
	// Free says how many components have no atom: their columns follow the mode's
	// method alone. As many as allowed are free, less those that an atom explains as
	// well, the numbers fitted considered (Akaike's criterion). Result.Atoms has −1
	// for them. Default: none.
	Free assign.Bound
	// Apart is an angle in radians within which atoms count as the same: no two components
	// take atoms of one family, an atom and those within the angle of it that no atom before
	// it has. Families lie within groups. Default: 0, Distinct decides.
	Apart float64
	// Tolerance lets the columns of the model differ from their atoms, as spectra of
	// another instrument do: by so much relative to their norm (the sine of the angle), or
	// with Physical relative to the atom's. Result.Distances says by how much they do. The
	// mode's method is to be LeastSquares, or one for nonnegative factors, with
	// nonnegative atoms. Default: 0, columns are atoms.
	Tolerance float64
	// Tied are further modes that the choice decides as well, by dictionaries with as
	// many atoms: the atoms are then products, such as pairs of an emission and an
	// excitation spectrum. Match, Distinct, Physical, Bounds and Free are about these.
	Tied []Tied

	rank   int    // components, atoms or free
	free   int    // those without atom in the search
	family []int  // of every atom, where they are to be apart
	shape  []int  // of tied modes, merged here
	signs  []bool // signs[i]: tied mode i may have entries of either sign where it is free
}

// check refuses a mode that does not fit a tensor of sizes dims and rank
// components.
func (m *Mode) check(dims []int, rank int) error {
	if m.N < 0 || m.N >= len(dims) {
		return fmt.Errorf("%w: a dictionary for mode %d of a tensor of order %d", ErrOptions, m.N, len(dims))
	}
	if m.Dict == nil {
		return fmt.Errorf("%w: mode %d has no dictionary", ErrOptions, m.N)
	}
	rows, atoms := m.Dict.Dims()
	if rows != dims[m.N] {
		return fmt.Errorf("%w: atoms have length %d, mode %d has size %d", ErrShape, rows, m.N, dims[m.N])
	}
	if err := m.checkFree(rank); err != nil {
		return err
	}
	if err := m.checkTolerance(); err != nil {
		return err
	}
	if rank -= m.Free.Min; m.Distinct && rank-m.spare(rank) > atoms {
		return fmt.Errorf("%w: %d components cannot take distinct atoms of %d; lower the rank or allow an atom to be taken twice", ErrBounds, rank, atoms)
	}
	if m.PerComponent < 0 {
		return fmt.Errorf("%w: mode %d asks for %d atoms per component; ask for 1 or more", ErrOptions, m.N, m.PerComponent)
	}
	if m.PerComponent > 1 {
		if m.Distinct || m.Physical || m.Group != nil || m.Bounds != nil || m.Free != (assign.Bound{}) {
			return fmt.Errorf("%w: mode %d asks for %d atoms per component, which goes with neither Distinct, Physical, Bounds nor Free", ErrOptions, m.N, m.PerComponent)
		}
		if err := m.Dict.inMemory("several atoms per component"); err != nil {
			return err
		}
		return checkSparsity(m.Dict, m.PerComponent)
	}
	if m.Bounds == nil {
		if m.Group != nil {
			return fmt.Errorf("%w: mode %d has groups but no bounds", ErrOptions, m.N)
		}
		return nil
	}
	return m.checkBounds(atoms, rank)
}

func (m *Mode) checkBounds(atoms, rank int) error {
	if len(m.Group) != atoms {
		return fmt.Errorf("%w: %d group indices for %d atoms", ErrShape, len(m.Group), atoms)
	}
	size := make([]int, len(m.Bounds))
	for j, g := range m.Group {
		if g < 0 || g >= len(m.Bounds) {
			return fmt.Errorf("%w: atom %d is of group %d of %d", ErrShape, j, g, len(m.Bounds))
		}
		size[g]++
	}
	least, most := 0, 0
	for g, b := range m.Bounds {
		limit := m.most(g, size[g], rank)
		if b.Min < 0 || b.Max < -1 || b.Min > limit {
			return fmt.Errorf("%w: group %d is bounded by %d..%d and has %d atoms for %d components", ErrBounds, g, b.Min, b.Max, size[g], rank)
		}
		least, most = least+b.Min, most+limit
	}
	if least > rank {
		return fmt.Errorf("%w: the lower bounds add up to %d, more than %d components", ErrBounds, least, rank)
	}
	if most += m.spare(rank); most < rank {
		return fmt.Errorf("%w: the upper bounds allow %d atoms for %d components", ErrBounds, most, rank)
	}
	return nil
}

// most is the number of components that group g of size atoms can serve.
func (m *Mode) most(g, size, rank int) int {
	limit := rank
	if m.Distinct || size == 0 {
		limit = min(limit, size)
	}
	if m.Bounds[g].Max >= 0 {
		limit = min(limit, m.Bounds[g].Max)
	}
	return limit
}

// choose sets k to the assignment of components (rows) to atoms (columns) at
// least total cost that the mode allows, from the shortlists of its costs.
func (m *Mode) choose(k []int, best *assign.Shortlists) error {
	if !m.Distinct && m.Bounds != nil {
		return m.chooseRepeated(k, best)
	}
	if !m.Distinct {
		for r := range k {
			k[r], _ = best.Best(r, 0)
		}
		m.freeWorst(k, best)
		return nil
	}
	r, err := best.Solve(m.offerFree(best))
	if err != nil {
		return fmt.Errorf("dict: choice of atoms: %w", err)
	}
	copy(k, r.Col)
	m.unname(k)
	return nil
}

// chooseRepeated solves the transportation problem in which an atom may serve
// several components: of each group a component would take its best atom, so
// the groups, each offered rank times, are all there is to choose from.
func (m *Mode) chooseRepeated(k []int, best *assign.Shortlists) error {
	rank, groups := len(k), len(m.Bounds)
	small := mat.NewDense(rank, groups*rank+m.free, nil) // free components cost nothing: so many there are in any case
	group := make([]int, groups*rank+m.free)
	for c := range group {
		if group[c] = c / rank; c >= groups*rank {
			group[c] = groups
			continue
		}
		for r := range rank {
			_, cost := best.Best(r, group[c])
			small.Set(r, c, cost)
		}
	}
	a, err := assign.SolveBounded(small, group, m.bounds())
	if err != nil {
		return fmt.Errorf("dict: choice of atoms: %w", err)
	}
	for r, c := range a.Col {
		if k[r] = -1; c < groups*rank {
			k[r], _ = best.Best(r, group[c])
		}
	}
	return nil
}

// allows says whether component r of the choice k may take atom j instead of its
// own. A free component has none to give.
func (m *Mode) allows(k []int, r, j int) bool {
	if k[r] == j || k[r] < 0 {
		return false
	}
	for q, taken := range k {
		if q != r && m.clash(taken, j) {
			return false
		}
	}
	if m.Bounds == nil || m.Group[k[r]] == m.Group[j] {
		return true
	}
	from, to := m.Group[k[r]], m.Group[j]
	used := m.used(k)
	return used[from]-1 >= m.Bounds[from].Min && (m.Bounds[to].Max < 0 || used[to] < m.Bounds[to].Max)
}

// used counts the components of each group.
func (m *Mode) used(k []int) []int {
	used := make([]int, len(m.Bounds))
	for _, j := range k {
		if j >= 0 {
			used[m.Group[j]]++
		}
	}
	return used
}
