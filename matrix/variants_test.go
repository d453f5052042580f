package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// variants are methods for p×n data, by the name of what a failure is about.
func variants(p, n int) map[string]matrix.NMFMethod {
	ones := mat.NewDense(p, n, nil)
	ones.Apply(func(i, j int, _ float64) float64 { return float64((i+2*j)%3) + 0.5 }, ones)
	all := map[string]matrix.NMFMethod{
		"HALS": matrix.Squares{}, "AHALS": matrix.AHALS{}, "BPP": matrix.Squares{U: cpd.NNLS{}, V: cpd.NNLS{}},
		"sum to one": matrix.Squares{V: cpd.FCLS{}}, "semi": matrix.Squares{U: cpd.LeastSquares{}},
		"KL": matrix.BetaDivergence{Beta: 1}, "β=1.5": matrix.BetaDivergence{Beta: 1.5},
		"sparse": matrix.Sparse{Weight: 0.1}, "Hoyer U": matrix.Hoyer{U: 0.6}, "Hoyer": matrix.Hoyer{U: 0.3, V: 0.5}, "average": matrix.AverageHoyer{U: 0.3, V: 0.5},
		"minimum volume": matrix.MinimumVolume{}, "volume, rows": matrix.MinimumVolume{Sum: matrix.RowsOfV}, "volume, U": matrix.MinimumVolume{Sum: matrix.ColumnsOfU}, "orthogonal": matrix.Orthogonal{}, "projective": matrix.Projective{},
		"weighted": matrix.Weighted{W: ones}, "underapproximation": matrix.Underapproximation{},
	}
	if p == n {
		all["symmetric"] = matrix.Symmetric{}
	}
	return all
}

// product is a nonnegative product with noise, symmetric where it is square.
func product(rng *rand.Rand, p, n, r int) *mat.Dense {
	u, v := uniform(rng, p, r, 0, 1), uniform(rng, r, n, 0, 1)
	if p == n {
		v = mat.DenseCopyOf(u.T())
	}
	var x mat.Dense
	x.Mul(u, v)
	x.Apply(func(_, _ int, v float64) float64 { return v + 0.05*rng.Float64() }, &x)
	for i := range p {
		for j := 0; j < i && p == n; j++ {
			x.Set(i, j, x.At(j, i))
		}
	}
	return &x
}

// Every variant, on matrices of all shapes: factors ≥ 0, a loss that never rises, the error
// that the factors have, data untouched, and the same bits from one core or two.
func TestVariantsKeepTheirPromises(t *testing.T) {
	for _, c := range []struct{ p, n, r int }{{1, 9, 1}, {9, 1, 1}, {6, 20, 3}, {20, 6, 2}, {8, 8, 2}, {4, 5, 6}} {
		x := product(rand.New(rand.NewPCG(7, 1)), c.p, c.n, min(c.r, 3))
		before := mat.DenseCopyOf(x)
		for name, m := range variants(c.p, c.n) {
			t.Run(fmt.Sprintf("%v/%s", c, name), func(t *testing.T) {
				run := func(sweeps int) *matrix.Factors {
					f, err := matrix.NMF(context.Background(), x, c.r, &matrix.NMFOptions{Method: m, Seed: 3, Stop: sweep.MaxSweeps(sweeps)})
					require.NoError(t, err)
					return f
				}
				last := math.Inf(1)
				for _, k := range []int{1, 2, 3, 5, 20} {
					f := run(k)
					assert.LessOrEqual(t, f.Loss, last+1e-10*math.Abs(last)+1e-12, "%d sweeps", k)
					last = f.Loss
				}
				f := run(20)
				if name != "semi" {
					assert.GreaterOrEqual(t, mat.Min(f.U), 0.0)
				}
				assert.GreaterOrEqual(t, mat.Min(f.V), 0.0)
				if name != "weighted" {
					assert.InDelta(t, residual(f.U, f.V, x), f.RelativeError, 1e-8)
				}
				assert.InDelta(t, f.Trace.Last().RelativeError, f.RelativeError, 1e-6)
				assert.True(t, mat.Equal(before, x))
				workers := runtime.GOMAXPROCS(1)
				one := run(20)
				runtime.GOMAXPROCS(workers)
				assert.True(t, mat.EqualApprox(f.U, one.U, 1e-12*(1+mat.Max(f.U))), "workers")
			})
		}
	}
}

