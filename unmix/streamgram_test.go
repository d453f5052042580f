package unmix

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// The Gram matrix of bands that are scaled is what the scaled image has.
func TestScaledGram(t *testing.T) {
	y := mat.NewDense(3, 4, []float64{1, 2, 0, 4, 5, 1, 3, 2, 0, 1, 1, 7})
	gram := func(a *mat.Dense) *mat.SymDense {
		var g mat.SymDense
		g.SymOuterK(1, a)
		return &g
	}
	scale := []float64{2, 0.5, 3}
	require.True(t, mat.EqualApprox(gram(scaledRows(y, scale)), scaledGram(gram(y), scale), 1e-13))
	require.True(t, mat.Equal(gram(y), scaledGram(gram(y), nil)))
}
