// Package memtest measures what tests of parsers bound: the memory that input makes them take.
package memtest

import "runtime"

// Allocated is what f takes from the heap in bytes, freed again or not; what other
// goroutines take meanwhile counts as well.
func Allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
