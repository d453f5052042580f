//go:build race

package main

import "testing"

// skipUnderRace leaves out tests of flags and files that take minutes with the race
// detector: what runs in parallel below them has race tests of its own.
func skipUnderRace(t *testing.T) {
	t.Helper()
	t.Skip("no goroutines but those of the packages below, which are tested there")
}
