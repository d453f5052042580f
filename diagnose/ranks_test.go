package diagnose_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// noisy is a model of three components and a little noise.
func noisy(seed uint64) *tensor.Dense {
	rng := newRand(seed)
	k := randomModel(rng, 3, 12, 10, 9)
	for r := range k.Weights {
		k.Weights[r] = float64(2 + r)
	}
	x := k.Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.05 * rng.NormFloat64()
	}
	return x
}

func TestSplitHalfAgreesOnWhatIsThere(t *testing.T) {
	racetest.Slow(t)
	x := noisy(1)
	for mode := range 3 {
		s, err := diagnose.SplitHalf(t.Context(), x, mode, 3, &cpd.Options{Starts: 3})
		require.NoError(t, err)
		require.Greater(t, s.Score, 0.99, "mode %d", mode)
	}
	s, err := diagnose.SplitHalf(t.Context(), x, 0, 5, &cpd.Options{Starts: 3})
	require.NoError(t, err)
	require.Less(t, s.Score, 0.9, "two components too many fit the noise of their half")
	_, err = diagnose.SplitHalf(t.Context(), x, 3, 2, nil)
	require.ErrorIs(t, err, diagnose.ErrOptions)
	_, err = diagnose.SplitHalf(t.Context(), tensor.NewDense([]int{1, 5, 5}, nil), 0, 2, nil)
	require.ErrorIs(t, err, diagnose.ErrOptions)
}

func TestRanksFindTheRank(t *testing.T) {
	mode, told := 0, []int(nil)
	points, err := diagnose.Ranks(t.Context(), noisy(2), 1, 5, &diagnose.RankOptions{
		Starts: 6, SplitMode: &mode, Fit: cpd.Options{Init: cpd.Random{}, Stop: sweep.Any(sweep.RelChange{Tol: 1e-7, Patience: 3}, sweep.MaxSweeps(300))},
		Observe: func(p diagnose.RankPoint) error { told = append(told, p.Rank); return nil },
	})
	require.NoError(t, err)
	require.Equal(t, []int{1, 2, 3, 4, 5}, told)
	for i, p := range points {
		require.Equal(t, i+1, p.Rank)
		if i > 0 {
			require.Less(t, p.RelativeError, points[i-1].RelativeError)
		}
	}
	require.InDelta(t, 100, points[2].CoreConsistency, 1)
	require.Less(t, points[3].CoreConsistency, 50.0)
	require.Greater(t, points[2].Stability, 0.99)
	require.Greater(t, points[2].SplitHalf, 0.99)
	require.GreaterOrEqual(t, points[2].Reached, 0.5)
	rank, reason := diagnose.Suggest(points)
	require.Equal(t, 3, rank, reason)
}

func TestRanksRefuseAndEnd(t *testing.T) {
	x := noisy(3)
	for _, r := range [][2]int{{0, 2}, {3, 2}} {
		_, err := diagnose.Ranks(t.Context(), x, r[0], r[1], nil)
		require.ErrorIs(t, err, diagnose.ErrOptions)
	}
	for message, c := range map[string]struct {
		x tensor.Tensor
		o diagnose.RankOptions
	}{
		"SplitMode is 3 for a tensor of order 3":  {x, diagnose.RankOptions{SplitMode: ptr(3)}},
		"SplitMode is -1 for a tensor of order 3": {x, diagnose.RankOptions{SplitMode: ptr(-1)}},
		"not a *tensor.Masked":                    {tensor.NewMaskedNaN(x), diagnose.RankOptions{SplitMode: ptr(0)}},
		"Fit.Keep keeps one run":                  {x, diagnose.RankOptions{Fit: cpd.Options{Keep: &cpd.Keep{}}}},
	} {
		_, err := diagnose.Ranks(t.Context(), c.x, 1, 1, &c.o)
		require.ErrorIs(t, err, diagnose.ErrOptions)
		require.ErrorContains(t, err, message)
	}
	ctx, cancel := context.WithCancel(t.Context())
	points, err := diagnose.Ranks(ctx, x, 1, 4, &diagnose.RankOptions{Starts: 1, Observe: func(p diagnose.RankPoint) error {
		if p.Rank == 2 {
			cancel()
		}
		return nil
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, points, 2)
	require.True(t, math.IsNaN(points[0].Stability), "one start")
	boom := errors.New("boom")
	points, err = diagnose.Ranks(t.Context(), x, 1, 4, &diagnose.RankOptions{Starts: 1, Observe: func(diagnose.RankPoint) error { return boom }})
	require.ErrorIs(t, err, boom)
	require.Len(t, points, 1)
	points, err = diagnose.Ranks(t.Context(), x, 1, 4, &diagnose.RankOptions{Starts: 1, Observe: func(diagnose.RankPoint) error { return sweep.ErrStop }})
	require.NoError(t, err)
	require.Len(t, points, 1)
}

func ptr(n int) *int { return &n }

// Every part of the rule decides alone, at its limit, and the reason says what was not known.
func TestSuggestKeepsItsRule(t *testing.T) {
	good := diagnose.RankPoint{Rank: 2, CoreConsistency: 50, Stability: 0.8}
	rank, reason := diagnose.Suggest([]diagnose.RankPoint{good})
	require.Equal(t, 2, rank)
	require.Contains(t, reason, "starts that agree (0.80)")
	for name, change := range map[string]func(p *diagnose.RankPoint){
		"inconsistent": func(p *diagnose.RankPoint) { p.CoreConsistency = 49.9 },
		"unknown":      func(p *diagnose.RankPoint) { p.CoreConsistency = math.NaN() },
		"unstable":     func(p *diagnose.RankPoint) { p.Stability = 0.79 },
		"degenerate":   func(p *diagnose.RankPoint) { p.Degenerate = true },
		"less":         func(p *diagnose.RankPoint) { p.Rank = 1 },
	} {
		p := good
		p.Rank = 3
		change(&p)
		rank, _ := diagnose.Suggest([]diagnose.RankPoint{good, p})
		require.Equal(t, 2, rank, name)
		if name != "less" {
			rank, reason := diagnose.Suggest([]diagnose.RankPoint{p})
			require.Zero(t, rank, name)
			require.Contains(t, reason, "no rank")
		}
	}
	before, wasted, late := good, good, good
	before.RelativeError = 0.1
	wasted.Rank, wasted.RelativeError = 3, 0.0995 // less than one per cent
	late.Rank, late.RelativeError = 5, 0.0975     // three times that for three components
	rank, reason = diagnose.Suggest([]diagnose.RankPoint{before, wasted, late})
	require.Equal(t, 2, rank)
	require.Contains(t, reason, "; with 3 the error is not 1 % lower for each one more")
	late.RelativeError = 0.0965
	rank, reason = diagnose.Suggest([]diagnose.RankPoint{before, wasted, late})
	require.Equal(t, 5, rank)
	require.NotContains(t, reason, "with 3")
	good.Stability = math.NaN()
	_, reason = diagnose.Suggest([]diagnose.RankPoint{good})
	require.Contains(t, reason, "a single start")
	rank, _ = diagnose.Suggest(nil)
	require.Zero(t, rank)
}
