package dict

import (
	"context"
	"fmt"
	"slices"
)

// Given proposes atoms that were chosen elsewhere, as a start of [Swap]: Atoms[i][r]
// is that of component r of the problem's i-th dictionary mode.
type Given struct {
	Atoms [][]int
}

// Name implements [Algorithm].
func (Given) Name() string { return "given" }

func (a Given) fit(ctx context.Context, p *problem) (*candidate, error) {
	if len(a.Atoms) != len(p.modes) {
		return nil, fmt.Errorf("%w: Given has atoms for %d modes, %d have a dictionary", ErrOptions, len(a.Atoms), len(p.modes))
	}
	atoms := make([][]int, len(p.modes))
	for i, k := range a.Atoms {
		m := &p.modes[i]
		if len(k) != p.rank {
			return nil, fmt.Errorf("%w: Given has %d atoms in mode %d for %d components", ErrOptions, len(k), m.N, p.rank)
		}
		if err := m.admits(k); err != nil {
			return nil, err
		}
		atoms[i] = append([]int(nil), k...)
	}
	return p.fitChoice(ctx, a.Name(), atoms)
}

// admits says what in a choice of atoms the mode does not allow.
func (m *Mode) admits(k []int) error {
	_, d := m.Dict.Dims()
	for r, j := range k {
		if j < 0 || j >= d {
			return fmt.Errorf("%w: atom %d of the %d in the dictionary of mode %d", ErrOptions, j, d, m.N)
		}
		if m.Distinct && slices.Contains(k[:r], j) {
			return fmt.Errorf("%w: atom %d of mode %d is given twice, and atoms are to be distinct", ErrOptions, j, m.N)
		}
	}
	if m.Bounds == nil {
		return nil
	}
	for g, used := range m.used(k) {
		if b := m.Bounds[g]; used < b.Min || b.Max >= 0 && used > b.Max {
			return fmt.Errorf("%w: %d of the given atoms of mode %d are of group %d, which has the bounds %d to %d", ErrBounds, used, m.N, g, b.Min, b.Max)
		}
	}
	return nil
}
