package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// Against every way to give out the entries: no better than the best, no worse than
// one row's share of it, and the bound holds.
func TestSparseBudgetAgainstAllAllocations(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	exact, trials := 0, 60
	for range trials {
		r, n := 2+rng.IntN(3), 2+rng.IntN(3)
		_, _, m, g := sparseProblem(rng, 6, r, n)
		total := rng.IntN(n*r + 2)
		gains := make([][]float64, n) // of every row with k entries
		for i := range n {
			gains[i] = make([]float64, r+1)
			for k := 1; k <= r; k++ {
				a := mat.NewDense(1, r, nil)
				require.NoError(t, (&KSparse{K: k}).Solve(a, m.Slice(i, i+1, 0, r).(*mat.Dense), g))
				gains[i][k] = gainOf(a, m.Slice(i, i+1, 0, r).(*mat.Dense), g)
			}
		}
		best := 0.0
		number := make([]int, n)
		var try func(i, left int, gain float64)
		try = func(i, left int, gain float64) {
			if i == n {
				best = max(best, gain)
				return
			}
			for k := 0; k <= min(r, left); k++ {
				number[i] = k
				try(i+1, left-k, gain+gains[i][k])
			}
		}
		try(0, total, 0)

		s, a := SparseBudget{Total: total}, mat.NewDense(n, r, nil)
		require.NoError(t, s.Solve(a, m, g))
		used := 0
		for _, v := range a.RawMatrix().Data {
			require.GreaterOrEqual(t, v, 0.0)
			if v > 0 {
				used++
			}
		}
		require.LessOrEqual(t, used, total)
		require.InDelta(t, gainOf(a, m, g), s.Gain, 1e-9*(1+s.Gain))
		require.LessOrEqual(t, s.Gain, best*(1+1e-9)+1e-12)
		require.GreaterOrEqual(t, s.Bound, best*(1-1e-9)-1e-12)
		if s.Gain >= best*(1-1e-9)-1e-12 {
			exact++
		}
	}
	require.Greater(t, exact, trials*9/10, "mostly it is the optimum")
}

// gainOf is the fall of ‖X − UAᵀ‖² from A = 0: 2⟨M, A⟩ − ⟨A·G, A⟩.
func gainOf(a, m *mat.Dense, g *mat.SymDense) float64 {
	var ag mat.Dense
	ag.Mul(a, g)
	gain := 0.0
	n, r := a.Dims()
	for i := range n {
		for q := range r {
			gain += a.At(i, q) * (2*m.At(i, q) - ag.At(i, q))
		}
	}
	return gain
}

func TestKSparseOnGivenSupports(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	_, _, m, g := sparseProblem(rng, 12, 5, 50)
	a := mat.NewDense(50, 5, nil)
	a.Apply(func(_, _ int, _ float64) float64 { return float64(rng.IntN(2)) }, a)
	support := mat.DenseCopyOf(a)
	require.NoError(t, (&KSparse{Search: Given}).Solve(a, m, g))
	var slope mat.Dense
	slope.Mul(a, g)
	slope.Sub(&slope, m)
	size := mat.Norm(m, math.Inf(1))
	for i := range 50 {
		for q := range 5 {
			if support.At(i, q) == 0 {
				require.Zero(t, a.At(i, q))
				continue
			}
			require.GreaterOrEqual(t, a.At(i, q), 0.0)
			require.GreaterOrEqual(t, slope.At(i, q), -1e-10*size)
			require.InDelta(t, 0, a.At(i, q)*slope.At(i, q), 1e-9*size)
		}
	}
}
