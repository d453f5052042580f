package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
)

type solver func(ctx context.Context, u, x mat.Matrix) (*matrix.Abundances, error)

var solvers = map[string]solver{"nnls": matrix.NNLS, "scls": matrix.SCLS, "fcls": matrix.FCLS}

func uniform(rng *rand.Rand, r, c int, lo, hi float64) *mat.Dense {
	d := mat.NewDense(r, c, nil)
	for i := range r {
		for j := range c {
			d.Set(i, j, lo+(hi-lo)*rng.Float64())
		}
	}
	return d
}

func columns(x *mat.Dense, k []int) *mat.Dense {
	p, _ := x.Dims()
	u := mat.NewDense(p, len(k), nil)
	for c, j := range k {
		u.SetCol(c, mat.Col(nil, j, x))
	}
	return u
}

// residual is ‖X − U·V‖/‖X‖ from the definition.
func residual(u, v, x mat.Matrix) float64 {
	var d mat.Dense
	d.Mul(u, v)
	d.Sub(x, &d)
	return mat.Norm(&d, 2) / mat.Norm(x, 2)
}

func TestAbundancesMatchReference(t *testing.T) {
	relerr := map[string]map[string]float64{ // ref/unmix/reference.json
		"samson": {"nnls": 0.04737957303927219, "fcls": 0.24618357411401687, "scls": 0.043681851182892056},
		"jasper": {"nnls": 0.06632246397959929, "fcls": 0.23334196385968117, "scls": 0.06903610716052018},
	}
	for scene, errs := range relerr {
		e := readCSVMatrix(t, sharedtest.Path(t, "ref/unmix/"+scene+"_E.csv"))
		y := readCSVMatrix(t, sharedtest.Path(t, "ref/unmix/"+scene+"_Y.csv"))
		for name, solve := range solvers {
			want := readCSVMatrix(t, sharedtest.Path(t, "ref/unmix/"+scene+"_A_"+name+".csv"))
			got, err := solve(context.Background(), e, y)
			require.NoError(t, err)
			assert.True(t, mat.EqualApprox(want, got.V, 1e-9), "%s %s", scene, name)
			assert.InEpsilon(t, errs[name], got.RelativeError, 1e-11, "%s %s", scene, name)
			assert.Less(t, got.KKT, 1e-13)
		}
	}
}

// Noiseless mixtures come back, over more than one block of columns, from any
// kind of matrix, and with the same bits on any number of cores.
func TestAbundancesRecoverMixtures(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	const p, r, n = 12, 4, 40_000
	rng := rand.New(rand.NewPCG(1, 2))
	u := uniform(rng, p, r, 0, 1)
	v := uniform(rng, r, n, -0.3, 1)
	for j := range n {
		sum := 0.0
		for i := range r {
			v.Set(i, j, max(0, v.At(i, j)))
			sum += v.At(i, j)
		}
		for i := range r {
			if sum > 0 {
				v.Set(i, j, v.At(i, j)/sum)
			} else {
				v.Set(i, j, 1./r)
			}
		}
	}
	var x mat.Dense
	x.Mul(u, v)
	wide := mat.NewDense(p, n+3, nil)
	wide.Slice(0, p, 2, n+2).(*mat.Dense).Copy(&x)
	for name, solve := range solvers {
		runtime.GOMAXPROCS(1)
		want, err := solve(context.Background(), u, &x)
		require.NoError(t, err)
		assert.True(t, mat.EqualApprox(v, want.V, 1e-11), name)
		assert.Less(t, want.RelativeError, 1e-13, name)
		runtime.GOMAXPROCS(3)
		got, err := solve(context.Background(), mat.DenseCopyOf(u.T()).T(), wide.Slice(0, p, 2, n+2))
		require.NoError(t, err)
		assert.True(t, mat.Equal(want.V, got.V), name)
		assert.Equal(t, want.RelativeError, got.RelativeError, name)
		assert.Equal(t, want.KKT, got.KKT, name)
	}
}

