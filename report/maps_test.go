package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"

	"github.com/polyad/polyad/internal/racetest"
)

var nan = math.NaN()

// drawn writes a picture, reads it back and returns it with its bytes.
func drawn(t *testing.T, p interface{ WritePNG(io.Writer) error }) (image.Image, []byte) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, p.WritePNG(&b))
	img, err := png.Decode(bytes.NewReader(b.Bytes()))
	require.NoError(t, err)
	return img, b.Bytes()
}

func at(img image.Image, x, y int) color.RGBA {
	return color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
}

// The first pixel of the first panel.
var left, top = px(margin), px(margin + titleRow)

func TestMapColoursAndSize(t *testing.T) {
	m := &Maps{Panels: []Map{{Title: "a", Rows: 2, Cols: 3, Values: []float64{0, 0.5, 1, nan, -4, 7}}}, Scale: Fractions, Unit: "abundance"}
	img, _ := drawn(t, m)
	const cell = 200 // 600 px over three columns
	for i, want := range []color.RGBA{viridis[0], viridis[128], viridis[255], noData, viridis[0], viridis[255]} {
		x, y := left+cell*(i%3), top+cell*(i/3)
		require.Equal(t, want, at(img, x, y), "first pixel of cell %d", i)
		require.Equal(t, want, at(img, x+cell-1, y+cell-1), "last pixel of cell %d", i)
	}
	require.Greater(t, img.Bounds().Dx(), left+3*cell+px(gutter+barWidth))
	require.Less(t, img.Bounds().Dx(), left+3*cell+300)
	require.Equal(t, color.RGBA{255, 255, 255, 255}, at(img, 0, 0))

	barX := left + 3*cell + px(gutter) + px(barWidth)/2
	require.Equal(t, viridis[255], at(img, barX, top))
	require.Equal(t, viridis[0], at(img, barX, top+px(200)-1))
}

func TestMapsShareOneScale(t *testing.T) {
	m := &Maps{Panels: []Map{
		{Rows: 1, Cols: 2, Values: []float64{0, 1}},
		{Rows: 1, Cols: 2, Values: []float64{2, 4}},
	}}
	img, _ := drawn(t, m)
	second := left + px(240+gutter)
	for i, want := range []color.RGBA{viridis[0], shade(0.25), shade(0.5), viridis[255]} {
		x := []int{left, left + 240, second, second + 240}[i]
		require.Equal(t, want, at(img, x+3, top+3), "value %d", i)
	}
}

func TestMapOnALogScale(t *testing.T) {
	m := &Maps{Panels: []Map{{Rows: 1, Cols: 5, Values: []float64{1e-3, 1e-2, 1, 0, -1}}}, Scale: Scale{Log: true}}
	img, _ := drawn(t, m)
	for i, want := range []color.RGBA{viridis[0], viridis[85], viridis[255], viridis[0], viridis[0]} {
		require.Equal(t, want, at(img, left+120*i+5, top+5), "value %d", i)
	}
	s, _, err := (&Maps{Panels: []Map{{Rows: 1, Cols: 2, Values: []float64{1e-17, 1}}}, Scale: Scale{Log: true}}).check()
	require.NoError(t, err)
	require.InDelta(t, 1e-6, s.Min, 1e-12) // one perfect pixel does not use up the colours
}

// A map larger than its picture shows the mean of what a pixel covers; NaN
// does not count.
func TestLargeMapIsAveraged(t *testing.T) {
	m := &Maps{Panels: []Map{{Rows: 1600, Cols: 1600, Values: make([]float64, 1600*1600)}}, Scale: Fractions}
	v := m.Panels[0].Values
	v[0], v[1], v[1600], v[1601] = 1, 1, nan, 0.25 // the first block, mean 0.75
	img, _ := drawn(t, m)
	require.Equal(t, shade(0.75), at(img, left, top))
	require.Equal(t, viridis[0], at(img, left+1, top))
	require.Less(t, img.Bounds().Dx(), 1100)
}

// Every cell is covered and none twice, whatever the sizes.
func TestSpansPartition(t *testing.T) {
	for _, length := range []int{1, 2, 39, 40, 41, 299, 801, 1000, 4001} {
		r := size(length, 1, mapSide)
		require.LessOrEqual(t, r.h, mapSide*4/3+strip)
		require.GreaterOrEqual(t, r.h, strip)
		next := 0
		for i := range r.h {
			lo, hi := span(i, r.h, length)
			require.Less(t, lo, hi)
			require.LessOrEqual(t, lo, next)
			require.LessOrEqual(t, next, hi)
			next = hi
		}
		require.Equal(t, length, next)
	}
}

func TestMapsDrawOddValuesSensibly(t *testing.T) {
	racetest.Slow(t)
	for name, v := range map[string][]float64{
		"constant": {3, 3}, "zero": {0, 0}, "all NaN": {nan, nan}, "huge": {-1e149, 1e149}, "tiny": {5e-324, 0}, "nearly constant": {1, 1 + 1e-15},
	} {
		for _, log := range []bool{false, true} {
			m := &Maps{Panels: []Map{{Title: name, Rows: 1, Cols: 2, Values: v}}, Scale: Scale{Log: log}}
			img, _ := drawn(t, m)
			want := noData
			if name != "all NaN" {
				require.NotEqual(t, want, at(img, left, top), "%s, log %v", name, log)
				continue
			}
			require.Equal(t, want, at(img, left, top))
		}
	}
}

