package unmix

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/sweep"
)

// What the observer says while pixels are chosen, or the search goes on from them, ends the
// run, and it is not called again.
func TestObserverEndsTheChoiceOfPixels(t *testing.T) {
	img := shadedImage(6, 8, 4)
	poor := dict.From{Atoms: [][]int{{0, 1, 2, 3}}}
	full := errors.New("disk full")
	for _, c := range []struct {
		again bool // it speaks when the search goes on
		says  error
	}{{false, full}, {false, sweep.ErrStop}, {true, full}, {true, sweep.ErrStop}} {
		after, chosen, spoken := 0, false, false
		r, err := Solve(t.Context(), img, &Problem{Rank: 4, Self: assign.Bound{Min: 4, Max: 4}, Starts: 1, Algorithm: poor, Observe: func(stage string, _ sweep.Point) error {
			if spoken {
				after++
			}
			chosen = chosen || stage != poor.Name()
			if spoken = chosen && (stage == poor.Name()) == c.again; spoken {
				return c.says
			}
			return nil
		}})
		require.True(t, spoken)
		require.Zero(t, after)
		require.NotNil(t, r)
		if c.says == full {
			require.ErrorIs(t, err, full)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, sweep.Stopped, r.Status)
		if c.again {
			require.Len(t, r.Runs, 4)
			require.Contains(t, r.Algorithm, ", polished") // several come to the same pixels
		} else {
			require.Len(t, r.Runs, 2)
			require.Equal(t, "SPA, polished", r.Algorithm)
		}
	}
}

// With abundances that sum to one the choices of pixels are measured by that fit.
func TestChoicesOfPixelsWhoseAbundancesSumToOne(t *testing.T) {
	img := shadedImage(6, 8, 4)
	r, err := Solve(t.Context(), img, &Problem{Rank: 4, Self: assign.Bound{Min: 4, Max: 4}, Starts: 2, SumToOne: true})
	require.NoError(t, err)
	require.Len(t, r.Runs, 5)
	least := r.Runs[0].RelativeError
	for _, run := range r.Runs {
		least = min(least, run.RelativeError)
	}
	require.InDelta(t, r.RelativeError, least, 1e-9)
	index := []int{3, 11, 29, 40}
	got, err := fclsError(img.Y, index)
	require.NoError(t, err)
	one, err := Solve(t.Context(), img, &Problem{Rank: 4, Libraries: []Library{{Atoms: columns(img.Y, index), Max: -1}}, SumToOne: true})
	require.NoError(t, err)
	require.InDelta(t, one.RelativeError, got, 1e-12)
	none, err := fclsError(mat.DenseCopyOf(columns(img.Y, index)), []int{0, 1, 2, 3})
	require.NoError(t, err)
	require.InDelta(t, 0, none, 1e-7)
}

// Pixels that are negative in some bands are no place for Polish to begin, and no error.
func TestChoiceOfNegativePixels(t *testing.T) {
	img := shadedImage(6, 8, 4)
	img.Y.Apply(func(b, _ int, v float64) float64 {
		if b == 3 {
			return -0.01
		}
		return v
	}, img.Y)
	r, err := Solve(t.Context(), img, &Problem{Rank: 4, Self: assign.Bound{Min: 4, Max: 4}})
	require.NoError(t, err)
	require.Len(t, r.Runs, 1)
}
