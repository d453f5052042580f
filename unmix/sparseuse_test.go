package unmix

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// Spectra that are in use in few pixels are kept although ones in use everywhere
// would fit more of the noise: in these scenes the exchange that lowers the error
// most puts a wrong spectrum in the place of a right one.
func TestSolveKeepsSpectraOfFewPixels(t *testing.T) {
	racetest.Slow(t)
	lib, err := synth.NewLibrary("all", nil, 120, &synth.LibraryOptions{MinAngle: 2.5 * math.Pi / 180, Seed: 1})
	require.NoError(t, err)
	for _, seed := range []uint64{3, 5} {
		planted := rand.New(rand.NewPCG(seed, 3)).Perm(120)[:9]
		m, err := synth.Mix(lib.Spectra, planted, &synth.MixOptions{Rows: 40, Cols: 40, Abundance: synth.Smooth{Contrast: 8}, Noise: synth.SNR(25), Seed: seed})
		require.NoError(t, err)
		r, err := Solve(t.Context(), &Image{Y: m.Y, Rows: 40, Cols: 40}, &Problem{Rank: 9, Libraries: []Library{{Atoms: lib.Spectra, Max: -1}}})
		require.NoError(t, err)
		var found []int
		for _, a := range r.Atoms {
			found = append(found, a.Index)
		}
		require.ElementsMatch(t, planted, found, "seed %d", seed)
	}
}
