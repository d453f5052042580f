// Package par splits index ranges over the machine's cores.
//
// A range is cut into contiguous parts that depend on n, grain and the number
// of workers alone; the callers whose sums must not depend on the number of
// workers cut the range into fixed blocks of their own ([Blocks]) and add the
// blocks up in order.
package par

import (
	"runtime"
	"sync"
)

// Workers is the number of goroutines that [For] uses at most: GOMAXPROCS.
func Workers() int { return runtime.GOMAXPROCS(0) }

// For calls f(worker, lo, hi) on contiguous parts that together cover [0, n),
// each of at least grain indices, on up to [Workers] goroutines, and waits for
// all of them. worker counts from 0 and is different for parts that may run at
// the same time, so it can select scratch. With n ≤ grain, or one worker, f
// runs once in the calling goroutine, and nothing is allocated.
//
// A panic in f is passed on to the caller of For.
func For(n, grain int, f func(worker, lo, hi int)) {
	if n <= 0 {
		return
	}
	grain = max(grain, 1)
	parts := min(Workers(), (n+grain-1)/grain)
	if parts <= 1 {
		f(0, 0, n)
		return
	}
	var (
		wg     sync.WaitGroup
		once   sync.Once
		caught any
	)
	run := func(w int) {
		defer wg.Done()
		defer func() {
			if p := recover(); p != nil {
				once.Do(func() { caught = p })
			}
		}()
		f(w, w*n/parts, (w+1)*n/parts)
	}
	wg.Add(parts)
	for w := 1; w < parts; w++ {
		go run(w)
	}
	run(0)
	wg.Wait()
	if caught != nil {
		panic(caught)
	}
}

// Blocks is the number of blocks of at most size indices that cover [0, n):
// ⌈n/size⌉. Block b is [b·size, min(n, (b+1)·size)).
func Blocks(n, size int) int { return (n + size - 1) / size }
