package cpd

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// BenchmarkSweep reports what a warm sweep costs and allocates.
func BenchmarkSweep(b *testing.B) {
	for name, method := range map[string]Method{"ALS": LeastSquares{}, "HALS": HALS{}, "NNLS": NNLS{}} {
		for _, dims := range [][]int{{20, 25, 30}, {64, 64, 64}, {5, 201, 61}} {
			for _, workers := range []int{1, 2} {
				b.Run(fmt.Sprintf("%s/%v/R=8/workers=%d", name, dims, workers), func(b *testing.B) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
					rng := newRand(1)
					x := planted(rng, dims, 8, true, 0.1)
					s, err := NewALS(x, drawnFactors(rng, dims, 8, true), begin(same(method, 3), dims, 8))
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
