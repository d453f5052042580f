// Package racetest leaves tests out of runs with the race detector: those that
// take it minutes and start no goroutines of their own kind, and those that count
// allocations, since the detector makes pools forget at random.
package racetest

import "testing"

// Skip leaves the test out when the race detector is on.
func Skip(t testing.TB, why string) {
	t.Helper()
	if Enabled {
		t.Skip("under the race detector: " + why)
	}
}

// Slow leaves out a test that would take the race detector long and has no
// concurrency that quicker tests do not have.
func Slow(t testing.TB) {
	t.Helper()
	Skip(t, "slow, and nothing runs side by side that quicker tests do not run")
}

// Allocations leaves out a test that counts allocations.
func Allocations(t testing.TB) {
	t.Helper()
	Skip(t, "it makes pools forget at random")
}
