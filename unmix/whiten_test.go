package unmix

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// uneven adds strong noise to every sixth band.
func uneven(img *Image, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 77))
	img.Y = mat.DenseCopyOf(img.Y)
	img.Y.Apply(func(b, _ int, v float64) float64 {
		if b%6 == 0 {
			v += 1.5 * rng.NormFloat64()
		}
		return v
	}, img.Y)
}

// With noise that is much stronger in some bands than in others, the spectra chosen on
// whitened pixels are the right ones more often; abundances and errors remain those of
// the image as it is.
func TestSolveWhitened(t *testing.T) {
	racetest.Slow(t)
	plain, white, all := 0, 0, 0
	for seed := range uint64(2) {
		s, img, p := scene(t, seed, synth.SNR(40))
		p.Algorithm = dict.SOMP{} // works in the signal subspace, which presupposes white noise
		uneven(img, seed)
		before := mat.DenseCopyOf(img.Y)
		r, err := Solve(t.Context(), img, p)
		require.NoError(t, err)
		plain += planted(s, r)
		p.Whiten = true
		r, err = Solve(t.Context(), img, p)
		require.NoError(t, err)
		white += planted(s, r)
		all += len(s.Planted)
		checkResult(t, img, p, r)
		require.True(t, mat.Equal(before, img.Y))
		if seed > 0 {
			continue
		}
		trust, err := Examine(t.Context(), img, p, r, &dict.TrustOptions{Tries: 1, Resamples: -1, Restarts: -1})
		require.NoError(t, err)
		require.Len(t, trust.Spectra, p.Rank)
		stored := *p
		stored.Libraries = append([]Library(nil), p.Libraries...)
		stored.Libraries[0].Atoms, stored.Libraries[0].Source = nil, columnSource{p.Libraries[0].Atoms}
		again, err := Solve(t.Context(), img, &stored)
		require.NoError(t, err)
		require.Equal(t, r.Atoms, again.Atoms, "of a stored library")
	}
	require.Equal(t, all, white)
	require.LessOrEqual(t, plain, all/2)
}

// columnSource is a library that is read in blocks.
type columnSource struct{ *mat.Dense }

func (s columnSource) ReadColumns(dst []float64, first, n int) error {
	rows, _ := s.Dims()
	for i := range rows {
		copy(dst[i*n:(i+1)*n], s.RawRowView(i)[first:first+n])
	}
	return nil
}

// A free spectrum is handed back in the units of the image.
func TestWhitenedFreeSpectrum(t *testing.T) {
	_, img, p := scene(t, 1, synth.SNR(40))
	p.Whiten, p.Algorithm = true, dict.SOMP{}
	p.Free = assign.Bound{Min: 1, Max: 1}
	for l := range p.Libraries {
		p.Libraries[l].Min = 0
	}
	r, err := Solve(t.Context(), img, p)
	require.NoError(t, err)
	checkResult(t, img, p, r)
	require.Less(t, r.RelativeError, 0.02) // the noise is 0.01
}

func TestWhitenRefuses(t *testing.T) {
	_, img, p := scene(t, 1, synth.SNR(40))
	p.Whiten = true
	dead := *img
	dead.Y = mat.DenseCopyOf(img.Y)
	_, pixels := dead.Y.Dims()
	dead.Y.SetRow(3, make([]float64, pixels))
	_, err := Solve(t.Context(), &dead, p)
	require.ErrorIs(t, err, ErrData)
	require.ErrorContains(t, err, "band 3")
	few := Image{Y: mat.DenseCopyOf(img.Y.Slice(0, len(img.Wavelengths), 0, 4)), Rows: 2, Cols: 2}
	_, err = Solve(t.Context(), &few, p)
	require.ErrorContains(t, err, "more columns than rows")
}
