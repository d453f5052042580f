package linalg

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// A row gets the same from the batch, whatever set it starts from, and from the
// solver of single rows.
func TestBatchAgreesWithRows(t *testing.T) {
	for name, s := range both() {
		for r := 1; r <= batchMost; r++ {
			const n = 300
			p := random(uint64(r)+40, 2*r+1, r, n)
			var w active
			a := mat.NewDense(n, r, nil)
			require.NoError(t, w.run(a, p.m, p.g, s.sum))
			warm := uniform(rand.New(rand.NewPCG(8, 8)), n, r, -1, 1)
			require.NoError(t, w.run(warm, p.m, p.g, s.sum))
			one := make([]float64, r)
			for i := range n {
				clear(one)
				w.row[0].solve(one, p.m.RawRowView(i))
				assert.InDeltaSlice(t, one, a.RawRowView(i), 1e-11, "%s, R=%d, row %d", name, r, i)
				assert.InDeltaSlice(t, one, warm.RawRowView(i), 1e-11, "%s, R=%d, row %d, from a random set", name, r, i)
			}
		}
	}
}

// Columns at angles of δ, on both sides of where inverses are refused, with data
// inside of the cone, on its faces without noise, and outside.
func TestBatchIsExactOnParallelColumns(t *testing.T) {
	const r, n = 6, 500
	for name, s := range both() {
		for _, delta := range []float64{1e-1, 1e-2, 1e-3, 1e-4, 1e-6} {
			for _, noise := range []float64{0, 1e-3, 1} {
				rng := rand.New(rand.NewPCG(15, 15))
				base := uniform(rng, 30, 1, 0.5, 1)
				u := uniform(rng, 30, r, -delta, delta)
				u.Apply(func(i, _ int, v float64) float64 { return v + base.At(i, 0) }, u)
				v := uniform(rng, r, n, -1, 1)
				v.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, v)
				var x mat.Dense
				x.Mul(u, v)
				x.Apply(func(_, _ int, v float64) float64 { return v + noise*rng.NormFloat64() }, &x)
				p := newProblem(u, &x)
				a := mat.NewDense(n, r, nil)
				require.NoError(t, s.new().Solve(a, p.m, p.g))
				assert.LessOrEqual(t, KKT(a, p.m, p.g, s.sum), kktTol(r), fmt.Sprintf("%s, δ=%g, noise=%g", name, delta, noise))
			}
		}
	}
}

// A gradient that is small but no rounding moves its unknown.
func TestBatchSeesSmallGradients(t *testing.T) {
	g := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	for _, small := range []float64{1e-2, 1e-8, 1e-13} {
		a := mat.NewDense(1, 2, []float64{1, 0}) // the first guess is the first unknown alone
		require.NoError(t, new(NNLS).Solve(a, mat.NewDense(1, 2, []float64{1, small}), g))
		assert.Equal(t, []float64{1, small}, a.RawRowView(0))
	}
}
