package score

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestFactorErrorIgnoresOrderScaleAndSign(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	k := model(rng, 5, 9, 4, 3)
	other := k.Clone()
	other.Permute([]int{4, 2, 0, 1, 3})
	for _, a := range other.Factors {
		for r := range 5 {
			scaleColumn(a, r, 10*rng.NormFloat64())
		}
	}
	e, err := FactorError(k.Factors[0], other.Factors[0])
	require.NoError(t, err)
	assert.Less(t, e, 1e-30)
	all, err := FactorErrors(k.Factors, other.Factors)
	require.NoError(t, err)
	for _, e := range all {
		assert.Less(t, e, 1e-30)
	}
}

// Columns (1,0), (0,1) against (0,−2), (3,4): the pairs have |cos| 0.6 and 1, so
// the error is (2·0.4 + 0)/2.
func TestFactorErrorByHand(t *testing.T) {
	truth := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	e, err := FactorError(truth, mat.NewDense(2, 2, []float64{0, 3, -2, 4}))
	require.NoError(t, err)
	assert.InDelta(t, 0.4, e, 1e-15)

	// One column only: the other is missed whole.
	e, err = FactorError(truth, mat.NewDense(2, 1, []float64{0, 7}))
	require.NoError(t, err)
	assert.InDelta(t, 0.5, e, 1e-15)
	// A surplus column does no harm.
	e, err = FactorError(truth, mat.NewDense(2, 3, []float64{1, 5, 0, 1, 0, 2}))
	require.NoError(t, err)
	assert.InDelta(t, 0, e, 1e-15)
}

// Mode 0 alone would pair the columns the other way round than mode 1 does.
func TestFactorErrorsPairOnce(t *testing.T) {
	truth := []*mat.Dense{mat.NewDense(2, 2, []float64{1, 0.8, 0, 0.6}), mat.NewDense(2, 2, []float64{1, 0, 0, 1})}
	other := []*mat.Dense{mat.NewDense(2, 2, []float64{0.8, 1, 0.6, 0}), truth[1]}
	alone, err := FactorError(truth[0], other[0])
	require.NoError(t, err)
	assert.Zero(t, alone)
	e, err := FactorErrors(truth, other)
	require.NoError(t, err)
	assert.InDeltaSlice(t, []float64{2 * (1 - 0.8), 0}, e, 1e-15)
}

func TestFactorErrorKeepsSmallErrors(t *testing.T) {
	const angle = 1e-9
	e, err := FactorError(mat.NewDense(2, 1, []float64{1, 0}), mat.NewDense(2, 1, []float64{math.Cos(angle), math.Sin(angle)}))
	require.NoError(t, err)
	assert.InEpsilon(t, angle*angle, e, 1e-12) // (2·eps/angle)² and a few eps
}

func TestFactorErrorRejects(t *testing.T) {
	a := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	_, err := FactorError(a, mat.NewDense(3, 2, nil))
	assert.ErrorIs(t, err, ErrShape)
	_, err = FactorError(a, mat.NewDense(2, 1, []float64{1, math.Inf(1)}))
	assert.ErrorIs(t, err, ErrNotFinite)
	_, err = FactorErrors([]*mat.Dense{a}, nil)
	assert.ErrorIs(t, err, ErrShape)
	_, err = FactorErrors([]*mat.Dense{a, mat.NewDense(2, 1, nil)}, []*mat.Dense{a, a})
	assert.ErrorIs(t, err, ErrShape)
}

func TestFactorErrorOfZeroTruth(t *testing.T) {
	zero := mat.NewDense(2, 1, nil)
	e, err := FactorError(zero, zero)
	require.NoError(t, err)
	assert.Zero(t, e)
	e, err = FactorError(zero, mat.NewDense(2, 1, []float64{1, 0}))
	require.NoError(t, err)
	assert.True(t, math.IsInf(e, 1))
}
