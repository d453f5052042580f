package report_test

import (
	"bytes"
	"image/png"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/report"
)

// Every number that decides a box shows: median, quartiles, whiskers, outliers.
func TestBoxesDrawWhatTheyAreGiven(t *testing.T) {
	draw := func(log bool, values ...float64) []byte {
		var b bytes.Buffer
		p := report.Boxes{
			Title: "t", XName: "ρ", YName: "error", X: []string{"1", "0.1"}, Log: log,
			Series: []report.BoxSeries{{Name: "a", Values: [][]float64{values, {1, 50}}}, {Name: "b", Values: [][]float64{nil, {math.NaN(), 3}}}},
		}
		require.NoError(t, p.WritePNG(&b))
		_, err := png.Decode(bytes.NewReader(b.Bytes()))
		require.NoError(t, err)
		return b.Bytes()
	}
	whole := draw(false, 1, 2, 3, 4, 5)
	require.Equal(t, whole, draw(false, 5, 3, 4, 1, 2), "the order does not matter")
	require.Equal(t, whole, draw(false, 5, 3, math.NaN(), 4, 1, 2), "no value")
	for _, other := range [][]float64{{1, 2, 3.5, 4, 5}, {1, 2.5, 3, 4, 5}, {1, 2, 3, 4, 5.4}, {1, 2, 3, 4, 30}} {
		require.NotEqual(t, whole, draw(false, other...))
	}
	require.Equal(t, draw(true, 0.1, 2, 3, 0), draw(true, 0.1, 2, 3, -7), "not above zero")
	require.NotEqual(t, draw(true, 1, 2, 3), draw(false, 1, 2, 3))
}

func TestBoxesRefuse(t *testing.T) {
	for _, c := range []struct {
		b    report.Boxes
		want error
	}{
		{report.Boxes{}, report.ErrEmpty},
		{report.Boxes{X: []string{"1"}, Series: []report.BoxSeries{{Values: [][]float64{{math.NaN()}}}}}, report.ErrEmpty},
		{report.Boxes{X: []string{"1", "2"}, Series: []report.BoxSeries{{Values: [][]float64{{1}}}}}, report.ErrShape},
		{report.Boxes{X: []string{"1"}, Series: []report.BoxSeries{{Values: [][]float64{{math.Inf(1)}}}}}, report.ErrNotFinite},
	} {
		require.ErrorIs(t, c.b.WritePNG(io.Discard), c.want)
	}
	all := report.Boxes{X: []string{"1"}, Log: true, Series: []report.BoxSeries{{Values: [][]float64{{0, 0}}}}}
	require.NoError(t, all.WritePNG(io.Discard), "nothing above zero")
}
