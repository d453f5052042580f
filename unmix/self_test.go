package unmix

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// A material of no library: with pixels or a free spectrum the error falls to the noise,
// the libraries' own materials are found, and everything adds up.
func TestSpectraFromTheImageAndFree(t *testing.T) {
	if testing.Short() {
		t.Skip("fits of free spectra")
	}
	for _, seed := range []uint64{1} {
		s, img, p := scene(t, seed, synth.SNR(30))
		p.Libraries = slices.Clone(p.Libraries)
		lost := s.Planted[0] // its library loses it, and all that is close to it
		for l := range p.Libraries {
			p.Libraries[l].Min = 0
		}
		lib := &p.Libraries[lost.Source]
		away := mat.Col(nil, lost.Index, lib.Atoms)
		_, atoms := lib.Atoms.Dims()
		var left []int
		var names []string
		for j := range atoms {
			if angle(away, mat.Col(nil, j, lib.Atoms)) > 0.15 {
				left = append(left, j)
				names = append(names, fmt.Sprint(j))
			}
		}
		lib.Atoms, lib.Names = columns(lib.Atoms, left), names
		// A pixel of nothing else, so that it can be found; and one that is dead.
		img.Y = mat.DenseCopyOf(img.Y)
		img.Y.SetCol(30, away)
		img.Y.SetCol(31, make([]float64, len(away)))

		without, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		p.Self = assign.Bound{Min: 0, Max: 1}
		self, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		checkResult(t, img, p, self)
		require.Less(t, self.RelativeError, 0.035, "seed %d", seed)
		require.Less(t, self.RelativeError, without.RelativeError)
		require.True(t, slices.ContainsFunc(self.Atoms, func(a Atom) bool {
			return a.Library == len(p.Libraries) && a.Index == 30 && a.Name == "pixel (6, 1)"
		}), "seed %d: %v", seed, self.Atoms)
		trust, err := Examine(t.Context(), img, p, self, nil)
		require.NoError(t, err)
		require.Len(t, trust.Spectra, p.Rank)

		p.Self, p.Free = assign.Bound{}, assign.Bound{Min: 0, Max: 1}
		free, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		checkResult(t, img, p, free)
		require.Less(t, free.RelativeError, 0.034, "seed %d", seed)
		c := slices.IndexFunc(free.Atoms, func(a Atom) bool { return a.Library < 0 })
		require.GreaterOrEqual(t, c, 0, "seed %d: %v", seed, free.Atoms)
		require.Less(t, angle(away, mat.Col(nil, c, free.Spectra)), 0.1, "seed %d", seed)
		require.Equal(t, "free", p.LibraryName(-1))
	}
}

func angle(a, b []float64) float64 {
	u, v := mat.NewVecDense(len(a), a), mat.NewVecDense(len(b), b)
	return math.Acos(min(1, mat.Dot(u, v)/mat.Norm(u, 2)/mat.Norm(v, 2)))
}

// With all materials in the libraries pixels are of no use, and do no harm.
func TestPixelsAreNeverWorse(t *testing.T) {
	racetest.Slow(t)
	for _, sum := range []bool{false, true} {
		for seed := range uint64(2) {
			_, img, p := sceneOf(t, 13, 11, seed, synth.SNR(20))
			p.SumToOne = sum
			without, err := Solve(t.Context(), img, p)
			require.NoError(t, err)
			for _, prune := range []float64{0, 0.02} {
				p.Self, p.Prune = assign.Bound{Min: 0, Max: 2}, prune
				r, err := Solve(t.Context(), img, p)
				require.NoError(t, err)
				checkResult(t, img, p, r)
				if prune == 0 {
					require.LessOrEqual(t, r.RelativeError, without.RelativeError*(1+1e-9), "seed %d", seed)
				}
			}
		}
	}
	_, img, p := sceneOf(t, 13, 11, 1, synth.SNR(20))
	p.Libraries, p.Self = nil, assign.Bound{Min: 0, Max: -1}
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	checkResult(t, img, p, r)
	p.SumToOne, p.Normalize, p.Free = true, NormalizeL2, assign.Bound{Min: 0, Max: 1}
	_, err = Solve(t.Context(), img, p)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "leave out")
}
