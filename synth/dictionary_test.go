package synth

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestCoherenceIsAsClaimed(t *testing.T) {
	for seed := range uint64(2) {
		a, err := CoherentAtoms(50, 20, 50, seed)
		require.NoError(t, err)
		assert.Greater(t, a.Coherence(), 0.9999, "seed %d", seed)
		assert.GreaterOrEqual(t, mat.Min(a.D), 0.0)
		b, err := IncoherentAtoms(50, 20, 50, nil, seed)
		require.NoError(t, err)
		assert.Less(t, b.Coherence(), 0.92, "seed %d", seed)
		c, err := IncoherentAtoms(50, 20, 50, Normal{}, seed)
		require.NoError(t, err)
		assert.Less(t, c.Coherence(), 0.75, "seed %d", seed)
		for _, d := range []*Atoms{a, b, c} {
			for j := range 1000 {
				assert.InDelta(t, 1, mat.Norm(d.D.ColView(j), 2), 1e-14)
				assert.Equal(t, j/50, d.Class[j])
			}
		}
	}
}

// Atoms of a class are more alike than atoms of different classes.
func TestClassesAreAlike(t *testing.T) {
	a, err := CoherentAtoms(50, 20, 50, 1)
	require.NoError(t, err)
	var g mat.Dense
	g.Mul(a.D.T(), a.D)
	var within, between float64
	for i := range 1000 {
		for j := range i {
			if a.Class[i] == a.Class[j] {
				within += g.At(i, j) / (20 * 50 * 49 / 2)
			} else {
				between += g.At(i, j) / (50 * 50 * 20 * 19 / 2)
			}
		}
	}
	assert.Greater(t, within, 0.97)
	assert.Less(t, between, 0.95)
}

func TestCoherenceByHand(t *testing.T) {
	a := Atoms{D: mat.NewDense(2, 3, []float64{2, 0, -3, 0, 0, 4})}
	assert.InDelta(t, 0.6, a.Coherence(), 1e-15) // (1,0)·(−3,4)/5; the zero atom counts for nothing
	assert.Zero(t, (&Atoms{D: mat.NewDense(2, 1, []float64{1, 1})}).Coherence())
}

func TestDictionaryTruth(t *testing.T) {
	p, err := DictionaryCP(6, &DictionaryOptions{Rho: 0.4, Seed: 2})
	require.NoError(t, err)
	assert.Equal(t, []int{20, 50, 7}, p.X.Dims())
	classes := map[int]bool{}
	for r, j := range p.K {
		classes[p.D.Class[j]] = true
		assert.Equal(t, mat.Col(nil, j, p.D.D), mat.Col(nil, r, p.Truth.Factors[1]))
		assert.InDelta(t, 1, mat.Norm(p.Truth.Factors[0].ColView(r), 2), 1e-14)
		assert.InDelta(t, 1, mat.Norm(p.Truth.Factors[2].ColView(r), 2), 1e-14)
	}
	assert.Len(t, classes, 6, "true atoms are of different classes")
	assert.Less(t, p.Truth.RelativeError(p.X), 1e-15)
}

// C(ρI + (1−ρ)/R·11ᵀ), in the definition's own loops.
func TestCorrelateIsTheProduct(t *testing.T) {
	c := fill(7, 4, random(1, 1).NormFloat64)
	const rho = 0.3
	m := mat.NewDense(4, 4, nil)
	for i := range 4 {
		for j := range 4 {
			m.Set(i, j, (1-rho)/4)
		}
		m.Set(i, i, rho+(1-rho)/4)
	}
	var want mat.Dense
	want.Mul(c, m)
	correlate(c, rho)
	assert.True(t, mat.EqualApprox(&want, c, 1e-14))
}

func TestSmallerRhoIsMoreCollinear(t *testing.T) {
	last := math.Inf(-1)
	for _, rho := range []float64{1, 0.7, 0.4, 0.1} {
		p, err := DictionaryCP(6, &DictionaryOptions{Rho: rho, Seed: 5})
		require.NoError(t, err)
		var g mat.Dense
		g.Mul(p.Truth.Factors[2].T(), p.Truth.Factors[2])
		mean := (mat.Sum(&g) - 6) / 30
		assert.Greater(t, mean, last, "ρ = %v", rho)
		last = mean
	}
	assert.Greater(t, last, 0.98)
}

func TestDrawAtoms(t *testing.T) {
	// Three classes of 1, 2 and 5 atoms: six atoms take all of the first two.
	d := &Atoms{D: mat.NewDense(1, 8, nil), Class: []int{0, 1, 1, 2, 2, 2, 2, 2}}
	for seed := range uint64(20) {
		k := drawAtoms(random(seed, 1), d, 6)
		count := map[int]int{}
		seen := map[int]bool{}
		for _, j := range k {
			count[d.Class[j]]++
			seen[j] = true
		}
		assert.Equal(t, map[int]int{0: 1, 1: 2, 2: 3}, count)
		assert.Len(t, seen, 6)
	}
}

func TestDictionaryOfTheCaller(t *testing.T) {
	d := &Atoms{D: mat.NewDense(3, 2, []float64{2, 0, 0, 3, 0, 1})}
	p, err := DictionaryCP(3, &DictionaryOptions{D: d, K: []int{1, 1, 0}, Free: Normal{}})
	require.NoError(t, err)
	assert.Equal(t, []int{20, 3, 7}, p.X.Dims())
	assert.Equal(t, []float64{0, 3, 1}, mat.Col(nil, 0, p.Truth.Factors[1]), "an atom keeps its scale")
}

func TestDictionaryRejects(t *testing.T) {
	d := &Atoms{D: mat.NewDense(3, 2, nil)}
	for name, c := range map[string]struct {
		rank int
		opts DictionaryOptions
		want error
	}{
		"order":            {1, DictionaryOptions{Dims: []int{2, 3}}, ErrShape},
		"rows of D":        {1, DictionaryOptions{Dims: []int{2, 4, 2}, D: d}, ErrShape},
		"rank above atoms": {3, DictionaryOptions{D: d}, ErrOptions},
		"rank 0":           {0, DictionaryOptions{}, ErrOptions},
		"rho":              {1, DictionaryOptions{Rho: 1.1}, ErrOptions},
		"rho NaN":          {1, DictionaryOptions{Rho: math.NaN()}, ErrOptions},
		"K too short":      {2, DictionaryOptions{K: []int{1}}, ErrShape},
		"K out of range":   {1, DictionaryOptions{D: d, K: []int{2}}, ErrShape},
		"classes":          {1, DictionaryOptions{D: &Atoms{D: d.D, Class: []int{0}}}, ErrShape},
		"NaN":              {1, DictionaryOptions{D: &Atoms{D: mat.NewDense(1, 1, []float64{math.NaN()})}}, ErrNotFinite},
	} {
		_, err := DictionaryCP(c.rank, &c.opts)
		assert.ErrorIs(t, err, c.want, name)
	}
	_, err := CoherentAtoms(0, 1, 1, 0)
	assert.ErrorIs(t, err, ErrShape)
}
