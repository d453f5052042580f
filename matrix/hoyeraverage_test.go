package matrix_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
)

// Two components are a tenth of the rows each, two all of them: the average is as asked for while
// single components differ, and the fit is better than where every one has to be as sparse.
func TestAverageHoyerLetsComponentsDiffer(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(4, 9))
	u := uniform(rng, 40, 4, 0.2, 1)
	for i := range 40 {
		for k := range 2 {
			if i/4 != 3*k {
				u.Set(i, k, 0)
			}
		}
	}
	var x mat.Dense
	x.Mul(u, uniform(rng, 4, 60, 0, 1))
	planted := 0.0
	for k := range 4 {
		planted += sparsity(u.ColView(k)) / 4
	}
	o := &matrix.NMFOptions{Stop: sweep.MaxSweeps(100), Init: matrix.NNDSVD{Fill: matrix.Random}}
	o.Method = matrix.AverageHoyer{U: planted}
	f, err := matrix.NMF(t.Context(), &x, 4, o)
	require.NoError(t, err)
	mean, least, most := 0.0, 1.0, 0.0
	for k := range 4 {
		s := sparsity(f.U.ColView(k))
		mean, least, most = mean+s/4, min(least, s), max(most, s)
	}
	require.GreaterOrEqual(t, mean, planted-1e-9)
	require.Greater(t, most-least, 0.3)
	o.Method = matrix.Hoyer{U: planted}
	same, err := matrix.NMF(t.Context(), &x, 4, o)
	require.NoError(t, err)
	t.Logf("error %.4f, %.4f with equal sparsities; sparsities from %.2f to %.2f", f.RelativeError, same.RelativeError, least, most)
	require.Less(t, f.RelativeError, same.RelativeError/2)
	o.Method = matrix.AverageHoyer{V: 0.5}
	f, err = matrix.NMF(t.Context(), &x, 4, o)
	require.NoError(t, err)
	mean = 0
	for k := range 4 {
		mean += sparsity(f.V.RowView(k)) / 4
	}
	require.GreaterOrEqual(t, mean, 0.5-1e-9)
	_, err = matrix.NMF(t.Context(), &x, 4, &matrix.NMFOptions{Method: matrix.AverageHoyer{U: 2}})
	require.ErrorIs(t, err, matrix.ErrMethod)
}
