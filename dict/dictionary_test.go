package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestNewRejects(t *testing.T) {
	ok := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	for name, c := range map[string]struct {
		atoms *mat.Dense
		names []string
		axis  []float64
		is    error
		says  string
	}{
		"nothing":           {&mat.Dense{}, nil, nil, ErrShape, "0×0"},
		"too few names":     {ok, []string{"a"}, nil, ErrShape, "1 names for 2 atoms"},
		"too short an axis": {ok, nil, []float64{1}, ErrShape, "1 axis values for atoms of length 2"},
		"a zero atom":       {mat.NewDense(2, 2, []float64{1, 0, 3, 0}), []string{"a", "quartz"}, nil, ErrAtom, "quartz is zero"},
		"a NaN":             {mat.NewDense(2, 2, []float64{1, 2, 3, math.NaN()}), nil, nil, ErrAtom, "atom 1 holds NaN in row 1"},
		"an infinity":       {mat.NewDense(2, 2, []float64{math.Inf(-1), 2, 3, 4}), nil, nil, ErrAtom, "atom 0 holds -Inf in row 0"},
		"an overflow":       {mat.NewDense(2, 2, []float64{math.MaxFloat64, 2, math.MaxFloat64, 4}), nil, nil, ErrAtom, "overflows"},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := New(c.atoms, c.names, c.axis)
			require.Nil(t, d)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestDictionaryKeepsWhatItWasGiven(t *testing.T) {
	given := mat.NewDense(2, 3, []float64{3, 0, -1e-310, 4, 2, 0})
	names, axis := []string{"a", "", "c"}, []float64{400, 500}
	d, err := New(given, names, axis)
	require.NoError(t, err)
	given.Zero()
	names[0], axis[0] = "changed", 0
	require.Equal(t, []float64{3, 4}, d.Atom(0))
	require.Equal(t, []float64{400, 500}, d.Axis())
	require.Equal(t, []string{"a", "atom 1", "c"}, []string{d.Name(0), d.Name(1), d.Name(2)})
	require.True(t, mat.EqualApprox(mat.NewDense(2, 3, []float64{-1, 0.6, 0.6, 0, 0.8, 0.8}), d.Columns([]int{2, 0, 0}, false), eps), "a tiny atom has unit norm, too")
	require.True(t, mat.Equal(mat.NewDense(2, 2, []float64{0, 3, 2, 4}), d.Columns([]int{1, 0}, true)))

	s, err := d.Subset([]int{1, 0})
	require.NoError(t, err)
	require.Equal(t, []string{"atom 1", "a"}, []string{s.Name(0), s.Name(1)}, "an atom keeps its name")
	require.Equal(t, d.Axis(), s.Axis())
	require.True(t, mat.Equal(d.Columns([]int{1, 0}, true), s.Atoms()))
	for _, index := range [][]int{nil, {3}, {-1}} {
		_, err = d.Subset(index)
		require.ErrorIs(t, err, ErrShape, "%v", index)
	}
}

// Over more than one block of atoms, with signs.
func TestCoherenceIsTheLargestCorrelation(t *testing.T) {
	for _, c := range []struct{ rows, atoms int }{{3, 2}, {1, 4}, {9, 40}, {30, 600}} {
		rng := newRand(uint64(c.atoms))
		d := dictionary(t, drawn(rng, c.rows, c.atoms, false))
		most := -1.0
		at := [2]int{}
		for j := range c.atoms {
			for i := range j {
				a, b := d.atoms.ColView(i), d.atoms.ColView(j)
				if v := math.Abs(mat.Dot(a, b)) / (mat.Norm(a, 2) * mat.Norm(b, 2)); v > most {
					most, at = v, [2]int{i, j}
				}
			}
		}
		mu, i, j := d.Coherence()
		require.InDelta(t, most, mu, 1e-13)
		require.LessOrEqual(t, mu, 1.0)
		if c.rows > 1 {
			require.Equal(t, at, [2]int{i, j})
		}
	}
	mu, i, j := dictionary(t, drawn(newRand(1), 5, 1, false)).Coherence()
	require.Equal(t, []any{0.0, -1, -1}, []any{mu, i, j})
	mu, _, _ = dictionary(t, mat.NewDense(2, 2, []float64{1, 0, 0, 1})).Coherence()
	require.Zero(t, mu)
}

// Prune is the greedy rule, in the order given, by angles without sign.
func TestPruneIsGreedy(t *testing.T) {
	rng := newRand(4)
	d := dictionary(t, drawn(rng, 4, 80, false))
	for _, angle := range []float64{0, 0.1, 0.3, 0.7, 1.2, math.Pi / 2} {
		var want []int
		for j := range 80 {
			far := true
			for _, i := range want {
				u := d.Columns([]int{i, j}, false)
				far = far && math.Acos(math.Min(1, math.Abs(mat.Dot(u.ColView(0), u.ColView(1))))) >= angle-1e-12
			}
			if far {
				want = append(want, j)
			}
		}
		require.Equal(t, want, d.Prune(angle), "%g", angle)
	}
	twins := dictionary(t, mat.NewDense(2, 4, []float64{1, -2, 1, 0.1, 1, -2, 0, 0.1}))
	require.Equal(t, []int{0, 2}, twins.Prune(1e-3))
	require.Equal(t, []int{0, 1, 2, 3}, twins.Prune(0))
}