func TestMapsSayWhatTheyCut(t *testing.T) {
	text := func(v []float64, s Scale) (out []string) {
		_, notes, err := (&Maps{Panels: []Map{{Rows: 1, Cols: len(v), Values: v}}, Scale: s}).check()
		require.NoError(t, err)
		for _, n := range notes {
			out = append(out, n.text)
		}
		return out
	}
	require.Nil(t, text([]float64{0, 1 + 1e-12, -1e-15}, Fractions))
	require.Equal(t, []string{"values up to 1.3 are drawn as 1"}, text([]float64{0.5, 1.3}, Fractions))
	require.Equal(t, []string{"no data", "values down to −0.2 are drawn as 0"}, text([]float64{nan, -0.2}, Fractions))
	require.Equal(t, []string{"values down to 0 are drawn as 0.1"}, text([]float64{0, 0.1, 1}, Scale{Log: true}))
	require.Equal(t, []string{"no data"}, text([]float64{nan, nan}, Fractions))
}

func TestMapsReject(t *testing.T) {
	ok := Map{Title: "ok", Rows: 1, Cols: 2, Values: []float64{0, 1}}
	for name, c := range map[string]struct {
		m    Maps
		want error
	}{
		"no map":           {Maps{}, ErrEmpty},
		"no rows":          {Maps{Panels: []Map{{Cols: 2}}}, ErrEmpty},
		"negative":         {Maps{Panels: []Map{{Rows: -1, Cols: -2, Values: ok.Values}}}, ErrEmpty},
		"too few values":   {Maps{Panels: []Map{{Rows: 2, Cols: 2, Values: ok.Values}}}, ErrShape},
		"product overflow": {Maps{Panels: []Map{{Rows: math.MaxInt, Cols: math.MaxInt, Values: ok.Values}}}, ErrShape},
		"unequal sizes":    {Maps{Panels: []Map{ok, {Rows: 2, Cols: 1, Values: ok.Values}}}, ErrShape},
		"infinite":         {Maps{Panels: []Map{{Rows: 1, Cols: 2, Values: []float64{0, math.Inf(1)}}}}, ErrNotFinite},
		"scale reversed":   {Maps{Panels: []Map{ok}, Scale: Scale{Min: 1}}, ErrScale},
		"scale narrow":     {Maps{Panels: []Map{ok}, Scale: Scale{Min: 1, Max: 1 + 4e-16}}, ErrScale},
		"log scale narrow": {Maps{Panels: []Map{ok}, Scale: Scale{Min: 1, Max: 1 + 4e-16, Log: true}}, ErrScale},
		"log from 5e-324":  {Maps{Panels: []Map{ok}, Scale: Scale{Min: 5e-324, Max: 1, Log: true}}, ErrScale},
		"scale NaN":        {Maps{Panels: []Map{ok}, Scale: Scale{Min: nan, Max: 1}}, ErrScale},
		"log from zero":    {Maps{Panels: []Map{ok}, Scale: Scale{Max: 1, Log: true}}, ErrScale},
	} {
		var b bytes.Buffer
		require.ErrorIs(t, c.m.WritePNG(&b), c.want, name)
		require.Zero(t, b.Len(), name)
	}
}

// A long title is cut: the gutter after its panel stays white.
func TestLongTitlesAreCut(t *testing.T) {
	racetest.Slow(t)
	p := Map{Title: strings.Repeat("Kaolinite & ", 40000), Rows: 10, Cols: 10, Values: make([]float64, 100)}
	img, _ := drawn(t, &Maps{Panels: []Map{p, p}})
	for x := left + px(240); x < left+px(240+gutter); x++ {
		for y := range top - 1 {
			require.Equal(t, color.RGBA{255, 255, 255, 255}, at(img, x, y))
		}
	}
	long := &Maps{Panels: []Map{{Rows: 20, Cols: 5, Values: p.Values}}, Titles: []string{"a", strings.Repeat("b", 30)}}
	wide, _ := drawn(t, long)
	long.Titles = nil
	narrow, _ := drawn(t, long)
	long.Titles = []string{p.Title}
	widest, _ := drawn(t, long)
	require.Less(t, narrow.Bounds().Dx(), wide.Bounds().Dx())
	require.Less(t, wide.Bounds().Dx(), widest.Bounds().Dx())
	require.LessOrEqual(t, widest.Bounds().Dx(), narrow.Bounds().Dx()+px(slotTitle))
	s := sans(13)
	require.Equal(t, "short", fit(s, "short", 100))
	cut := fit(s, p.Title, 100)
	require.True(t, strings.HasSuffix(cut, "…"))
	require.LessOrEqual(t, s.Width(cut), vg.Length(100))
	require.Greater(t, s.Width(cut), vg.Length(70))
	require.Empty(t, fit(s, "abc", 1))
	require.Equal(t, "a b\uFFFD", clean("a\tb\xff"))
}

func TestPicturesAreReproducible(t *testing.T) {
	m := &Maps{Panels: []Map{{Title: "a", Rows: 2, Cols: 2, Values: []float64{1, 2, 3, nan}}}, Unit: "x"}
	_, first := drawn(t, m)
	_, second := drawn(t, m)
	require.Equal(t, first, second)
}