func TestVariantsOfZerosAndBadData(t *testing.T) {
	for name, m := range variants(3, 4) {
		f, err := matrix.NMF(context.Background(), mat.NewDense(3, 4, nil), 2, &matrix.NMFOptions{Method: m})
		require.NoError(t, err, name)
		assert.Zero(t, mat.Norm(f.V, 2), name)
		x := mat.NewDense(3, 4, nil)
		x.Set(2, 1, math.Inf(1))
		_, err = matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{Method: m})
		require.ErrorIs(t, err, matrix.ErrNotFinite, name)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = matrix.NMF(ctx, uniform(rand.New(rand.NewPCG(1, 1)), 3, 4, 0, 1), 2, &matrix.NMFOptions{Method: m})
		require.ErrorIs(t, err, context.Canceled, name)
	}
	bad := map[string]matrix.NMFMethod{
		"weight": matrix.Sparse{Weight: -1}, "sparsity": matrix.Hoyer{U: 1.5}, "volume": matrix.MinimumVolume{Weight: -1},
		"weights": matrix.Weighted{W: mat.NewDense(3, 4, nil)}, "negative": matrix.Weighted{W: mat.NewDense(3, 4, []float64{-1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})},
	}
	x := uniform(rand.New(rand.NewPCG(1, 1)), 3, 4, 0, 1)
	for name, m := range bad {
		_, err := matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{Method: m})
		require.ErrorIs(t, err, matrix.ErrMethod, name)
	}
	for _, m := range []matrix.NMFMethod{matrix.Weighted{W: mat.NewDense(2, 2, nil)}, matrix.Symmetric{}, matrix.Weighted{}} {
		_, err := matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{Method: m})
		require.ErrorIs(t, err, matrix.ErrShape)
	}
	x.Set(1, 1, -1)
	for _, m := range []matrix.NMFMethod{matrix.Projective{}, matrix.Underapproximation{}, matrix.BetaDivergence{Beta: 1}} {
		_, err := matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{Method: m})
		require.ErrorIs(t, err, matrix.ErrMethod)
	}
	_, err := matrix.NMFTensor(context.Background(), tensor.NewDense([]int{2, 2, 2}, make([]float64, 8)), 1, nil)
	require.ErrorIs(t, err, matrix.ErrShape)
}

// Twice the sweeps allocate no more, but for what the trace grows by.
func TestVariantSweepsAllocateNothing(t *testing.T) {
	racetest.Slow(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	x := product(rand.New(rand.NewPCG(7, 2)), 12, 12, 3)
	for name, m := range variants(12, 12) {
		if name == "underapproximation" { // whose sweeps are components
			continue
		}
		allocations := func(sweeps int) float64 {
			return testing.AllocsPerRun(3, func() {
				_, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: m, Stop: sweep.MaxSweeps(sweeps)})
				if err != nil {
					panic(err)
				}
			})
		}
		assert.Less(t, allocations(64)-allocations(32), 8.0, name) // 32 would be one a sweep
	}
}

// Sparse data lead where the same data lead when dense.
func TestVariantsOfSparseData(t *testing.T) {
	x, _ := sparseMatrix(rand.New(rand.NewPCG(7, 3)), 30, 30, 0.2)
	for i := range 30 {
		for j := range i {
			x.Set(i, j, x.At(j, i))
		}
	}
	var index [2][]int32
	var values []float64
	for i := range 30 {
		for j := range 30 {
			if v := x.At(i, j); v != 0 {
				index[0], index[1], values = append(index[0], int32(i)), append(index[1], int32(j)), append(values, v)
			}
		}
	}
	s, err := tensor.NewSparse([]int{30, 30}, index[:], values)
	require.NoError(t, err)
	for name, m := range variants(30, 30) {
		if name == "AHALS" {
			m = matrix.AHALS{Alpha: -1} // whose passes do not depend on how many entries are stored
		}
		o := &matrix.NMFOptions{Method: m, Stop: sweep.MaxSweeps(6)}
		sparse, err := matrix.NMFTensor(context.Background(), s, 3, o)
		if name == "weighted" || name == "underapproximation" || name == "β=1.5" {
			require.ErrorIs(t, err, matrix.ErrMethod, name)
			continue
		}
		require.NoError(t, err, name)
		dense, err := matrix.NMF(context.Background(), x, 3, o)
		require.NoError(t, err, name)
		assert.InEpsilon(t, dense.RelativeError, sparse.RelativeError, 1e-9, name)
	}
}