// The optimum is better than its neighbours, and the errors are the
// definition's.
func TestAbundancesAreOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 2))
	u, x := uniform(rng, 9, 5, -1, 1), uniform(rng, 9, 30, -1, 1)
	for name, solve := range solvers {
		got, err := solve(context.Background(), u, x)
		require.NoError(t, err)
		best := residual(u, got.V, x)
		assert.InEpsilon(t, best, got.RelativeError, 1e-12, name)
		assert.Less(t, got.KKT, 1e-13, name)
		for range 200 {
			v := mat.DenseCopyOf(got.V)
			j, from, to := rng.IntN(30), rng.IntN(5), rng.IntN(5)
			step := 1e-4 * rng.Float64()
			if name != "scls" {
				step = min(step, v.At(from, j))
			}
			v.Set(from, j, v.At(from, j)-step)
			if name != "nnls" {
				v.Set(to, j, v.At(to, j)+step)
			}
			assert.LessOrEqual(t, best, residual(u, v, x)*(1+1e-14), name)
		}
	}
}

func TestAbundancesAtExtremeScales(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	u, x := uniform(rng, 9, 4, 0, 1), uniform(rng, 9, 30, 0, 1)
	for name, solve := range solvers {
		want, err := solve(context.Background(), u, x)
		require.NoError(t, err)
		for _, s := range []float64{1e-290, 1e-200, 1e200, 1e290} {
			us, xs := mat.DenseCopyOf(u), mat.DenseCopyOf(x)
			us.Scale(s, us)
			xs.Scale(s, xs)
			got, err := solve(context.Background(), us, xs)
			require.NoError(t, err)
			assert.True(t, mat.EqualApprox(want.V, got.V, 1e-11), "%s, both times %g", name, s)
			assert.InEpsilon(t, want.RelativeError, got.RelativeError, 1e-11, "%s, both times %g", name, s)
		}
	}
	zero, err := matrix.FCLS(context.Background(), mat.NewDense(3, 2, nil), mat.NewDense(3, 5, nil))
	require.NoError(t, err)
	assert.Zero(t, zero.RelativeError)
	for j := range 5 {
		assert.Equal(t, 1.0, zero.V.At(0, j)+zero.V.At(1, j))
	}
	off, err := matrix.FCLS(context.Background(), uniform(rng, 3, 2, 1, 2), mat.NewDense(3, 5, nil))
	require.NoError(t, err)
	assert.True(t, math.IsInf(off.RelativeError, 1), "no sum-to-one mixture is zero")
}

// A zero column takes the shade: half of the spectrum is half of the amount.
func TestFCLSShade(t *testing.T) {
	u := mat.NewDense(2, 3, []float64{
		1, 0, 0,
		0, 1, 0,
	})
	got, err := matrix.FCLS(context.Background(), u, mat.NewDense(2, 1, []float64{0.5, 0.2}))
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0.5, 0.2, 0.3}, mat.Col(nil, 0, got.V), 1e-15)
	got, err = matrix.NNLS(context.Background(), u, mat.NewDense(2, 1, []float64{0.5, 0.2}))
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{0.5, 0.2, 0}, mat.Col(nil, 0, got.V), 1e-15)
}

func TestAbundancesReject(t *testing.T) {
	u, x := mat.NewDense(3, 2, []float64{1, 2, 3, 4, 5, 6}), mat.NewDense(3, 4, nil)
	bad := mat.NewDense(3, 4, nil)
	bad.Set(1, 2, math.NaN())
	bad.Set(1, 3, math.Inf(1))
	bad.Set(2, 0, math.Inf(1))
	canceled, cancel := context.WithCancel(context.Background())
	cancel()
	for name, solve := range solvers {
		for _, c := range []struct {
			ctx  context.Context
			u, x mat.Matrix
			want error
			text string
		}{
			{context.Background(), nil, x, matrix.ErrShape, "U is nil"},
			{context.Background(), u, nil, matrix.ErrShape, "X is nil"},
			{context.Background(), new(mat.Dense), x, matrix.ErrShape, "U is 0×0"},
			{context.Background(), u, mat.NewDense(2, 4, nil), matrix.ErrShape, "U is 3×2, X is 2×4"},
			{context.Background(), u, bad, matrix.ErrNotFinite, "X is NaN at row 1, column 2"},
			{context.Background(), bad, x, matrix.ErrNotFinite, "U is NaN at row 1, column 2"},
			{canceled, u, x, context.Canceled, "0 of 4 columns"},
		} {
			_, err := solve(c.ctx, c.u, c.x)
			require.ErrorIs(t, err, c.want, name)
			assert.Contains(t, err.Error(), c.text, name)
		}
	}
}
