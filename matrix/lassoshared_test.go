package matrix_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
)

// The certified optima of SUnSAL, whose objective on V ≥ 0 is that of L1NNLS: 105 atoms, many of
// them nearly equal.
func TestL1NNLSReachesCertifiedOptima(t *testing.T) {
	d, y := readCSVMatrix(t, sharedtest.Path(t, "ref/unmix/sunsal_D.csv")), readCSVMatrix(t, sharedtest.Path(t, "ref/unmix/sunsal_Y.csv"))
	for weight, want := range map[float64]float64{0.001: 0.1349472043091199, 0.01: 0.8496720500411796, 0.1: 7.2696031947200295} {
		a, err := matrix.L1NNLS(t.Context(), d, y, weight)
		require.NoError(t, err)
		var rest mat.Dense
		rest.Mul(d, a.V)
		rest.Sub(y, &rest)
		f := mat.Norm(&rest, 2)
		assert.InEpsilon(t, want, f*f/2+weight*mat.Sum(a.V), 1e-9, "weight %g", weight)
		x := readCSVMatrix(t, sharedtest.Path(t, "ref/unmix/sunsal_X_lam"+strconv.FormatFloat(weight, 'g', -1, 64)+".csv"))
		x.Sub(x, a.V)
		assert.LessOrEqual(t, max(mat.Max(x), -mat.Min(x)), 1e-6, "weight %g", weight)
	}
}
