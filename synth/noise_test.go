package synth

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/tensor"
)

// measured is 10·log10(‖S‖²/‖X−S‖²).
func measured(x *tensor.Dense, truth *tensor.Kruskal) float64 {
	return 10 * math.Log10(truth.SquaredNorm()/x.SquaredResidual(truth))
}

// slack is five standard deviations of the measured SNR: ‖E‖² of n Gaussian
// entries strays by √(2/n) of itself.
func slack(n int) float64 { return 5 * 10 / math.Ln10 * math.Sqrt(2/float64(n)) }

func TestMeasuredSNRIsTheOneAsked(t *testing.T) {
	for _, db := range []float64{-10, 0, 11.5, 30, 80} {
		p, err := CP([]int{20, 15, 30}, 3, &CPOptions{Noise: SNR(db), Seed: 4})
		require.NoError(t, err)
		assert.InDelta(t, db, measured(p.X, p.Truth), slack(9000), "%v dB", db)

		d, err := DictionaryCP(5, &DictionaryOptions{Noise: SNR(db), Seed: 4})
		require.NoError(t, err)
		assert.InDelta(t, db, measured(d.X, d.Truth), slack(7000), "%v dB", db)
	}
}

func TestSDIsTheDeviationOfTheNoise(t *testing.T) {
	p, err := CP([]int{20, 15, 30}, 3, &CPOptions{Noise: SD(0.25)})
	require.NoError(t, err)
	assert.Equal(t, 0.25, p.SD)
	got := math.Sqrt(p.X.SquaredResidual(p.Truth) / 9000)
	assert.InEpsilon(t, 0.25, got, 5/math.Sqrt(2*9000))
}

func TestNoNoise(t *testing.T) {
	for _, noise := range []Noise{nil, SD(0), SNR(math.Inf(1))} {
		p, err := CP([]int{3, 4}, 2, &CPOptions{Noise: noise})
		require.NoError(t, err)
		assert.Zero(t, p.SD)
		assert.Equal(t, p.Truth.Dense().Data(), p.X.Data())
	}
}

func TestNoiseLeavesTheSignalAlone(t *testing.T) {
	a, err := CP([]int{3, 4, 5}, 2, &CPOptions{Seed: 7})
	require.NoError(t, err)
	b, err := CP([]int{3, 4, 5}, 2, &CPOptions{Seed: 7, Noise: SNR(0)})
	require.NoError(t, err)
	assert.Equal(t, a.Truth, b.Truth)
}

func TestNoiseRejects(t *testing.T) {
	for _, noise := range []Noise{SD(-1), SD(math.NaN()), SD(math.Inf(1)), SNR(math.NaN()), SNR(math.Inf(-1))} {
		_, err := CP([]int{3, 4}, 2, &CPOptions{Noise: noise})
		assert.ErrorIs(t, err, ErrOptions, "%T(%v)", noise, noise)
	}
}
