package dict

import (
	"context"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// MUSIC leaves of the dictionary the atoms at the smallest angles to the signal
// subspace of the data, span(U_R), and chooses among them as [SOMP] does. An atom
// that is in the data lies in that subspace up to noise, whatever else is in them,
//
//	sin²∠(d_j, U_R) = 1 − ‖U_Rᵀd_j‖²/‖d_j‖²,
//
// while a greedy choice can fall for one that stands for several. Cost: one pass over
// the dictionary beyond that of SOMP on the atoms that are left.
//
// References:
//   - Schmidt, R.O.: Multiple emitter location and signal parameter estimation.
//     IEEE Trans. Antennas Propag. 34(3), 276–280 (1986).
//   - Iordache, M.-D., Bioucas-Dias, J.M., Plaza, A., Somers, B.: MUSIC-CSR:
//     hyperspectral unmixing via multiple signal classification and collaborative
//     sparse regression. IEEE Trans. Geosci. Remote Sens. 52(7), 4364–4382 (2014).
type MUSIC struct {
	// Keep is the number of atoms that are left, beside the best R of every
	// group. Default: 4R.
	Keep int
}

// Name implements [Algorithm].
func (MUSIC) Name() string { return "music" }

func (a MUSIC) fit(ctx context.Context, p *problem) (*candidate, error) {
	if p.known != nil { // the signal is that of a model
		if _, err := p.relax(ctx, 0); err != nil {
			return nil, err
		}
	}
	atoms := make([][]int, len(p.modes))
	for i := range p.modes {
		k, err := a.choose(p, &p.modes[i])
		if err != nil {
			return nil, err
		}
		atoms[i] = k
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return p.fitChoice(ctx, a.Name(), atoms)
}

// choose are the atoms for one mode.
func (a MUSIC) choose(p *problem, m *Mode) ([]int, error) {
	if a.Keep <= 0 {
		a.Keep = 4 * p.rank
	}
	z := p.signal(m.N, p.rank)
	u := mat.DenseCopyOf(z)
	_, k := u.Dims()
	orthogonalize(u, k)
	_, d := m.Dict.Dims()
	cosines := make([]float64, d) // squared
	newPass(m.Dict, &m.Dict.plain, k, func(_, first int, c []float64) {
		for j := first; len(c) > 0; j++ {
			for _, x := range c[:k] {
				cosines[j] += x * x
			}
			c = c[k:]
		}
	}).run(u)
	index := m.shortlist(cosines, a.Keep, p.rank)
	if m.family != nil { // the best may be of one family: with the greedy choice there is another
		index = append(index, newProjection(m, z).pursue(p.rank-m.free)...)
		slices.Sort(index)
		index = slices.Compact(index)
	}
	few, err := m.subset(index)
	if err != nil {
		return nil, err
	}
	v := newProjection(few, z)
	atoms := v.exchange(v.pursue(p.rank - m.free))
	for r, q := range atoms {
		atoms[r] = index[q]
	}
	return atoms, nil
}

// subset is the mode with these atoms alone.
func (m *Mode) subset(index []int) (*Mode, error) {
	few := *m
	var err error
	if few.Dict, err = m.Dict.Subset(index); err != nil {
		return nil, err
	}
	if m.Group != nil {
		few.Group = make([]int, len(index))
		for q, j := range index {
			few.Group[q] = m.Group[j]
		}
	}
	if m.family != nil {
		few.family = make([]int, len(index))
		for q, j := range index {
			few.family[q] = m.family[j]
		}
	}
	return &few, nil
}
