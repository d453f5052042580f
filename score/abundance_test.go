package score

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/mat"
)

func TestAbundancesByHand(t *testing.T) {
	truth := mat.NewDense(2, 3, []float64{1, 0, 2, 0, 1, 2})
	other := mat.NewDense(2, 3, []float64{1, 3, 2, 4, 1, 2})
	assert.InDelta(t, math.Sqrt(25.0/6), AbundanceRMSE(truth, other), 1e-15)
	assert.InDeltaSlice(t, []float64{math.Sqrt(3), 4 / math.Sqrt(3)}, AbundanceRMSEs(truth, other), 1e-15)
	assert.InDelta(t, 10*math.Log10(10.0/25), SRE(truth, other), 1e-14)
	assert.True(t, math.IsInf(SRE(truth, truth), 1))
	assert.True(t, math.IsInf(SRE(mat.NewDense(2, 3, nil), truth), -1))
	assert.True(t, math.IsNaN(AbundanceRMSE(truth, mat.NewDense(2, 3, []float64{math.NaN(), 0, 0, 0, 0, 0}))))
}

func TestSelectRows(t *testing.T) {
	a := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	assert.Equal(t, []float64{3, 4, 0, 0, 1, 2}, SelectRows(a, []int{1, -1, 0}).RawMatrix().Data)
	assert.PanicsWithValue(t, "score: SelectRows: row 2 of a 2×2 matrix", func() { SelectRows(a, []int{2}) })
}

func TestAbundancesRefuseShapes(t *testing.T) {
	a, b := mat.NewDense(2, 3, nil), mat.NewDense(3, 2, nil)
	assert.PanicsWithValue(t, "score: AbundanceRMSE: 3×2 against 2×3", func() { AbundanceRMSE(a, b) })
	assert.Panics(t, func() { AbundanceRMSEs(a, b) })
	assert.Panics(t, func() { SRE(a, b) })
}
