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

	"github.com/polyad/polyad/matrix"
)

// noisy is a mixture of r spectra with noise of the given standard deviations of the
// rows; the first r columns are pure.
func noisy(rng *rand.Rand, n, r int, std []float64) *mat.Dense {
	h := mat.NewDense(r, n, nil)
	for j := range n {
		sum := 0.0
		for q := range r {
			h.Set(q, j, rng.ExpFloat64())
			sum += h.At(q, j)
		}
		for q := range r {
			h.Set(q, j, 0.9*h.At(q, j)/sum+0.1/float64(r))
			if j < r {
				h.Set(q, j, 0)
			}
		}
		if j < r {
			h.Set(j, j, 1)
		}
	}
	x := new(mat.Dense)
	x.Mul(uniform(rng, len(std), r, 0.1, 1), h)
	x.Apply(func(i, _ int, v float64) float64 { return v + std[i]*rng.NormFloat64() }, x)
	return x
}

func estimate(t *testing.T, x mat.Matrix) *matrix.Noise {
	t.Helper()
	z, err := matrix.EstimateNoise(context.Background(), x)
	require.NoError(t, err)
	return z
}

// The definition: p regressions, one after the other, by QR.
func TestEstimateNoiseMatchesRegressions(t *testing.T) {
	for _, c := range []struct{ p, n int }{{2, 3}, {5, 40}, {12, 300}} {
		rng := rand.New(rand.NewPCG(uint64(c.p), 8))
		x := uniform(rng, c.p, c.n, -1, 2)
		x.Apply(func(i, _ int, v float64) float64 { return v * math.Pow(10, float64(i%5-2)) }, x)
		z := estimate(t, x)
		w := mat.NewDense(c.p, c.n, nil)
		for i := range c.p {
			others := mat.NewDense(c.n, c.p-1, nil)
			for k := range c.p - 1 {
				others.SetCol(k, x.RawRowView((i+1+k)%c.p))
			}
			var beta, fit mat.VecDense
			require.NoError(t, beta.SolveVec(others, x.RowView(i)))
			fit.MulVec(others, &beta)
			for j := range c.n {
				w.Set(i, j, x.At(i, j)-fit.AtVec(j))
			}
		}
		for i := range c.p {
			for j := range c.p {
				want := mat.Dot(w.RowView(i), w.RowView(j)) / float64(c.n)
				assert.InDelta(t, want, z.Covariance.At(i, j), 1e-9*z.Power[i]*z.Power[j], "%d×%d: %d, %d", c.p, c.n, i, j)
			}
			assert.InDelta(t, mat.Norm(w.RowView(i), 2)/math.Sqrt(float64(c.n)), z.Std[i], 1e-9*z.Power[i])
		}
	}
}

// Noise a thousand times as strong in some rows as in others is found in all. What a quiet
// row is predicted from has noise too, which adds a few per cent.
func TestEstimateNoiseFindsUnevenNoise(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 8))
	std := make([]float64, 40)
	for i := range std {
		std[i] = 1e-4
		if i%5 == 0 {
			std[i] = math.Pow(10, -3+float64(i/5%3))
		}
	}
	z := estimate(t, noisy(rng, 4000, 4, std))
	for i, s := range std {
		assert.InEpsilon(t, s, z.Std[i], 0.2, "row %d", i)
	}
	power, noise := 0.0, 0.0
	for i, s := range std {
		power += z.Power[i] * z.Power[i]
		noise += s * s
	}
	assert.InDelta(t, 10*math.Log10((power-noise)/noise), z.SNR, 0.3)
}

// Copies of a row, rows of zeros and data without noise do not break the inverse.
func TestEstimateNoiseOfDependentRows(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 8))
	x := noisy(rng, 200, 3, make([]float64, 10))
	z := estimate(t, x)
	assert.Greater(t, z.SNR, 100.0)
	assert.Equal(t, 3, z.HySime().Dim())
	x = noisy(rng, 200, 3, []float64{.1, .1, .1, .1, .1, .1, .1, .1, .1, .1})
	copied := mat.DenseCopyOf(x)
	copied.SetRow(7, x.RawRowView(2))
	copied.SetRow(5, make([]float64, 200))
	z = estimate(t, copied)
	assert.Less(t, z.Std[2], 1e-5)
	assert.Less(t, z.Std[7], 1e-5)
	assert.Zero(t, z.Std[5])
	assert.Greater(t, z.Std[1], 0.08)
	zero := estimate(t, mat.NewDense(3, 9, nil))
	assert.True(t, math.IsInf(zero.SNR, 1))
	assert.Zero(t, zero.HySime().Dim())
	count, err := zero.HFC(1e-3)
	require.NoError(t, err)
	assert.Equal(t, []int{0}, count)
}

func TestNoiseScales(t *testing.T) {
	x := noisy(rand.New(rand.NewPCG(6, 8)), 300, 3, []float64{.01, .02, .01, .04, .01, .01, .1, .01})
	z := estimate(t, x)
	for _, s := range []float64{1e-120, 1e100} {
		y := new(mat.Dense)
		y.Scale(s, x)
		zs := estimate(t, y)
		for i := range z.Std {
			assert.InEpsilon(t, z.Std[i], zs.Std[i]/s, 1e-9)
		}
		assert.Equal(t, z.HySime().Dim(), zs.HySime().Dim())
	}
}

