package assign

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// offered fills so many shortlists with the pairs of cost, columns and parts in
// any order, and merges them.
func offered(rng *rand.Rand, cost *mat.Dense, group []int, groups, room, parts int) *Shortlists {
	rows, cols := cost.Dims()
	lists := make([]*Shortlists, parts)
	for p := range lists {
		lists[p] = NewShortlists(rows, groups, room)
	}
	for _, j := range rng.Perm(cols) {
		to := lists[rng.IntN(parts)]
		for i := range rows {
			k := 0
			if group != nil {
				k = group[j]
			}
			to.Offer(i, k, j, cost.At(i, j))
		}
	}
	for _, p := range rng.Perm(parts - 1) {
		lists[0].Merge(lists[p+1])
	}
	return lists[0]
}

// The answer from shortlists is that from the whole cost, index by index, and the
// duals, with V = 0 for what was dropped, certify it over the whole cost: few
// values, so that most costs are tied, forbidden pairs, and columns from just
// enough to many times the lists.
func TestShortlistsSolveTheWholeCost(t *testing.T) {
	feasible := 0
	for seed := range uint64(4000) {
		rng := rand.New(rand.NewPCG(seed, 5))
		rows := 1 + rng.IntN(6)
		cols := rows + rng.IntN(3)
		if rng.IntN(2) == 0 {
			cols = rows + rng.IntN(12*rows*rows)
		}
		values, forbid := 1+rng.IntN(12), rng.Float64()*rng.Float64()
		cost := randomCostAt(rows, cols, func(_, _ int) float64 {
			if rng.Float64() < forbid {
				return math.Inf(1)
			}
			return float64(rng.IntN(values)-values/2) / 4
		})
		var group []int
		var bounds []Bound
		groups := 1
		if rng.IntN(2) == 0 {
			groups = 1 + rng.IntN(3)
			for range cols {
				group = append(group, rng.IntN(groups))
			}
			for range groups {
				bounds = append(bounds, Bound{rng.IntN(3), rng.IntN(5) - 1})
			}
		}
		s := offered(rng, cost, group, groups, rows+1, 1+rng.IntN(3))
		got, err := s.Solve(bounds)
		var want *Result
		var wantErr error
		if bounds == nil {
			want, wantErr = Solve(cost)
		} else {
			want, wantErr = SolveBounded(cost, group, bounds)
		}
		if wantErr != nil {
			require.Error(t, err, "seed %d: %v", seed, wantErr)
			require.True(t, errors.Is(err, ErrBounds) || errors.Is(err, ErrInfeasible), "seed %d: %v", seed, err)
			continue
		}
		feasible++
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, want.Col, got.Col, "seed %d", seed)
		require.Equal(t, want.Cost, got.Cost, "seed %d", seed)
		whole := &Result{Col: got.Col, Cost: got.Cost, U: got.U, W: got.W, V: make([]float64, cols)}
		for c, j := range s.Columns() {
			whole.V[j] = got.V[c]
		}
		if bounds == nil {
			require.NoError(t, Certify(cost, whole), "seed %d", seed)
		} else {
			require.NoError(t, CertifyBounded(cost, group, bounds, whole), "seed %d", seed)
		}
	}
	require.Greater(t, feasible, 1500)
}

// Real costs, where nothing is tied, over blocks that are merged.
func TestShortlistsOfRealCosts(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 6))
		rows := 1 + rng.IntN(9)
		cost := randomCost(rng, rows, rows+rng.IntN(2000), (*rand.Rand).Float64)
		got, err := offered(rng, cost, nil, 1, rows+1, 4).Solve(nil)
		require.NoError(t, err)
		want, err := Solve(cost)
		require.NoError(t, err)
		require.Equal(t, want.Col, got.Col, "seed %d", seed)
		require.InDelta(t, want.Cost, got.Cost, 1e-12, "seed %d", seed)
	}
}

// A list is the head of the sorted columns of its row and group, and Reset forgets.
func TestShortlistsKeepTheCheapest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 7))
	for range 500 {
		rows, cols, groups, room := 1+rng.IntN(3), 1+rng.IntN(40), 1+rng.IntN(3), 1+rng.IntN(5)
		cost := randomCostAt(rows, cols, func(_, _ int) float64 { return float64(rng.IntN(6)) })
		group := make([]int, cols)
		for j := range group {
			group[j] = rng.IntN(groups)
		}
		s := offered(rng, cost, group, groups, room, 2)
		for i := range rows {
			for k := range groups {
				var want []arc
				for j, x := range cost.RawRowView(i) {
					if group[j] == k {
						want = append(want, arc{j, x})
					}
				}
				slices.SortStableFunc(want, func(a, b arc) int { return int(a.cost - b.cost) })
				bar, best := math.Inf(1), -1
				if len(want) > 0 {
					best = want[0].col
				}
				if len(want) >= room {
					want, bar = want[:room], want[room-1].cost
				}
				require.ElementsMatch(t, want, s.group[k*rows+i].arcs)
				require.Equal(t, bar, s.Bar(i, k))
				j, _ := s.Best(i, k)
				require.Equal(t, best, j)
			}
		}
		s.Reset()
		j, x := s.Best(0, 0)
		require.Equal(t, -1, j)
		require.True(t, math.IsInf(x, 1) && math.IsInf(s.Bar(0, 0), 1))
	}
}

// What was dropped is part of the certificate.
func TestShortlistsCertifyWhatWasDropped(t *testing.T) {
	s := NewShortlists(1, 2, 2)
	for j, x := range []float64{1, 2, 3, 4, 5, 6} {
		s.Offer(0, j%2, j, x)
	}
	r, err := s.Solve([]Bound{{0, -1}, {1, 1}})
	require.NoError(t, err)
	require.Equal(t, []int{1}, r.Col)
	r.U[0] = 3.5 // the dearest of group 0 that is listed costs 3
	require.ErrorIs(t, s.certify(r), ErrCertificate)
}

func TestShortlistsReject(t *testing.T) {
	require.Panics(t, func() { NewShortlists(2, 0, 3) })
	require.Panics(t, func() { NewShortlists(2, 1, 0) })
	_, err := NewShortlists(2, 1, 2).Solve(nil)
	require.ErrorIs(t, err, ErrShape)
	require.ErrorContains(t, err, "lists of 2 pairs for 2 rows")
	s := NewShortlists(2, 1, 3)
	_, err = s.Solve(make([]Bound, 2))
	require.ErrorIs(t, err, ErrBounds)
	s.Offer(0, 0, 7, 1)
	s.Offer(1, 0, 7, 1)
	s.Offer(1, 0, 8, math.Inf(1))
	_, err = s.Solve(nil)
	require.ErrorIs(t, err, ErrInfeasible)
	s.Offer(1, 0, 9, math.Inf(-1))
	_, err = s.Solve(nil)
	require.ErrorIs(t, err, ErrCost)
}
