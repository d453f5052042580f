package report

import (
	"bytes"
	"image"
	"image/color"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

// regular is n places from 400 in steps of 10 without those of drop.
func regular(n int, drop ...int) (axis []float64) {
	for i := range n {
		skip := false
		for _, d := range drop {
			skip = skip || d == i
		}
		if !skip {
			axis = append(axis, 400+10*float64(i))
		}
	}
	return axis
}

func places(gap []bool) (out []int) {
	for i, g := range gap {
		if g {
			out = append(out, i)
		}
	}
	return out
}

func TestJumpsAreDroppedBands(t *testing.T) {
	require.Nil(t, places(jumps(regular(100))))
	require.Equal(t, []int{30}, places(jumps(regular(100, 30))), "one band")
	require.Equal(t, []int{10, 55}, places(jumps(regular(100, 10, 60, 61, 62, 63, 64, 56, 57, 58, 59))), "a block")
	require.Equal(t, []int{1, 97}, places(jumps(regular(100, 1, 98))), "near the ends")

	var coarser []float64 // an instrument whose step changes from 2 to 5 to 10
	x := 400.0
	for i := range 90 {
		coarser = append(coarser, x)
		x += []float64{2, 5, 10}[i/30]
	}
	require.Nil(t, places(jumps(coarser)))
	var logarithmic []float64
	for i := range 100 {
		logarithmic = append(logarithmic, math.Exp(float64(i)/10))
	}
	require.Nil(t, places(jumps(logarithmic)))
	require.Nil(t, places(jumps([]float64{480, 560, 655, 865, 1610, 2200})), "a multispectral sensor")
	require.Empty(t, jumps(nil))
}

func TestPiecesBreakAtNaN(t *testing.T) {
	x := []float64{0, 1, 2, 3, 4, 5}
	got := pieces(x, []float64{nan, 1, 2, nan, 4, 5}, []bool{false, false, false, false, false, true})
	require.Len(t, got, 3)
	require.Len(t, got[0], 2)
	require.Equal(t, 4.0, got[1][0].X)
	require.Equal(t, 5.0, got[2][0].X)
	require.Empty(t, pieces(x, []float64{nan, nan, nan, nan, nan, nan}, nil))
}

// inked counts the columns between the first and the last that hold the
// colour, and the widest run of columns between them that does not.
func inked(img image.Image, col color.RGBA) (columns, widest int) {
	below := px(margin + titleRow + axesHeight) // without the legend
	last := -1
	for x := range img.Bounds().Dx() {
		for y := range below {
			if at(img, x, y) == col {
				if last >= 0 {
					widest = max(widest, x-last-1)
				}
				columns, last = columns+1, x
				break
			}
		}
	}
	return columns, widest
}

func TestSpectraLeaveGaps(t *testing.T) {
	racetest.Slow(t)
	flat := func(n int) []float64 {
		v := make([]float64, n)
		for i := range v {
			v[i] = 0.3 + 0.1*math.Sin(float64(i)/9)
		}
		return v
	}
	whole := &Spectra{Axis: regular(100), Chosen: []Curve{{"a", flat(100)}}}
	img, _ := drawn(t, whole)
	columns, widest := inked(img, hues[0])
	require.Zero(t, widest)

	missing := flat(100)
	for i := 40; i < 60; i++ {
		missing[i] = nan
	}
	for name, s := range map[string]*Spectra{
		"NaN":     {Axis: regular(100), Chosen: []Curve{{"a", missing}}},
		"dropped": {Axis: regular(100, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59), Chosen: []Curve{{"a", flat(80)}}},
	} {
		img, _ := drawn(t, s)
		_, widest := inked(img, hues[0])
		require.InDelta(t, float64(columns)*21/99, widest, 6, name) // 21 of 99 steps
	}
}

func TestSpectraSortTheAxis(t *testing.T) {
	racetest.Slow(t)
	a := &Spectra{Axis: []float64{1, 2, 3, 4}, Chosen: []Curve{{"a", []float64{1, 4, 2, 3}}}, Library: [][]float64{{1, 1, 2, 2}}}
	b := &Spectra{Axis: []float64{4, 2, 1, 3}, Chosen: []Curve{{"a", []float64{3, 4, 1, 2}}}, Library: [][]float64{{2, 1, 1, 2}}}
	_, first := drawn(t, a)
	_, second := drawn(t, b)
	require.True(t, bytes.Equal(first, second))
}

func TestSpectraHeightResistsAnOddAtom(t *testing.T) {
	s := &Spectra{Chosen: []Curve{{"a", []float64{0.2, 0.6}}}, Library: [][]float64{{0.1, 0.7}, {-1.23e34, 5}}}
	y, err := s.height()
	require.NoError(t, err)
	require.InDelta(t, 0, y.Min, 0.05)
	require.InDelta(t, 0.8, y.Max, 0.05)
	drawn(t, s)
}

func TestSpectraDrawOddInput(t *testing.T) {
	if testing.Short() {
		t.Skip("draws many pictures")
	}
	many := make([][]float64, 1000)
	for k := range many {
		many[k] = []float64{float64(k), 2, 3}
	}
	names := make([]Curve, 40)
	for k := range names {
		names[k] = Curve{Values: []float64{1, float64(k), 3}}
	}
	for name, s := range map[string]*Spectra{
		"library alone":  {Library: many},
		"many curves":    {Chosen: names},
		"one band":       {Axis: []float64{500}, Chosen: []Curve{{"a", []float64{1}}}},
		"constant":       {Chosen: []Curve{{"a", []float64{2, 2, 2}}}, Library: many},
		"equal places":   {Axis: []float64{5, 5, 5}, Chosen: []Curve{{"a", []float64{1, 2, 3}}}},
		"one all NaN":    {Chosen: []Curve{{"a", []float64{nan, nan}}, {"b", []float64{0, 1}}}},
		"huge":           {Axis: []float64{-1e150, 0, 1e150}, Chosen: []Curve{{"a", []float64{-1e150, 1e150, 0}}}},
		"no name at all": {Chosen: []Curve{{"", []float64{1, 2}}}},
	} {
		img, _ := drawn(t, s)
		require.Equal(t, px(chartWidth), img.Bounds().Dx(), name)
	}
}

func TestSpectraReject(t *testing.T) {
	for name, c := range map[string]struct {
		s    Spectra
		want error
	}{
		"nothing":         {Spectra{}, ErrEmpty},
		"no curve":        {Spectra{Axis: []float64{1, 2}}, ErrEmpty},
		"no points":       {Spectra{Chosen: []Curve{{"a", nil}}}, ErrEmpty},
		"all NaN":         {Spectra{Chosen: []Curve{{"a", []float64{nan}}}}, ErrEmpty},
		"lengths":         {Spectra{Axis: []float64{1, 2}, Chosen: []Curve{{"a", []float64{1}}}}, ErrShape},
		"library lengths": {Spectra{Chosen: []Curve{{"a", []float64{1}}}, Library: [][]float64{{1, 2}}}, ErrShape},
		"infinite":        {Spectra{Chosen: []Curve{{"a", []float64{math.Inf(-1)}}}}, ErrNotFinite},
		"infinite atom":   {Spectra{Library: [][]float64{{math.Inf(-1)}}}, ErrNotFinite},
		"axis NaN":        {Spectra{Axis: []float64{nan}, Chosen: []Curve{{"a", []float64{1}}}}, ErrNotFinite},
		"axis infinite":   {Spectra{Axis: []float64{math.Inf(1)}, Chosen: []Curve{{"a", []float64{1}}}}, ErrNotFinite},
	} {
		require.ErrorIs(t, c.s.WritePNG(&bytes.Buffer{}), c.want, name)
	}
}
