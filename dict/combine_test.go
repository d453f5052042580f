package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// A factor that is given stays what it is, whatever the algorithm begins with.
func TestGivenFactorsStay(t *testing.T) {
	for _, seed := range seeds(4, 2) {
		rng := newRand(seed)
		d := dictionary(t, drawn(rng, 8, 20, true))
		given := drawn(rng, 7, 3, true)
		x := noisy(rng, 0.05, d.Columns([]int{3, 9, 14}, false), given, drawn(rng, 6, 3, true))
		start := []*mat.Dense{drawn(rng, 8, 3, true), given, drawn(rng, 6, 3, true)}
		r, err := Decompose(t.Context(), x, 3, []Mode{{N: 0, Dict: d, Distinct: true}}, &Options{Methods: []cpd.Method{nil, cpd.Fixed{}, nil}, Init: cpd.Given{Factors: start}})
		require.NoError(t, err)
		for c := range 3 {
			most := 0.0
			for g := range 3 {
				most = max(most, math.Abs(mat.Dot(r.Model.Factors[1].ColView(c), given.ColView(g)))/mat.Norm(given.ColView(g), 2))
			}
			require.InDelta(t, 1, most, 1e-9, "seed %d, component %d", seed, c)
		}
	}
}

// A nonnegative factor that is updated by multiplication, beside one of free sign.
func TestMultiplicativeBesideFreeSigns(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(6, 2) {
		rng := newRand(seed)
		d := dictionary(t, drawn(rng, 8, 20, true))
		x := noisy(rng, 0.05, drawn(rng, 7, 3, true), d.Columns([]int{3, 9, 14}, false), drawn(rng, 6, 3, false), drawn(rng, 5, 3, true))
		r, err := Decompose(t.Context(), x, 3, []Mode{{N: 1, Dict: d, Distinct: true}}, &Options{Methods: []cpd.Method{cpd.MU{}, nil, nil, cpd.MU{}}, Seed: seed})
		require.NoError(t, err)
		for _, n := range []int{0, 3} {
			require.GreaterOrEqual(t, mat.Min(r.Model.Factors[n]), 0.0)
		}
	}
}

// The atoms that explain most are look-alikes, of which one may be taken.
func TestOneOfTheFamilyThatExplainsMost(t *testing.T) {
	rng := newRand(3)
	base := drawn(rng, 12, 6, true)
	atoms := mat.NewDense(12, 66, nil)
	for j := range 66 {
		for i := range 12 {
			v := base.At(i, j%6)
			if j >= 6 { // sixty of the first
				v = base.At(i, 0) * (1 + 1e-3*rng.NormFloat64())
			}
			atoms.Set(i, j, v)
		}
	}
	d := dictionary(t, atoms)
	abundances := drawn(rng, 40, 3, true)
	for i := range 40 {
		abundances.Set(i, 0, 20*abundances.At(i, 0))
	}
	x := noisy(rng, 0.01, d.Columns([]int{0, 2, 4}, false), abundances)
	for _, a := range []Algorithm{MUSIC{}, Auto{}, Exact{}, SOMP{}} {
		m := Mode{N: 0, Dict: d, Distinct: true, Apart: 0.1}
		r, err := Decompose(t.Context(), x, 3, []Mode{m}, &Options{Methods: same(cpd.HALS{}, 2), Algorithm: a})
		require.NoError(t, err, a.Name())
		checkResult(t, x, 3, []Mode{m}, r)
	}
}

// What is said of single modes is said of them in the order of the data, beside tied ones.
func TestDistancesBesideTiedModes(t *testing.T) {
	rng := newRand(5)
	a, b, c := dictionary(t, drawn(rng, 5, 9, true)), dictionary(t, drawn(rng, 4, 9, true)), dictionary(t, drawn(rng, 7, 9, true))
	k := []int{1, 6}
	x := noisy(rng, 0.05, a.Columns(k, false), b.Columns(k, false), drawn(rng, 6, 2, true), c.Columns([]int{2, 3}, false))
	r, err := Decompose(t.Context(), x, 2, []Mode{{N: 0, Dict: a, Tied: []Tied{{N: 1, Dict: b}}}, {N: 3, Dict: c, Tolerance: 0.2}}, nil)
	require.NoError(t, err)
	require.Len(t, r.Distances, 4)
	require.Len(t, r.Distances[3], 2)
	require.Nil(t, r.Distances[1])
	_, err = Decompose(t.Context(), x, 2, []Mode{{N: 0, Dict: a, Tied: []Tied{{N: 1, Dict: b}}}}, &Options{Methods: []cpd.Method{nil, cpd.FCLS{}}})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "tied mode 1")
}

// Atoms in a file are refused by what needs them all at once.
func TestStoredAtomsAreRefused(t *testing.T) {
	rng := newRand(6)
	stored := storedIn(t, drawn(rng, 6, 12, true))
	plain := dictionary(t, drawn(rng, 5, 12, true))
	x := tensor.NewKruskal(drawn(rng, 6, 2, true), drawn(rng, 5, 2, true), drawn(rng, 4, 2, true)).Dense()
	for _, c := range []struct {
		m Mode
		a Algorithm
	}{
		{Mode{N: 0, Dict: stored, Tied: []Tied{{N: 1, Dict: plain}}}, nil},
		{Mode{N: 1, Dict: plain, Tied: []Tied{{N: 0, Dict: stored}}}, nil},
		{Mode{N: 0, Dict: stored}, Mixed{}},
	} {
		_, err := Decompose(t.Context(), x, 2, []Mode{c.m}, &Options{Algorithm: c.a})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, "in memory")
	}
}
