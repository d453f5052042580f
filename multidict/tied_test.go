package multidict

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/tensor"
)

// Two libraries of pairs with bounds, and a component of neither: sources name library and
// atom in both modes.
func TestLibrariesOfTiedModes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	uniform := func(rows, cols int) *mat.Dense {
		a := mat.NewDense(rows, cols, nil)
		for i := range rows {
			for j := range cols {
				a.Set(i, j, rng.Float64())
			}
		}
		return a
	}
	a, b, c := uniform(9, 4), uniform(8, 4), uniform(7, 4)
	library := func(name string, least, most int, columns ...int) Library {
		d, e := uniform(9, 6), uniform(7, 6)
		for at, r := range columns {
			d.SetCol(2*at+1, mat.Col(nil, r, a))
			e.SetCol(2*at+1, mat.Col(nil, r, c))
		}
		one, err := dict.New(d, nil, nil)
		require.NoError(t, err)
		two, err := dict.New(e, nil, nil)
		require.NoError(t, err)
		return Library{Name: name, Dict: one, Tied: []*dict.Dictionary{two}, Min: least, Max: most}
	}
	m := Mode{
		N: 0, Tied: []int{2}, Distinct: true, Free: assign.Bound{Min: 1, Max: 1},
		Libraries: []Library{library("first", 1, 1, 0), library("second", 0, 2, 1, 2)},
	}
	methods := []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}
	x := tensor.NewKruskal(a, b, c).Dense()
	r, err := Decompose(t.Context(), x, 4, []Mode{m}, &dict.Options{Methods: methods, Starts: 2})
	require.NoError(t, err)
	require.ElementsMatch(t, []Source{{0, 1}, {1, 1}, {1, 3}, {-1, -1}}, r.Sources[0])
	require.Equal(t, r.Sources[0], r.Sources[2])
	require.Nil(t, r.Sources[1])
	require.Less(t, r.RelativeError, 1e-3)

	m.Libraries[1].Tied = nil
	_, err = Decompose(t.Context(), x, 4, []Mode{m}, nil)
	require.ErrorIs(t, err, dict.ErrShape)
	require.ErrorContains(t, err, `library "second" has 0 tied dictionaries for 1 tied modes`)
}
