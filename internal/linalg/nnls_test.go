package linalg

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// kktTol is a residual that is rounding and no more: w is a sum of R+1 terms,
// after two triangular solves.
func kktTol(r int) float64 { return 64 * float64(r+4) * eps }

type solver interface {
	Solve(a, m *mat.Dense, g *mat.SymDense) error
}

// both lists the two constrained solvers under their names.
func both() map[string]struct {
	new func() solver
	sum bool
} {
	return map[string]struct {
		new func() solver
		sum bool
	}{
		"NNLS": {func() solver { return &NNLS{} }, false},
		"FCLS": {func() solver { return &FCLS{} }, true},
	}
}

func TestNonnegativeMatchesBruteForce(t *testing.T) {
	for name, s := range both() {
		for _, r := range []int{1, 2, 3, 6} {
			for seed := range uint64(4) {
				t.Run(fmt.Sprintf("%s/R=%d/seed=%d", name, r, seed), func(t *testing.T) {
					p := random(seed, 8, r, 40)
					a := mat.NewDense(40, r, nil)
					require.NoError(t, s.new().Solve(a, p.m, p.g))
					for i := range 40 {
						_, want := p.bruteForce(i, s.sum)
						assert.InDeltaSlice(t, want, a.RawRowView(i), 1e-10, "row %d", i)
					}
					assert.LessOrEqual(t, KKT(a, p.m, p.g, s.sum), kktTol(r))
				})
			}
		}
	}
}

func TestNNLSMatchesLawsonHanson(t *testing.T) {
	for _, r := range []int{12, 33, 70} { // below and above coldFull, and two words of a set
		p := random(uint64(r), 2*r, r, 20)
		a := mat.NewDense(20, r, nil)
		require.NoError(t, new(NNLS).Solve(a, p.m, p.g))
		for i := range 20 {
			assert.InDeltaSlice(t, p.lawsonHanson(i), a.RawRowView(i), 1e-9, "R=%d, row %d", r, i)
		}
		assert.LessOrEqual(t, KKT(a, p.m, p.g, false), kktTol(r))
	}
}

// The two methods of a row must agree, whichever a row happens to get.
func TestPivotAgreesWithActiveSet(t *testing.T) {
	for name, s := range both() {
		for _, r := range []int{5, 20, 40, 70} {
			p := random(uint64(r)+100, 2*r, r, 50)
			var w active
			a := mat.NewDense(50, r, nil)
			require.NoError(t, w.run(a, p.m, p.g, s.sum))
			row := w.row[0]
			failed := 0
			for i := range 50 {
				w.scale.rhs(row.m, p.m.RawRowView(i), w.rho)
				clear(row.set)
				for k := range r {
					row.flip(k)
				}
				if !row.pivot() {
					failed++
					continue
				}
				b := append([]float64(nil), row.b...)
				row.activeSet()
				assert.InDeltaSlice(t, row.b, b, 1e-9, "%s, R=%d, row %d", name, r, i)
			}
			assert.Zero(t, failed, "%s, R=%d: rows on which pivoting gave up", name, r)
		}
	}
}

// One row in a thousand of these cycles when all infeasible unknowns always move
// at once. The backup rule ends every cycle.
func TestBackupRuleEndsCycles(t *testing.T) {
	const r, n = 8, 500
	rng := rand.New(rand.NewPCG(1, r))
	for draw := range 20 {
		p := newProblem(uniform(rng, r+1, r, 0, 1), uniform(rng, r+1, n, 0, 1))
		var w active
		require.NoError(t, w.run(mat.NewDense(n, r, nil), p.m, p.g, false))
		row := w.row[0]
		for i := range n {
			w.scale.rhs(row.m, p.m.RawRowView(i), 0)
			clear(row.set)
			for k := range r {
				row.flip(k)
			}
			require.True(t, row.pivot(), "draw %d, row %d", draw, i)
		}
	}
}

