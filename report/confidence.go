package report

import (
	"fmt"
	"image"
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot/vg"
)

// Confidence is a table whose cells are coloured by how sure each is, all on one scale
// from 0, doubtful, to 1, sure.
type Confidence struct {
	Title   string
	Rows    []string // names of the lines
	Columns []string
	Cells   [][]ConfidenceCell // a line for every row
}

// ConfidenceCell is a cell: how sure, from 0 to 1 or NaN for no answer, and what to write
// into it.
type ConfidenceCell struct {
	Value float64
	Text  string
}

const (
	cellWidth  = vg.Length(92)
	cellHeight = vg.Length(26)
	nameWidth  = vg.Length(190) // of the names at most
)

// WritePNG draws the table with a colour bar.
func (m *Confidence) WritePNG(w io.Writer) error {
	if len(m.Rows) == 0 || len(m.Columns) == 0 {
		return fmt.Errorf("%w: %d rows and %d columns", ErrEmpty, len(m.Rows), len(m.Columns))
	}
	if len(m.Cells) != len(m.Rows) {
		return fmt.Errorf("%w: %d lines for %d rows", ErrShape, len(m.Cells), len(m.Rows))
	}
	missing := false
	for i, line := range m.Cells {
		if len(line) != len(m.Columns) {
			return fmt.Errorf("%w: line %d has %d cells for %d columns", ErrShape, i, len(line), len(m.Columns))
		}
		for k, cell := range line {
			if cell.Value < 0 || cell.Value > 1 {
				return fmt.Errorf("%w: cell %d of line %d is %g, not from 0 to 1", ErrNotFinite, k, i, cell.Value)
			}
			missing = missing || math.IsNaN(cell.Value)
		}
	}
	names := vg.Length(0)
	for _, name := range m.Rows {
		names = max(names, sans(13).Width(fit(sans(13), name, nameWidth))+10)
	}
	b := newBar(Fractions, "sure", max(barLeast, vg.Length(len(m.Rows))*cellHeight))
	grid := margin + names + vg.Length(len(m.Columns))*cellWidth
	height := titleRow + max(titleRow+vg.Length(len(m.Rows))*cellHeight, titleRow+b.height)
	below := vg.Length(0)
	if missing {
		below = noteRow
	}
	c := newCanvas(grid+gutter+b.width()+margin, margin+height+8+below+margin)
	c.write(bold(13), margin, margin, grid-margin, m.Title)
	top := margin + 2*titleRow
	for k, name := range m.Columns {
		c.write(sans(12), margin+names+vg.Length(k)*cellWidth+4, margin+titleRow+3, cellWidth-6, name)
	}
	for i, line := range m.Cells {
		y := top + vg.Length(i)*cellHeight
		c.write(sans(13), margin, y+6, names-8, m.Rows[i])
		for k, cell := range line {
			x := margin + names + vg.Length(k)*cellWidth
			r := image.Rect(px(x), px(y), px(x+cellWidth)-2, px(y+cellHeight)-2)
			fill, style := noData, sans(13)
			if !math.IsNaN(cell.Value) {
				fill = shade(cell.Value)
			}
			if dark(fill) {
				style.Color = color.White
			}
			c.fill(r, fill)
			c.write(style, x+6, y+6, cellWidth-12, cell.Text)
		}
	}
	b.draw(c, grid+gutter, margin+titleRow)
	if missing {
		note{text: "no answer", key: true}.draw(c, margin, margin+height+8, grid)
	}
	return c.encode(w)
}

// dark says whether white is easier to read on a colour than black.
func dark(c color.RGBA) bool {
	return 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B) < 128
}