// The solvers of least squares end at one loss, where the optimality conditions hold.
func TestSquaresEndsAtStationaryPoints(t *testing.T) {
	racetest.Slow(t)
	x := product(rand.New(rand.NewPCG(7, 4)), 15, 25, 3)
	nonnegative := cpd.ADMM{Constraint: constraint.Nonnegative{}}
	for name, m := range map[string]matrix.NMFMethod{
		"HALS": matrix.Squares{}, "accelerated": matrix.Squares{U: cpd.AcceleratedHALS{}, V: cpd.AcceleratedHALS{}}, "AHALS": matrix.AHALS{},
		"extrapolated": matrix.Squares{Algorithm: cpd.Extrapolated{}}, "pivoting": matrix.Squares{U: cpd.NNLS{}, V: cpd.NNLS{}},
		"fast gradient": matrix.Squares{U: cpd.FastGradient{}, V: cpd.FastGradient{}}, "ADMM": matrix.Squares{U: nonnegative, V: nonnegative},
		"β=2": matrix.BetaDivergence{Beta: 2}, "sparse": matrix.Sparse{},
	} {
		f, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: m, Stop: sweep.Any(sweep.RelChange{Tol: 1e-13, Patience: 5}, sweep.MaxSweeps(3000))})
		require.NoError(t, err, name)
		var e, du, dv mat.Dense
		e.Mul(f.U, f.V)
		e.Sub(&e, x)
		du.Mul(&e, f.V.T())
		dv.Mul(f.U.T(), &e)
		tol := 1e-4 * mat.Norm(x, 2)
		if name == "β=2" {
			tol *= 10 // multiplicative updates are slow towards zeros
		}
		for k := range 3 {
			for i := range 15 {
				assert.Less(t, math.Abs(min(f.U.At(i, k), du.At(i, k))), tol, name)
			}
			for j := range 25 {
				assert.Less(t, math.Abs(min(f.V.At(k, j), dv.At(k, j))), tol, name)
			}
		}
	}
}

func TestSquaresKeepsSums(t *testing.T) {
	x := product(rand.New(rand.NewPCG(7, 5)), 15, 25, 3)
	f, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: matrix.Squares{V: cpd.FCLS{}}, Stop: sweep.MaxSweeps(30)})
	require.NoError(t, err)
	for j := range 25 {
		assert.InDelta(t, 1, mat.Sum(f.V.ColView(j)), 1e-12)
	}
	v, err := f.Transform(context.Background(), x)
	require.NoError(t, err)
	want, err := matrix.FCLS(context.Background(), f.U, x)
	require.NoError(t, err)
	assert.True(t, mat.EqualApprox(want.V, v, 1e-9))
}

// Unknown entries: those of a masked matrix are found when the rest determines them.
func TestSquaresFillsUnknownEntries(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(7, 6))
	var x mat.Dense
	x.Mul(uniform(rng, 20, 2, 0, 1), uniform(rng, 2, 30, 0, 1))
	known := make([]bool, 600)
	for i := range known {
		known[i] = rng.Float64() < 0.7
	}
	f, err := matrix.NMFTensor(context.Background(), tensor.NewMasked(tensor.FromMatrix(&x), known).Exact(), 2, &matrix.NMFOptions{Stop: sweep.MaxSweeps(2000)})
	require.NoError(t, err)
	assert.Less(t, residual(f.U, f.V, &x), 1e-2)
	_, err = matrix.NMFTensor(context.Background(), tensor.NewMasked(tensor.FromMatrix(&x), known), 2, &matrix.NMFOptions{Method: matrix.AHALS{}})
	require.ErrorIs(t, err, matrix.ErrMethod)
}

// V of the columns that a model was fitted to is as good as the model's own: no column can
// be bettered where V is solved for alone.
func TestTransformIsAsGoodAsTheFit(t *testing.T) {
	racetest.Slow(t)
	x := product(rand.New(rand.NewPCG(7, 7)), 15, 25, 3)
	for name, m := range variants(15, 25) {
		f, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: m, Stop: sweep.MaxSweeps(30)})
		require.NoError(t, err, name)
		v, err := f.Transform(context.Background(), x)
		require.NoError(t, err, name)
		if name == "KL" || name == "β=1.5" { // whose own loss is tested with them
			continue
		}
		if name == "sparse" {
			assert.True(t, mat.EqualApprox(f.V, v, 1e-2), name)
			continue
		}
		assert.LessOrEqual(t, residual(f.U, v, x), f.RelativeError+1e-9, name)
		one, err := f.Transform(context.Background(), x.Slice(0, 15, 7, 8))
		require.NoError(t, err, name)
		for k := range 3 {
			assert.InDelta(t, v.At(k, 7), one.At(k, 0), 1e-8, "%s: columns are independent", name)
		}
	}
	f, err := matrix.NMF(context.Background(), x, 3, nil)
	require.NoError(t, err)
	_, err = f.Transform(context.Background(), mat.NewDense(14, 1, nil))
	require.ErrorIs(t, err, matrix.ErrShape)
	f, err = matrix.NMF(context.Background(), product(rand.New(rand.NewPCG(7, 8)), 5, 5, 1), 1, &matrix.NMFOptions{Method: matrix.Symmetric{}})
	require.NoError(t, err)
	_, err = f.Transform(context.Background(), mat.NewDense(5, 1, nil))
	require.ErrorIs(t, err, matrix.ErrMethod)
}
