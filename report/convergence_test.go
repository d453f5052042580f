package report

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
)

func trace(errs ...float64) (t sweep.Trace) {
	for k, e := range errs {
		t = append(t, sweep.Point{Sweep: k + 1, RelativeError: e})
	}
	return t
}

func TestConvergenceColoursEachOfAFewRuns(t *testing.T) {
	racetest.Slow(t)
	c := &Convergence{Title: "a", Runs: []Run{{"one", trace(1, .5, .2)}, {"empty", nil}, {"two", trace(1, .1, .1)}}}
	img, _ := drawn(t, c)
	for k, present := range []bool{true, false, true, false} {
		columns, _ := inked(img, hues[k])
		require.Equal(t, present, columns > 100, "run %d", k)
	}
}

// Of many runs the one that ended lowest has a colour, on top of the others.
func TestConvergenceShowsTheBestOfMany(t *testing.T) {
	racetest.Slow(t)
	var c Convergence
	for k := range 12 {
		c.Runs = append(c.Runs, Run{fmt.Sprint(k), trace(1, 0.5+0.01*math.Abs(float64(k-4)), 0.4+0.01*math.Abs(float64(k-4)))})
	}
	best, least, err := c.check()
	require.NoError(t, err)
	require.Equal(t, 4, best)
	require.Equal(t, 0.4, least)
	img, _ := drawn(t, &c)
	columns, _ := inked(img, hues[0])
	require.Greater(t, columns, 500)
	columns, _ = inked(img, fan)
	require.Greater(t, columns, 100)
	columns, _ = inked(img, hues[1])
	require.Zero(t, columns)
}

func TestConvergenceDrawsOddRuns(t *testing.T) {
	if testing.Short() {
		t.Skip("draws many pictures")
	}
	for name, tr := range map[string]sweep.Trace{
		"one sweep": trace(0.1), "zero at the end": trace(1, 0.1, 0), "all zero": trace(0, 0),
		"constant": trace(1, 1, 1), "huge": trace(1e150, 1e-150), "subnormal": trace(5e-324, 1), "sweep 0": {{RelativeError: 1}},
	} {
		img, _ := drawn(t, &Convergence{Runs: []Run{{Trace: tr}}})
		require.Equal(t, px(chartWidth), img.Bounds().Dx(), name)
		columns, _ := inked(img, hues[0])
		require.Positive(t, columns, name)
	}
	require.Equal(t, color.RGBA{0x00, 0x72, 0xb2, 0xff}, hues[0])
}

func TestConvergenceRejects(t *testing.T) {
	for name, c := range map[string]struct {
		c    Convergence
		want error
	}{
		"no run":         {Convergence{}, ErrEmpty},
		"no sweep":       {Convergence{Runs: []Run{{"a", nil}}}, ErrEmpty},
		"NaN":            {Convergence{Runs: []Run{{"a", trace(1, nan)}}}, ErrNotFinite},
		"infinite":       {Convergence{Runs: []Run{{"a", trace(math.Inf(1))}}}, ErrNotFinite},
		"negative":       {Convergence{Runs: []Run{{"a", trace(-1)}}}, ErrNotFinite},
		"negative sweep": {Convergence{Runs: []Run{{"a", sweep.Trace{{Sweep: -3, RelativeError: 1}}}}}, ErrNotFinite},
	} {
		require.ErrorIs(t, c.c.WritePNG(&bytes.Buffer{}), c.want, name)
	}
}
