package dict

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// pairs is a tensor whose modes 0 and 2, in one group of tied modes, take the same atoms;
// the last free components are of none.
func pairs(seed uint64, free int, nonnegative bool) (x *tensor.Dense, one, two *Dictionary, planted []int, t *tensor.Kruskal) {
	rng := newRand(seed)
	d, e := drawn(rng, 8, 15, nonnegative), drawn(rng, 7, 15, nonnegative)
	one, two = mustNew(d), mustNew(e)
	planted = rng.Perm(15)[:4-free]
	a, b, c := drawn(rng, 8, 4, nonnegative), drawn(rng, 10, 4, nonnegative), drawn(rng, 7, 4, nonnegative)
	for r, j := range planted {
		a.SetCol(r, mat.Col(nil, j, d))
		c.SetCol(r, mat.Col(nil, j, e))
	}
	return noisy(rng, 0.01, a, b, c), one, two, planted, tensor.NewKruskal(a, b, c)
}

func mustNew(a *mat.Dense) *Dictionary {
	d, err := New(a, nil, nil)
	if err != nil {
		panic(err)
	}
	return d
}

// The choice of a pair decides two modes: with all algorithms the factors are those of
// the pairs, and the error is that of the model.
func TestTiedModes(t *testing.T) {
	racetest.Slow(t)
	for _, nonnegative := range []bool{false, true} {
		for _, free := range []int{0, 1} {
			for _, seed := range seeds(3, 1) {
				x, one, two, planted, _ := pairs(seed, free, nonnegative)
				o := Options{Methods: make([]cpd.Method, 3)}
				if nonnegative {
					o.Methods = same(cpd.HALS{}, 3)
				}
				for _, physical := range []bool{false, true} {
					for _, m := range []Mode{
						{N: 0, Dict: one, Tied: []Tied{{2, two}}, Distinct: true, Physical: physical},
						{N: 2, Dict: two, Tied: []Tied{{0, one}}, Distinct: true, Physical: physical},
					} {
						what := fmt.Sprintf("seed %d, free %d, nonnegative %v, physical %v, mode %d", seed, free, nonnegative, physical, m.N)
						m.Free = assign.Bound{Min: free, Max: free}
						r, err := Decompose(t.Context(), x, 4, []Mode{m}, &o)
						require.NoError(t, err, what)
						want := planted
						if free > 0 {
							want = append(append([]int(nil), planted...), -1)
						}
						require.ElementsMatch(t, want, r.Atoms[0], what)
						require.Equal(t, r.Atoms[0], r.Atoms[2], what)
						require.Nil(t, r.Atoms[1])
						require.Less(t, r.RelativeError, 0.0105, what)
						require.InDelta(t, slowError(x, r.Model), r.RelativeError, 1e-7, what)
						require.InDelta(t, slowError(x, tensor.NewKruskal(r.Factors...)), r.RelativeError, 1e-7, what)
						checkResult(t, x, 4, []Mode{{N: 0, Dict: one, Distinct: true, Free: m.Free}, {N: 2, Dict: two, Free: m.Free}}, r)
						if nonnegative {
							require.GreaterOrEqual(t, mat.Min(r.Model.Factors[0]), 0.0)
							require.GreaterOrEqual(t, mat.Min(r.Model.Factors[2]), 0.0)
						}
					}
				}
			}
		}
	}
}

// Data of every kind merge into the same problem.
func TestTiedModesOfEveryData(t *testing.T) {
	x, one, two, planted, _ := pairs(5, 0, true)
	for kind, y := range workData(x) {
		m := []Mode{{N: 2, Dict: two, Tied: []Tied{{0, one}}}}
		r, err := Decompose(t.Context(), y, 4, m, &Options{Methods: same(cpd.HALS{}, 3)})
		switch kind {
		case "Masked.Exact", "Observed", "Observed.Imputing":
			require.ErrorIs(t, err, ErrOptions, kind)
			require.ErrorContains(t, err, "use tensor.Dense", kind)
			continue
		}
		require.NoError(t, err, kind)
		require.ElementsMatch(t, planted, r.Atoms[0], kind)
		require.InDelta(t, r.Model.RelativeError(y), r.RelativeError, 1e-6, kind)
	}
}

func TestTiedModesAreRefused(t *testing.T) {
	x, one, two, _, _ := pairs(5, 0, true)
	few := mustNew(mat.NewDense(7, 2, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3, 4, 5}))
	for says, modes := range map[string][]Mode{
		"mode 3 of a tensor of order 3":   {{N: 0, Dict: one, Tied: []Tied{{3, two}}}},
		"cannot be tied to mode 0":        {{N: 0, Dict: one, Tied: []Tied{{0, one}}}},
		"mode 2 tied to it 2":             {{N: 0, Dict: one, Tied: []Tied{{2, few}}}},
		"tied atoms have length 7":        {{N: 0, Dict: one, Tied: []Tied{{1, two}}}},
		"is tied to another as well":      {{N: 0, Dict: one, Tied: []Tied{{2, two}, {2, two}}}},
		"sums of tied atoms":              {{N: 0, Dict: one, Tied: []Tied{{2, two}}, PerComponent: 2}},
		"two dictionaries for mode":       {{N: 0, Dict: one, Tied: []Tied{{2, two}}}, {N: 0, Dict: one}},
		"two dictionaries for mode 2":     {{N: 0, Dict: one, Tied: []Tied{{2, two}}}, {N: 2, Dict: two}},
		"none is left to carry the scale": {{N: 0, Dict: one, Tied: []Tied{{2, two}}}, {N: 1, Dict: mustNew(drawn(newRand(1), 10, 4, true))}},
	} {
		_, err := Decompose(t.Context(), x, 4, modes, nil)
		require.ErrorContains(t, err, says)
	}
	m := []Mode{{N: 0, Dict: one, Tied: []Tied{{2, two}}}}
	r, err := Decompose(t.Context(), x, 4, m, nil)
	require.NoError(t, err)
	_, err = Examine(t.Context(), x, r, m, nil)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "merged")
}

// Data that are not in memory are tied once they are there, or refused.
func TestTiedModesOfDataInSlabs(t *testing.T) {
	x, one, two, _, _ := pairs(5, 0, true)
	m := []Mode{{N: 2, Dict: two, Tied: []Tied{{0, one}}}}
	o := &Options{Methods: same(cpd.HALS{}, 3), Stop: sweep.MaxSweeps(5)}
	want, err := Decompose(t.Context(), x, 4, m, o)
	require.NoError(t, err)
	got, err := Decompose(t.Context(), mustTile(t, &slabs{Dense: x}), 4, m, o)
	require.NoError(t, err)
	require.Equal(t, want.Atoms, got.Atoms)
	require.Equal(t, want.Model, got.Model)
	_, err = Decompose(t.Context(), (&slabs{Dense: x}).tiled(t), 4, m, o)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "allow more memory")
}
