package matrix_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// Rows whose noise is strong beyond all others draw a plain selector to the columns where
// that noise is largest; whitened, it finds the pure ones.
func TestWhitenedFindsPureColumnsInUnevenNoise(t *testing.T) {
	const r = 4
	for seed := range uint64(5) {
		rng := rand.New(rand.NewPCG(seed, 18))
		std := make([]float64, 40)
		for i := range std {
			std[i] = 0.002
			if i%8 == 0 {
				std[i] = 0.8
			}
		}
		x := noisy(rng, 1500, r, std)
		for name, s := range map[string]matrix.Selector{"SPA": matrix.SPA{}, "VCA": matrix.VCA{Seed: seed}, "whitened SPA": matrix.PreconditionedSPA{}} {
			right := func(s matrix.Selector) (count int) {
				sel, err := s.Select(context.Background(), x, r)
				require.NoError(t, err)
				for _, j := range sel.Index {
					if j < r {
						count++
					}
				}
				return count
			}
			plain, white := right(s), right(matrix.Whitened{Selector: s})
			assert.Equal(t, r, white, "%s, seed %d", name, seed)
			assert.Less(t, plain, 2, "%s, seed %d", name, seed)
		}
	}
}

// Without noise, or with any scale of the rows, pure columns remain the pure columns.
func TestWhitenedKeepsPureColumns(t *testing.T) {
	for seed := range uint64(3) {
		x := noisy(rand.New(rand.NewPCG(seed, 19)), 60, 3, make([]float64, 9))
		before := mat.DenseCopyOf(x)
		sel, err := matrix.Whitened{Selector: matrix.SPA{}}.Select(context.Background(), x, 3)
		require.NoError(t, err)
		assert.Equal(t, []int{0, 1, 2}, slices.Sorted(slices.Values(sel.Index)))
		assert.True(t, mat.Equal(before, x))
	}
}

// A whitened library times the amounts is the whitened mixture.
func TestWhitenerMapsLibraries(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 20))
	std := []float64{.01, .1, .02, .3, .05, .01}
	lib, v := uniform(rng, 6, 4, 0, 1), uniform(rng, 4, 7, 0, 1)
	z := estimate(t, noisy(rng, 400, 3, std))
	for _, by := range []matrix.WhitenBy{matrix.RowNoise, matrix.FullNoise} {
		w, err := z.Whitener(by)
		require.NoError(t, err)
		var x, want mat.Dense
		x.Mul(lib, v)
		tl, err := w.Apply(lib)
		require.NoError(t, err)
		want.Mul(tl, v)
		got, err := w.Apply(&x)
		require.NoError(t, err)
		assert.True(t, mat.EqualApprox(&want, got, 1e-9*mat.Norm(got, 2)))
	}
	_, err := matrix.Whitened{}.Select(context.Background(), v, 2)
	require.ErrorIs(t, err, matrix.ErrOptions)
	_, err = matrix.Whitened{Selector: matrix.SPA{}, Noise: z}.Select(context.Background(), v, 2)
	require.ErrorIs(t, err, matrix.ErrShape)
}

// All components give the data back; the leading ones hold the signal, in order of their
// ratio to noise of unit variance.
func TestMNF(t *testing.T) {
	std := []float64{.01, .1, .02, .3, .05, .01, .02, .04}
	x := noisy(rand.New(rand.NewPCG(4, 20)), 2000, 3, std)
	z := estimate(t, x)
	m, err := z.MNF(8, matrix.RowNoise)
	require.NoError(t, err)
	var y, back mat.Dense
	y.Mul(m.Forward, x)
	back.Mul(m.Back, &y)
	assert.True(t, mat.EqualApprox(x, &back, 1e-9))
	for k, s := range m.SNR {
		power := mat.Dot(y.RowView(k), y.RowView(k)) / 2000
		assert.InDelta(t, max(0, power-1), s, 1e-6*power)
		if k > 0 {
			assert.LessOrEqual(t, s, m.SNR[k-1])
		}
	}
	assert.Greater(t, m.SNR[2], 0.5)
	assert.Less(t, m.SNR[3], 0.3)
	d, err := matrix.DifferenceNoise(context.Background(), x, 40)
	require.NoError(t, err)
	m, err = d.MNF(8, matrix.FullNoise)
	require.NoError(t, err)
	y.Mul(m.Forward, x)
	back.Mul(m.Back, &y)
	assert.True(t, mat.EqualApprox(x, &back, 1e-9))
}