// Degenerate matrices: the minimiser is not unique, the optimality conditions
// still hold, and the value is the lowest.
func TestNonnegativeOnDegenerateGram(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(7, 7))
	base := uniform(rng, 9, 6, 0, 1)
	col := func(d *mat.Dense, j int, f func(i int) float64) {
		r, _ := d.Dims()
		for i := range r {
			d.Set(i, j, f(i))
		}
	}
	cases := map[string]*mat.Dense{}
	add := func(name string, change func(u *mat.Dense)) {
		u := mat.DenseCopyOf(base)
		change(u)
		cases[name] = u
	}
	add("duplicate", func(u *mat.Dense) { col(u, 4, func(i int) float64 { return u.At(i, 1) }) })
	add("all the same", func(u *mat.Dense) {
		for j := range 6 {
			col(u, j, func(i int) float64 { return base.At(i, 0) })
		}
	})
	add("scaled duplicate", func(u *mat.Dense) { col(u, 4, func(i int) float64 { return 3e-7 * u.At(i, 1) }) })
	add("sum of two", func(u *mat.Dense) { col(u, 5, func(i int) float64 { return u.At(i, 0) + u.At(i, 2) }) })
	add("opposite", func(u *mat.Dense) { col(u, 3, func(i int) float64 { return -u.At(i, 0) }) })
	add("zero column", func(u *mat.Dense) { col(u, 2, func(int) float64 { return 0 }) })
	add("zero", func(u *mat.Dense) { u.Zero() })
	cases["fewer bands than columns"] = uniform(rng, 3, 6, 0, 1)
	cases["one band"] = uniform(rng, 1, 6, 0.5, 1)

	for cname, u := range cases {
		bands, r := u.Dims()
		x := uniform(rng, bands, 60, -0.2, 1.5)
		p := newProblem(u, x)
		for name, s := range both() {
			t.Run(name+"/"+cname, func(t *testing.T) {
				a := mat.NewDense(60, r, nil)
				w := s.new()
				require.NoError(t, w.Solve(a, p.m, p.g))
				for i := range 60 {
					for _, v := range a.RawRowView(i) {
						require.GreaterOrEqual(t, v, 0.0)
						require.False(t, math.IsInf(v, 0))
					}
				}
				assert.LessOrEqual(t, KKT(a, p.m, p.g, s.sum), kktTol(r), "cold start")
				for i := range 60 {
					want, _ := p.bruteForce(i, s.sum)
					got := p.objective(i, a.RawRowView(i))
					// Below is allowed: supports with singular systems are not tried.
					assert.LessOrEqual(t, got, want+1e-9*(1+math.Abs(want)), "row %d", i)
				}
				require.NoError(t, w.Solve(a, p.m, p.g))
				assert.LessOrEqual(t, KKT(a, p.m, p.g, s.sum), kktTol(r), "warm start")
				a.Copy(uniform(rng, 60, r, -1, 1))
				require.NoError(t, w.Solve(a, p.m, p.g))
				assert.LessOrEqual(t, KKT(a, p.m, p.g, s.sum), kktTol(r), "wrong start")
			})
		}
	}
}

// Two columns an angle δ apart: G holds δ² beside 1, so from about 1e-7 on they
// are one column to the solver, and the residual may be as large as δ.
func TestNonnegativeOnNearlyEqualColumns(t *testing.T) {
	for name, s := range both() {
		for _, delta := range []float64{1e-3, 1e-5, 1e-6, 1e-7, 3e-8, 1e-8, 3e-9, 1e-10} {
			for _, r := range []int{5, 40} {
				rng := rand.New(rand.NewPCG(uint64(r), 11))
				u := uniform(rng, 2*r, r, 0, 1)
				for j := 1; j < r; j += 2 { // pairs
					for i := range 2 * r {
						u.Set(i, j, u.At(i, j-1)*(1+delta*u.At(i, j)))
					}
				}
				p := newProblem(u, uniform(rng, 2*r, 100, 0, 1))
				a := mat.NewDense(100, r, nil)
				w := s.new()
				for range 2 {
					require.NoError(t, w.Solve(a, p.m, p.g))
					bound := kktTol(r)
					if delta < 5e-7 {
						bound = delta
					}
					assert.LessOrEqual(t, KKT(a, p.m, p.g, s.sum), bound, "%s, δ=%g, R=%d", name, delta, r)
				}
			}
		}
	}
}

