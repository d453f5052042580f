package cpd

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// A sweep over a matrix long enough to be split has the same bits for any number
// of workers, its error too.
func TestLongSweepsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	dims := []int{12, 70_001}
	x := planted(newRand(41), dims, 5, true, 0.1)
	start := drawnFactors(newRand(42), dims, 5, true)
	for _, m := range []Method{HALS{}, NNLS{}} {
		var want []*mat.Dense
		var rel float64
		for _, workers := range []int{1, 2, 3} {
			runtime.GOMAXPROCS(workers)
			s, err := NewALS(x, start, begin(same(m, 2), dims, 5))
			require.NoError(t, err)
			var got float64
			for range 2 {
				p, err := s.Sweep()
				require.NoError(t, err)
				got = p.RelativeError
			}
			if workers == 1 {
				want, rel = s.Factors(), got
				continue
			}
			require.Equal(t, rel, got, "%T, %d workers", m, workers)
			for n, a := range s.Factors() {
				require.True(t, mat.Equal(want[n], a), "%T, mode %d, %d workers", m, n, workers)
			}
		}
	}
}
