package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// The columns are those that the sums of distances, taken anew every time, choose, the oldest one
// being taken back ten times; a zero stands for columns that are the same as a chosen one.
func TestFurthestSumMatchesItsDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 5))
	again := 0
	for range 10 {
		x := mat.NewDense(3, 20, nil)
		x.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, x)
		x.SetCol(7, mat.Col(nil, 3, x))
		far := func(j int, from []float64) (sum float64) {
			for i, v := range from {
				sum += (x.At(i, j) - v) * (x.At(i, j) - v)
			}
			return math.Sqrt(sum)
		}
		mean := make([]float64, 3)
		for i := range mean {
			mean[i] = mat.Sum(x.RowView(i)) / 20
		}
		furthest := func(chosen []int) (best int) {
			most := 0.0
			for j := range 20 {
				sum, same := 0.0, false
				for _, k := range chosen {
					d := far(j, mat.Col(nil, k, x))
					sum, same = sum+d, same || d == 0
				}
				if len(chosen) == 0 {
					sum = far(j, mean)
				}
				if !same && sum > most {
					best, most = j, sum
				}
			}
			return best
		}
		var want []int
		for len(want) < 4 {
			want = append(want, furthest(want))
		}
		first := want
		for range 10 {
			want = append(want[1:len(want):len(want)], furthest(want[1:]))
		}
		got, err := matrix.FurthestSum{}.Select(t.Context(), x, 4)
		require.NoError(t, err)
		require.Equal(t, want, got.Index)
		if first[0] != want[0] {
			again++
		}
	}
	require.NotZero(t, again)
}
