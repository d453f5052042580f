package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// costs are the R×d costs of a mode's rule.
func costs(t testing.TB, m *Mode, a *mat.Dense, signed bool) *mat.Dense {
	t.Helper()
	_, atoms := m.Dict.Dims()
	rows, rank := a.Dims()
	u, norm, cost := mat.NewDense(rows, rank, nil), make([]float64, rank), mat.NewDense(rank, atoms, nil)
	require.NoError(t, m.Match.prepare(u, norm, make([]float64, rows), a))
	newPass(m.Dict, m.Match.scaling(m.Dict), rank, func(_, first int, c []float64) {
		for k, x := range c {
			j, r := first+k/rank, k%rank
			cost.Set(r, j, m.Match.cost(x, norm[r], m.Dict.norms[j], signed))
		}
	}).run(u)
	return cost
}

// Every rule against its formula, signed and with the sign free, over all pairs.
func TestMatchCostsAreTheirFormulas(t *testing.T) {
	rng := newRand(8)
	rows, atoms, rank := 7, 23, 4
	a, d := drawn(rng, rows, rank, false), dictionary(t, drawn(rng, rows, atoms, false))
	dot := func(x, y []float64) (s float64) {
		for i := range x {
			s += x[i] * y[i]
		}
		return s
	}
	less := func(x []float64) []float64 {
		m := stat.Mean(x, nil)
		y := make([]float64, len(x))
		for i := range x {
			y[i] = x[i] - m
		}
		return y
	}
	cosine := func(x, y []float64) float64 { return dot(x, y) / math.Sqrt(dot(x, x)*dot(y, y)) }
	formula := map[Match]func(x, y []float64) float64{
		Correlation:      func(x, y []float64) float64 { return -cosine(x, y) },
		Angle:            func(x, y []float64) float64 { return math.Acos(cosine(x, y)) },
		MeanRemovedAngle: func(x, y []float64) float64 { return math.Acos(cosine(less(x), less(y))) },
		Distance: func(x, y []float64) (s float64) {
			for i := range x {
				s += (x[i] - y[i]) * (x[i] - y[i])
			}
			return s
		},
	}
	for m, f := range formula {
		for _, signed := range []bool{true, false} {
			cost := costs(t, &Mode{Dict: d, Match: m}, a, signed)
			for r := range rank {
				for j := range atoms {
					x, y := mat.Col(nil, r, a), d.Atom(j)
					want := f(x, y)
					if !signed {
						for i := range x {
							x[i] = -x[i]
						}
						want = math.Min(want, f(x, y))
					}
					require.InDelta(t, want, cost.At(r, j), 1e-12, "%v, signed %v", m, signed)
				}
			}
		}
	}
}

// Columns and atoms at which a formula has no value get a cost that is one.
func TestMatchCostsAreFinite(t *testing.T) {
	d := dictionary(t, mat.NewDense(3, 3, []float64{0.1, 1, 1, 0.1, 2, 0, 0.1, 3, 0}))
	a := mat.NewDense(3, 3, []float64{0, 0.3, 1, 0, 0.3, 2, 0, 0.3, 3}) // zero, constant, atom 1
	for m := Correlation; m <= Distance; m++ {
		cost := costs(t, &Mode{Dict: d, Match: m}, a, true)
		for r := range 3 {
			for j := range 3 {
				require.False(t, math.IsNaN(cost.At(r, j)) || math.IsInf(cost.At(r, j), 0), "%v", m)
			}
		}
		if m != Distance {
			require.Equal(t, cost.At(0, 0), cost.At(0, 1), "%v: a zero column is as far from every atom", m)
		}
		require.Equal(t, 1, floats.MinIdx(cost.RawRowView(2)), "%v", m)
	}
	cost := costs(t, &Mode{Dict: d, Match: MeanRemovedAngle}, a, true)
	for r := range 3 {
		require.Equal(t, math.Pi/2, cost.At(r, 0), "a constant atom is at a right angle to column %d", r)
		require.Equal(t, math.Pi/2, cost.At(1, r), "a constant column is at a right angle to atom %d", r)
	}
	require.Equal(t, "dict.Match(9)", Match(9).String())
}

// The target of a choice is at the side of the column where signs are free.
func TestChooserTurnsAtoms(t *testing.T) {
	d := dictionary(t, mat.NewDense(2, 3, []float64{2, 0, 3, 0, 5, 3}))
	a := mat.NewDense(2, 2, []float64{0.1, -4, -3, 0.1})
	for _, physical := range []bool{false, true} {
		c := newChooser(&Mode{Dict: d, Physical: physical}, 2, false)
		require.NoError(t, c.choose(a))
		require.Equal(t, []int{1, 0}, c.atoms)
		want := mat.NewDense(2, 2, []float64{0, -1, -1, 0})
		if physical {
			want = mat.NewDense(2, 2, []float64{0, -2, -5, 0})
		}
		require.True(t, mat.Equal(want, c.target))
	}
	c := newChooser(&Mode{Dict: d}, 2, true)
	require.NoError(t, c.choose(a))
	require.Equal(t, []int{0, 1}, c.atoms, "signed, the opposite of an atom is the farthest from it")
	require.Equal(t, []float64{1, 1}, c.sign)
}
