package dict

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/synth"
)

// planted is a tensor of four atoms of a coherent dictionary, nearly collinear in the
// last mode, as a portfolio has it, and the model of the true atoms.
func planted(t *testing.T, seed uint64) (*portfolio, *candidate) {
	atoms, err := synth.CoherentAtoms(20, 5, 12, 1)
	require.NoError(t, err)
	pr, err := synth.DictionaryCP(4, &synth.DictionaryOptions{Dims: []int{8, 20, 4}, D: atoms, Rho: 0.1, Noise: synth.SNR(30), Seed: seed})
	require.NoError(t, err)
	p, err := newProblem(pr.X, 4, []Mode{{N: 1, Dict: dictionary(t, atoms.D), Distinct: true}}, &Options{Methods: same(cpd.HALS{}, 3), Stop: brief})
	require.NoError(t, err)
	u, err := p.unfold()
	require.NoError(t, err)
	truth, err := p.quick(t.Context(), "", [][]int{pr.K}, pr.Truth.Factors, toTheEnd)
	require.NoError(t, err)
	return &portfolio{p: p, u: u}, truth
}

// wrong is the model with these atoms for the components 0 and 1 of another.
func (f *portfolio) wrong(t *testing.T, c *candidate, j, l int) *candidate {
	atoms := exchange{j: j}.in(exchange{r: 1, j: l}.in(c.atoms))
	w, err := f.p.quick(t.Context(), "", atoms, c.factors, toTheEnd)
	require.NoError(t, err)
	return w
}

// Two exchanges either of which raises the error are found together.
func TestExchangesAreCombined(t *testing.T) {
	f, truth := planted(t, 1)
	k := truth.atoms[0]
	found := 0
	for j := range 60 {
		l := (7*j + 3) % 60
		c := f.wrong(t, truth, j, l)
		var singles []*entrant
		for _, e := range []exchange{{j: k[0], n: -1}, {r: 1, j: k[1], n: -1}} {
			singles = append(singles, f.entrant(e, c))
		}
		goal := c.err * (1 - leastGain)
		next, err := f.race(t.Context(), singles, goal)
		require.NoError(t, err)
		if next != nil || c.err <= truth.err {
			continue // one is enough
		}
		next, err = f.combined(t.Context(), singles, 1, goal)
		require.NoError(t, err)
		require.NotNil(t, next, "atoms %d and %d", j, l)
		require.ElementsMatch(t, k, next.atoms[0])
		require.InEpsilon(t, truth.err, next.err, 1e-5)
		found++
	}
	t.Log(found)
	require.Positive(t, found)
}

// A fit whose components have each other's atoms can be a minimum; transposing them leads
// out of it.
func TestTransposedAtomsLeadToABetterFit(t *testing.T) {
	found := 0
	for seed := range uint64(12) {
		f, truth := planted(t, seed)
		k := truth.atoms[0]
		c := f.wrong(t, truth, k[1], k[0])
		if c.err < truth.err*(1+1e-6) {
			continue // the fit has found out by itself
		}
		next, err := f.transpose(t.Context(), c, c.err*(1-leastGain))
		require.NoError(t, err)
		require.NotNil(t, next, "seed %d", seed)
		require.ElementsMatch(t, k, next.atoms[0])
		require.Less(t, next.err, c.err)
		found++
	}
	t.Log(found)
	require.Positive(t, found)
}
