package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// Planted atoms, also within bounds, from matrices either way round, with other factors
// of both kinds and more columns than are looked at.
func TestGroupLassoFindsPlantedAtoms(t *testing.T) {
	racetest.Skip(t, "the race detector takes long over it, and it starts no goroutine of its own")
	for _, norm := range []RowNorm{RowL2, RowMax} {
		for _, method := range []cpd.Method{cpd.LeastSquares{}, cpd.NNLS{}, cpd.FCLS{}} {
			rng := newRand(7)
			d := dictionary(t, drawn(rng, 25, 40, true))
			planted := []int{2, 11, 35}
			mix := drawn(rng, 60, 3, true)
			if _, sums := method.(cpd.FCLS); sums {
				for i := range 60 {
					row := mix.RawRowView(i)
					sum := row[0] + row[1] + row[2]
					for r := range row {
						row[r] /= sum
					}
				}
			}
			m := Mode{N: 0, Dict: d, Distinct: true, Physical: true, Group: make([]int, 40), Bounds: []assign.Bound{{Min: 1, Max: 1}, {Min: 0, Max: 2}}}
			for j := 20; j < 40; j++ {
				m.Group[j] = 1
			}
			m.Bounds[0] = assign.Bound{Min: 2, Max: 2}
			x := noisy(rng, 0.02, d.Columns(planted, true), mix)
			r, err := Decompose(t.Context(), x, 3, []Mode{m}, &Options{Methods: []cpd.Method{nil, method}, Algorithm: GroupLasso{Norm: norm}})
			require.NoError(t, err)
			checkResult(t, x, 3, []Mode{m}, r)
			require.Equal(t, planted, sorted(r.Atoms[0]), "%v, %T", norm, method)
			require.Equal(t, "group lasso "+norm.String(), r.Algorithm)
		}
	}
	rng := newRand(1) // the other way round
	d := dictionary(t, drawn(rng, 20, 30, false))
	x := noisy(rng, 0.02, drawn(rng, 50, 3, false), d.Columns([]int{4, 5, 6}, false))
	r, err := Decompose(t.Context(), x, 3, []Mode{{N: 1, Dict: d, Distinct: true}}, &Options{Algorithm: GroupLasso{Norm: RowMax}})
	require.NoError(t, err)
	require.Equal(t, []int{4, 5, 6}, sorted(r.Atoms[1]))
}

// Its choices keep to what a mode allows, where few rows are ever left.
func TestGroupLassoIsFeasible(t *testing.T) {
	for _, seed := range seeds(40, 10) {
		rng := newRand(seed)
		rank := 1 + rng.IntN(4)
		d := dictionary(t, drawn(rng, 4, 9, false))
		m := mixed(rng, d, rank)
		x := noisy(rng, 0.5, d.Columns([]int{int(seed) % 9}, false), drawn(rng, 6, 1, false))
		r, err := Decompose(t.Context(), x, rank, []Mode{*m}, &Options{Algorithm: GroupLasso{Norm: RowNorm(seed % 2)}})
		require.NoError(t, err, "seed %d", seed)
		requireAllowed(t, *m, r.Atoms[0])
	}
}

func TestGroupLassoRejects(t *testing.T) {
	x, modes, o := hasty(t)
	o.Algorithm = GroupLasso{}
	_, err := Decompose(t.Context(), x, 4, modes, &o)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "matrices")
	rng := newRand(1)
	d := storedIn(t, drawn(rng, 5, 9, true))
	y := noisy(rng, 0.1, drawn(rng, 5, 2, true), drawn(rng, 6, 2, true))
	_, err = Decompose(t.Context(), y, 2, []Mode{{Dict: d}}, &Options{Algorithm: GroupLasso{}})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "in memory")
}

// The columns that rows in ‖·‖_∞ are solved for are columns, either way round.
func TestSomeColumnsAreColumns(t *testing.T) {
	rng := newRand(2)
	y := drawn(rng, 3, 2500, false)
	for n, a := range []*mat.Dense{y, mat.DenseCopyOf(y.T())} {
		p, err := newProblem(tensor.FromMatrix(a), 1, []Mode{{N: n, Dict: dictionary(t, drawn(rng, 3, 4, true))}}, nil)
		require.NoError(t, err)
		got := p.someColumns(n)
		_, c := got.Dims()
		require.Equal(t, 250, c)
		for k := range c {
			require.Equal(t, mat.Col(nil, 10*k, y), mat.Col(nil, k, got))
		}
	}
}
