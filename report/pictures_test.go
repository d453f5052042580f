package report

import (
	"image/color"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/plot/vg"
)

func TestCompositeStretchesEachColour(t *testing.T) {
	m := &Composite{Title: "a", Rows: 2, Cols: 2, Red: []float64{0, 1, 2, nan}, Green: []float64{7, 7, 7, 7}, Blue: []float64{3, 2, 1, 0}, Note: "red 640 nm"}
	img, bytes := drawn(t, m)
	const cell = 300
	pixel := func(i int) color.RGBA { return at(img, left+cell*(i%2)+cell/2, top+cell*(i/2)+cell/2) }
	require.Equal(t, uint8(0), pixel(0).R)
	require.Equal(t, uint8(128), pixel(0).G) // constant: the middle
	require.Equal(t, uint8(255), pixel(0).B)
	require.Greater(t, pixel(1).R, pixel(0).R)
	require.Less(t, pixel(1).B, pixel(0).B)
	require.Equal(t, noData, pixel(3))
	_, again := drawn(t, m)
	require.Equal(t, bytes, again)

	require.ErrorIs(t, (&Composite{}).WritePNG(nil), ErrEmpty)
	require.ErrorIs(t, (&Composite{Rows: 1, Cols: 1, Red: []float64{1}}).WritePNG(nil), ErrShape)
	require.ErrorIs(t, (&Composite{Rows: 1, Cols: 1, Red: []float64{1e200}, Green: []float64{1}, Blue: []float64{1}}).WritePNG(nil), ErrNotFinite)
}

func TestClassesColoursAndLegend(t *testing.T) {
	m := &Classes{Title: "a", Rows: 2, Cols: 3, Values: []int{1, 1, 1, 0, 0, -1}, Names: []string{"soil", "tree", "never"}}
	img, _ := drawn(t, m)
	const cell = 200
	for i, want := range []color.RGBA{hues[0], hues[0], hues[0], hues[1], hues[1], noData} { // the largest first
		require.Equal(t, want, at(img, left+cell*(i%3)+5, top+cell*(i/3)+5), "cell %d", i)
	}
	y := px(margin + titleRow + 200 + 8)
	for i, want := range []color.RGBA{hues[0], hues[1], noData} {
		require.Equal(t, want, at(img, px(margin+7), y+px(legendRow)*i+px(8)), "legend %d", i)
	}
	require.Equal(t, px(margin+titleRow+200+8+3*legendRow+margin), img.Bounds().Dy())

	many := &Classes{Rows: 4, Cols: 5}
	for k := range 20 {
		many.Values, many.Names = append(many.Values, k), append(many.Names, "")
	}
	img, _ = drawn(t, many)
	require.Equal(t, otherClass, at(img, left+4*120+60, top+3*120+60))
	seen := map[color.RGBA]bool{}
	for k := range mostClasses {
		seen[classColour(k)] = true
	}
	require.Len(t, seen, mostClasses)

	require.ErrorIs(t, (&Classes{Rows: 1, Cols: 1}).WritePNG(nil), ErrEmpty)
	require.ErrorIs(t, (&Classes{Rows: 1, Cols: 2, Values: []int{0}, Names: []string{"a"}}).WritePNG(nil), ErrShape)
	require.ErrorIs(t, (&Classes{Rows: 1, Cols: 1, Values: []int{1}, Names: []string{"a"}}).WritePNG(nil), ErrShape)
}

// A block of cells has the class of most of them.
func TestClassesMajority(t *testing.T) {
	m := &Classes{Rows: 2, Cols: 2, Values: []int{1, 0, 1, -1}, Names: []string{"a", "b"}}
	require.Equal(t, 1, m.majority(make([]int, 3), 0, 2, 0, 2))
	m.Values = []int{-1, -1, 0, -1}
	require.Equal(t, -1, m.majority(make([]int, 3), 0, 2, 0, 2))
}

func TestConfidenceColours(t *testing.T) {
	m := &Confidence{Title: "a", Rows: []string{"x", "y"}, Columns: []string{"p", "q"}, Cells: [][]ConfidenceCell{
		{{Value: 0, Text: "0°"}, {Value: 1, Text: "9°"}},
		{{Value: nan}, {Value: 0.5, Text: "half"}},
	}}
	img, _ := drawn(t, m)
	for i, want := range []color.RGBA{viridis[0], viridis[255], noData, viridis[128]} {
		x, y := margin+sans(13).Width("x")+10+cellWidth*(3+4*vg.Length(i%2))/4, margin+2*titleRow+cellHeight*vg.Length(i/2)+2
		require.Equal(t, want, at(img, px(x), px(y)), "cell %d", i)
	}
	m.Cells[0][0].Value = 1.5
	require.ErrorIs(t, m.WritePNG(nil), ErrNotFinite)
	m.Cells = m.Cells[:1]
	require.ErrorIs(t, m.WritePNG(nil), ErrShape)
	require.ErrorIs(t, (&Confidence{}).WritePNG(nil), ErrEmpty)
}
