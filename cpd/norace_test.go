//go:build !race

package cpd

const raceEnabled = false
