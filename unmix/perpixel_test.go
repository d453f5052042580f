package unmix

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/synth"
)

// At most two spectra in a pixel: the residual is that of the best of all pairs, in memory
// and in tiles; as many as there are change nothing.
func TestPerPixel(t *testing.T) {
	racetest.Slow(t)
	_, img, p := scene(t, 3, synth.SNR(20))
	p.Algorithm = dict.SOMP{}
	free, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	rank := len(free.Atoms)
	p.PerPixel = 2
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	require.ElementsMatch(t, free.Atoms, r.Atoms)
	_, pixels := r.Abundances.Dims()
	best := make([]float64, pixels)
	for q := range best {
		best[q] = math.Inf(1)
	}
	for a := range rank {
		for b := range a {
			pair, err := matrix.NNLS(t.Context(), columns(r.Spectra, []int{a, b}), img.Y)
			require.NoError(t, err)
			var model mat.Dense
			model.Mul(columns(r.Spectra, []int{a, b}), pair.V)
			model.Sub(img.Y, &model)
			bands, _ := model.Dims()
			for q := range best {
				best[q] = min(best[q], mat.Norm(model.ColView(q), 2)/math.Sqrt(float64(bands)))
			}
		}
	}
	require.InDeltaSlice(t, best, r.Residual, 1e-9)
	for q := range pixels {
		used := 0
		for c := range rank {
			require.GreaterOrEqual(t, r.Abundances.At(c, q), 0.0)
			if r.Abundances.At(c, q) > 0 {
				used++
			}
		}
		require.LessOrEqual(t, used, 2)
	}
	require.Greater(t, r.RelativeError, free.RelativeError)
	var g gathered
	require.NoError(t, Abundances(t.Context(), heldRows{Image: img}, r.Spectra, p, 0, &StreamOptions{TileRows: 7}, g.write(img)))
	require.True(t, mat.EqualApprox(r.Abundances, g.a, 1e-9))

	p.PerPixel = rank
	all, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(free.Abundances, all.Abundances, 1e-9))
	for _, wrong := range []Problem{{PerPixel: -1}, {PerPixel: 2, SumToOne: true}} {
		q := *p
		q.PerPixel, q.SumToOne = wrong.PerPixel, wrong.SumToOne
		_, err := Solve(t.Context(), img, &q)
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorIs(t, Abundances(t.Context(), heldRows{Image: img}, r.Spectra, &wrong, 0, nil, nil), ErrOptions)
	}
}
