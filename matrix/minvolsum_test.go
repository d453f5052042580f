package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
)

// Columns of any size in a cone that is spread well but nowhere pure, from factors that plain NMF has
// no reason to prefer: the components are those of least volume, whatever sums to one.
func TestMinimumVolumeOfColumnsOfAnySize(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(5, 5))
	u, v := uniform(rng, 10, 3, 0, 1), mat.NewDense(3, 120, nil)
	for j := range 120 { // two components each, at most nine to one
		share, size := 0.1+0.8*rng.Float64(), math.Exp(rng.NormFloat64())
		v.Set(j%3, j, share*size)
		v.Set((j+1)%3, j, (1-share)*size)
	}
	var x mat.Dense
	x.Mul(u, v)
	angle := func(f *matrix.Factors) float64 {
		worst := 0.0
		for k := range 3 {
			best := 0.0
			for l := range 3 {
				a, b := u.ColView(k), f.U.ColView(l)
				best = max(best, mat.Dot(a, b)/mat.Norm(a, 2)/mat.Norm(b, 2))
			}
			worst = max(worst, math.Acos(min(1, best)))
		}
		return worst
	}
	o := &matrix.NMFOptions{Method: matrix.Squares{}, Stop: sweep.MaxSweeps(3000), Seed: 2}
	plain, err := matrix.NMF(t.Context(), &x, 3, o)
	require.NoError(t, err)
	for _, sum := range []matrix.VolumeSum{matrix.RowsOfV, matrix.ColumnsOfU} {
		o.Method, o.Init = matrix.MinimumVolume{Weight: 0.3, Delta: 1e-2, Sum: sum}, matrix.Pure{}
		f, err := matrix.NMF(t.Context(), &x, 3, o)
		require.NoError(t, err)
		t.Logf("plain %.4f, least volume %.4f rad, error %.2g", angle(plain), angle(f), f.RelativeError)
		require.Less(t, angle(f), 0.05)
		require.Less(t, angle(f), angle(plain)/2)
		for k := range 3 {
			total := mat.Sum(f.V.RowView(k))
			if sum == matrix.ColumnsOfU {
				total = mat.Sum(f.U.ColView(k))
			}
			require.InDelta(t, 1, total, 1e-9)
		}
		more, err := f.Transform(t.Context(), x.Slice(0, 10, 3, 5))
		require.NoError(t, err)
		require.Less(t, residual(f.U, more, mat.DenseCopyOf(x.Slice(0, 10, 3, 5))), 0.02)
	}
	_, err = matrix.NMF(t.Context(), &x, 3, &matrix.NMFOptions{Method: matrix.MinimumVolume{Sum: 7}})
	require.ErrorIs(t, err, matrix.ErrMethod)
}
