package tensor

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// A warm MTTKRP allocates nothing, at any order, when one worker does it.
func TestSparseMTTKRPDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for order := 1; order <= 6; order++ {
		const size, rank = 40, 9
		dims, index, factors := make([]int, order), make([][]int32, order), make([]*mat.Dense, order)
		values := make([]float64, 3*sparseBlock)
		for n := range dims {
			dims[n], index[n], factors[n] = size, make([]int32, len(values)), mat.NewDense(size, rank, nil)
			for p := range values {
				index[n][p] = int32((p*(2*n+1) + p/(n+3)) % size)
			}
		}
		x, err := NewSparse(dims, index, values)
		require.NoError(t, err)
		dst := mat.NewDense(size, rank, nil)
		for n := range dims {
			require.Zero(t, testing.AllocsPerRun(10, func() { x.MTTKRP(dst, factors, n) }), "order %d, mode %d", order, n)
		}
	}
}
