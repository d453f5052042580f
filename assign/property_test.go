package assign

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// problem is a drawn cost with groups that some bounds fit.
type problem struct {
	cost   *mat.Dense
	group  []int
	bounds []Bound
	r      *rand.Rand
}

func drawProblem(t *rapid.T) problem {
	r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
	rows := rapid.IntRange(1, 12).Draw(t, "rows")
	cols := rapid.IntRange(rows, rows+60).Draw(t, "cols")
	// Eighths: sums are exact, so properties hold to the last bit.
	p := problem{cost: randomCost(r, rows, cols, func(r *rand.Rand) float64 { return float64(r.IntN(401)-200) / 8 }), r: r}
	groups := rapid.IntRange(1, 4).Draw(t, "groups")
	// A random assignment is feasible for bounds drawn around it.
	p.group = make([]int, cols)
	for j := range p.group {
		p.group[j] = r.IntN(groups)
	}
	for _, n := range used(r.Perm(cols)[:rows], p.group, groups) {
		p.bounds = append(p.bounds, Bound{Min: r.IntN(n + 1), Max: n + r.IntN(2)})
	}
	return p
}

func (p problem) solve(t require.TestingT) (free, bounded float64) {
	f, err := Solve(p.cost)
	require.NoError(t, err)
	b, err := SolveBounded(p.cost, p.group, p.bounds)
	require.NoError(t, err)
	require.LessOrEqual(t, f.Cost, b.Cost, "bounds cannot make it cheaper")
	return f.Cost, b.Cost
}

// cost[i,:] + s shifts the optimum by s.
func TestRowShiftShiftsCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		free, bounded := p.solve(t)
		rows, cols := p.cost.Dims()
		i, s := p.r.IntN(rows), float64(p.r.IntN(2001)-1000)
		for j := range cols {
			p.cost.Set(i, j, p.cost.At(i, j)+s)
		}
		freeShifted, boundedShifted := p.solve(t)
		require.Equal(t, free+s, freeShifted)
		require.Equal(t, bounded+s, boundedShifted)
	})
}

// The order of rows and columns does not change the optimum.
func TestPermutationKeepsCost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		free, bounded := p.solve(t)
		rows, cols := p.cost.Dims()
		row, col := p.r.Perm(rows), p.r.Perm(cols)
		q := problem{cost: mat.NewDense(rows, cols, nil), group: make([]int, cols), bounds: p.bounds}
		for j := range cols {
			q.group[j] = p.group[col[j]]
			for i := range rows {
				q.cost.Set(i, j, p.cost.At(row[i], col[j]))
			}
		}
		freePermuted, boundedPermuted := q.solve(t)
		require.Equal(t, free, freePermuted)
		require.Equal(t, bounded, boundedPermuted)
	})
}

// Costs times 2ᵏ: the same columns, and dual variables times 2ᵏ, bit for bit.
func TestScaleBy2ChangesNoBit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		s := math.Ldexp(1, rapid.IntRange(-900, 900).Draw(t, "k"))
		want, err := SolveBounded(p.cost, p.group, p.bounds)
		require.NoError(t, err)
		p.cost.Scale(s, p.cost)
		got, err := SolveBounded(p.cost, p.group, p.bounds)
		require.NoError(t, err)
		for _, x := range [][]float64{want.U, want.V, want.W} {
			for i := range x {
				x[i] *= s
			}
		}
		want.Cost *= s
		require.Equal(t, want, got)
	})
}

// A bound that is looser by one saves at most the group's price: the optimum is
// convex in the bounds, and W a subgradient.
func TestGroupPriceLimitsTheSaving(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		r, err := SolveBounded(p.cost, p.group, p.bounds)
		require.NoError(t, err)
		for k, w := range r.W {
			looser := append([]Bound(nil), p.bounds...)
			switch {
			case w > 0:
				looser[k].Min--
			case w < 0:
				looser[k].Max++
			}
			if looser[k].Min < 0 {
				continue // no looser bound to ask about
			}
			l, err := SolveBounded(p.cost, p.group, looser)
			require.NoError(t, err)
			require.LessOrEqual(t, r.Cost-l.Cost, math.Abs(w))
		}
	})
}
