package linalg

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// spectrum is a matrix of the given order with these eigenvalues and zeros, whose
// eigenvectors are the columns of q.
func spectrum(rng *rand.Rand, order int, values []float64) (g *mat.SymDense, q *mat.Dense) {
	q = mat.NewDense(order, len(values), nil)
	for i := range order {
		for j := range values {
			q.Set(i, j, rng.NormFloat64())
		}
	}
	orthonormalize(q, make([]float64, order*len(values)))
	g = mat.NewSymDense(order, nil)
	for j, v := range values {
		g.SymRankOne(g, v, q.ColView(j))
	}
	return g, q
}

func TestEigenLeadFindsThePlantedVectors(t *testing.T) {
	for name, values := range map[string][]float64{
		"well apart":        {9, 8, 5, 4, 1, 1, 1, 1, 1, 1, 1, 1, 0.5},
		"of rank four":      {9, 8, 5, 4},
		"over nine decades": {1e9, 1e6, 1e3, 1, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-4},
		"tiny":              {9e-290, 8e-290, 5e-290, 4e-290},
	} {
		rng := rand.New(rand.NewPCG(1, 0))
		g, q := spectrum(rng, 300, values)
		vals, vecs := EigenLead(g, 4, rng)
		for j := range 4 {
			require.InDelta(t, values[j]/values[0], vals[j]/values[0], 1e-12, name)
			if values[j] < 1e-8*values[0] {
				continue // of the largest rounding is as long
			}
			require.InDelta(t, 1, math.Abs(mat.Dot(vecs.ColView(j), q.ColView(j))), 1e-9, "%s, vector %d", name, j)
		}
		again, _ := EigenLead(g, 4, rand.New(rand.NewPCG(2, 0)))
		require.InDeltaSlice(t, vals, again, 1e-11*values[0], name)
	}
}

func TestEigenLeadOfZero(t *testing.T) {
	vals, vecs := EigenLead(mat.NewSymDense(300, nil), 3, rand.New(rand.NewPCG(1, 0)))
	require.Equal(t, []float64{0, 0, 0}, vals)
	var gram mat.Dense
	gram.Mul(vecs.T(), vecs)
	require.True(t, mat.EqualApprox(&gram, mat.NewDiagDense(3, []float64{1, 1, 1}), 1e-12))
}

// A small matrix, and one of which most vectors are asked for, go the direct way:
// the same bits whatever the random numbers.
func TestEigenLeadIsDirectWhereThatIsCheap(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(3, 0))
	for _, c := range [][2]int{{20, 3}, {256, 2}, {300, 120}} {
		g, _ := spectrum(rng, c[0], []float64{3, 2, 1})
		vals, vecs := EigenTop(g, c[1])
		lead, leads := EigenLead(g, c[1], rng)
		require.Equal(t, vals, lead)
		require.True(t, mat.Equal(vecs, leads))
	}
}
