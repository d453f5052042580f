package dict

import (
	"context"
	"fmt"
)

// From fits the other factors to a given choice of atoms: a start for [Swap], which
// then ends at no larger an error than that choice.
type From struct {
	// Atoms[i][r] is the atom of component r in the i-th mode with a dictionary; −1 is
	// a free component.
	Atoms [][]int
}

// Name implements [Algorithm].
func (From) Name() string { return "given atoms" }

func (a From) fit(ctx context.Context, p *problem) (*candidate, error) {
	if err := a.check(p); err != nil {
		return nil, err
	}
	if p.matrix() { // convex in the rest: any start will do
		c, err := p.refit(ctx, a.Name(), a.Atoms, p.blank(), p.stop)
		if c != nil {
			p.compare(a.Name(), 0, c)
		}
		return c, err
	}
	return p.bestOf(ctx, a.Name(), func(start int) (*candidate, error) {
		r, err := p.relax(ctx, start)
		if err != nil {
			return nil, err
		}
		factors := p.spread(r.Model)
		// Components stay together over several modes: those of the first decide.
		m := &p.modes[0]
		order, err := nearest(factors[m.N], m.Dict.Columns(a.Atoms[0], false))
		if err != nil {
			return nil, err
		}
		atoms := make([][]int, len(a.Atoms))
		for i, k := range a.Atoms {
			for _, q := range order {
				atoms[i] = append(atoms[i], k[q])
			}
		}
		return p.refitFree(ctx, a.Name(), atoms, factors)
	})
}

// check refuses a choice that the modes do not allow.
func (a From) check(p *problem) error {
	if len(a.Atoms) != len(p.modes) {
		return fmt.Errorf("%w: From has atoms of %d modes, %d have a dictionary", ErrShape, len(a.Atoms), len(p.modes))
	}
	for i, k := range a.Atoms {
		m := &p.modes[i]
		_, atoms := m.Dict.Dims()
		if len(k) != p.rank {
			return fmt.Errorf("%w: From has %d atoms in mode %d for %d components", ErrShape, len(k), m.N, p.rank)
		}
		if f := freeIn(k); f < m.Free.Min || f > m.free {
			return fmt.Errorf("%w: From has %d free components in mode %d, which allows %d to %d", ErrBounds, f, m.N, m.Free.Min, m.free)
		}
		var before []int
		for _, j := range chosen(k) {
			if j >= atoms {
				return fmt.Errorf("%w: From names atom %d of a dictionary of %d in mode %d", ErrShape, j, atoms, m.N)
			}
			if !m.extends(before, j, len(chosen(k))) {
				return fmt.Errorf("%w: From has atoms %v in mode %d, which Distinct or Bounds do not allow", ErrBounds, k, m.N)
			}
			before = append(before, j)
		}
	}
	return nil
}
