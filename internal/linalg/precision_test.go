package linalg

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// A solver value must not remember the Gram matrix of the call before.
func TestSolverForgetsTheLastGram(t *testing.T) {
	for name, s := range both() {
		w := s.new()
		for seed := range uint64(4) {
			p := random(seed, 20, 9, 30)
			got := mat.NewDense(30, 9, nil)
			require.NoError(t, w.Solve(got, p.m, p.g))
			assert.LessOrEqual(t, KKT(got, p.m, p.g, s.sum), kktTol(9), "%s, call %d", name, seed)
		}
	}
}

// Every step of the active set method lowers the objective, and b stays
// feasible: that is why it ends. Nearly parallel columns, for without the line
// search one step in ten thousand goes wrong.
func TestActiveSetDescends(t *testing.T) {
	for name, s := range both() {
		for seed := range uint64(5) {
			const r = 8
			rng := rand.New(rand.NewPCG(seed, r))
			p := newProblem(uniform(rng, r+1, r, 0.9, 1), uniform(rng, r+1, 100, 0.9, 1))
			var w active
			require.NoError(t, w.run(mat.NewDense(100, r, nil), p.m, p.g, s.sum))
			for i := range 100 {
				w.scale.rhs(w.row[0].m, p.m.RawRowView(i), w.rho)
				descends(t, w.row[0], fmt.Sprintf("%s, seed %d, row %d", name, seed, i))
			}
		}
	}
}

func descends(t *testing.T, row *passive, where string) {
	t.Helper()
	objective := func() float64 {
		f := 0.0
		for i, b := range row.b {
			f -= b * row.m[i]
			for j, c := range row.b {
				f += b * c * row.s.scale.hat[i*len(row.b)+j] / 2
			}
		}
		return f
	}
	row.restart()
	last := objective()
	for {
		enter := row.steepest(row.gradient())
		if enter < 0 || !row.enter(enter) {
			return
		}
		row.walk()
		f := objective()
		require.Less(t, f, last+1e-14, "%s, P %v", where, row.list) // m̂ and b are of the order of 1
		last = f
		for q, b := range row.b {
			require.GreaterOrEqual(t, b, 0.0, where)
			require.Equal(t, row.has(q), b > 0, "%s: zero exactly outside P", where)
		}
	}
}

// The sum holds to rounding of 1, not of the data, be they far outside the
// simplex.
func TestSumIsOne(t *testing.T) {
	for _, c := range []struct {
		r     int
		scale float64
	}{{5, 1}, {5, 1e4}, {5, 1e8}, {1, 1e4}, {1, 1e8}} {
		p, scale := random(11, 12, c.r, 50), c.scale
		var m mat.Dense
		m.Scale(scale, p.m)
		a := mat.NewDense(50, c.r, nil)
		require.NoError(t, new(FCLS).Solve(a, &m, p.g))
		for i := range 50 {
			assert.InDelta(t, 1, sumOf(a.RawRowView(i)), 8*eps, "FCLS, data times %g", scale)
		}
		require.NoError(t, new(SCLS).Solve(a, &m, p.g))
		for i := range 50 {
			size := 1 + maxAbs(a.RawRowView(i))
			assert.InDelta(t, 1, sumOf(a.RawRowView(i)), 8*eps*size, "SCLS, data times %g", scale)
		}
	}
}

// All columns far away in the direction of the data: Z is 1e8 and A is 1/3.
func TestSCLSCancels(t *testing.T) {
	p := newProblem(mat.NewDense(3, 3, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1}), mat.NewDense(3, 2, []float64{
		1e8, 1.1e8,
		1e8, 1.1e8,
		1e8, 1.1e8 + 1,
	}))
	a := mat.NewDense(2, 3, nil)
	require.NoError(t, new(SCLS).Solve(a, p.m, p.g))
	assert.InDelta(t, 1, sumOf(a.RawRowView(0)), 8*eps)
	assert.InDelta(t, 1, sumOf(a.RawRowView(1)), 8*eps)
	assert.InDeltaSlice(t, []float64{0, 0, 1}, a.RawRowView(1), 3e-8*8, "1e8·2⁻⁵² is what the data hold")
}

func sumOf(x []float64) (s float64) {
	for _, v := range x {
		s += v
	}
	return s
}

// A column 1e5 times as long as the others, which takes no part: the term that
// the sum adds to G must not drown the digits of the others.
func TestSumOnUnequalColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 12))
	u := uniform(rng, 10, 3, 0, 1)
	x := mat.NewDense(10, 20, nil)
	for j := range 20 {
		s := rng.Float64()
		for i := range 10 {
			x.Set(i, j, s*u.At(i, 0)+(1-s)*u.At(i, 1))
		}
	}
	for i := range 10 {
		u.Set(i, 2, 1e5*u.At(i, 2))
	}
	p := newProblem(u, x)
	for name, s := range map[string]solver{"SCLS": &SCLS{}, "FCLS": &FCLS{}} {
		a := mat.NewDense(20, 3, nil)
		require.NoError(t, s.Solve(a, p.m, p.g))
		var fit mat.Dense
		fit.Mul(u, a.T())
		assert.True(t, mat.EqualApprox(x, &fit, 1e-9), name)
	}
}

// Two columns at an angle of about δ: the Gram matrix has condition δ⁻², and over
// MaxCond the direction between them is dropped.
func TestLSDropsIllConditionedDirections(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 13))
	for _, c := range []struct {
		delta float64
		rank  int
	}{{1e-4, 4}, {1e-5, 4}, {3e-7, 3}, {1e-7, 3}, {1e-9, 3}, {0, 3}} {
		u := uniform(rng, 20, 4, 0.5, 1)
		for i := range 20 {
			u.Set(i, 3, u.At(i, 2)+c.delta*(rng.Float64()-0.5)*4)
		}
		p := newProblem(u, uniform(rng, 20, 30, 0, 1))
		a := mat.NewDense(30, 4, nil)
		var s LS
		require.NoError(t, s.Solve(a, p.m, p.g))
		assert.Equal(t, c.rank, s.Rank(), "δ=%g", c.delta)
		if c.rank == 3 {
			assert.Less(t, mat.Max(a), 10.0, "δ=%g", c.delta)
			assert.Greater(t, mat.Min(a), -10.0, "δ=%g", c.delta)
		}
	}
}
