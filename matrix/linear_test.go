package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func readNPZ(t *testing.T, path, name string) []float64 {
	t.Helper()
	a, err := format.Open(path + "#" + name)
	require.NoError(t, err)
	defer a.Close()
	d, err := a.Dense()
	require.NoError(t, err)
	return d.Data()
}

// The optimum of an exact solver is within the bounds, and these meet.
func TestLinearProgramsMatchExactSolver(t *testing.T) {
	for _, c := range []struct {
		number int
		name   string
		tol    float64
		rank   int
	}{
		{3, "lp_GL_rho1", 1e-6, 10},
		{3, "lp_Hottopixx", 1e-6, 10},
		{4, "lp_Hottopixx", 1e-6, 10},
		{4, "lp_GL_rho1", 1e-6, 10},
		{4, "lp_GL_rho2", 1e-6, 9},
	} {
		dir := fmt.Sprintf("ref/dict/sep_case%d/", c.number)
		x, _ := readNPY(t, sharedtest.Path(t, dir+"M.npy"))
		file := sharedtest.Path(t, dir+c.name+".npz")
		eps, rho, obj := readNPZ(t, file, "eps")[0], readNPZ(t, file, "rho")[0], readNPZ(t, file, "obj")[0]
		cost := readNPZ(t, file, "p")
		var got *matrix.LinearRegression
		var err error
		o := matrix.LinearOptions{Tol: c.tol}
		if c.name == "lp_Hottopixx" {
			got, err = matrix.Hottopixx{Epsilon: eps, Cost: cost, Solver: o}.Solve(context.Background(), x, 10)
		} else {
			got, err = matrix.MinTrace{Epsilon: rho * eps, Cost: cost, Solver: o}.Solve(context.Background(), x, 10)
		}
		require.NoError(t, err)
		t.Log(file, got.Iterations, got.Lower, got.Upper)
		assert.InDelta(t, obj, got.Upper, c.tol*max(1, math.Abs(obj)), file)
		assert.LessOrEqual(t, got.Lower, obj+1e-7, file)
		assert.GreaterOrEqual(t, got.Upper, obj-1e-7, file)
		assert.Equal(t, c.rank, got.Rank, file)
	}
}

func TestLinearPrograms(t *testing.T) {
	racetest.Slow(t)
	o := matrix.LinearOptions{Tol: 1e-2, Iterations: 1000}
	t.Run("min trace", func(t *testing.T) { selecttest.Check(t, matrix.MinTrace{Solver: o}) })
	t.Run("hottopixx", func(t *testing.T) { selecttest.CheckForm(t, matrix.Hottopixx{Solver: o}) })
}

// The least absolute deviations that the columns of the programs ask for, by all bases of
// a small problem.
func TestPiecesMatchesBases(t *testing.T) {
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 5))
		a, b := uniform(rng, 9, 3, -1, 1), uniform(rng, 9, 1, -1, 1)
		top := []float64{0.3 * rng.Float64(), rng.Float64(), 2}
		x, got := matrix.LeastAbsolute(a, mat.Col(nil, 0, b), top)
		value := func(x []float64) float64 {
			sum := 0.0
			for l := range 9 {
				v := b.At(l, 0)
				for i := range 3 {
					v -= a.At(l, i) * x[i]
				}
				sum += math.Abs(v)
			}
			return sum
		}
		assert.InDelta(t, value(x), got, 1e-12)
		var kinks [][4]float64 // a bound or a row that x lies on
		for i := range 3 {
			for _, v := range []float64{0, top[i]} {
				k := [4]float64{3: v}
				k[i] = 1
				kinks = append(kinks, k)
			}
		}
		for l := range 9 {
			kinks = append(kinks, [4]float64{a.At(l, 0), a.At(l, 1), a.At(l, 2), b.At(l, 0)})
		}
		want := math.Inf(1)
		for i := range kinks {
			for j := range i {
				for k := range j {
					var m mat.Dense
					m.CloneFrom(mat.NewDense(3, 3, slices.Concat(kinks[i][:3], kinks[j][:3], kinks[k][:3])))
					var x mat.VecDense
					if x.SolveVec(&m, mat.NewVecDense(3, []float64{kinks[i][3], kinks[j][3], kinks[k][3]})) != nil {
						continue
					}
					inside := true
					for q, v := range x.RawVector().Data {
						inside = inside && v >= -1e-12 && v <= top[q]+1e-12
					}
					if inside {
						want = min(want, value(x.RawVector().Data))
					}
				}
			}
		}
		assert.InDelta(t, want, got, 1e-10, "seed %d", seed)
	}
}

