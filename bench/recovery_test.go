package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

// Without noise every method that is proven to finds all pure columns; with noise of the
// worst kind the convex models find more than SPA.
func TestRecoverPure(t *testing.T) {
	racetest.Slow(t)
	told := 0
	r, err := RecoverPure(t.Context(), &RecoveryOptions{Rank: 6, Noise: []float64{0, 0.4}, Trials: 1, Seed: 7, Observe: func(int, int) { told++ }})
	require.NoError(t, err)
	require.Equal(t, 4, told)
	found := map[string][]float64{}
	for _, row := range r.Table.Rows {
		found[row[0]+" "+row[1]] = []float64{number(t, row[2]), number(t, row[3])}
	}
	for _, kind := range []string{"midpoints ", "mixtures "} {
		for _, name := range []string{"SPA", "SPA whitened", "SNPA", "VCA", "N-FINDR", "XRAY", "FGNSR", "min trace"} {
			require.InDelta(t, 100, found[kind+name][0], 0, kind+name)
		}
	}
	for _, name := range []string{"FGNSR", "min trace", "Hottopixx"} {
		require.Greater(t, found["midpoints "+name][1], found["midpoints SPA"][1], name)
	}
	require.Len(t, r.Midpoints.Curves, len(pureSelectors(0)))
	require.Equal(t, []int{0, 40}, r.Mixtures.X)
}

func TestRecoverPureKeepsWhatItHas(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := RecoverPure(ctx, &RecoveryOptions{Rank: 3, Noise: []float64{0, 0.1}, Trials: 1, Observe: func(int, int) { cancel() }})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{"midpoints", "SPA", "100", ""}, r.Table.Rows[0])
}

func TestRecoverPureRefuses(t *testing.T) {
	for _, o := range []RecoveryOptions{{Rank: 1}, {Trials: -1}, {Noise: []float64{}}, {Noise: []float64{0.2, 0.1}}, {Noise: []float64{-1}}} {
		_, err := RecoverPure(t.Context(), &o)
		require.ErrorIs(t, err, ErrOptions)
	}
}
