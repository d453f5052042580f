package linalg

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// sparseProblem draws U, X = U·V + noise and gives M = XᵀU, G = UᵀU.
func sparseProblem(rng *rand.Rand, p, r, n int) (x, u, m *mat.Dense, g *mat.SymDense) {
	draw := func(rows, cols int) *mat.Dense {
		a := mat.NewDense(rows, cols, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		return a
	}
	u = draw(p, r)
	if rng.IntN(4) == 0 && r > 1 { // a column twice
		u.SetCol(r-1, mat.Col(nil, 0, u))
	}
	for j := range r { // lengths of different sizes
		s := math.Pow(10, 2*rng.Float64()-1)
		for i := range p {
			u.Set(i, j, u.At(i, j)*s)
		}
	}
	x = mat.NewDense(p, n, nil)
	x.Mul(u, draw(r, n))
	x.Apply(func(_, _ int, v float64) float64 { return v + 0.3*rng.NormFloat64() }, x)
	m = mat.NewDense(n, r, nil)
	m.Mul(x.T(), u)
	g = mat.NewSymDense(r, nil)
	g.SymOuterK(1, u.T())
	return x, u, m, g
}

// residual is ‖x_j − U·a_j‖².
func columnResidual(x, u, a *mat.Dense, j int) (s float64) {
	p, r := u.Dims()
	for i := range p {
		v := x.At(i, j)
		for k := range r {
			v -= u.At(i, k) * a.At(j, k)
		}
		s += v * v
	}
	return s
}

// On a thousand random problems the branch and bound is as good as the best of all
// supports, each solved by the method without a limit; the heuristics are
// feasible and no better.
func TestKSparseMatchesEnumeration(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	problems := 1000
	if testing.Short() {
		problems = 100
	}
	worst := map[SupportSearch]float64{}
	nnls, fcls := map[int]*NNLS{}, map[int]*FCLS{}
	for k := range 11 {
		nnls[k], fcls[k] = new(NNLS), new(FCLS)
	}
	searches := map[SupportSearch]*KSparse{Exact: {}, Pursuit: {}, Stopped: {}, Largest: {}}
	for trial := range problems {
		p, r := 3+rng.IntN(12), 1+rng.IntN(10)
		k, sum := 1+rng.IntN(r), rng.IntN(3) == 0
		x, u, m, g := sparseProblem(rng, p, r, 1)
		best := math.Inf(1)
		for set := uint(1); set < 1<<r; set++ {
			if bits.OnesCount(set) != k {
				continue
			}
			var cols []int
			for q := range r {
				if set>>q&1 != 0 {
					cols = append(cols, q)
				}
			}
			sub, subM := mat.NewSymDense(k, nil), mat.NewDense(1, k, nil)
			for i, q := range cols {
				subM.Set(0, i, m.At(0, q))
				for j, q2 := range cols {
					sub.SetSym(i, j, g.At(q, q2))
				}
			}
			part, whole := mat.NewDense(1, k, nil), mat.NewDense(1, r, nil)
			var err error
			if sum {
				err = fcls[k].Solve(part, subM, sub)
			} else {
				err = nnls[k].Solve(part, subM, sub)
			}
			require.NoError(t, err)
			for i, q := range cols {
				whole.Set(0, q, part.At(0, i))
			}
			best = min(best, columnResidual(x, u, whole, 0))
		}
		for _, search := range []SupportSearch{Exact, Pursuit, Stopped, Largest} {
			a := mat.NewDense(1, r, nil)
			a.Set(0, 0, 7) // what was there does not matter
			solver := searches[search]
			solver.K, solver.Sum, solver.Search = k, sum, search
			require.NoError(t, solver.Solve(a, m, g))
			positive, total := 0, 0.0
			for q := range r {
				require.GreaterOrEqual(t, a.At(0, q), 0.0)
				total += a.At(0, q)
				if a.At(0, q) > 0 {
					positive++
				}
			}
			require.LessOrEqual(t, positive, k)
			if sum {
				require.InDelta(t, 1, total, 1e-9)
			}
			got := columnResidual(x, u, a, 0)
			require.GreaterOrEqual(t, got, best*(1-1e-9)-1e-12, "below the best of all supports")
			if search == Exact {
				require.LessOrEqual(t, got, best*(1+1e-9)+1e-10, "trial %d: %d of %d, sum %v", trial, k, r, sum)
			}
			worst[search] = max(worst[search], got/max(best, 1e-9)-1)
		}
	}
	require.Greater(t, worst[Pursuit], 0.01, "greedy choices are not always right; otherwise these problems show nothing")
	t.Logf("largest excess over the optimum: %v", worst)
}

// Many rows at once give what each gives alone, for any number of workers, and a
// warm call allocates nothing.
func TestKSparseOfManyRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	n := 3000
	if racetest.Enabled {
		n = 600
	}
	_, _, m, g := sparseProblem(rng, 20, 8, n)
	for _, search := range []SupportSearch{Exact, Pursuit, Stopped, Largest} {
		s := &KSparse{K: 3, Search: search}
		a, one := mat.NewDense(n, 8, nil), mat.NewDense(1, 8, nil)
		require.NoError(t, s.Solve(a, m, g))
		single := &KSparse{K: 3, Search: search}
		for i := range n / 15 {
			require.NoError(t, single.Solve(one, m.Slice(i, i+1, 0, 8).(*mat.Dense), g))
			require.Equal(t, one.RawRowView(0), a.RawRowView(i))
		}
		require.Zero(t, testing.AllocsPerRun(2, func() { _ = s.Solve(a, m, g) }))
	}
	m.Set(17, 2, math.NaN())
	a := mat.NewDense(n, 8, nil)
	err := (&KSparse{K: 3}).Solve(a, m, g)
	require.ErrorIs(t, err, ErrNotFinite)
	require.ErrorContains(t, err, "row 17")
}

func BenchmarkKSparse(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 4))
	_, _, m, g := sparseProblem(rng, 162, 6, 94249)
	a := mat.NewDense(94249, 6, nil)
	for _, k := range []int{2, 4} {
		for name, search := range map[string]SupportSearch{"exact": Exact, "pursuit": Pursuit} {
			b.Run(name+"/94249x6", func(b *testing.B) {
				s := &KSparse{K: k, Search: search}
				for b.Loop() {
					if err := s.Solve(a, m, g); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
