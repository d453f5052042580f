package matrix_test

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
)

// The optimality conditions of ½‖x − Uv‖² + weight·Σv, v ≥ 0; also of more columns of U than
// rows, which are dependent.
func TestL1NNLSIsOptimal(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 1))
	for _, size := range []struct{ rows, rank int }{{12, 5}, {3, 30}} {
		rank := size.rank
		for _, weight := range []float64{0, 0.3, 3, 1e3} {
			u, x := uniform(rng, size.rows, rank, 0, 1), uniform(rng, size.rows, 300, -0.5, 1)
			u.Scale(7, u)
			got, err := matrix.L1NNLS(context.Background(), u, x, weight)
			require.NoError(t, err)
			assert.Less(t, got.KKT, 1e-11)
			assert.InDelta(t, residual(u, got.V, x), got.RelativeError, 1e-9)
			var e, slope mat.Dense
			e.Mul(u, got.V)
			e.Sub(&e, x)
			slope.Mul(u.T(), &e)
			for k := range rank {
				for j := range 300 {
					assert.GreaterOrEqual(t, got.V.At(k, j), 0.0)
					assert.Less(t, math.Abs(min(got.V.At(k, j), (slope.At(k, j)+weight)/49)), 1e-9)
				}
			}
		}
	}
	u := mat.NewDense(1, 1, []float64{1})
	_, err := matrix.L1NNLS(context.Background(), u, u, -1)
	require.ErrorIs(t, err, matrix.ErrMethod)
}

// Enumeration of all supports.
func TestAtMostNNLSIsTheBestSupport(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 2))
	for _, c := range []struct{ r, k int }{{1, 1}, {4, 2}, {6, 3}, {7, 1}, {6, 6}} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			u, x := uniform(rng, 9, c.r, 0, 1), uniform(rng, 9, 40, 0, 1)
			got, err := matrix.AtMostNNLS(context.Background(), u, x, c.k, cpd.ExactSupports)
			require.NoError(t, err)
			least := make([]float64, 40)
			for j := range least {
				least[j] = mat.Norm(x.ColView(j), 2)
			}
			for set := 1; set < 1<<c.r; set++ {
				if bits.OnesCount(uint(set)) > c.k {
					continue
				}
				var cols []int
				for k := range c.r {
					if set>>k&1 != 0 {
						cols = append(cols, k)
					}
				}
				some := mat.NewDense(9, len(cols), nil)
				for at, k := range cols {
					some.SetCol(at, mat.Col(nil, k, u))
				}
				fit, err := matrix.NNLS(context.Background(), some, x)
				require.NoError(t, err)
				var e mat.Dense
				e.Mul(some, fit.V)
				e.Sub(x, &e)
				for j := range least {
					least[j] = min(least[j], mat.Norm(e.ColView(j), 2))
				}
			}
			var e mat.Dense
			e.Mul(u, got.V)
			e.Sub(x, &e)
			for j, want := range least {
				assert.InDelta(t, want, mat.Norm(e.ColView(j), 2), 1e-10)
				used := 0
				for k := range c.r {
					if v := got.V.At(k, j); v != 0 {
						assert.Positive(t, v)
						used++
					}
				}
				assert.LessOrEqual(t, used, c.k)
			}
		})
	}
	u := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	for _, k := range []int{0, 3} {
		_, err := matrix.AtMostNNLS(context.Background(), u, u, k, cpd.ExactSupports)
		require.ErrorIs(t, err, matrix.ErrRank)
	}
}
