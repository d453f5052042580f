package report

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"

	"gonum.org/v1/plot/vg"
)

// Classes is a picture of one class a pixel, with a legend of the names and of the share
// of the pixels that each has, the largest first.
type Classes struct {
	Title      string
	Rows, Cols int
	Values     []int // row·Cols + col: a class from 0, −1 for none
	Names      []string
}

// mostClasses is how many classes have a colour of their own; the rest share a grey.
const mostClasses = 14

// WritePNG draws the picture. A pixel of the picture that covers several cells has the
// class of most of them. Cost: cells + pixels.
func (m *Classes) WritePNG(w io.Writer) error {
	counts, err := m.counts()
	if err != nil {
		return err
	}
	order := make([]int, 0, len(counts)) // by how frequent they are
	for k, n := range counts[:len(m.Names)] {
		if n > 0 {
			order = append(order, k)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return counts[b] - counts[a] })
	colours := make([]color.RGBA, len(m.Names))
	type entry struct {
		colour color.RGBA
		text   string
	}
	var legend []entry
	share := func(n int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(len(m.Values))) }
	rest, others := 0, 0
	for at, k := range order {
		if at >= mostClasses {
			colours[k] = otherClass
			rest, others = rest+counts[k], others+1
			continue
		}
		colours[k] = classColour(at)
		legend = append(legend, entry{colours[k], share(counts[k]) + "  " + or(m.Names[k], fmt.Sprintf("class %d", k))})
	}
	if others > 0 {
		legend = append(legend, entry{otherClass, fmt.Sprintf("%s  %d others", share(rest), others)})
	}
	if n := counts[len(m.Names)]; n > 0 {
		legend = append(legend, entry{noData, share(n) + "  none"})
	}
	r := size(m.Rows, m.Cols, mapSide)
	pw, ph := vg.Length(r.w)/density, vg.Length(r.h)/density
	width := max(pw, pictureLeast)
	c := newCanvas(margin+width+margin, margin+titleRow+ph+8+vg.Length(len(legend))*legendRow+margin)
	c.write(bold(13), margin, margin, width, m.Title)
	at := image.Pt(px(margin), px(margin+titleRow))
	block := make([]int, len(counts))
	r.fill(c, at, m.Rows, m.Cols, func(r0, r1, c0, c1 int) color.RGBA {
		k := m.majority(block, r0, r1, c0, c1)
		if k < 0 {
			return noData
		}
		return colours[k]
	})
	c.frame(image.Rectangle{Min: at, Max: at.Add(image.Pt(r.w, r.h))}, noData)
	y := margin + titleRow + ph + 8
	for _, e := range legend {
		box := image.Rect(px(margin)+1, px(y+2), px(margin+14), px(y+14))
		c.fill(box, e.colour)
		c.frame(box, ink)
		c.write(sans(13), margin+21, y, width-21, e.text)
		y += legendRow
	}
	return c.encode(w)
}

// counts are the pixels of each class, and of none, after checking them.
func (m *Classes) counts() ([]int, error) {
	if m.Rows <= 0 || m.Cols <= 0 || len(m.Names) == 0 {
		return nil, fmt.Errorf("%w: %d classes on %d×%d", ErrEmpty, len(m.Names), m.Rows, m.Cols)
	}
	if len(m.Values)%m.Rows != 0 || len(m.Values)/m.Rows != m.Cols {
		return nil, fmt.Errorf("%w: classes of %d×%d have %d values", ErrShape, m.Rows, m.Cols, len(m.Values))
	}
	counts := make([]int, len(m.Names)+1)
	for q, k := range m.Values {
		switch {
		case k >= len(m.Names):
			return nil, fmt.Errorf("%w: pixel %d is of class %d, and there are %d", ErrShape, q, k, len(m.Names))
		case k < 0:
			counts[len(m.Names)]++
		default:
			counts[k]++
		}
	}
	return counts, nil
}

// majority is the most frequent class of a block, the first of several; −1 for none.
func (m *Classes) majority(block []int, r0, r1, c0, c1 int) int {
	if r1 == r0+1 && c1 == c0+1 {
		return m.Values[r0*m.Cols+c0]
	}
	clear(block)
	none := len(block) - 1
	for row := r0; row < r1; row++ {
		for _, k := range m.Values[row*m.Cols+c0 : row*m.Cols+c1] {
			if k < 0 {
				k = none
			}
			block[k]++
		}
	}
	best := slices.Index(block, slices.Max(block))
	if best == none {
		return -1
	}
	return best
}

// otherClass is the colour of classes without one of their own.
var otherClass = color.RGBA{0x80, 0x80, 0x80, 0xff}

// classColour is the k-th colour of a class: those of curves, then the same half as
// strong.
func classColour(k int) color.RGBA {
	c := hues[k%len(hues)]
	if k >= len(hues) {
		c.R, c.G, c.B = 0xff-(0xff-c.R)/2, 0xff-(0xff-c.G)/2, 0xff-(0xff-c.B)/2
	}
	return c
}
