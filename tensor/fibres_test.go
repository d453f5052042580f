package tensor_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

func TestFibresAndEntriesAreThoseOfAt(t *testing.T) {
	rng := rand.New(rand.NewPCG(51, 0))
	for _, dims := range [][]int{{5}, {4, 3}, {3, 5, 4}, {2, 3, 1, 4}} {
		x := random(rng, dims...)
		single := make([]float32, len(x.Data()))
		for i, v := range x.Data() {
			single[i] = float32(v)
			x.Data()[i] = float64(single[i])
		}
		const count = 40
		index := make([][]int32, len(dims))
		for m, d := range dims {
			for range count {
				index[m] = append(index[m], int32(rng.IntN(d)))
			}
		}
		at := make([]int, len(dims))
		for _, y := range []tensor.Fibrous{x, tensor.NewDense32(dims, single)} {
			entries := make([]float64, count)
			y.EntriesTo(entries, index)
			for n := range dims {
				dst := mat.NewDense(count, dims[n], nil)
				y.FibresTo(dst, index, n)
				for k := range count {
					for m := range at {
						at[m] = int(index[m][k])
					}
					require.Equal(t, x.At(at...), entries[k])
					for i := range dims[n] {
						at[n] = i
						require.Equal(t, x.At(at...), dst.At(k, i))
					}
				}
			}
		}
	}
}
