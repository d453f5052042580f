package dict

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/polyad/polyad/assign"
)

// drawMode is a mode over d atoms with any mixture of Distinct, groups and bounds,
// some of them beyond reach.
func drawMode(t *rapid.T, d int) Mode {
	m := Mode{Distinct: rapid.Bool().Draw(t, "distinct")}
	if rapid.Bool().Draw(t, "bounded") {
		groups := rapid.IntRange(1, 3).Draw(t, "groups")
		for range d {
			m.Group = append(m.Group, rapid.IntRange(0, groups-1).Draw(t, "group"))
		}
		for range groups {
			m.Bounds = append(m.Bounds, assign.Bound{Min: rapid.IntRange(0, 2).Draw(t, "min"), Max: rapid.IntRange(-1, 3).Draw(t, "max")})
		}
	}
	return m
}

// often is rapid.Check many times over: the cases are tiny.
func often(t *testing.T, f func(t *rapid.T)) {
	for range 30 {
		rapid.Check(t, f)
	}
}

// shortlisted are the costs that a choice of atoms for the mode may need.
func shortlisted(m *Mode, cost *mat.Dense) *assign.Shortlists {
	rank, d := cost.Dims()
	c := chooser{mode: m, norm: make([]float64, rank)}
	s := c.newShortlist()
	for j := range d {
		for r := range rank {
			s.Offer(r, c.group(j), j, cost.At(r, j))
		}
	}
	return s.Shortlists
}

// check lets a mode pass exactly if there is a choice of atoms that it permits;
// choose then finds the cheapest of them all.
func TestChooseMatchesExhaustiveSearch(t *testing.T) {
	often(t, func(t *rapid.T) {
		d, rank := rapid.IntRange(1, 5).Draw(t, "d"), rapid.IntRange(1, 4).Draw(t, "rank")
		m := drawMode(t, d)
		cost := mat.NewDense(rank, d, nil)
		for r := range rank {
			for j := range d {
				cost.Set(r, j, float64(rapid.IntRange(-4, 4).Draw(t, "cost"))/4)
			}
		}
		least := math.Inf(1)
		choices(rank, d, func(k []int) {
			if !permitted(m, k) {
				return
			}
			total := 0.0
			for r, j := range k {
				total += cost.At(r, j)
			}
			least = math.Min(least, total)
		})
		unit := mat.NewDense(1, d, nil)
		for j := range d {
			unit.Set(0, j, 1)
		}
		var err error
		if m.Dict, err = New(unit, nil, nil); err != nil {
			t.Fatal(err)
		}
		err = m.check([]int{1, 3}, rank)
		if math.IsInf(least, 1) {
			require.ErrorIs(t, err, ErrBounds)
			return
		}
		require.NoError(t, err)
		k := make([]int, rank)
		require.NoError(t, m.choose(k, shortlisted(&m, cost)))
		require.True(t, permitted(m, k), "%v", k)
		total := 0.0
		for r, j := range k {
			total += cost.At(r, j)
		}
		require.InDelta(t, least, total, 1e-12, "%v", k)
	})
}

// From a permitted choice, allows is whether the choice after the exchange is
// permitted; from the beginning of one, extends is whether a permitted whole
// begins that way.
func TestAllowsAndExtendsMatchExhaustiveSearch(t *testing.T) {
	often(t, func(t *rapid.T) {
		d, rank := rapid.IntRange(1, 5).Draw(t, "d"), rapid.IntRange(1, 4).Draw(t, "rank")
		m := drawMode(t, d)
		var whole [][]int
		choices(rank, d, func(k []int) {
			if permitted(m, k) {
				whole = append(whole, slices.Clone(k))
			}
		})
		if len(whole) == 0 {
			return
		}
		k := rapid.SampledFrom(whole).Draw(t, "k")
		for r := range rank {
			for j := range d {
				next := slices.Clone(k)
				next[r] = j
				require.Equal(t, k[r] != j && permitted(m, next), m.allows(k, r, j), "component %d of %v to atom %d", r, k, j)
			}
		}
		begun := k[:rapid.IntRange(0, rank-1).Draw(t, "begun")]
		for j := range d {
			want := slices.ContainsFunc(whole, func(w []int) bool { return slices.Equal(w[:len(begun)], begun) && w[len(begun)] == j })
			require.Equal(t, want, m.extends(begun, j, rank), "%v and then %d", begun, j)
		}
	})
}

func TestModeCheckNamesWhatDoesNotFit(t *testing.T) {
	d := dictionary(t, drawn(newRand(1), 4, 3, true))
	for name, c := range map[string]struct {
		m    Mode
		is   error
		says string
	}{
		"a mode beyond":         {Mode{N: 2, Dict: d}, ErrOptions, "mode 2 of a tensor of order 2"},
		"a mode below":          {Mode{N: -1, Dict: d}, ErrOptions, "mode -1"},
		"no dictionary":         {Mode{}, ErrOptions, "mode 0 has no dictionary"},
		"another length":        {Mode{N: 1, Dict: d}, ErrShape, "length 4, mode 1 has size 9"},
		"too few atoms":         {Mode{Dict: d, Distinct: true}, ErrBounds, "4 components cannot take distinct atoms of 3"},
		"groups without bounds": {Mode{Dict: d, Group: []int{0, 0, 0}}, ErrOptions, "groups but no bounds"},
		"bounds without groups": {Mode{Dict: d, Bounds: []assign.Bound{{Min: 0, Max: -1}}}, ErrShape, "0 group indices for 3 atoms"},
		"an unknown group":      {Mode{Dict: d, Group: []int{0, 0, 1}, Bounds: []assign.Bound{{Min: 0, Max: -1}}}, ErrShape, "atom 2 is of group 1 of 1"},
		"a negative minimum":    {Mode{Dict: d, Group: []int{0, 0, 0}, Bounds: []assign.Bound{{Min: -1, Max: -1}}}, ErrBounds, "group 0 is bounded by -1..-1"},
		"an empty interval":     {Mode{Dict: d, Group: []int{0, 1, 1}, Bounds: []assign.Bound{{Min: 0, Max: -1}, {Min: 2, Max: 1}}}, ErrBounds, "group 1 is bounded by 2..1"},
		"too much":              {Mode{Dict: d, Group: []int{0, 1, 1}, Bounds: []assign.Bound{{Min: 3, Max: -1}, {Min: 2, Max: 4}}}, ErrBounds, "add up to 5"},
		"too little":            {Mode{Dict: d, Group: []int{0, 1, 1}, Bounds: []assign.Bound{{Min: 0, Max: 1}, {Min: 0, Max: 2}}}, ErrBounds, "allow 3 atoms for 4 components"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.m.check([]int{4, 9}, 4)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.says)
		})
	}
}
