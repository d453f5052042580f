package par

import (
	"sync"
	"sync/atomic"
	"testing"

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

func BenchmarkFor(b *testing.B) {
	f := func(_, _, _ int) {}
	b.ReportAllocs()
	for range b.N {
		For(2, 1, f)
	}
}
