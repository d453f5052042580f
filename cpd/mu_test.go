package cpd

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Three inner updates are three updates, and a floor lets an entry out of the zero that it started from.
func TestMUInnerAndFloor(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 8))
	draw := func(rows, cols int) *mat.Dense {
		a := mat.NewDense(rows, cols, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		return a
	}
	for _, signed := range []bool{false, true} {
		t.Run(fmt.Sprint("signed=", signed), func(t *testing.T) {
			b, want := draw(30, 3), draw(7, 3)
			if signed {
				b.Apply(func(_, _ int, v float64) float64 { return v - 0.4 }, b)
			}
			g, m := mat.NewSymDense(3, nil), mat.NewDense(7, 3, nil)
			tensor.Gram(g, b)
			m.Mul(want, g)
			start := draw(7, 3)
			once, inner := mat.DenseCopyOf(start), mat.DenseCopyOf(start)
			one := MU{}.Begin(7, 3)
			for range 3 {
				require.NoError(t, one.Update(once, m, g))
			}
			require.NoError(t, MU{Inner: 3}.Begin(7, 3).Update(inner, m, g))
			require.True(t, mat.Equal(once, inner))
			start.Set(2, 1, 0)
			caught, free := mat.DenseCopyOf(start), mat.DenseCopyOf(start)
			require.NoError(t, MU{Inner: 5000}.Begin(7, 3).Update(caught, m, g))
			require.NoError(t, MU{Inner: 5000, Floor: 1e-12}.Begin(7, 3).Update(free, m, g))
			require.Zero(t, caught.At(2, 1))
			require.InDelta(t, want.At(2, 1), free.At(2, 1), 1e-4)
		})
	}
}

// Of a row of zeros there is no A·G to divide by, and the floor lifts it all the same.
func TestMUFloorLiftsRowsOfZeros(t *testing.T) {
	a, m := mat.NewDense(2, 2, []float64{0, 0, 1, 0}), mat.NewDense(2, 2, []float64{4, 6, 4, -2})
	require.NoError(t, MU{Inner: 50, Floor: 1e-9}.Begin(2, 2).Update(a, m, mat.NewSymDense(2, []float64{2, 0, 0, 2})))
	require.True(t, mat.EqualApprox(mat.NewDense(2, 2, []float64{2, 3, 2, 1e-9}), a, 1e-12), "%v", mat.Formatted(a))
}
