package cpd

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
)

// A sweep after the first allocates nothing; a garbage collection may empty a
// pool meanwhile, which is why less than one allocation a sweep is asked for.
func TestWarmSweepDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	for _, dims := range [][]int{{20, 25, 30}, {60, 200}, {9, 8, 7, 6}} {
		for _, m := range everyMethod(dims, 4) {
			t.Run(fmt.Sprintf("%v/%s", dims, methodName(m)), func(t *testing.T) {
				x := planted(newRand(31), dims, 4, true, 0.1)
				s, err := NewALS(x, drawnFactors(newRand(32), dims, 4, true), begin(same(m, len(dims)), dims, 4))
				require.NoError(t, err)
				sweep := func() {
					_, err := s.Sweep()
					require.NoError(t, err)
				}
				for range 60 {
					sweep()
				}
				require.Less(t, testing.AllocsPerRun(30, sweep), 1.0)
			})
		}
	}
}

// A run holds the tensor, one partial product and the factors: all that it
// allocates, in whatever sweep, stays under 15 % of the tensor beside a few
// buffers of fixed size. A copy of the data anywhere would show.
func TestDecomposeAllocatesLittle(t *testing.T) {
	if racetest.Enabled || testing.Short() {
		t.Skip("the race detector makes pools forget")
	}
	dims := []int{180, 170, 160}
	x := noisy(newRand(33), dims...)
	const buffers = 12 << 20 // of kernels and Khatri–Rao rows, for some workers
	for _, init := range []Init{Random{}, SVD{}} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := Decompose(context.Background(), x, 8, &Options{Init: init, Stop: sweep.MaxSweeps(4)})
		require.NoError(t, err)
		runtime.ReadMemStats(&after)
		got := int(after.TotalAlloc - before.TotalAlloc)
		t.Logf("%T: %d bytes of %d", init, got, 8*len(x.Data()))
		require.Less(t, got, 8*len(x.Data())*15/100+buffers, "%T", init)
	}
}
