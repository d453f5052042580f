package report

import (
	"fmt"
	"image"
	"io"
	"math"

	"gonum.org/v1/plot/vg"
)

// Map is a picture of one value a pixel.
type Map struct {
	Title      string
	Rows, Cols int
	Values     []float64 // row·Cols + col, row 0 on top; NaN: no data
}

// Maps is one or several maps of equal size under one colour scale.
type Maps struct {
	Panels []Map
	// Scale is the range of the colours. Default: the range of all the panels.
	Scale Scale
	// Unit stands over the colour bar.
	Unit string
	// Columns is the number of panels side by side. Default: at most three, or
	// four from 13 panels on.
	Columns int
	// Titles are those of all maps that stand with these, so that all are drawn as wide as
	// the longest needs. Default: those of Panels count for nothing, and are cut.
	Titles []string
}

const (
	margin    = vg.Length(8)
	gutter    = vg.Length(14) // between panels, and to the bar
	titleRow  = vg.Length(22)
	noteRow   = vg.Length(16)
	barWidth  = vg.Length(13)
	barLeast  = vg.Length(110) // the bar's labels need that height
	slotLeast = vg.Length(150) // a title needs that width
	slotTitle = vg.Length(300) // and may have that, where names are long
	mapSide   = 600            // image pixels of the longer side of a single map
	panelSide = 480            // and of one panel of several
)

// WritePNG draws the maps with their titles and a colour bar. Cost: cells + pixels.
func (m *Maps) WritePNG(w io.Writer) error {
	s, notes, err := m.check()
	if err != nil {
		return err
	}
	columns, target := m.columns(), mapSide
	if columns > 1 {
		target = panelSide
	}
	lines := (len(m.Panels) + columns - 1) / columns
	r := size(m.Panels[0].Rows, m.Panels[0].Cols, target)
	if m.averaged(r) {
		notes = append(notes, note{text: "each pixel is the mean of the cells it covers"})
	}
	pw, ph := vg.Length(r.w)/density, vg.Length(r.h)/density
	slot := max(pw, slotLeast)
	for _, title := range m.Titles {
		slot = max(slot, min(slotTitle, bold(13).Width(fit(bold(13), title, slotTitle))+1))
	}
	b := newBar(s, m.Unit, min(max(ph, barLeast), 300))

	panels := vg.Length(columns)*(slot+gutter) + margin
	height := max(vg.Length(lines)*(titleRow+ph)+vg.Length(lines-1)*gutter, titleRow+b.height)
	c := newCanvas(panels+b.width()+margin, margin+height+8+vg.Length(len(notes))*noteRow+margin)
	for k := range m.Panels {
		x := margin + vg.Length(k%columns)*(slot+gutter)
		y := margin + vg.Length(k/columns)*(titleRow+ph+gutter)
		c.write(bold(13), x, y, slot, m.Panels[k].Title)
		at := image.Pt(px(x), px(y+titleRow))
		r.paint(c, at, &m.Panels[k], s)
		c.frame(image.Rectangle{Min: at, Max: at.Add(image.Pt(r.w, r.h))}, noData)
	}
	b.draw(c, panels, margin)
	y := margin + height + 8
	for _, n := range notes {
		n.draw(c, margin, y, panels+b.width()-margin)
		y += noteRow
	}
	return c.encode(w)
}

// columns is how many panels stand side by side.
func (m *Maps) columns() int {
	n := len(m.Panels)
	switch {
	case m.Columns > 0:
		return min(m.Columns, n)
	case n == 4:
		return 2
	case n > 12:
		return 4
	}
	return min(n, 3)
}

// averaged says whether a pixel of the picture holds several cells.
func (m *Maps) averaged(r raster) bool { return r.h < m.Panels[0].Rows || r.w < m.Panels[0].Cols }

// check refuses bad input and settles the scale and what has to be said of it.
func (m *Maps) check() (Scale, []note, error) {
	if len(m.Panels) == 0 {
		return Scale{}, nil, fmt.Errorf("%w: no maps", ErrEmpty)
	}
	lo, hi, positive, missing := math.Inf(1), math.Inf(-1), math.Inf(1), false
	for k := range m.Panels {
		p, first := &m.Panels[k], &m.Panels[0]
		switch {
		case p.Rows <= 0 || p.Cols <= 0:
			return Scale{}, nil, fmt.Errorf("%w: map %d (%s) is %d×%d", ErrEmpty, k, p.Title, p.Rows, p.Cols)
		case len(p.Values)%p.Rows != 0 || len(p.Values)/p.Rows != p.Cols:
			return Scale{}, nil, fmt.Errorf("%w: map %d (%s) is %d×%d but has %d values", ErrShape, k, p.Title, p.Rows, p.Cols, len(p.Values))
		case p.Rows != first.Rows || p.Cols != first.Cols:
			return Scale{}, nil, fmt.Errorf("%w: map %d (%s) is %d×%d, map 0 is %d×%d", ErrShape, k, p.Title, p.Rows, p.Cols, first.Rows, first.Cols)
		}
		if err := drawable(p.Values, fmt.Sprintf("map %d (%s)", k, p.Title)); err != nil {
			return Scale{}, nil, err
		}
		for _, v := range p.Values {
			if math.IsNaN(v) {
				missing = true
				continue
			}
			lo, hi = min(lo, v), max(hi, v)
			if v > 1/largest {
				positive = min(positive, v)
			}
		}
	}
	s, err := m.Scale.fixed(lo, hi, positive)
	if err != nil {
		return Scale{}, nil, err
	}
	var notes []note
	if missing {
		notes = append(notes, note{text: "no data", key: true})
	}
	return s, append(notes, s.cut(lo, hi)...), nil
}
