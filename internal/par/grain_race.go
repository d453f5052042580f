//go:build race

package par

// leastGrain splits whatever can be split under the race detector: the problems of tests are
// smaller than what is worth a goroutine.
func leastGrain(int) int { return 1 }
