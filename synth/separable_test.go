package synth_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/synth"
)

// Pure columns are those of W; without the push every other column is a midpoint, and
// the push lengthens its distance to the mean by a share.
func TestMidpoints(t *testing.T) {
	const rank = 5
	plain, err := synth.Midpoints(rank, &synth.SeparableOptions{Rows: 8, Seed: 3})
	require.NoError(t, err)
	pushed, err := synth.Midpoints(rank, &synth.SeparableOptions{Rows: 8, Seed: 3, Noise: 0.5})
	require.NoError(t, err)
	require.Equal(t, plain.Index, pushed.Index)
	_, n := plain.X.Dims()
	require.Equal(t, rank+rank*(rank-1)/2, n)
	mean := mat.NewVecDense(8, nil)
	for r, j := range plain.Index {
		assert.Equal(t, mat.Col(nil, r, plain.W), mat.Col(nil, j, pushed.X))
		mean.AddScaledVec(mean, 1./rank, plain.W.ColView(r))
	}
	distance := func(s *synth.Separable, j int) float64 {
		v := mat.VecDenseCopyOf(s.X.ColView(j))
		v.SubVec(v, mean)
		return mat.Norm(v, 2)
	}
	for j := range n {
		if slices.Contains(plain.Index, j) {
			continue
		}
		assert.InDelta(t, 1.5*distance(plain, j), distance(pushed, j), 1e-12)
		least := math.Inf(1) // to a midpoint
		for a := range rank {
			for b := range a {
				var v mat.VecDense
				v.AddVec(plain.W.ColView(a), plain.W.ColView(b))
				v.AddScaledVec(plain.X.ColView(j), -0.5, &v)
				least = min(least, mat.Norm(&v, 2))
			}
		}
		assert.InDelta(t, 0, least, 1e-12)
	}
}

// Noise has the deviation asked for, and leaves the signal alone.
func TestMixtures(t *testing.T) {
	o := synth.SeparableOptions{Rows: 30, Mixed: 200, Seed: 1}
	plain, err := synth.Mixtures(4, &o)
	require.NoError(t, err)
	for r, j := range plain.Index {
		assert.Equal(t, mat.Col(nil, r, plain.W), mat.Col(nil, j, plain.X))
	}
	o.Noise = 0.1
	noisy, err := synth.Mixtures(4, &o)
	require.NoError(t, err)
	var e mat.Dense
	e.Sub(noisy.X, plain.X)
	assert.InDelta(t, 0.1, mat.Norm(&e, 2)/math.Sqrt(30*204), 0.1*4/math.Sqrt(2*30*204))
	assert.LessOrEqual(t, mat.Max(plain.X), mat.Max(plain.W)+1e-12, "shares sum to one")
}

func TestSeparableRefuses(t *testing.T) {
	for _, draw := range []func(int, *synth.SeparableOptions) (*synth.Separable, error){synth.Midpoints, synth.Mixtures} {
		_, err := draw(0, nil)
		require.ErrorIs(t, err, synth.ErrShape)
		_, err = draw(3, &synth.SeparableOptions{Rows: -1})
		require.ErrorIs(t, err, synth.ErrShape)
		_, err = draw(3, &synth.SeparableOptions{Noise: math.NaN()})
		require.ErrorIs(t, err, synth.ErrOptions)
	}
	_, err := synth.Mixtures(1, nil)
	require.ErrorIs(t, err, synth.ErrShape)
	_, err = synth.Mixtures(3, &synth.SeparableOptions{Mixed: -2})
	require.ErrorIs(t, err, synth.ErrShape)
}
