package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestEigenTopDiagonalises(t *testing.T) {
	p := random(4, 30, 9, 1)
	vals, vecs := EigenTop(p.g, 4)
	all, _ := EigenTop(p.g, 9)
	assert.Equal(t, all[:4], vals)
	for k := range 4 {
		if k > 0 {
			assert.GreaterOrEqual(t, vals[k-1], vals[k])
		}
		var gv mat.VecDense
		gv.MulVec(p.g, vecs.ColView(k))
		gv.AddScaledVec(&gv, -vals[k], vecs.ColView(k))
		assert.LessOrEqual(t, mat.Norm(&gv, 2), 100*eps*vals[0])
		assert.InDelta(t, 1, mat.Norm(vecs.ColView(k), 2), 1e-14)
		assert.Greater(t, mat.Max(vecs.ColView(k)), -mat.Min(vecs.ColView(k)), "sign")
	}
	assert.Panics(t, func() { EigenTop(p.g, 0) })
	assert.Panics(t, func() { EigenTop(p.g, 10) })
}

func TestLSSolvesNormalEquations(t *testing.T) {
	for _, r := range []int{1, 2, 7, 30} {
		p := random(uint64(r), 3*r+3, r, 37)
		a := mat.NewDense(37, r, nil)
		var s LS
		require.NoError(t, s.Solve(a, p.m, p.g))
		assert.Equal(t, r, s.Rank())
		var ag, alias mat.Dense
		ag.Mul(a, p.g)
		assert.True(t, mat.EqualApprox(p.m, &ag, 1e-11*mat.Max(p.m)), "R=%d", r)
		alias.CloneFrom(p.m)
		require.NoError(t, s.Solve(&alias, &alias, p.g))
		assert.True(t, mat.Equal(a, &alias), "A may be M")
	}
}

// Rank-deficient U: A·Uᵀ is still the projection of the data on the columns.
func TestLSOnSingularGram(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 2))
	full := uniform(rng, 20, 4, -1, 1)
	mix := mat.NewDense(4, 7, []float64{
		1, 0, 0, 0, 1, 2, 0,
		0, 1, 0, 0, 1, 0, 0,
		0, 0, 1, 0, 0, 0, 0,
		0, 0, 0, 1, -1, 0, 0,
	})
	var u mat.Dense
	u.Mul(full, mix) // a combination, a multiple, a zero column
	x := uniform(rng, 20, 11, -1, 1)
	want, got := newProblem(full, x), newProblem(&u, x)
	for _, scale := range []float64{1e-100, 1, 1e100} {
		var m mat.Dense
		g := mat.NewSymDense(7, nil)
		m.Scale(scale, got.m)
		g.ScaleSym(scale, got.g)
		var s LS
		aw, ag := mat.NewDense(11, 4, nil), mat.NewDense(11, 7, nil)
		require.NoError(t, s.Solve(aw, want.m, want.g))
		require.NoError(t, s.Solve(ag, &m, g))
		assert.Equal(t, 4, s.Rank())
		var pw, pg mat.Dense
		pw.Mul(full, aw.T())
		pg.Mul(&u, ag.T())
		assert.True(t, mat.EqualApprox(&pw, &pg, 1e-10), "scale %g", scale)
		for i := range 11 {
			assert.Zero(t, ag.At(i, 6), "a zero column has no coefficient")
		}
	}
	var s LS
	a := mat.NewDense(11, 7, []float64{76: math.NaN()})
	require.NoError(t, s.Solve(a, got.m, mat.NewSymDense(7, nil)))
	assert.True(t, mat.Equal(a, mat.NewDense(11, 7, nil)), "G = 0 gives A = 0")
	assert.Zero(t, s.Rank())
}

// The optimality conditions of SCLS: A·1 = 1 and A·G − M the same in every
// column of a row.
func TestSCLSIsOptimal(t *testing.T) {
	for _, tc := range []struct{ bands, r int }{{1, 1}, {9, 4}, {3, 4}, {2, 4}, {1, 6}, {60, 20}} {
		t.Run(fmt.Sprint(tc), func(t *testing.T) {
			p := random(8, tc.bands, tc.r, 23)
			a := mat.NewDense(23, tc.r, nil)
			require.NoError(t, new(SCLS).Solve(a, p.m, p.g))
			var w mat.Dense
			w.Mul(a, p.g)
			w.Sub(&w, p.m)
			for i := range 23 {
				row := w.RawRowView(i)
				size := mat.Max(p.g) * (1 + maxAbs(a.RawRowView(i)))
				for _, v := range row {
					assert.InDelta(t, row[0], v, 1e-11*size, "row %d", i)
				}
				sum := 0.0
				for _, v := range a.RawRowView(i) {
					sum += v
				}
				assert.InDelta(t, 1, sum, 1e-13*(1+maxAbs(a.RawRowView(i))), "row %d", i)
			}
		})
	}
}

// KKT must see a wrong answer, and not the units.
func TestKKTSeesErrors(t *testing.T) {
	p := random(6, 12, 5, 30)
	for name, s := range both() {
		a := mat.NewDense(30, 5, nil)
		require.NoError(t, s.new().Solve(a, p.m, p.g))
		for _, delta := range []float64{1e-9, 1e-6, 1e-3} {
			b := mat.DenseCopyOf(a)
			b.Set(17, 2, b.At(17, 2)+delta)
			got := KKT(b, p.m, p.g, s.sum)
			assert.Greater(t, got, delta/100, "%s, error %g", name, delta)
			assert.Less(t, got, delta*100, "%s, error %g", name, delta)
			b.Set(17, 2, -delta)
			assert.Greater(t, KKT(b, p.m, p.g, s.sum), delta/100, "%s, negative", name)
		}
		a.Set(3, 3, math.NaN())
		assert.True(t, math.IsNaN(KKT(a, p.m, p.g, s.sum)), name)
	}
	a := mat.NewDense(30, 5, nil)
	require.NoError(t, new(NNLS).Solve(a, p.m, p.g))
	assert.GreaterOrEqual(t, KKT(a, p.m, p.g, true), math.Abs(sumOf(a.RawRowView(4))-1), "optimal but for the sum")
	a.Set(0, 0, a.At(0, 0)+0.1)
	want := KKT(a, p.m, p.g, false)
	for _, s := range []float64{0x1p-332, 0x1p332} {
		var b, m mat.Dense
		b.Scale(s, a)
		m.Scale(s, p.m)
		assert.InEpsilon(t, want, KKT(&b, &m, p.g, false), 1e-12, "data times %g", s)
	}
}

func BenchmarkLS(b *testing.B) {
	for _, r := range []int{8, 32} {
		const n = 10_000
		p := random(uint64(r), 2*r, r, n)
		b.Run(fmt.Sprintf("I=%d/R=%d", n, r), func(b *testing.B) {
			var s LS
			a := mat.NewDense(n, r, nil)
			for range b.N {
				_ = s.Solve(a, p.m, p.g)
			}
			b.ReportMetric(2e-9*float64(n*r*r*b.N)/b.Elapsed().Seconds(), "GFLOP/s")
		})
	}
}
