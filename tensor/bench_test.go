package tensor_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// sizes is 64x64x64 for {64, 64, 64}.
func sizes(dims []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(dims), " ", "x"), "[]")
}

// published are the sizes of the tables that other programs are measured by.
var published = []struct {
	dims []int
	rank int
}{
	{[]int{200, 200, 200}, 20},
	{[]int{400, 400, 400}, 32},
	{[]int{60, 60, 60, 60}, 16},
	{[]int{30, 30, 30, 30, 30}, 10},
	{[]int{307, 307, 162}, 8}, // rows × columns × bands
}

func BenchmarkMTTKRP(b *testing.B) {
	cases := append([]struct {
		dims []int
		rank int
	}{
		{[]int{64, 64, 64}, 16},
		{[]int{200, 10000}, 6}, // bands × pixels
		{[]int{5, 201, 61}, 3}, // samples × emission × excitation
	}, published...)
	for _, c := range cases {
		if testing.Short() && c.dims[0] > 64 {
			continue
		}
		rng := rand.New(rand.NewPCG(9, 0))
		x, factors := sync.OnceValue(func() *tensor.Dense { return random(rng, c.dims...) }), randomFactors(rng, c.dims, c.rank)
		for n := range c.dims {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("dense/%s/R=%d/mode=%d/workers=%d", sizes(c.dims), c.rank, n, workers), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					x, dst := x(), mat.NewDense(c.dims[n], c.rank, nil)
					x.MTTKRP(dst, factors, n)
					b.ReportAllocs()
					b.ResetTimer()
					for b.Loop() {
						x.MTTKRP(dst, factors, n)
					}
					pass(b, x, c.rank)
				})
			}
		}
	}
}

// pass reports the speed of b's loop, a round of which is a product of x with R
// columns.
func pass(b *testing.B, x *tensor.Dense, rank int) {
	b.SetBytes(int64(8 * len(x.Data())))
	gflops(b, 2*float64(len(x.Data())*rank))
}

func BenchmarkUnfoldingGram(b *testing.B) {
	for _, dims := range [][]int{{64, 64, 64}, {200, 200, 200}, {200, 10000}} {
		if testing.Short() && dims[0] > 64 {
			continue
		}
		x := random(rand.New(rand.NewPCG(9, 1)), dims...)
		for n, in := range dims {
			if in > 1000 {
				continue // a Gram matrix that nobody forms
			}
			b.Run(fmt.Sprintf("dense/%s/mode=%d", sizes(dims), n), func(b *testing.B) {
				dst := mat.NewSymDense(in, nil)
				for b.Loop() {
					x.UnfoldingGram(dst, n)
				}
				gflops(b, float64(len(x.Data())*(in+1))) // half of 2·ΠI·I_n: it is symmetric
			})
		}
	}
}

func BenchmarkRelativeError(b *testing.B) {
	dims, rank := []int{64, 64, 64}, 16
	rng := rand.New(rand.NewPCG(9, 2))
	k := randomModel(rng, dims, rank)
	x := k.Dense()
	name := fmt.Sprintf("dense/%s/R=%d", sizes(dims), rank)
	b.Run(name+"/identity", func(b *testing.B) {
		for b.Loop() {
			k.RelativeError(hidden{x})
		}
		gflops(b, 2*float64(len(x.Data())*(rank+1)))
	})
	b.Run(name+"/explicit", func(b *testing.B) {
		for b.Loop() {
			x.SquaredResidual(k)
		}
		gflops(b, 2*float64(len(x.Data())*(rank+1)))
	})
}

// gflops reports the speed of b's loop, flops a round.
func gflops(b *testing.B, flops float64) {
	b.ReportMetric(flops*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
