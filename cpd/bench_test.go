package cpd

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// sweeps are small tensors, and those of the tables that other programs are
// measured by.
var sweeps = []struct {
	dims []int
	rank int
}{
	{[]int{20, 25, 30}, 8},
	{[]int{64, 64, 64}, 8},
	{[]int{5, 201, 61}, 8},
	{[]int{100, 100, 100}, 10},
	{[]int{200, 200, 200}, 20},
	{[]int{60, 60, 60, 60}, 16},
	{[]int{30, 30, 30, 30, 30}, 10},
	{[]int{307, 307, 162}, 8},
	{[]int{400, 400, 400}, 32},
}

// sizes is 64x64x64 for {64, 64, 64}.
func sizes(dims []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(dims), " ", "x"), "[]")
}

// noisy is a tensor of uniform noise: a sweep costs the same for any data.
func noisy(rng *rand.Rand, dims ...int) *tensor.Dense {
	x := tensor.NewDense(dims, nil)
	for i := range x.Data() {
		x.Data()[i] = rng.Float64()
	}
	return x
}

// BenchmarkSweep reports what a warm sweep costs and allocates.
func BenchmarkSweep(b *testing.B) {
	for name, method := range map[string]Method{"ALS": LeastSquares{}, "HALS": HALS{}, "NNLS": NNLS{}} {
		for _, c := range sweeps {
			if testing.Short() && (c.dims[0] > 64 || len(c.dims) > 3) {
				continue
			}
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/%s/R=%d/workers=%d", name, sizes(c.dims), c.rank, workers), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					rng := newRand(1)
					x := noisy(rng, c.dims...)
					s, err := NewALS(x, drawnFactors(rng, c.dims, c.rank, true), begin(same(method, len(c.dims)), c.dims, c.rank))
					require.NoError(b, err)
					for range 3 {
						_, err := s.Sweep()
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
	}
}

// BenchmarkMaskedSweep compares a sweep over data of which half is unknown with
// that over the same data without a mask.
func BenchmarkMaskedSweep(b *testing.B) {
	for _, c := range []struct {
		dims []int
		rank int
	}{{[]int{64, 64, 64}, 8}, {[]int{200, 200, 200}, 5}, {[]int{200, 200, 200}, 20}, {[]int{5, 201, 61}, 3}} {
		if testing.Short() && c.dims[0] > 64 {
			continue
		}
		x := planted(newRand(1), c.dims, c.rank, true, 0.1)
		kinds := map[string]tensor.Tensor{"dense": x}
		for form, y := range forms(masked(x, 2, 0.5)) {
			kinds[form] = y
		}
		for _, kind := range []string{"dense", "imputing", "exact"} {
			b.Run(fmt.Sprintf("%v/R=%d/%s", c.dims, c.rank, kind), func(b *testing.B) {
				s, err := NewALS(kinds[kind], drawnFactors(newRand(3), c.dims, c.rank, true), begin(same(LeastSquares{}, 3), c.dims, c.rank))
				require.NoError(b, err)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := s.Sweep(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkHALS is one pass over the columns of a factor of 9600 rows, and an
// update of as many passes as it takes.
func BenchmarkHALS(b *testing.B) {
	for _, rank := range []int{3, 6, 8, 16, 32} {
		for name, inner := range map[string]int{"pass": 1, "update": 0} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("9600/R=%d/%s/workers=%d", rank, name, workers), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					rng := newRand(1)
					a, u := drawn(rng, 9600, rank, true), drawn(rng, 2*rank, rank, true)
					var m, x mat.Dense
					x.Mul(drawn(rng, 9600, rank, false), u.T())
					m.Mul(&x, u)
					g := mat.NewSymDense(rank, nil)
					tensor.Gram(g, u)
					update := HALS{Inner: inner}.Begin(9600, rank)
					start := mat.DenseCopyOf(a)
					b.ReportAllocs()
					for b.Loop() {
						a.Copy(start)
						if err := update.Update(a, &m, g); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
