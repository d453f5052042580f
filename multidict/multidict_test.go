package multidict_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

// With one library and no bounds, the result is that of package dict to the bit.
func TestOneLibraryEqualsDict(t *testing.T) {
	for seed := range uint64(5) {
		for _, algorithm := range []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.SOMP{}, dict.Swap{}} {
			p := problem(t, seed)
			d, err := dict.New(p.D.D, nil, nil)
			require.NoError(t, err)
			o := &dict.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}, Algorithm: algorithm, Seed: seed}
			want, err := dict.Decompose(t.Context(), p.X, 3, []dict.Mode{{N: 1, Dict: d, Distinct: true}}, o)
			require.NoError(t, err)
			got, err := multidict.Decompose(t.Context(), p.X, 3, []multidict.Mode{{
				N: 1, Distinct: true, Libraries: []multidict.Library{{Name: "all", Dict: d, Max: -1}},
			}}, o)
			require.NoError(t, err)
			require.Equal(t, want.Atoms, got.Atoms)
			require.Equal(t, want.RelativeError, got.RelativeError)
			require.Equal(t, want.Model.Weights, got.Model.Weights)
			for n, f := range want.Model.Factors {
				require.True(t, mat.Equal(f, got.Model.Factors[n]), "mode %d", n)
			}
			for r, s := range got.Sources[1] {
				require.Equal(t, multidict.Source{Library: 0, Atom: want.Atoms[1][r]}, s)
			}
		}
	}
}

// Bounds that bind nothing give what no bounds give.
func TestLooseBoundsChangeNothing(t *testing.T) {
	p := problem(t, 7)
	d, err := dict.New(p.D.D, nil, nil)
	require.NoError(t, err)
	fit := func(min, max int) *multidict.Result {
		r, err := multidict.Decompose(t.Context(), p.X, 3, []multidict.Mode{{
			N: 1, Distinct: true, Libraries: []multidict.Library{{Dict: d, Min: min, Max: max}},
		}}, &dict.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}})
		require.NoError(t, err)
		return r
	}
	require.Equal(t, fit(0, -1).Atoms, fit(0, 50).Atoms)
	require.Equal(t, fit(0, -1).RelativeError, fit(1, 3).RelativeError)
}

// On random problems with random feasible bounds no algorithm breaks one, and a
// source names the very column that the factor is made of.
func TestBoundsHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	trials := 40
	if testing.Short() {
		trials = 6
	}
	for trial := range trials {
		rank := 2 + rng.IntN(3)
		sizes, libraries := []int{4 + rng.IntN(4), 3 + rng.IntN(5), 3 + rng.IntN(3)}, []multidict.Library{}
		for l, size := range sizes {
			libraries = append(libraries, multidict.Library{Name: fmt.Sprint(l), Dict: random(t, rng, 12, size), Max: -1})
		}
		left := rank
		for l := range libraries {
			libraries[l].Min = rng.IntN(min(left, 2) + 1)
			left -= libraries[l].Min
			libraries[l].Max = libraries[l].Min + left
		}
		a, b, c := uniform(rng, 6, rank), uniform(rng, 12, rank), uniform(rng, 5, rank)
		x := tensor.NewKruskal(a, b, c).Dense()
		for _, algorithm := range []dict.Algorithm{dict.Project{}, dict.Hard{Sweeps: 20}, dict.Flexible{Sweeps: 20}, dict.SOMP{}, dict.Swap{}} {
			for _, distinct := range []bool{true, false} {
				r, err := multidict.Decompose(t.Context(), x, rank, []multidict.Mode{{N: 1, Libraries: libraries, Distinct: distinct}}, &dict.Options{
					Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}, Algorithm: algorithm,
				})
				require.NoError(t, err, "trial %d, %s", trial, algorithm.Name())
				used := make([]int, len(libraries))
				seen := map[multidict.Source]bool{}
				for k, s := range r.Sources[1] {
					used[s.Library]++
					require.False(t, distinct && seen[s], "trial %d: %v twice", trial, s)
					seen[s] = true
					unit := libraries[s.Library].Dict.Columns([]int{s.Atom}, false)
					require.True(t, mat.EqualApprox(unit, r.Model.Factors[1].Slice(0, 12, k, k+1), 1e-12), "trial %d, component %d", trial, k)
				}
				for l, lib := range libraries {
					require.GreaterOrEqual(t, used[l], lib.Min, "trial %d, %s, library %d", trial, algorithm.Name(), l)
					require.LessOrEqual(t, used[l], lib.Max, "trial %d, %s, library %d", trial, algorithm.Name(), l)
				}
			}
		}
	}
}

func TestDecomposeNamesTheBoundThatCannotHold(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	d := random(t, rng, 12, 5)
	x := tensor.NewKruskal(uniform(rng, 6, 2), uniform(rng, 12, 2), uniform(rng, 5, 2)).Dense()
	for _, c := range []struct {
		libraries []multidict.Library
		want      error
		text      string
	}{
		{nil, dict.ErrOptions, "no libraries"},
		{[]multidict.Library{{Name: "a", Max: -1}}, dict.ErrOptions, `library "a" has no dictionary`},
		{[]multidict.Library{{Name: "a", Dict: d, Min: 2, Max: 1}}, dict.ErrBounds, `"a" is bounded by 2..1`},
		{[]multidict.Library{{Name: "a", Dict: d, Min: -1, Max: 1}}, dict.ErrBounds, `"a" is bounded by -1..1`},
		{[]multidict.Library{{Name: "a", Dict: d, Max: -1}, {Name: "b", Dict: d, Min: 3, Max: -1}}, dict.ErrBounds, `"b" is to give at least 3`},
		{[]multidict.Library{{Dict: d, Min: 1, Max: -1}, {Dict: d, Min: 2, Max: -1}}, dict.ErrBounds, "add up to 3"},
		{[]multidict.Library{{Dict: d, Max: 1}, {Dict: d, Max: 0}}, dict.ErrBounds, "give 1 at most of"},
		{[]multidict.Library{{Name: "a", Dict: d, Max: -1}, {Name: "b", Dict: random(t, rng, 11, 5), Max: -1}}, dict.ErrShape, `"b" have length 11`},
	} {
		_, err := multidict.Decompose(t.Context(), x, 2, []multidict.Mode{{N: 1, Libraries: c.libraries, Distinct: true}}, nil)
		require.ErrorIs(t, err, c.want, c.text)
		require.ErrorContains(t, err, c.text)
	}
	_, err := multidict.Decompose(t.Context(), x, 2, []multidict.Mode{{N: 3, Libraries: []multidict.Library{{Dict: d, Max: -1}}}}, nil)
	require.ErrorContains(t, err, "mode 3 of a tensor of order 3")
}

func problem(t *testing.T, seed uint64) *synth.DictionaryProblem {
	t.Helper()
	atoms, err := synth.IncoherentAtoms(15, 5, 10, nil, seed)
	require.NoError(t, err)
	p, err := synth.DictionaryCP(3, &synth.DictionaryOptions{Dims: []int{8, 15, 6}, D: atoms, Noise: synth.SNR(15), Seed: seed})
	require.NoError(t, err)
	return p
}

func random(t *testing.T, rng *rand.Rand, rows, atoms int) *dict.Dictionary {
	t.Helper()
	d, err := dict.New(uniform(rng, rows, atoms), nil, nil)
	require.NoError(t, err)
	return d
}

func uniform(rng *rand.Rand, rows, cols int) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, rng.Float64())
		}
	}
	return a
}
