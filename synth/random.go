package synth

import "math/rand/v2"

// Streams of one seed, one per ingredient of a problem.
const (
	streamFactor uint64 = iota + 1
	streamDictionary
	streamAtoms
	streamAbundance
	streamNoise
	streamSpectra
)

// random is the generator of one stream of a seed.
func random(seed, stream uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream))
}
