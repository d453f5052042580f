package matrix

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// No other candidate is better: the minimum is at one of the values.
func TestWeightedMedianIsLeast(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for n := range 12 {
		list := make([]quotient, n)
		for i := range list {
			list[i] = quotient{math.Floor(5 * rng.NormFloat64()), rng.Float64()}
		}
		sum := func(at float64) (s float64) {
			for _, q := range list {
				s += q.weight * math.Abs(q.value-at)
			}
			return s
		}
		got := weightedMedian(list)
		for _, q := range list {
			require.LessOrEqual(t, sum(got), sum(q.value)+1e-12)
		}
	}
	require.Zero(t, weightedMedian(nil))
}

// One component and a few entries far above it: least absolute values find the component, least
// squares are led astray by the others.
func TestAbsoluteUnderapproximationPassesBySpikes(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	u, v, x := make([]float64, 15), make([]float64, 25), mat.NewDense(15, 25, nil)
	for i := range u {
		u[i] = 0.2 + rng.Float64()
	}
	for j := range v {
		v[j] = 0.2 + rng.Float64()
	}
	for i, a := range u {
		for j, b := range v {
			x.Set(i, j, a*b)
			if rng.IntN(12) == 0 {
				x.Set(i, j, a*b+3)
			}
		}
	}
	miss := func(m Underapproximation) float64 {
		f, err := NMFTensor(t.Context(), tensor.FromMatrix(x), 1, &NMFOptions{Method: m})
		require.NoError(t, err)
		require.GreaterOrEqual(t, min(mat.Min(f.U), mat.Min(f.V)), 0.0)
		left, all := 0.0, 0.0
		for i, a := range u {
			for j, b := range v {
				left += square(a*b - f.U.At(i, 0)*f.V.At(0, j))
				all += square(a * b)
			}
		}
		return math.Sqrt(left / all)
	}
	absolute, squares := miss(Underapproximation{Absolute: true}), miss(Underapproximation{})
	t.Logf("absolute %.4f, squares %.4f", absolute, squares)
	require.Less(t, absolute, 0.02)
	require.Less(t, absolute, squares/2)
}
