package report

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
)

// Composite is a colour picture of three values a pixel, each stretched by itself
// between its 2nd and its 98th percentile.
type Composite struct {
	Title      string
	Rows, Cols int
	// Red, Green and Blue are row·Cols + col; a pixel with a NaN in one of them has no data.
	Red, Green, Blue []float64
	// Note stands below: which bands they are, say.
	Note string
}

// WritePNG draws the picture. Cost: cells·log(cells) for the percentiles, and pixels.
func (m *Composite) WritePNG(w io.Writer) error {
	if m.Rows <= 0 || m.Cols <= 0 {
		return fmt.Errorf("%w: a picture of %d×%d", ErrEmpty, m.Rows, m.Cols)
	}
	channels := [3][]float64{m.Red, m.Green, m.Blue}
	var level [3]func(float64) uint8
	missing := false
	for k, v := range channels {
		if len(v)%m.Rows != 0 || len(v)/m.Rows != m.Cols {
			return fmt.Errorf("%w: channel %d of a picture of %d×%d has %d values", ErrShape, k, m.Rows, m.Cols, len(v))
		}
		if err := drawable(v, fmt.Sprintf("channel %d", k)); err != nil {
			return err
		}
		level[k] = Stretch(v)
		missing = missing || slices.ContainsFunc(v, math.IsNaN)
	}
	var notes []note
	if missing {
		notes = append(notes, note{text: "no data", key: true})
	}
	if m.Note != "" {
		notes = append(notes, note{text: m.Note})
	}
	r := size(m.Rows, m.Cols, mapSide)
	pw, ph := vg.Length(r.w)/density, vg.Length(r.h)/density
	width := max(pw, pictureLeast)
	c := newCanvas(margin+width+margin, margin+titleRow+ph+8+vg.Length(len(notes))*noteRow+margin)
	c.write(bold(13), margin, margin, width, m.Title)
	at := image.Pt(px(margin), px(margin+titleRow))
	r.fill(c, at, m.Rows, m.Cols, func(r0, r1, c0, c1 int) color.RGBA {
		var mean [3]float64
		for k, v := range channels {
			mean[k] = blockMean(v, m.Cols, r0, r1, c0, c1)
		}
		if math.IsNaN(mean[0] + mean[1] + mean[2]) {
			return noData
		}
		return color.RGBA{level[0](mean[0]), level[1](mean[1]), level[2](mean[2]), 0xff}
	})
	c.frame(image.Rectangle{Min: at, Max: at.Add(image.Pt(r.w, r.h))}, noData)
	y := margin + titleRow + ph + 8
	for _, n := range notes {
		n.draw(c, margin, y, width)
		y += noteRow
	}
	return c.encode(w)
}

// pictureLeast is the width that titles, notes and legends need.
const pictureLeast = vg.Length(300)

// Stretch is the level, 0 to 255, of a value when values are stretched from their 2nd to
// their 98th percentile. NaN, infinities and what is too large to draw are no data, which has
// no level and counts for no percentile. Cost: n·log n.
func Stretch(values []float64) func(v float64) uint8 {
	sorted := make([]float64, 0, len(values))
	for _, x := range values {
		if math.Abs(x) <= largest {
			sorted = append(sorted, x)
		}
	}
	ends := Scale{Min: 0, Max: 1}
	if last := len(sorted) - 1; last >= 0 {
		slices.Sort(sorted)
		ends.Min, ends.Max = extent(sorted[(last*2+50)/100], sorted[(last*98+50)/100])
	}
	return func(v float64) uint8 { return uint8(math.Round(255 * ends.norm(v))) }
}

// blockMean is the mean of the cells of a block that are no NaN; NaN if there are none.
func blockMean(v []float64, cols, r0, r1, c0, c1 int) float64 {
	sum, n := 0.0, 0
	for row := r0; row < r1; row++ {
		for _, x := range v[row*cols+c0 : row*cols+c1] {
			if !math.IsNaN(x) {
				sum += x
				n++
			}
		}
	}
	return sum / float64(n)
}
