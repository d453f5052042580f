package report_test

import (
	"bytes"
	"image/png"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/report"
)

func TestPercentagesDrawWhatTheyAreGiven(t *testing.T) {
	racetest.Slow(t)
	draw := func(values []float64) []byte {
		var b bytes.Buffer
		p := report.Percentages{Title: "t", XName: "components", X: []int{1, 2, 3}, Curves: []report.Percentage{{Name: "core", Values: values}, {Name: "none", Values: []float64{math.NaN(), math.NaN(), math.NaN()}}}}
		require.NoError(t, p.WritePNG(&b))
		_, err := png.Decode(bytes.NewReader(b.Bytes()))
		require.NoError(t, err)
		return b.Bytes()
	}
	whole := draw([]float64{100, 90, 10})
	require.NotEqual(t, whole, draw([]float64{100, 20, 10}))
	require.NotEqual(t, whole, draw([]float64{100, math.NaN(), 10}), "a gap")
	require.Equal(t, draw([]float64{100, 90, -1e9}), draw([]float64{100, 90, -30}), "below the edge")
}

func TestPercentagesRefuse(t *testing.T) {
	for _, c := range []struct {
		p    report.Percentages
		want error
	}{
		{report.Percentages{}, report.ErrEmpty},
		{report.Percentages{X: []int{1}, Curves: []report.Percentage{{Values: []float64{1, 2}}}}, report.ErrShape},
		{report.Percentages{X: []int{1}, Curves: []report.Percentage{{Values: []float64{math.Inf(1)}}}}, report.ErrNotFinite},
	} {
		require.ErrorIs(t, c.p.WritePNG(io.Discard), c.want)
	}
}
