package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// onePass is a pass over rows i…i+7, and what it moved.
func onePass(a, m []float64, lda, i int, w, s []float64) (moved float64) {
	rank := len(s)
	for r, step := range s {
		if step == 0 {
			continue
		}
		for j := i; j < i+Group; j++ {
			d := m[r*lda+j]
			for q := range rank {
				if q != r {
					d -= w[r*rank+q] * a[q*lda+j]
				}
			}
			v := max(0, step*d)
			moved += w[r*rank+r] * (v - a[r*lda+j]) * (v - a[r*lda+j])
			a[r*lda+j] = v
		}
	}
	return moved
}

// Every group makes the passes it makes alone, whichever groups are beside it, and stays
// when it has settled.
func TestColumnTablePassesMatchTheirLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(41, 0))
		for _, rank := range []int{1, 2, 3, 6, 17} {
			for _, groups := range []int{4, 5, 11} {
				const inner = 6
				n := groups * Group
				lda := n + 3
				a, ga := guarded[float64](rng, (rank-1)*lda+n, 1)
				m, gm := guarded[float64](rng, (rank-1)*lda+n, 2)
				w, s := make([]float64, rank*rank), make([]float64, rank)
				for r := range rank {
					for q := range r {
						v := rng.Float64() / float64(rank)
						w[r*rank+q], w[q*rank+r] = v, v
					}
					w[r*rank+r], s[r] = 2, 0.5
				}
				if rank > 2 {
					s[1] = 0 // a column that stays
				}
				want := clone(a)
				for k := range groups {
					enough := 0.0
					for pass := range inner {
						moved := onePass(want, m, lda, k*Group, w, s)
						if pass == 0 {
							enough = 0.01 * moved
						}
						if moved <= enough {
							break
						}
					}
				}
				table := NewColumnTable(rank, lda)
				table.Load(w, s)
				inf := math.Inf(1)
				g := ColumnGroups{First: [Groups]int{0, 8, 16, 24}, Enough: [Groups]float64{inf, inf, inf, inf}, Left: [Groups]int{inner, inner, inner, inner}, Next: 32, End: n, Passes: inner}
				got, open := clone(a), 15
				done := make([]float64, len(a))
				for calls := 0; open != 0; calls++ {
					require.Less(t, calls, groups*inner)
					settled := table.Passes(a, m, &g, 3, 0.01)
					copy(got, a)
					for k, i := range g.First {
						if settled>>k&1 == 0 {
							continue
						}
						require.NotZero(t, open>>k&1, "settled twice")
						open &^= 1 << k
						g.Enough[k], g.Left[k] = -1, 0
						for r := range rank {
							copy(done[r*lda+i:][:Group], a[r*lda+i:][:Group])
						}
					}
					if open == 0 {
						break
					}
				}
				for _, i := range g.First {
					for r := range rank {
						copy(got[r*lda+i:][:Group], done[r*lda+i:][:Group])
					}
				}
				near(t, want, got, 20*(rank+3), fmt.Sprintf("rank=%d groups=%d", rank, groups))
				ga(t)
				gm(t)
			}
		}
	})
}

// A NaN must not pass for a zero, nor for a group that has settled.
func TestColumnTablePassesKeepNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for i := range Groups * Group {
			a, m := make([]float64, 32), make([]float64, 32)
			m[i] = math.NaN()
			table := NewColumnTable(1, 32)
			table.Load([]float64{1}, []float64{1})
			g := ColumnGroups{First: [Groups]int{0, 8, 16, 24}, Enough: [Groups]float64{-1, -1, -1, -1}, Next: 32, End: 32}
			k := i / Group
			g.Enough[k] = math.Inf(1)
			require.Zero(t, table.Passes(a, m, &g, 2, 0.01))
			require.True(t, math.IsNaN(a[i]), i)
			g.Left[k] = 1
			require.Equal(t, 1<<k, table.Passes(a, m, &g, 2, 0.01))
		}
	})
}