// NNLS(sX, tU·D) = (s/t)·D⁻¹·NNLS(X, U), to the last bit for powers of two.
func TestNNLSScales(t *testing.T) {
	const r = 7
	p := random(3, 20, r, 50)
	want := mat.NewDense(50, r, nil)
	require.NoError(t, new(NNLS).Solve(want, p.m, p.g))
	for _, s := range []float64{0x1p-332, 1, 0x1p332} { // 1e±100
		for _, tt := range []float64{0x1p-332, 1, 0x1p332} {
			u, x := mat.DenseCopyOf(p.u), mat.DenseCopyOf(p.x)
			u.Apply(func(_, j int, v float64) float64 { return v * tt * math.Ldexp(1, 3*j) }, u)
			x.Scale(s, x)
			q := newProblem(u, x)
			got := mat.NewDense(50, r, nil)
			require.NoError(t, new(NNLS).Solve(got, q.m, q.g))
			got.Apply(func(_, j int, v float64) float64 { return v / s * tt * math.Ldexp(1, 3*j) }, got)
			for i := range 50 {
				assert.InDeltaSlice(t, want.RawRowView(i), got.RawRowView(i), 1e-10, "s=%g, t=%g, row %d", s, tt, i)
			}
			got.Copy(want)
			require.NoError(t, new(NNLS).Solve(got, q.m, q.g))
			assert.LessOrEqual(t, KKT(got, q.m, q.g, false), kktTol(r), "s=%g, t=%g", s, tt)
		}
	}
}

// FCLS(sX, sU) = FCLS(X, U).
func TestFCLSScales(t *testing.T) {
	const r = 7
	p := random(3, 20, r, 50)
	want := mat.NewDense(50, r, nil)
	require.NoError(t, new(FCLS).Solve(want, p.m, p.g))
	for _, s := range []float64{1e-100, 1e-3, 1e100} {
		u, x := mat.DenseCopyOf(p.u), mat.DenseCopyOf(p.x)
		u.Scale(s, u)
		x.Scale(s, x)
		q := newProblem(u, x)
		got := mat.NewDense(50, r, nil)
		require.NoError(t, new(FCLS).Solve(got, q.m, q.g))
		for i := range 50 {
			assert.InDeltaSlice(t, want.RawRowView(i), got.RawRowView(i), 1e-10, "s=%g, row %d", s, i)
		}
		assert.LessOrEqual(t, KKT(got, q.m, q.g, true), kktTol(r))
	}
}

func TestConstrainedRejects(t *testing.T) {
	p := random(1, 10, 3, 300)
	for name, s := range map[string]solver{"LS": &LS{}, "SCLS": &SCLS{}, "NNLS": &NNLS{}, "FCLS": &FCLS{}} {
		a := mat.NewDense(300, 3, nil)
		m := mat.DenseCopyOf(p.m)
		m.Set(200, 1, math.NaN())
		m.Set(280, 0, math.Inf(1))
		err := s.Solve(a, m, p.g)
		require.ErrorIs(t, err, ErrNotFinite, name)
		assert.Contains(t, err.Error(), "row 200", name)

		g := mat.NewSymDense(3, nil)
		g.CopySym(p.g)
		g.SetSym(1, 2, math.Inf(-1))
		require.ErrorIs(t, s.Solve(a, p.m, g), ErrNotFinite, name)
		g.SetSym(1, 2, 0)
		g.SetSym(2, 2, -1)
		require.ErrorIs(t, s.Solve(a, p.m, g), ErrNotGram, name)
		assert.PanicsWithValue(t, "linalg: "+name+": A is 2×3, M is 300×3, G is 3×3", func() {
			_ = s.Solve(mat.NewDense(2, 3, nil), p.m, p.g)
		})
		require.NoError(t, s.Solve(a, p.m, p.g), "%s is still good after errors", name)
	}
}

