package unmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// A duplicate that is planted next to a chosen spectrum is its rival, by its index in the
// library as it was given, whether near duplicates of others are pruned or pixels
// normalised or not.
func TestExamineNamesThePlantedRival(t *testing.T) {
	racetest.Slow(t)
	const angle = 0.01
	for _, normalize := range []Normalization{NormalizeNone, NormalizeL2} {
		s, img, p := scene(t, 6, synth.SNR(30))
		p.Normalize, p.Prune = normalize, 1e-3
		plant := s.Planted[0]
		src := p.Libraries[plant.Source].Atoms
		bands, atoms := src.Dims()
		wide := mat.NewDense(bands, atoms+2, nil) // a copy in front, which leads to pruning, and the rival at the end
		wide.SetCol(0, mat.Col(nil, plant.Index, src))
		for j := range atoms {
			wide.SetCol(j+1, mat.Col(nil, j, src))
		}
		rival := mat.Col(nil, plant.Index, src)
		for b := range rival {
			rival[b] *= 1 + angle*math.Cos(float64(b)) // by about angle/√2
		}
		wide.SetCol(atoms+1, rival)
		p.Libraries[plant.Source].Atoms, p.Libraries[plant.Source].Names = wide, nil
		r, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		trust, err := Examine(t.Context(), img, p, r, &dict.TrustOptions{Resamples: 2})
		require.NoError(t, err)
		require.Len(t, trust.Spectra, p.Rank)
		found := false
		for c, at := range trust.Spectra {
			if r.Atoms[c].Library == plant.Source && r.Atoms[c].Index == 0 {
				found = true
				require.Equal(t, atoms+1, at.Against.Index)
				require.Equal(t, plant.Source, at.Against.Library)
				require.InDelta(t, angle/math.Sqrt2, at.Angle, angle/2)
			}
		}
		require.True(t, found)
		require.Less(t, trust.KKT, 1e-8)
		require.Equal(t, 2, trust.Resamples)
		if normalize == NormalizeNone {
			require.InEpsilon(t, r.RelativeError*r.RelativeError*squared(img.Y), trust.Loss, 1e-9)
		}
	}
}

func squared(y *mat.Dense) float64 {
	n := mat.Norm(y, 2)
	return n * n
}

func TestExamineRejects(t *testing.T) {
	_, img, p := scene(t, 1, nil)
	_, err := Examine(t.Context(), img, p, &Result{}, nil)
	require.ErrorIs(t, err, ErrOptions)
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	_, err = Examine(t.Context(), &Image{}, p, r, nil)
	require.Error(t, err)
	p.Rank = 99 // of the result counts
	_, err = Examine(t.Context(), img, p, r, &dict.TrustOptions{Resamples: -1})
	require.NoError(t, err)
}