// Planted subspaces, and a mean that moves along all of their directions.
func TestDimensionsFindThePlantedOne(t *testing.T) {
	for _, r := range []int{2, 4, 7} {
		std := make([]float64, 50)
		for i := range std {
			std[i] = 0.003
		}
		z := estimate(t, noisy(rand.New(rand.NewPCG(uint64(r), 9)), 5000, r, std))
		s := z.HySime()
		assert.Equal(t, r, s.Dim())
		rows, cols := s.Basis.Dims()
		assert.Equal(t, []int{50, r}, []int{rows, cols})
		counts, err := z.NWHFC(1e-3, 1e-5)
		require.NoError(t, err)
		assert.LessOrEqual(t, counts[0], r)
		assert.LessOrEqual(t, counts[1], counts[0])
		assert.Positive(t, counts[1])
	}
}

// One source moves the mean of white noise. A row of stronger noise makes HFC compare
// eigenvalues of different directions and count another one; NWHFC does not.
func TestHFCCountsSourcesInTheMean(t *testing.T) {
	rng := rand.New(rand.NewPCG(10, 8))
	const p, n = 20, 4000
	x := mat.NewDense(p, n, nil)
	x.Apply(func(i, _ int, _ float64) float64 {
		v := rng.NormFloat64()
		if i == 3 {
			v += 2
		}
		return v
	}, x)
	z := estimate(t, x)
	plain, err := z.HFC(1e-3)
	require.NoError(t, err)
	assert.Equal(t, []int{1}, plain)
	loud := mat.DenseCopyOf(x)
	for j := range n {
		loud.Set(9, j, 2*x.At(9, j))
	}
	z = estimate(t, loud)
	plain, err = z.HFC(1e-3)
	require.NoError(t, err)
	assert.Equal(t, []int{2}, plain)
	white, err := z.NWHFC(1e-3)
	require.NoError(t, err)
	assert.Equal(t, []int{1}, white)
}

// Half the variance of differences is that of white noise on a flat image, correlated or
// not.
func TestDifferenceNoiseSeesCorrelation(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 8))
	x := mat.NewDense(3, 60*50, nil)
	for j := range 60 * 50 {
		c := rng.NormFloat64()
		x.SetCol(j, []float64{5 + c, 2 + 0.5*c + 0.1*rng.NormFloat64(), float64(j/60) + 0.2*rng.NormFloat64()})
	}
	z, err := matrix.DifferenceNoise(context.Background(), x, 60)
	require.NoError(t, err)
	want := mat.NewSymDense(3, []float64{1, .5, 0, .5, .26, 0, 0, 0, .04})
	for i := range 3 {
		for j := range 3 {
			assert.InDelta(t, want.At(i, j), z.Covariance.At(i, j), 0.06, "%d, %d", i, j)
		}
	}
	w, err := z.Whitener(matrix.FullNoise)
	require.NoError(t, err)
	y, err := w.Apply(x)
	require.NoError(t, err)
	white, err := matrix.DifferenceNoise(context.Background(), y, 60)
	require.NoError(t, err)
	for i := range 3 {
		for j := range 3 {
			id := 0.0
			if i == j {
				id = 1
			}
			assert.InDelta(t, id, white.Covariance.At(i, j), 1e-9)
		}
	}
}

func TestNoiseDoesNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	x := noisy(rand.New(rand.NewPCG(7, 8)), 2500, 3, []float64{.1, .2, .1, .3, .1, .2, .1, .3})
	runtime.GOMAXPROCS(1)
	one := estimate(t, x)
	runtime.GOMAXPROCS(3)
	assert.Equal(t, one, estimate(t, x))
}

func TestNoiseRejects(t *testing.T) {
	ctx := context.Background()
	good := uniform(rand.New(rand.NewPCG(8, 8)), 3, 12, 0, 1)
	bad := mat.DenseCopyOf(good)
	bad.Set(1, 2, math.NaN())
	huge := mat.DenseCopyOf(good)
	huge.Scale(1e200, huge)
	for _, c := range []struct {
		x    mat.Matrix
		want error
	}{
		{nil, matrix.ErrShape},
		{&mat.Dense{}, matrix.ErrShape},
		{good.Slice(0, 1, 0, 12), matrix.ErrShape},
		{good.Slice(0, 3, 0, 3), matrix.ErrShape},
		{bad, matrix.ErrNotFinite},
		{huge, matrix.ErrSize},
	} {
		_, err := matrix.EstimateNoise(ctx, c.x)
		require.ErrorIs(t, err, c.want)
	}
	for _, rows := range []int{0, 1, 5} {
		_, err := matrix.DifferenceNoise(ctx, good, rows)
		require.ErrorIs(t, err, matrix.ErrShape)
	}
	z := estimate(t, good)
	for _, rate := range []float64{0, -1, 0.6, math.NaN()} {
		_, err := z.HFC(rate)
		require.ErrorIs(t, err, matrix.ErrOptions)
	}
	_, err := z.Whitener(7)
	require.ErrorIs(t, err, matrix.ErrOptions)
	_, err = z.MNF(4, matrix.RowNoise)
	require.ErrorIs(t, err, matrix.ErrRank)
	w, err := z.Whitener(matrix.RowNoise)
	require.NoError(t, err)
	_, err = w.Apply(mat.NewDense(4, 2, nil))
	require.ErrorIs(t, err, matrix.ErrShape)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	_, err = matrix.EstimateNoise(ended, good)
	require.ErrorIs(t, err, context.Canceled)
}
