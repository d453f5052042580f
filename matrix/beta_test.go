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
)

// betaLoss is the definition.
func betaLoss(x, y, beta float64) float64 {
	switch {
	case beta == 1 && x == 0:
		return y
	case beta == 1:
		return x*math.Log(x/y) - x + y
	case beta == 0:
		return x/y - math.Log(x/y) - 1
	}
	return (math.Pow(x, beta) + (beta-1)*math.Pow(y, beta) - beta*x*math.Pow(y, beta-1)) / (beta * (beta - 1))
}

// multiplicative is one plain update of a (rows of x) by the definition.
func multiplicative(x, a, b *mat.Dense, beta, gamma float64) {
	var y mat.Dense
	y.Mul(a, b.T())
	rows, r := a.Dims()
	_, n := x.Dims()
	for i := range rows {
		for k := range r {
			num, den := 0.0, 0.0
			for j := range n {
				num += x.At(i, j) * math.Pow(y.At(i, j), beta-2) * b.At(j, k)
				den += math.Pow(y.At(i, j), beta-1) * b.At(j, k)
			}
			a.Set(i, k, a.At(i, k)*math.Pow(num/den, gamma))
		}
	}
}

func TestBetaDivergenceIsItsDefinition(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(4, 1))
	for _, size := range [][2]int{{1, 5}, {23, 40}, {17, 530}} {
		for _, beta := range []float64{-1, 0, 0.5, 0.7, 1, 1.5, 2, 3} {
			t.Run(fmt.Sprint(size, beta), func(t *testing.T) {
				p, n := size[0], size[1]
				x, u, vt := uniform(rng, p, n, 0.1, 1), uniform(rng, p, 3, 0.1, 1), uniform(rng, n, 3, 0.1, 1)
				got, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{
					Method: matrix.BetaDivergence{Beta: beta, Momentum: -1}, Init: cpd.Given{Factors: []*mat.Dense{u, vt}}, Stop: sweep.MaxSweeps(2),
				})
				require.NoError(t, err)
				gamma := 1.0
				if beta < 1 {
					gamma = 1 / (2 - beta)
				}
				if beta > 2 {
					gamma = 1 / (beta - 1)
				}
				for range 2 {
					multiplicative(x, u, vt, beta, gamma)
					multiplicative(mat.DenseCopyOf(x.T()), vt, u, beta, gamma)
				}
				var want, model mat.Dense
				want.Mul(u, vt.T())
				model.Mul(got.U, got.V)
				assert.True(t, mat.EqualApprox(&want, &model, 1e-11))
				loss := 0.0
				for i := range p {
					for j := range n {
						loss += betaLoss(x.At(i, j), want.At(i, j), beta)
					}
				}
				assert.InDelta(t, loss, got.Loss, 1e-9*(loss+1e-6))
			})
		}
	}
}

// With momentum the loss falls in every sweep, and further than without; V of known
// columns is as good as the fit.
func TestBetaDivergenceDescendsFasterWithMomentum(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(4, 2))
	var x mat.Dense
	x.Mul(uniform(rng, 30, 4, 0, 1), uniform(rng, 4, 60, 0, 1))
	x.Apply(func(_, _ int, v float64) float64 { return v * (0.8 + 0.4*rng.Float64()) }, &x)
	for _, beta := range []float64{0, 1, 1.5} {
		run := func(momentum float64, sweeps int) *matrix.Factors {
			f, err := matrix.NMF(context.Background(), &x, 4, &matrix.NMFOptions{Method: matrix.BetaDivergence{Beta: beta, Momentum: momentum}, Stop: sweep.MaxSweeps(sweeps)})
			require.NoError(t, err)
			return f
		}
		last := math.Inf(1)
		for k := 1; k < 60; k += 3 {
			f := run(0, k)
			assert.LessOrEqual(t, f.Loss, last*(1+1e-12), "β %g, sweep %d", beta, k)
			last = f.Loss
		}
		fast, slow := run(0, 200), run(-1, 200)
		assert.Less(t, fast.Loss, slow.Loss, "β %g", beta)

		v, err := fast.Transform(context.Background(), &x)
		require.NoError(t, err)
		var y mat.Dense
		y.Mul(fast.U, v)
		loss := 0.0
		for i := range 30 {
			for j := range 60 {
				loss += betaLoss(x.At(i, j), y.At(i, j), beta)
			}
		}
		assert.LessOrEqual(t, loss, fast.Loss*(1+1e-9), "β %g", beta)
		if beta < 1 {
			continue
		}
		for j := range 60 { // the optimality conditions of a convex problem
			for k := range 4 {
				slope := 0.0
				for i := range 30 {
					slope += fast.U.At(i, k) * (math.Pow(y.At(i, j), beta-1) - x.At(i, j)*math.Pow(y.At(i, j), beta-2))
				}
				assert.Less(t, math.Abs(min(v.At(k, j), slope)), 5e-3) // of Σu = 5: multiplicative updates are slow towards zeros
			}
		}
	}
}

func TestBetaDivergenceOfSparseData(t *testing.T) {
	x, s := sparseMatrix(rand.New(rand.NewPCG(4, 3)), 90, 70, 0.15)
	o := &matrix.NMFOptions{Method: matrix.BetaDivergence{Beta: 1}, Stop: sweep.MaxSweeps(25)}
	dense, err := matrix.NMF(context.Background(), x, 5, o)
	require.NoError(t, err)
	sparse, err := matrix.NMFTensor(context.Background(), s, 5, o)
	require.NoError(t, err)
	assert.InEpsilon(t, dense.Loss, sparse.Loss, 1e-9)
	assert.InEpsilon(t, dense.RelativeError, sparse.RelativeError, 1e-9)

	for _, c := range []struct {
		beta float64
		at   float64
	}{{2, 1}, {1, -1}, {0, 0}, {math.NaN(), 1}} {
		y := mat.NewDense(2, 2, []float64{1, 2, 3, c.at})
		_, err := matrix.NMF(context.Background(), y, 1, &matrix.NMFOptions{Method: matrix.BetaDivergence{Beta: c.beta}})
		if c.beta == 2 {
			_, err = matrix.NMFTensor(context.Background(), s, 1, &matrix.NMFOptions{Method: matrix.BetaDivergence{Beta: 2}})
		}
		require.ErrorIs(t, err, matrix.ErrMethod, "%+v", c)
	}
}

// A case in which momentum leads astray: the loss falls all the same.
func TestBetaDivergenceTakesBackWhatRises(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	x := mat.NewDense(6, 9, nil)
	x.Apply(func(_, _ int, _ float64) float64 { v := rng.Float64(); return v*v*v + 1e-3 }, x)
	last := math.Inf(1)
	for k := 1; k < 30; k++ {
		f, err := matrix.NMF(context.Background(), x, 2, &matrix.NMFOptions{Method: matrix.BetaDivergence{Beta: 5}, Stop: sweep.MaxSweeps(k), Seed: 3})
		require.NoError(t, err)
		assert.LessOrEqual(t, f.Loss, last*(1+1e-12), "sweep %d", k)
		last = f.Loss
	}
}
