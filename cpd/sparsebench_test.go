package cpd

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/tensor"
)

// BenchmarkSparseSweep is a sweep of ALS with its error, on power-law data: from
// NAME.tns in the folder that POLYAD_TNS names if there is one, so that other
// programs can be given the same, else drawn here with the same statistics.
func BenchmarkSparseSweep(b *testing.B) {
	for _, c := range []struct {
		name  string
		dims  []int
		count int
	}{
		{"sp1m", []int{10000, 20000, 30000}, 1e6},
		{"sp4_1m", []int{500, 2000, 5000, 300}, 1e6},
		{"sp10m_dense", []int{1000, 2000, 3000}, 1e7},
		{"sp10m", []int{50000, 100000, 200000}, 1e7},
	} {
		if testing.Short() {
			if c.count > 1e6 {
				continue
			}
			c.count /= 10
		}
		b.Run(c.name, func(b *testing.B) {
			const rank = 16
			index, values := powerLaw(b, c.name, c.dims, c.count)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			x, err := tensor.NewSparse(c.dims, index, values)
			require.NoError(b, err)
			s, err := NewALS(x, drawnFactors(newRand(33), c.dims, rank, true), begin(same(LeastSquares{}, len(c.dims)), c.dims, rank))
			require.NoError(b, err)
			_, err = s.Sweep()
			require.NoError(b, err)
			runtime.GC()
			runtime.ReadMemStats(&after)
			runtime.KeepAlive(index)
			held := float64(after.HeapAlloc-before.HeapAlloc) / 1e6
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("nnz=%d/R=%d/workers=%d", x.Stored(), rank, workers), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					b.ReportAllocs()
					for b.Loop() {
						if _, err := s.Sweep(); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(held, "MB-held")
				})
			}
		})
	}
}

// BenchmarkObservedSweep is a sweep of ALS, with its error, over power-law data
// that are unknown where nothing is stored.
func BenchmarkObservedSweep(b *testing.B) {
	const rank = 8
	dims := []int{10000, 20000, 30000}
	count := int(1e6)
	if testing.Short() {
		count /= 10
	}
	index, values := powerLaw(b, "sp1m", dims, count)
	x, err := tensor.NewSparse(dims, index, values)
	require.NoError(b, err)
	known := tensor.NewObserved(x)
	for _, c := range []struct {
		form string
		x    tensor.Tensor
	}{{"zeros", x}, {"exact", known}, {"imputing", known.Imputing()}} {
		b.Run(fmt.Sprintf("%s/nnz=%d/R=%d", c.form, x.Stored(), rank), func(b *testing.B) {
			s, err := NewALS(c.x, drawnFactors(newRand(34), dims, rank, true), begin(same(NNLS{}, 3), dims, rank))
			require.NoError(b, err)
			for range 2 {
				_, err = s.Sweep()
				require.NoError(b, err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Sweep(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// powerLaw has index i of a mode with density ~ i^(−2/3), labels permuted.
func powerLaw(b *testing.B, name string, dims []int, count int) (index [][]int32, values []float64) {
	if folder := os.Getenv("POLYAD_TNS"); folder != "" {
		return readTNS(b, filepath.Join(folder, name+".tns"))
	}
	rng := newRand(32)
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

// readTNS reads lines of indices from 1 and a value.
func readTNS(b *testing.B, path string) (index [][]int32, values []float64) {
	f, err := os.Open(path)
	require.NoError(b, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		last := len(words) - 1
		v, err := strconv.ParseFloat(words[last], 64)
		require.NoError(b, err)
		values = append(values, v)
		if index == nil {
			index = make([][]int32, last)
		}
		for n, w := range words[:last] {
			i, err := strconv.ParseInt(w, 10, 32)
			require.NoError(b, err)
			index[n] = append(index[n], int32(i)-1)
		}
	}
	require.NoError(b, lines.Err())
	return index, values
}
