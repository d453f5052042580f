//go:build race

package tensor

// RaceEnabled says whether the race detector is on.
const RaceEnabled = true