// Same bits for any number of workers, and for a row alone.
func TestRowsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, r := range []int{6, 12} { // in batches, and row by row
		rowsAgree(t, r)
	}
}

func rowsAgree(t *testing.T, r int) {
	const n = 3000
	p := random(5, 30, r, n)
	for name, mk := range map[string]func() solver{
		"LS":   func() solver { return &LS{} },
		"SCLS": func() solver { return &SCLS{} },
		"NNLS": func() solver { return &NNLS{} },
		"FCLS": func() solver { return &FCLS{} },
	} {
		runtime.GOMAXPROCS(1)
		want := mat.NewDense(n, r, nil)
		require.NoError(t, mk().Solve(want, p.m, p.g))
		for _, workers := range []int{2, 3, 7} {
			runtime.GOMAXPROCS(workers)
			got := mat.NewDense(n, r, nil)
			require.NoError(t, mk().Solve(got, p.m, p.g))
			assert.True(t, mat.Equal(want, got), "%s, R=%d, with %d workers", name, r, workers)
		}
		one := mat.NewDense(1, r, nil)
		require.NoError(t, mk().Solve(one, mat.DenseCopyOf(p.m.Slice(77, 78, 0, r)), p.g))
		assert.Equal(t, want.RawRowView(77), one.RawRowView(0), name)
	}
}

func TestWarmCallDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // goroutines are par's business
	for _, r := range []int{6, 12} {
		p := random(5, 30, r, 500)
		for name, s := range map[string]solver{"LS": &LS{}, "SCLS": &SCLS{}, "NNLS": &NNLS{}, "FCLS": &FCLS{}} {
			a := mat.NewDense(500, r, nil)
			require.NoError(t, s.Solve(a, p.m, p.g))
			assert.Zero(t, testing.AllocsPerRun(5, func() { _ = s.Solve(a, p.m, p.g) }), "%s, R=%d", name, r)
		}
	}
}

// One solver serves problems of different sizes in turn.
func TestSolverIsReusable(t *testing.T) {
	for name, s := range both() {
		w := s.new()
		for _, r := range []int{4, 70, 2, 33, 4} {
			p := random(uint64(r), 80, r, 30)
			got, want := mat.NewDense(30, r, nil), mat.NewDense(30, r, nil)
			require.NoError(t, w.Solve(got, p.m, p.g))
			require.NoError(t, s.new().Solve(want, p.m, p.g))
			assert.True(t, mat.Equal(want, got), "%s, R=%d", name, r)
		}
	}
}

func TestManyRowsAreQuick(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	const n, r = 100_000, 5
	p := random(9, 20, r, n)
	a := mat.NewDense(n, r, nil)
	start := time.Now()
	require.NoError(t, new(NNLS).Solve(a, p.m, p.g))
	assert.Less(t, time.Since(start), 2*time.Second, "a guard against a quadratic slip, not a benchmark")
	assert.LessOrEqual(t, KKT(a, p.m, p.g, false), kktTol(r))
}

func BenchmarkNonnegative(b *testing.B) {
	for _, r := range []int{5, 20, 50, 100} {
		n := 20000 / r
		p := random(uint64(r), 2*r, r, n)
		for name, s := range both() {
			for _, start := range []string{"cold", "warm"} {
				b.Run(fmt.Sprintf("%s/I=%d/R=%d/%s", name, n, r, start), func(b *testing.B) {
					w, a := s.new(), mat.NewDense(n, r, nil)
					_ = w.Solve(a, p.m, p.g)
					b.ResetTimer()
					for range b.N {
						if start == "cold" {
							a.Zero()
						}
						_ = w.Solve(a, p.m, p.g)
					}
					b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
				})
			}
		}
	}
}
