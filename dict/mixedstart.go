package dict

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// proposals is the number of atoms that combinations near the signal subspace are
// grown from.
const proposals = 64

// closeness is the relative fall of ‖P⊥ a‖²/‖a‖² under which a combination has
// settled, and approaches the most steps until then.
const (
	closeness  = 1e-4
	approaches = 30
)

// propose makes unit columns for a dictionary factor, each of at most k atoms,
// without a start: a component is a combination of k atoms that lies in the signal
// subspace U, and there are few of these. From each of the atoms nearest to U it
// alternates
//
//	u ← P_U·a/‖P_U·a‖,  a ← argmin ‖u − D·s‖, ‖s‖₀ ≤ k,
//
// and chooses among the combinations that this ends with as [SOMP] does among atoms.
// It returns nil if there are fewer of them than components.
func (p *problem) propose(ctx context.Context, m *Mode, nonnegative bool) (*mat.Dense, error) {
	z := p.signal(m.N, p.rank)
	rows, dim := z.Dims()
	basis := mat.DenseCopyOf(z)
	orthogonalize(basis, dim)
	near := newProjection(m, basis)
	near.score(nil)
	order := make([]int, len(near.gain))
	for j := range order {
		order[j] = j
	}
	slices.SortStableFunc(order, func(x, y int) int {
		switch {
		case near.gain[x] > near.gain[y]:
			return -1
		case near.gain[x] < near.gain[y]:
			return 1
		}
		return 0
	})
	w := &approach{coding: newCoding(m.Dict, 1, max(1, m.PerComponent), nonnegative), basis: basis, u: mat.NewDense(rows, 1, nil)}
	var found [][]slot
	columns := mat.NewDense(rows, proposals, nil)
	for _, j := range order[:min(proposals, len(order))] {
		if err := w.from(ctx, j); err != nil {
			return nil, err
		}
		if len(w.list) == 0 || slices.ContainsFunc(found, func(l []slot) bool { return slices.Equal(l, w.list) }) {
			continue
		}
		columns.SetCol(len(found), mat.Col(nil, 0, w.a))
		found = append(found, slices.Clone(w.list))
	}
	if len(found) < p.rank || dim < p.rank {
		return nil, nil
	}
	d, err := New(columns.Slice(0, rows, 0, len(found)), nil, nil)
	if err != nil {
		return nil, nil // a combination that is rounding: no proposal
	}
	v := newProjection(&Mode{Dict: d, Distinct: true}, z)
	return d.Columns(v.exchange(v.pursue(p.rank)), false), nil
}

// approach looks for a combination of atoms near a subspace.
type approach struct {
	*coding
	basis *mat.Dense // orthonormal columns
	u     *mat.Dense // I×1, in the subspace
}

// from begins with atom j and leaves the combination in the coding.
func (w *approach) from(ctx context.Context, j int) error {
	w.a.SetCol(0, w.dict.Atom(j))
	w.list = w.list[:0]
	last := 2.0
	one := mat.NewSymDense(1, []float64{1})
	for range approaches {
		outside := w.project()
		if outside >= last*(1-closeness) {
			return nil
		}
		last = outside
		w.begin(w.u, one)
		if len(w.list) == 0 {
			if err := (HOMP{Rounds: 1}).code(ctx, w.coding); err != nil {
				return err
			}
		} else if err := w.refine(); err != nil {
			return err
		}
		if err := w.exchange(ctx); err != nil {
			return err
		}
	}
	return nil
}

// project sets u to the direction of the projection of a, and returns the share of
// ‖a‖² outside the subspace.
func (w *approach) project() float64 {
	var c mat.Dense
	c.Mul(w.basis.T(), w.a)
	w.u.Mul(w.basis, &c)
	inside, whole := mat.Norm(w.u, 2), mat.Norm(w.a, 2)
	if inside == 0 || whole == 0 {
		return 2
	}
	w.u.Scale(1/inside, w.u)
	return max(0, 1-inside*inside/(whole*whole)) // rounding can push it below zero
}
