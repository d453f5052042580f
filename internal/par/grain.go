//go:build !race

package par

// leastGrain is the grain of a part.
func leastGrain(grain int) int { return max(grain, 1) }
