package cpd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sweep after the first allocates nothing; a garbage collection may empty a
// pool meanwhile, which is why less than one allocation a sweep is asked for.
func TestWarmSweepDoesNotAllocate(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes pools forget")
	}
	for _, dims := range [][]int{{20, 25, 30}, {60, 200}, {9, 8, 7, 6}} {
		for _, m := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
			t.Run(fmt.Sprintf("%v/%T", dims, m), func(t *testing.T) {
				x := planted(newRand(31), dims, 4, true, 0.1)
				s, err := NewALS(x, drawnFactors(newRand(32), dims, 4, true), begin(same(m, len(dims)), dims, 4))
				require.NoError(t, err)
				sweep := func() {
					_, err := s.Sweep()
					require.NoError(t, err)
				}
				for range 30 {
					sweep()
				}
				require.Less(t, testing.AllocsPerRun(30, sweep), 1.0)
			})
		}
	}
}
