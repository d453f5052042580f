package dict

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
)

// lookalikes are atoms in families of about three, by degrees apart, in no order.
func lookalikes(seed uint64, rows, count int, degrees float64) *mat.Dense {
	rng := newRand(seed)
	a := mat.NewDense(rows, count, nil)
	order := rng.Perm(count)
	var leader []float64
	for i, j := range order {
		if i%3 == 0 {
			leader = mat.Col(nil, 0, drawn(rng, rows, 1, true))
		}
		v := slices.Clone(leader)
		if i%3 > 0 {
			for q := range v {
				v[q] *= 1 + degrees*math.Pi/180*rng.NormFloat64()/2
			}
		}
		a.SetCol(j, v)
	}
	return a
}

// Families are what Prune keeps the leaders of, each within its group.
func TestFamiliesAreThoseOfPrune(t *testing.T) {
	for seed := range uint64(30) {
		m := Mode{Dict: dictionary(t, lookalikes(seed, 12, 40, 1)), Apart: 0.04}
		family := m.families()
		var leaders []int
		for j, leader := range family {
			require.Equal(t, leader, family[leader])
			require.LessOrEqual(t, leader, j)
			if leader == j {
				leaders = append(leaders, j)
			}
		}
		require.Equal(t, m.Dict.Prune(0.04), leaders)
		for j := range family {
			m.Group = append(m.Group, j%2)
		}
		m.Bounds = make([]assign.Bound, 2)
		for j, leader := range m.families() {
			require.Equal(t, m.Group[j], m.Group[leader])
		}
	}
}

// The K step with families is the best of all choices.
func TestChoiceApartIsExact(t *testing.T) {
	for seed := range uint64(200) {
		rng := newRand(seed)
		rank, atoms, rows := 2+rng.IntN(2), 5+rng.IntN(4), 5
		m := Mode{Dict: dictionary(t, lookalikes(seed, rows, atoms, 2)), Apart: 0.1, Match: []Match{Correlation, Angle, Distance}[rng.IntN(3)]}
		if rng.IntN(2) == 0 {
			for range atoms {
				m.Group = append(m.Group, rng.IntN(2))
			}
			m.Bounds = []assign.Bound{{Min: rng.IntN(2), Max: -1}, {Min: 0, Max: 1 + rng.IntN(2)}}
		}
		m.Free = assign.Bound{Min: 0, Max: rng.IntN(2)}
		if m.check([]int{rows}, rank) != nil {
			continue
		}
		m.rank, m.free = rank, m.mostFree(rank)
		if m.setApart() != nil {
			continue
		}
		a := drawn(rng, rows, rank, true)
		c := newChooser(&m, rank, true)
		require.NoError(t, c.choose(a), "seed %d", seed)
		total := func(k []int) float64 {
			sum := 0.0
			for r, j := range k {
				if j >= 0 {
					norm := mat.Norm(a.ColView(r), 2)
					x := mat.Dot(m.Dict.Columns([]int{j}, false).ColView(0), a.ColView(r))
					if m.Match != Distance {
						x /= norm
					}
					sum += m.Match.cost(x, norm, m.Dict.norms[j], true)
				}
			}
			return sum
		}
		apart := func(k []int) bool {
			for i := range k {
				for j := range i {
					if m.clash(k[i], k[j]) {
						return false
					}
				}
			}
			return true
		}
		require.True(t, apart(c.atoms) && permitted(m, c.atoms), "seed %d: %v of %v", seed, c.atoms, m.family)
		least := math.Inf(1)
		choices(rank, atoms+1, func(k []int) {
			k = slices.Clone(k)
			for r := range k {
				k[r]--
			}
			if freeIn(k) == m.free && permitted(m, k) && apart(k) {
				least = min(least, total(k))
			}
		})
		require.InDelta(t, least, total(c.atoms), 1e-12, "seed %d: %v", seed, c.atoms)
	}
}

// However near one another the best atoms are, a result has one of a family, and of a
// planted family the right one.
func TestAtomsOfAResultAreApart(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	for _, dims := range [][]int{{30, 50}, {30, 8, 7}} {
		for _, a := range everyAlgorithm() {
			rng := newRand(3)
			atoms := lookalikes(4, 30, 60, 1)
			m := Mode{Dict: dictionary(t, atoms), Apart: 0.05}
			family := m.families()
			var planted []int
			for _, j := range rng.Perm(60) {
				if len(planted) < 3 && !slices.ContainsFunc(planted, func(i int) bool { return family[i] == family[j] }) {
					planted = append(planted, j)
				}
			}
			factors := []*mat.Dense{m.Dict.Columns(planted, true)}
			for _, size := range dims[1:] {
				factors = append(factors, drawn(rng, size, 3, true))
			}
			x := noisy(rng, 0.001, factors...)
			for rank := 3; rank <= 4; rank++ {
				r, err := Decompose(t.Context(), x, rank, []Mode{m}, &Options{Algorithm: a, Methods: same(cpd.HALS{}, len(dims))})
				require.NoError(t, err, a.Name())
				seen := map[int]bool{}
				for _, j := range r.Atoms[0] {
					require.False(t, seen[family[j]], "%s: %v", a.Name(), r.Atoms[0])
					seen[family[j]] = true
				}
				if _, swap := a.(Swap); swap && rank == 3 {
					require.ElementsMatch(t, planted, r.Atoms[0])
				}
			}
		}
	}
}

func TestApartIsRefused(t *testing.T) {
	rng := newRand(1)
	x := noisy(rng, 0, drawn(rng, 12, 3, true), drawn(rng, 9, 3, true))
	d := dictionary(t, lookalikes(2, 12, 12, 1)) // four families
	group := []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}
	for _, c := range []struct {
		rank int
		mode Mode
		kind error
		says string
	}{
		{3, Mode{Dict: d, Apart: -1}, ErrOptions, "an angle below a right one"},
		{3, Mode{Dict: d, Apart: 0.1, PerComponent: 2}, ErrOptions, "one atom per component"},
		{5, Mode{Dict: d, Apart: 0.1}, ErrBounds, "4 families"},
		{6, Mode{Dict: d, Apart: 0.1, Group: group, Bounds: []assign.Bound{{Min: 5, Max: -1}, {Min: 0, Max: 1}}}, ErrBounds, "at least 5 atoms and has 4 families"},
	} {
		_, err := Decompose(t.Context(), x, c.rank, []Mode{c.mode}, nil)
		require.ErrorIs(t, err, c.kind)
		require.ErrorContains(t, err, c.says)
	}
	r, err := Decompose(t.Context(), x, 4, []Mode{{Dict: d, Apart: 0.1}}, nil)
	require.NoError(t, err)
	require.Len(t, r.Atoms[0], 4)
	r, err = Decompose(t.Context(), x, 6, []Mode{{Dict: d, Apart: 0.1, Free: assign.Bound{Min: 2, Max: 2}}}, nil)
	require.NoError(t, err)
	require.Equal(t, 2, freeIn(r.Atoms[0]))
}
