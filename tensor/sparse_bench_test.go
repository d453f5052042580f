package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// powerLaw draws count coordinates with index i of a mode of density ~ i^(−2/3),
// labels permuted: a few slices hold most of the entries. Duplicates are left in.
func powerLaw(seed uint64, dims []int, count int) (index [][]int32, values []float64) {
	rng := rand.New(rand.NewPCG(seed, 0))
	index, values = make([][]int32, len(dims)), make([]float64, count)
	for n, size := range dims {
		label := rng.Perm(size)
		index[n] = make([]int32, count)
		for p := range index[n] {
			u := rng.Float64()
			index[n][p] = int32(label[min(size-1, int(float64(size)*u*u*u))])
		}
	}
	for p := range values {
		values[p] = 1 + math.Abs(rng.NormFloat64())
	}
	return index, values
}

// powerLawCases are hypersparse, of order 4, of large factors, and dense enough
// for several entries a fibre.
var powerLawCases = []struct {
	dims  []int
	count int
}{
	{[]int{10000, 20000, 30000}, 1e6},
	{[]int{500, 2000, 5000, 300}, 1e6},
	{[]int{50000, 100000, 200000}, 1e7},
	{[]int{1000, 2000, 3000}, 1e7},
}

func BenchmarkSparseMTTKRP(b *testing.B) {
	for _, c := range powerLawCases {
		if testing.Short() && c.count > 1e6 {
			continue
		}
		index, values := powerLaw(103, c.dims, c.count)
		x, err := tensor.NewSparse(c.dims, index, values)
		require.NoError(b, err)
		for _, rank := range []int{16, 32} {
			factors := randomFactors(rand.New(rand.NewPCG(9, 0)), c.dims, rank)
			for n := range c.dims {
				dst := mat.NewDense(c.dims[n], rank, nil)
				x.MTTKRP(dst, factors, n) // sorts a copy for mode n
				for _, workers := range []int{1, 2} {
					b.Run(fmt.Sprintf("sparse/%s/nnz=%d/R=%d/mode=%d/workers=%d", sizes(c.dims), x.Stored(), rank, n, workers), func(b *testing.B) {
						defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
						b.ReportAllocs()
						for b.Loop() {
							x.MTTKRP(dst, factors, n)
						}
						ns := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
						b.ReportMetric(ns/float64(x.Stored()*rank), "ns/nnz/R")
						gflops(b, float64(len(c.dims)*x.Stored()*rank))
					})
				}
			}
		}
	}
}

func BenchmarkNewSparse(b *testing.B) {
	for _, c := range powerLawCases {
		if testing.Short() && c.count > 1e6 {
			continue
		}
		index, values := powerLaw(103, c.dims, c.count)
		b.Run(fmt.Sprintf("sparse/%s/count=%d", sizes(c.dims), c.count), func(b *testing.B) {
			for b.Loop() {
				if _, err := tensor.NewSparse(c.dims, index, values); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*c.count), "ns/entry")
		})
	}
}
