package multidict_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

func hals(order int) []cpd.Method {
	methods := make([]cpd.Method, order)
	for n := range methods {
		methods[n] = cpd.HALS{}
	}
	return methods
}

func library(t require.TestingT, atoms *mat.Dense, least, most int) multidict.Library {
	d, err := dict.New(atoms, nil, nil)
	require.NoError(t, err)
	return multidict.Library{Dict: d, Min: least, Max: most}
}

// Bounds of any kind, of which many cannot hold: Decompose refuses exactly those
// that no choice of atoms meets, and keeps all others, for tensors and matrices.
func TestDecomposeRefusesExactlyWhatCannotHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		rank := rapid.IntRange(1, 4).Draw(t, "rank")
		m := multidict.Mode{Distinct: rapid.Bool().Draw(t, "distinct")}
		feasible, least, most := true, 0, 0
		for range rapid.IntRange(1, 3).Draw(t, "libraries") {
			size := rapid.IntRange(1, 5).Draw(t, "size")
			lib := library(t, uniform(rng, 8, size), rapid.IntRange(0, 2).Draw(t, "min"), rapid.IntRange(-1, 3).Draw(t, "max"))
			m.Libraries = append(m.Libraries, lib)
			limit := rank
			if m.Distinct {
				limit = min(limit, size)
			}
			if lib.Max >= 0 {
				limit = min(limit, lib.Max)
			}
			feasible = feasible && lib.Min <= limit
			least, most = least+lib.Min, most+limit
		}
		feasible = feasible && least <= rank && rank <= most
		dims := []int{8, 6, 5}[:rapid.IntRange(2, 3).Draw(t, "order")]
		x := tensor.NewDense(dims, nil)
		for i := range x.Data() {
			x.Data()[i] = rng.Float64()
		}
		algorithm := rapid.SampledFrom([]dict.Algorithm{
			dict.Project{}, dict.Hard{Sweeps: 20}, dict.SOMP{}, dict.Swap{Starts: []dict.Algorithm{dict.SOMP{}}},
		}).Draw(t, "algorithm")
		r, err := multidict.Decompose(context.Background(), x, rank, []multidict.Mode{m}, &dict.Options{
			Methods: hals(len(dims)), Algorithm: algorithm, Stop: sweep.MaxSweeps(10),
		})
		if !feasible {
			require.ErrorIs(t, err, dict.ErrBounds)
			require.Nil(t, r)
			return
		}
		require.NoError(t, err)
		used := make([]int, len(m.Libraries))
		for _, s := range r.Sources[0] {
			used[s.Library]++
		}
		for l, lib := range m.Libraries {
			require.True(t, lib.Min <= used[l] && (lib.Max < 0 || used[l] <= lib.Max), "library %d gives %d, bounds %d..%d", l, used[l], lib.Min, lib.Max)
		}
	})
}

// Libraries on two modes, given in any order: atoms are paired as they were mixed.
func TestSourcesOfTwoModes(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 1))
	a, b := library(t, uniform(rng, 20, 6), 1, 1), library(t, uniform(rng, 20, 9), 0, -1)
	c, d := library(t, uniform(rng, 15, 4), 1, 2), library(t, uniform(rng, 15, 5), 1, 1)
	want := map[multidict.Source]multidict.Source{
		{Library: 0, Atom: 5}: {Library: 1, Atom: 4}, {Library: 1, Atom: 0}: {Library: 0, Atom: 0}, {Library: 1, Atom: 8}: {Library: 0, Atom: 3},
	}
	first, last := mat.NewDense(20, 3, nil), mat.NewDense(15, 3, nil)
	for r, s := range []multidict.Source{{Library: 0, Atom: 5}, {Library: 1, Atom: 0}, {Library: 1, Atom: 8}} {
		first.SetCol(r, []multidict.Library{a, b}[s.Library].Dict.Atom(s.Atom))
		last.SetCol(r, []multidict.Library{c, d}[want[s].Library].Dict.Atom(want[s].Atom))
	}
	x := tensor.NewKruskal(first, uniform(rng, 8, 3), last).Dense()
	got, err := multidict.Decompose(t.Context(), x, 3, []multidict.Mode{
		{N: 2, Libraries: []multidict.Library{c, d}, Distinct: true}, {N: 0, Libraries: []multidict.Library{a, b}, Distinct: true},
	}, &dict.Options{Methods: hals(3), Starts: 3})
	require.NoError(t, err)
	require.Less(t, got.RelativeError, 1e-6)
	pairs := map[multidict.Source]multidict.Source{}
	for r := range 3 {
		pairs[got.Sources[0][r]] = got.Sources[2][r]
	}
	require.Equal(t, want, pairs)
	require.Nil(t, got.Sources[1])
}

// A library out of scale by orders of magnitude is compared like the others.
func TestScaleOfALibraryDoesNotMatter(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	a, b := uniform(rng, 30, 8), uniform(rng, 30, 8)
	e := mat.NewDense(30, 2, nil)
	e.SetCol(0, mat.Col(nil, 2, a))
	e.SetCol(1, mat.Col(nil, 5, b))
	x := tensor.NewKruskal(e, uniform(rng, 40, 2)).Dense()
	for _, by := range []float64{1, 1e6, 1e-6} {
		var scaled mat.Dense
		scaled.Scale(by, b)
		libraries := []multidict.Library{library(t, a, 0, 2), library(t, &scaled, 0, 2)}
		r, err := multidict.Decompose(t.Context(), x, 2, []multidict.Mode{{Libraries: libraries}}, nil)
		require.NoError(t, err)
		require.Less(t, r.RelativeError, 1e-7)
		require.ElementsMatch(t, []multidict.Source{{Library: 0, Atom: 2}, {Library: 1, Atom: 5}}, r.Sources[0])
	}
}
