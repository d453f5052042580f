package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// A window of one pixel misses nothing; without noise SPA does not either; smaller
// windows miss no more than larger ones on the whole.
func TestWindows(t *testing.T) {
	racetest.Slow(t)
	const trials = 1
	table, boxes, err := Windows(t.Context(), &WindowOptions{Trials: trials})
	require.NoError(t, err)
	require.Len(t, boxes.X, len(windowDecibels))
	require.Len(t, boxes.Series, 9)
	missed := map[string]float64{}
	for _, row := range table.Rows {
		n := number(t, row[2])
		require.LessOrEqual(t, n, 6.0)
		require.Equal(t, "6", row[3])
		missed[row[0]+" "+row[1]] = n
	}
	require.Zero(t, missed["50 spa"])
	require.Zero(t, missed["50 auto"])
	require.Greater(t, missed["0 spa"], 3.0, "noise as strong as the signal")
	require.LessOrEqual(t, missed["10 auto-10"], missed["10 auto"])
	for _, s := range boxes.Series {
		require.Len(t, s.Values, len(windowDecibels))
		require.Len(t, s.Values[0], trials)
	}
}

func TestWindowsHoldThePurePixel(t *testing.T) {
	y := mat.NewDense(1, 60, nil)
	for j := range 60 {
		y.Set(0, j, float64(1+j))
	}
	libraries, first, err := windows(y, []int{0, 30, 59}, 25)
	require.NoError(t, err)
	require.Equal(t, []int{0, 30, 35}, first)
	for i, l := range libraries {
		rows, atoms := l.Dict.Dims()
		require.Equal(t, []int{1, 25}, []int{rows, atoms})
		require.Equal(t, float64(1+first[i]), l.Dict.Atoms().At(0, 0))
	}
}

func TestWindowsRefuse(t *testing.T) {
	for _, o := range []WindowOptions{{Pixels: 49}, {Trials: -1}, {Pixels: -3}} {
		_, _, err := Windows(t.Context(), &o)
		require.ErrorIs(t, err, ErrOptions)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := Windows(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "0 dB, trial 0")
}
