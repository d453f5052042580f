package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The shapes m×k×n that decompositions are made of: square, tall times small,
// wide times tall, and the unfoldings of a hyperspectral image.
var benchShapes = [][3]int{
	{2000, 2000, 2000},
	{500, 500, 500},
	{96, 96, 96},
	{200, 200, 200},
	{304, 304, 304},
	{2048, 2048, 2048},
	{32, 32, 32},
	{16, 16, 16},
	{8, 8, 8},
	{40000, 400, 32},
	{400, 40000, 32},
	{162, 94249, 8},
	{94249, 162, 8},
}

func random[T float32 | float64](n int) []T {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	s := make([]T, n)
	for i := range s {
		s[i] = T(rng.NormFloat64())
	}
	return s
}

// measure runs f, which takes flops, and reports the rate by the clock and by
// processor time.
func measure(b *testing.B, flops int, f func()) {
	f()
	start := cpuSeconds()
	for b.Loop() {
		f()
	}
	cpu := cpuSeconds() - start
	total := float64(flops) * float64(b.N) / 1e9
	b.ReportMetric(total/b.Elapsed().Seconds(), "GFLOP/s")
	if cpu > 0 {
		b.ReportMetric(total/cpu, "GFLOP/cpu-s")
	}
}

// products benchmarks one product over shapes: f gets m, k, n and C.
func products[T float32 | float64](b *testing.B, shapes [][3]int, f func(m, n, k int, a []T, y, c []float64)) {
	for _, s := range shapes {
		m, k, n := s[0], s[1], s[2]
		if testing.Short() && m*k*n > 1<<24 {
			continue
		}
		b.Run(fmt.Sprintf("%dx%dx%d", m, k, n), func(b *testing.B) {
			x, y, z := random[T](m*k), random[float64](k*n), make([]float64, m*n)
			measure(b, 2*m*n*k, func() { f(m, n, k, x, y, z) })
		})
	}
}

func BenchmarkMulAdd(b *testing.B) {
	products(b, benchShapes, func(m, n, k int, a []float64, y, c []float64) { MulAdd(m, n, k, a, k, y, n, c, n) })
}

func BenchmarkMulTAdd(b *testing.B) {
	products(b, benchShapes, func(m, n, k int, a []float64, y, c []float64) { MulTAdd(m, n, k, a, m, y, n, c, n) })
}

func BenchmarkMulAdd32(b *testing.B) {
	products(b, benchShapes[6:], func(m, n, k int, a []float32, y, c []float64) { MulAdd32(m, n, k, a, k, y, n, c, n) })
}

func BenchmarkMulTAdd32(b *testing.B) {
	products(b, benchShapes[6:], func(m, n, k int, a []float32, y, c []float64) { MulTAdd32(m, n, k, a, m, y, n, c, n) })
}

// A Gram is counted as the product that it replaces, 2n²k.
func BenchmarkGramAdd(b *testing.B) {
	for _, s := range [][2]int{{10000, 8}, {400, 32}, {40000, 32}} {
		b.Run(fmt.Sprintf("%dx%d", s[0], s[1]), func(b *testing.B) {
			k, n := s[0], s[1]
			x, z := random[float64](k*n), make([]float64, n*n)
			measure(b, 2*n*n*k, func() { GramAdd(n, k, x, n, z, n) })
		})
	}
}

func BenchmarkAddMulRows(b *testing.B) {
	for _, n := range []int{8, 10, 16, 20, 32} {
		b.Run(fmt.Sprintf("400x%d", n), func(b *testing.B) {
			const rows = 400
			d, w, p := make([]float64, rows*n), random[float64](n), random[float64](rows*n)
			measure(b, 2*rows*n, func() { AddMulRows(rows, n, d, n, w, p, n) })
		})
	}
}

var rowLengths = []int{4, 8, 12, 16, 20, 32, 1000}

func BenchmarkDot(b *testing.B) {
	for _, n := range rowLengths {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, y := random[float64](n), random[float64](n + 1)[:n]
			sum := 0.0
			measure(b, 2*n, func() { sum += Dot(x, y) })
		})
	}
}

func BenchmarkAxpy(b *testing.B) {
	for _, n := range rowLengths {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, y := random[float64](n), make([]float64, n)
			measure(b, 2*n, func() { Axpy(y, 1e-9, x) })
		})
	}
}

// BenchmarkGatherAdd2 has rows of 1, 8 and 128 entries, of factors that fit the
// second-level cache, and that do not.
func BenchmarkGatherAdd2(b *testing.B) {
	for _, height := range []int{1000, 100000} {
		for _, n := range []int{5, 10, 16, 32} {
			for _, count := range []int{1, 8, 128} {
				b.Run(fmt.Sprintf("height=%d/R=%d/K=%d", height, n, count), func(b *testing.B) {
					const entries = 1 << 14
					rng := rand.New(rand.NewPCG(5, 0))
					x, y, v, acc := random[float64](height*n), random[float64](height*n), random[float64](count), make([]float64, n)
					i, j := make([]int32, entries), make([]int32, entries)
					for k := range i {
						i[k], j[k] = int32(rng.IntN(height)), int32(rng.IntN(height))
					}
					measure(b, 3*n*entries, func() {
						for at := 0; at < entries; at += count {
							GatherAdd2(acc, v, x, n, i[at:], y, n, j[at:])
						}
					})
				})
			}
		}
	}
}
