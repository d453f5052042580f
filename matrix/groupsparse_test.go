package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
)

func TestGroupSparse(t *testing.T) {
	racetest.Slow(t)
	for _, norm := range []matrix.RowNorm{matrix.RowMax, matrix.RowLength} {
		selecttest.CheckForm(t, matrix.GroupSparse{Norm: norm, Iterations: 300})
	}
}

// Every row meets its own condition of optimality: with −g its gradient, a row that is
// zero has (g)₊ within the dual ball of radius λ; one that is not has ⟨g, x⟩ = λ‖x‖ and
// g on its surface.
func TestGroupSparseIsOptimal(t *testing.T) {
	racetest.Slow(t)
	m := uniform(rand.New(rand.NewPCG(3, 1)), 12, 30, 0, 1)
	for _, norm := range []matrix.RowNorm{matrix.RowMax, matrix.RowLength} {
		res, err := matrix.GroupSparse{Norm: norm, Weight: 0.05, Iterations: 20000, Tol: 1e-12}.Solve(context.Background(), m, 5)
		require.NoError(t, err)
		var left, g mat.Dense
		left.Mul(m, res.X)
		left.Sub(m, &left)
		g.Mul(m.T(), &left)
		active := 0
		for i := range 30 {
			dual, inner, size := 0.0, 0.0, 0.0
			for j := range 30 {
				x, v := res.X.At(i, j), g.At(i, j)
				require.GreaterOrEqual(t, x, 0.0)
				inner += x * v
				if norm == matrix.RowMax {
					dual += max(v, 0)
					size = max(size, x)
				} else {
					dual += max(v, 0) * max(v, 0)
					size += x * x
				}
			}
			if norm == matrix.RowLength {
				dual, size = math.Sqrt(dual), math.Sqrt(size)
			}
			assert.LessOrEqual(t, dual, res.Mu*(1+1e-5), "norm %d, row %d", norm, i)
			assert.InDelta(t, res.Mu*size, inner, 1e-5*res.Mu, "norm %d, row %d", norm, i)
			if size > 0 {
				active++
			}
		}
		assert.Greater(t, active, 0)
		assert.Less(t, active, 30)
	}
}
