package score

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestSpectralAngleByHand(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		want float64
	}{
		{[]float64{1, 0}, []float64{0, 3}, math.Pi / 2},
		{[]float64{1, 0}, []float64{2, 2}, math.Pi / 4},
		{[]float64{1, 2, 3}, []float64{10, 20, 30}, 0},
		{[]float64{1, 2}, []float64{-1, -2}, math.Pi},
		{[]float64{0, 0}, []float64{0, 0}, 0},
		{[]float64{0, 0}, []float64{1, 0}, math.Pi / 2},
		{[]float64{1e300, 1e300}, []float64{1e-300, 0}, math.Pi / 4},
	} {
		assert.InDelta(t, c.want, SpectralAngle(c.a, c.b), 1e-15, "%v %v", c.a, c.b)
		assert.Equal(t, SpectralAngle(c.a, c.b), SpectralAngle(c.b, c.a))
	}
	assert.True(t, math.IsNaN(SpectralAngle([]float64{1, math.NaN()}, []float64{1, 1})))
	assert.True(t, math.IsNaN(SpectralAngle([]float64{1, math.Inf(1)}, []float64{1, 1})))
	assert.Panics(t, func() { SpectralAngle([]float64{1}, []float64{1, 2}) })
}

func TestSpectralAngleIsAccurateWhenSmall(t *testing.T) {
	for _, angle := range []float64{1e-3, 1e-6, 1e-9, 1e-12} {
		got := SpectralAngle([]float64{5, 0}, []float64{math.Cos(angle), math.Sin(angle)})
		// Rounding of 1 − cos adds to the squared distance.
		assert.InEpsilon(t, angle, got, 8*0x1p-52+math.Pow(4*0x1p-52/angle, 2))
	}
}

func TestMeanRemovedSpectralAngleByHand(t *testing.T) {
	// (−1, 0, 1) against (1, −2, 1): orthogonal, whatever the offset.
	assert.InDelta(t, math.Pi/2, MeanRemovedSpectralAngle([]float64{1, 2, 3}, []float64{11, 8, 11}), 1e-15)
	assert.InDelta(t, 0, MeanRemovedSpectralAngle([]float64{1, 2, 4}, []float64{7, 9, 13}), 1e-15)
	assert.InDelta(t, math.Pi, MeanRemovedSpectralAngle([]float64{1, 2, 4}, []float64{-1, -2, -4}), 1e-15)
	// Constant vectors count as zero, though the mean of these differs from 0.7
	// in its last bit.
	flat := []float64{0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7}
	ramp := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 30}
	assert.InDelta(t, math.Pi/2, MeanRemovedSpectralAngle(flat, ramp), 1e-15)
	assert.Zero(t, MeanRemovedSpectralAngle(flat, make([]float64, 10)))
	assert.Panics(t, func() { MeanRemovedSpectralAngle(nil, []float64{1}) })
}

// The nearest spectrum of both truths is column 1; the least sum gives it to
// truth 1 and column 2 to truth 0.
func TestMatchSpectraIsNotGreedy(t *testing.T) {
	at := func(degrees ...float64) *mat.Dense {
		a := mat.NewDense(2, len(degrees), nil)
		for j, d := range degrees {
			a.Set(0, j, float64(j+1)*math.Cos(d*math.Pi/180))
			a.Set(1, j, float64(j+1)*math.Sin(d*math.Pi/180))
		}
		return a
	}
	m, err := MatchSpectra(at(30, 40), at(80, 34, 20))
	require.NoError(t, err)
	assert.Equal(t, []int{2, 1}, m.Col)
	assert.InDeltaSlice(t, []float64{10 * math.Pi / 180, 6 * math.Pi / 180}, m.Angle, 1e-15)

	m, err = MatchSpectra(at(30, 40, 50), at(51))
	require.NoError(t, err)
	assert.Equal(t, []int{-1, -1, 0}, m.Col)
	assert.Equal(t, math.Pi/2, m.Angle[0])
	_, err = MatchSpectra(at(3), mat.NewDense(3, 1, nil))
	assert.ErrorIs(t, err, ErrShape)
	_, err = MatchSpectra(at(3), mat.NewDense(2, 1, []float64{math.NaN(), 1}))
	assert.ErrorIs(t, err, ErrNotFinite)
}
