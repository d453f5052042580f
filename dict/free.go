package dict

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
)

// checkFree refuses bounds of free components that cannot hold.
func (m *Mode) checkFree(rank int) error {
	f := m.Free
	if f.Min < 0 || f.Max < -1 || f.Max >= 0 && f.Min > f.Max {
		return fmt.Errorf("%w: the free components of mode %d are bounded by %d..%d", ErrBounds, m.N, f.Min, f.Max)
	}
	if f.Min > rank {
		return fmt.Errorf("%w: mode %d is to have at least %d free components of %d; raise the rank or lower the bound", ErrBounds, m.N, f.Min, rank)
	}
	return nil
}

// spare is how many of rank components may be free beyond Free.Min.
func (m *Mode) spare(rank int) int {
	if m.Free.Max < 0 {
		return rank
	}
	return min(rank, m.Free.Max-m.Free.Min)
}

// mostFree is how many of rank components are free when as many are as the bounds of
// the groups leave: no choice of atoms fits better than the best with so many.
func (m *Mode) mostFree(rank int) int {
	most := m.Free.Max
	if most < 0 {
		most = rank
	}
	least := 0
	for _, b := range m.Bounds {
		least += b.Min
	}
	return min(most, rank-least)
}

// leastFree is how many of rank components are free when as many as can be take atoms.
func (m *Mode) leastFree(rank int) int {
	_, atoms := m.Dict.Dims()
	size := make([]int, max(1, len(m.Bounds)))
	for j := range atoms {
		switch {
		case m.family != nil && m.family[j] != j: // its leader counts
		case m.Bounds == nil:
			size[0]++
		default:
			size[m.Group[j]]++
		}
	}
	serve := 0
	switch {
	case m.Bounds != nil:
		for g := range m.Bounds {
			serve += m.most(g, size[g], rank)
		}
	case m.Distinct:
		serve = size[0]
	default:
		serve = rank
	}
	return max(m.Free.Min, rank-serve)
}

// bounds are those of the groups and, where components are free, one more: of them.
func (m *Mode) bounds() []assign.Bound {
	if m.free == 0 {
		return m.Bounds
	}
	b := slices.Clone(m.Bounds)
	if b == nil {
		b = []assign.Bound{{Min: 0, Max: -1}}
	}
	return append(b, assign.Bound{Min: m.free, Max: m.free})
}

// offerFree puts columns that stand for no atom into a group of their own, at the
// same cost for every component, and returns the bounds.
func (m *Mode) offerFree(best *assign.Shortlists) []assign.Bound {
	bounds := m.bounds()
	_, atoms := m.Dict.Dims()
	for f := range m.free {
		for r := range m.rank {
			best.Offer(r, len(bounds)-1, atoms+f, 0)
		}
	}
	return bounds
}

// unname turns the columns of offerFree into −1.
func (m *Mode) unname(k []int) {
	_, atoms := m.Dict.Dims()
	for r, j := range k {
		if j >= atoms {
			k[r] = -1
		}
	}
}

// freeWorst frees the components whose atoms cost most.
func (m *Mode) freeWorst(k []int, best *assign.Shortlists) {
	for range m.free {
		worst, most := -1, 0.0
		for r, j := range k {
			if _, cost := best.Best(r, 0); j >= 0 && (worst < 0 || cost > most) {
				worst, most = r, cost
			}
		}
		k[worst] = -1
	}
}

// freeIn counts the free components of a choice.
func freeIn(k []int) int {
	count := 0
	for _, j := range k {
		if j < 0 {
			count++
		}
	}
	return count
}

// chosen are the atoms of a choice, without its free components.
func chosen(k []int) []int {
	return slices.DeleteFunc(slices.Clone(k), func(j int) bool { return j < 0 })
}

// columns are the atoms of a choice at the mode's scale; free columns, and those near
// enough to their atom, are those of a.
func (m *Mode) columns(k []int, a *mat.Dense) *mat.Dense {
	b := m.Dict.Columns(k, m.Physical)
	for r, j := range k {
		if j < 0 || m.Tolerance > 0 && mat.Norm(a.ColView(r), 2) > 0 && m.distance(a, r, j) <= m.Tolerance {
			b.SetCol(r, mat.Col(nil, r, a))
		}
	}
	return b
}

// hold is the Updater of a mode whose atoms are chosen: they stay as they are, and
// free columns are solved for by the mode's method.
func (m *Mode) hold(k []int, method cpd.Method) cpd.Updater {
	rows, _ := m.Dict.Dims()
	known := chosen(k)
	if m.Tolerance > 0 {
		near := approached{m.Dict.Columns(k, m.Physical), make([]bool, len(k)), m.Tolerance, m.Physical, method.Nonnegative()}
		for r, j := range k {
			near.free[r] = j < 0
		}
		return near.Begin(rows, len(k))
	}
	if m.shape != nil {
		method = rankOneColumns{m.shape, m.signs}
	}
	switch len(known) {
	case len(k):
		return cpd.Fixed{}.Begin(rows, len(k))
	case 0:
		return method.Begin(rows, len(k))
	}
	c := cpd.FixedColumns{Columns: m.Dict.Columns(known, m.Physical), Rest: method}
	for r, j := range k {
		if j >= 0 {
			c.Index = append(c.Index, r)
		}
	}
	return c.Begin(rows, len(k))
}
