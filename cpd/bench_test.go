package cpd

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
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
