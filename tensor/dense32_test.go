package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// twins are the same values in both precisions.
func twins(rng *rand.Rand, dims []int) (*tensor.Dense, *tensor.Dense32) {
	x, y := tensor.NewDense(dims, nil), tensor.NewDense32(dims, nil)
	for i := range y.Data() {
		y.Data()[i] = float32(rng.NormFloat64())
		x.Data()[i] = float64(y.Data()[i])
	}
	return x, y
}

func TestDense32KeepsThePromises(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	for _, dims := range [][]int{{1}, {5}, {4, 3}, {1, 6}, {5, 4, 3}, {1, 6, 6}, {6, 1, 2}, {3, 2, 4, 2}} {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			_, y := twins(rng, dims)
			tensortest.Check(t, y)
		})
	}
}

// Single precision is that of the data alone: all that is computed agrees with
// the twin in double precision.
func TestDense32AgreesWithDense(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 9))
	for _, dims := range [][]int{{40}, {31, 50}, {20, 30, 40}, {300, 9, 70}, {6, 7, 8, 9}} {
		x, y := twins(rng, dims)
		require.InEpsilon(t, x.SquaredNorm(), y.SquaredNorm(), 1e-13)
		require.Equal(t, x.MaxAbs(), y.MaxAbs())
		for _, rank := range []int{1, 5, 17} {
			factors := make([]*mat.Dense, len(dims))
			for n, d := range dims {
				factors[n] = normal(rng, d, rank)
			}
			q := y.Sequence()
			for n, d := range dims {
				want, got, seq := mat.NewDense(d, rank, nil), mat.NewDense(d, rank, nil), mat.NewDense(d, rank, nil)
				x.MTTKRP(want, factors, n)
				y.MTTKRP(got, factors, n)
				q.MTTKRP(seq, factors, n)
				tol := 1e-15 * float64(len(x.Data())) * math.Max(1, mat.Norm(want, 2)/math.Sqrt(float64(d*rank)))
				require.True(t, mat.EqualApprox(want, got, tol), "%v mode %d", dims, n)
				require.True(t, mat.EqualApprox(want, seq, tol), "%v mode %d, in sequence", dims, n)
			}
			k := tensor.NewKruskal(factors...)
			require.InEpsilon(t, x.SquaredResidual(k), y.SquaredResidual(k), 1e-12)
			require.InEpsilon(t, k.RelativeError(x), k.RelativeError(y), 1e-12)
		}
	}
}

func TestDense32NamesWhatIsNotFinite(t *testing.T) {
	x := tensor.NewDense32([]int{2, 3}, nil)
	_, found := x.NonFinite()
	require.False(t, found)
	x.Data()[4] = float32(math.NaN())
	at, found := x.NonFinite()
	require.True(t, found)
	require.Equal(t, []int{1, 1}, at)
	require.Panics(t, func() { tensor.NewDense32([]int{2, 3}, make([]float32, 5)) })
}
