package par

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestForCoversEveryIndexOnce(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 64, 1001} {
		for _, grain := range []int{0, 1, 5, 2000} {
			seen := make([]int32, n)
			For(n, grain, func(_, lo, hi int) {
				for i := lo; i < hi; i++ {
					atomic.AddInt32(&seen[i], 1)
				}
			})
			for i, s := range seen {
				require.EqualValues(t, 1, s, "n=%d grain=%d index %d", n, grain, i)
			}
		}
	}
}

func TestForGivesDistinctWorkers(t *testing.T) {
	var used [64]int32
	For(1000, 1, func(w, _, _ int) { atomic.AddInt32(&used[w], 1) })
	for w, u := range used {
		require.LessOrEqual(t, u, int32(1), "worker %d ran %d parts", w, u)
	}
}

func TestForPassesAPanicOn(t *testing.T) {
	require.PanicsWithValue(t, "here", func() {
		For(100, 1, func(_, lo, _ int) {
			if lo == 0 {
				panic("here")
			}
		})
	})
}

func TestBlocks(t *testing.T) {
	require.Equal(t, 0, Blocks(0, 4))
	require.Equal(t, 1, Blocks(4, 4))
	require.Equal(t, 2, Blocks(5, 4))
}

func TestForMayBeNested(t *testing.T) {
	var sum atomic.Int64
	For(8, 1, func(_, lo, hi int) {
		for range hi - lo {
			For(100, 1, func(_, lo, hi int) { sum.Add(int64(hi - lo)) })
		}
	})
	require.EqualValues(t, 800, sum.Load())
}

func TestForFromManyGoroutines(t *testing.T) {
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for range 500 {
				var sum atomic.Int64
				For(64, 1, func(_, lo, hi int) { sum.Add(int64(hi - lo)) })
				if sum.Load() != 64 {
					t.Errorf("covered %d of 64", sum.Load())
				}
			}
		})
	}
	wg.Wait()
}

func TestForDoesNotAllocate(t *testing.T) {
	f := func(_, _, _ int) {}
	For(100, 1, f)
	require.Less(t, testing.AllocsPerRun(200, func() { For(100, 1, f) }), 0.1) // a collection may empty the pool
}

// Helpers are kept, and no more than there are workers beside the callers; the parts of
// a call are done when it returns, whether its helpers were awake or asleep.
func TestForKeepsItsHelpers(t *testing.T) {
	For(2, 1, func(_, _, _ int) {})
	before := runtime.NumGoroutine()
	for pause := time.Duration(0); pause < 8*spinTime; pause += spinTime / 4 {
		var done atomic.Int64
		For(2, 1, func(_, lo, hi int) {
			time.Sleep(pause * time.Duration(lo)) // the second part is longer than a wait awake
			done.Add(int64(hi - lo))
		})
		require.EqualValues(t, 2, done.Load())
		time.Sleep(pause)
	}
	require.LessOrEqual(t, runtime.NumGoroutine(), before)
}

// BenchmarkFor is two parts of 20 µs after a pause: what a call takes beside them.
func BenchmarkFor(b *testing.B) {
	spend := func(d time.Duration) {
		for start := time.Now(); time.Since(start) < d; {
		}
	}
	const work = 20 * time.Microsecond
	f := func(_, _, _ int) { spend(work) }
	for _, pause := range []time.Duration{0, 20 * time.Microsecond, time.Millisecond} {
		b.Run("pause="+pause.String(), func(b *testing.B) {
			all := make([]time.Duration, 0, b.N)
			b.ReportAllocs()
			for range b.N {
				spend(pause)
				start := time.Now()
				For(2, 1, f)
				all = append(all, time.Since(start))
			}
			slices.Sort(all)
			b.ReportMetric(float64(all[len(all)/2]-work), "median-ns")
		})
	}
}
