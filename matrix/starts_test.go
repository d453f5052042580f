package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The published algorithm on gonum's singular value decomposition.
func nndsvd(x *mat.Dense, r int) (u, v *mat.Dense) {
	var svd mat.SVD
	svd.Factorize(x, mat.SVDThin)
	var a, b mat.Dense
	svd.UTo(&a)
	svd.VTo(&b)
	p, n := x.Dims()
	u, v = mat.NewDense(p, r, nil), mat.NewDense(n, r, nil)
	for k, s := range svd.Values(nil)[:r] {
		best := -1.0
		for _, sign := range []float64{1, -1} {
			left, right := mat.Col(nil, k, &a), mat.Col(nil, k, &b)
			for _, w := range [][]float64{left, right} {
				for i := range w {
					w[i] = max(0, sign*w[i])
				}
			}
			x, y := mat.NewVecDense(p, left), mat.NewVecDense(n, right)
			m := mat.Norm(x, 2) * mat.Norm(y, 2)
			if m <= best {
				continue
			}
			best = m
			for i, t := range left {
				u.Set(i, k, math.Sqrt(s*m)*t/mat.Norm(x, 2))
			}
			for j, t := range right {
				v.Set(j, k, math.Sqrt(s*m)*t/mat.Norm(y, 2))
			}
		}
	}
	return u, v
}

func TestNNDSVDIsThePublishedStart(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 2))
	for _, c := range []struct{ p, n, r int }{{12, 30, 4}, {30, 12, 5}, {7, 7, 7}, {5, 1, 1}} {
		x := uniform(rng, c.p, c.n, 0, 1)
		u, v := nndsvd(x, c.r)
		got, err := matrix.NNDSVD{}.Start(tensor.FromMatrix(x), c.r, []bool{true, true}, rng)
		require.NoError(t, err)
		assert.True(t, mat.EqualApprox(u, got[0], 1e-9), "%v", c)
		assert.True(t, mat.EqualApprox(v, got[1], 1e-9), "%v", c)
	}
}

// plain hides that a tensor can form Grams.
type plain struct{ tensor.Tensor }

func TestNNDSVDWithoutGramsIsTheSame(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x, s := sparseMatrix(rng, 60, 90, 0.2)
	for k := range 4 { // singular values apart, as subspaces have to be told
		for i := range 60 {
			for j := range 90 {
				x.Set(i, j, x.At(i, j)+float64(int(1)<<(2*k))*math.Pow(math.Sin(float64((k+1)*(i+1))), 2)*math.Pow(math.Cos(float64((k+2)*(j+3))), 2))
			}
		}
	}
	a, err := matrix.NNDSVD{}.Start(tensor.FromMatrix(x), 4, []bool{true, true}, rng)
	require.NoError(t, err)
	b, err := matrix.NNDSVD{}.Start(plain{tensor.FromMatrix(x)}, 4, []bool{true, true}, rng)
	require.NoError(t, err)
	assert.True(t, mat.EqualApprox(a[0], b[0], 1e-6*mat.Max(a[0])))
	_, err = matrix.NNDSVD{Fill: matrix.Mean}.Start(s, 4, []bool{true, true}, rng)
	require.NoError(t, err)
}

// Every start is ≥ 0, of the right shape, and leads to a fit of exact data of rank 3; a
// fill leaves no zero.
func TestStartsLeadToFits(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(3, 3))
	u, h := uniform(rng, 20, 3, 0, 1), uniform(rng, 3, 50, 0, 1)
	for k := range 3 {
		for q := range 3 {
			h.Set(q, k, 0)
		}
		h.Set(k, k, 4) // of larger sum than any mixture
	}
	var x mat.Dense
	x.Mul(u, h)
	for _, init := range []cpd.Init{
		matrix.NNDSVD{},
		matrix.NNDSVD{Fill: matrix.Mean},
		matrix.NNDSVD{Fill: matrix.Random},
		matrix.Pure{},
		matrix.Clusters{},
		matrix.BestOf{},
		matrix.BestOf{Of: []cpd.Init{cpd.Random{}, matrix.Pure{}}, Sweeps: 1},
	} {
		t.Run(fmt.Sprintf("%T%+v", init, init), func(t *testing.T) {
			f, err := init.Start(tensor.FromMatrix(&x), 5, []bool{true, true}, rng) // above the rank of the data
			require.NoError(t, err)
			for m, size := range []int{20, 50} {
				rows, cols := f[m].Dims()
				assert.Equal(t, []int{size, 5}, []int{rows, cols})
				assert.GreaterOrEqual(t, mat.Min(f[m]), 0.0)
			}
			if s, ok := init.(matrix.NNDSVD); ok && s.Fill != matrix.Zeros {
				assert.Greater(t, mat.Min(f[0]), 0.0)
			}
			got, err := matrix.NMF(context.Background(), &x, 3, &matrix.NMFOptions{Init: init, Stop: sweep.MaxSweeps(300)})
			require.NoError(t, err)
			assert.Less(t, got.RelativeError, 2e-2)
		})
	}
	exact, err := matrix.NMF(context.Background(), &x, 3, &matrix.NMFOptions{Init: matrix.Pure{}, Stop: sweep.MaxSweeps(1)})
	require.NoError(t, err)
	assert.Less(t, exact.RelativeError, 1e-10, "the pure columns are the answer")
}

// Columns in three directions of their own: components are the means of the groups.
func TestClustersAreMeansOfGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	u, x := uniform(rng, 9, 3, 0, 1), mat.NewDense(9, 40, nil)
	mean, count := mat.NewDense(9, 3, nil), make([]float64, 3)
	for j := range 40 {
		k, a := j%3, 0.5+rng.Float64()
		count[k]++
		for i := range 9 {
			v := a*u.At(i, k) + 1e-3*rng.Float64()
			x.Set(i, j, v)
			mean.Set(i, k, mean.At(i, k)+v)
		}
	}
	f, err := matrix.Clusters{}.Start(tensor.FromMatrix(x), 3, []bool{true, true}, rng)
	require.NoError(t, err)
	for k := range 3 {
		best := math.Inf(1)
		for l := range 3 {
			var e mat.VecDense
			e.AddScaledVec(f[0].ColView(l), -1/count[k], mean.ColView(k))
			best = min(best, mat.Norm(&e, 2))
		}
		assert.Less(t, best, 1e-12)
	}
	assert.Less(t, residual(f[0], f[1].T(), x), 1e-2)
}