// With the default of Epsilon, which leaves the program far from the choice of r columns,
// the bounds meet too.
func TestMinTraceCertifiesDefaultEpsilon(t *testing.T) {
	x := nearPure(30, 80, 5, 0.05)
	got, err := matrix.MinTrace{}.Solve(context.Background(), x, 5)
	require.NoError(t, err)
	assert.LessOrEqual(t, got.Upper-got.Lower, 1e-4*max(1, got.Upper))
	var left mat.Dense
	left.Mul(x, got.X)
	left.Sub(x, &left)
	for j := range 80 {
		assert.LessOrEqual(t, mat.Norm(left.ColView(j), 1), got.Epsilon*(1+1e-9))
		for i := range 80 {
			assert.LessOrEqual(t, mat.Norm(x.ColView(i), 1)*got.X.At(i, j), mat.Norm(x.ColView(j), 1)*got.X.At(i, i)*(1+1e-9))
		}
	}
	assert.InDelta(t, got.Upper, mat.Trace(got.X), 2e-3*got.Upper) // costs are within a thousandth of one
}

// An Epsilon that rounding cannot meet is raised to what it can: columns that are exact
// mixtures of three, whose trace is three.
func TestMinTraceMeetsEpsilonUnderRounding(t *testing.T) {
	x := nearPure(12, 20, 3, 0)
	for _, relative := range []bool{false, true} {
		got, err := matrix.MinTrace{Epsilon: 1e-30, Relative: relative}.Solve(context.Background(), x, 3)
		require.NoError(t, err)
		t.Log(got.Iterations, got.Lower, got.Upper)
		assert.LessOrEqual(t, got.Upper-got.Lower, 1e-4*got.Upper)
		assert.Less(t, got.Iterations, 20)
		assert.Equal(t, 3, got.Rank)
		assert.ElementsMatch(t, []int{0, 1, 2}, got.Index)
	}
}

// The end of the context is seen within a round, which asks for every column, and
// leaves a feasible X wherever there was one.
func TestLinearProgramsEndWithinRound(t *testing.T) {
	racetest.Slow(t)
	x := nearPure(10, 60, 3, 0.02)
	got, err := matrix.MinTrace{Epsilon: 0.05, Relative: true, Solver: matrix.LinearOptions{Tol: 1e-9}}.Solve(endingAfter(150), x, 3)
	require.ErrorIs(t, err, context.Canceled)
	assert.LessOrEqual(t, got.Iterations, 3)
	x = nearPure(8, 15, 3, 0.02)
	for asked := 0; asked < 300; asked += 23 {
		for _, s := range []matrix.Selector{matrix.MinTrace{}, matrix.Hottopixx{}} {
			sel, err := s.Select(endingAfter(asked), x, 3)
			if err != nil {
				require.ErrorIs(t, err, context.Canceled, "%T after %d", s, asked)
			}
			if sel != nil {
				require.Len(t, sel.Index, 3, "%T after %d", s, asked)
			}
		}
	}
}

// The rank is counted in columns, whatever the unit of the costs.
func TestMinTraceRankOfLargeCosts(t *testing.T) {
	const n = 20
	x := nearPure(12, n, 3, 0.01)
	for _, unit := range []float64{1, 1e6} {
		cost := make([]float64, n)
		for j := range cost {
			cost[j] = unit * (1 + 1e-3*float64(j)/n)
		}
		got, err := matrix.MinTrace{Cost: cost, Solver: matrix.LinearOptions{Tol: 1e-2}}.Solve(context.Background(), x, 3)
		require.NoError(t, err)
		assert.Greater(t, got.Upper-got.Lower, 1e-6*unit, "the gap counts")
		assert.Equal(t, int(math.Ceil(mat.Trace(got.X)-(got.Upper-got.Lower)/unit)), got.Rank, "costs of %g", unit)
		assert.Positive(t, got.Rank)
	}
	got, err := matrix.MinTrace{Epsilon: 0.05, Relative: true}.Solve(endingAfter(0), x, 3)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, got.Rank, "there is no bound from below yet")
}

// BenchmarkMinTrace certifies the program of 500 columns, of 25 with -short.
func BenchmarkMinTrace(b *testing.B) {
	x := nearPure(162, atSize(500), 6, 0.05)
	for range b.N {
		got, err := matrix.MinTrace{}.Solve(context.Background(), x, 6)
		require.NoError(b, err)
		b.ReportMetric((got.Upper-got.Lower)/got.Upper, "gap")
		b.ReportMetric(float64(got.Iterations), "rounds")
	}
}

// nearPure is columns W·h with noise, the first r of them pure, w uniform.
func nearPure(p, n, r int, noise float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(uint64(n), 2))
	w, h := uniform(rng, p, r, 0, 1), mat.NewDense(r, n, nil)
	for j := range n {
		col, sum := make([]float64, r), 0.0
		for q := range col {
			col[q] = rng.ExpFloat64()
			sum += col[q]
		}
		for q, v := range col {
			if h.Set(q, j, v/sum); j < r {
				h.Set(q, j, 0)
				h.Set(j, j, 1)
			}
		}
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	x.Apply(func(_, _ int, v float64) float64 { return max(0, v+noise*rng.NormFloat64()) }, x)
	return x
}
