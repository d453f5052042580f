package report

import (
	"image"

	"gonum.org/v1/plot/vg"
)

// bar is a vertical colour bar with its ticks, under its unit.
type bar struct {
	scale  Scale
	unit   string
	ticks  []tick
	height vg.Length
}

var (
	tickStyle = sans(12)
	unitLimit = vg.Length(110)
)

func newBar(s Scale, unit string, height vg.Length) bar {
	return bar{scale: s, unit: fit(tickStyle, unit, unitLimit), ticks: s.ticks(max(4, int(height/50))), height: height}
}

// width is what bar, labels and unit take.
func (b bar) width() vg.Length {
	w := vg.Length(0)
	for _, t := range b.ticks {
		w = max(w, tickStyle.Width(t.label))
	}
	return max(barWidth+7+w, tickStyle.Width(b.unit)) + 2
}

// draw puts the bar below its unit at (x, y).
func (b bar) draw(c *canvas, x, y vg.Length) {
	c.write(tickStyle, x, y+1, unitLimit, b.unit)
	top := y + titleRow
	r := image.Rect(px(x), px(top), px(x+barWidth), px(top+b.height))
	for i := range r.Dy() {
		t := 1 - (float64(i)+0.5)/float64(r.Dy())
		c.fill(image.Rect(r.Min.X, r.Min.Y+i, r.Max.X, r.Min.Y+i+1), shade(t))
	}
	c.frame(r, ink)
	for _, t := range b.ticks {
		at := top + b.height*vg.Length(1-b.scale.norm(t.value))
		c.fill(image.Rect(r.Max.X, px(at)-1, r.Max.X+px(4), px(at)+1), ink)
		c.write(tickStyle, x+barWidth+6, at-tickStyle.Font.Size/2-2.5, unitLimit, t.label)
	}
}

// note is a line under a map; key puts the colour of "no data" before it.
type note struct {
	text string
	key  bool
}

func (n note) draw(c *canvas, x, y, w vg.Length) {
	if n.key {
		r := image.Rect(px(x)+1, px(y+1), px(x+11), px(y+11))
		c.fill(r, noData)
		c.frame(r, ink)
		x, w = x+17, w-17
	}
	c.write(sans(11), x, y, w, n.text)
}
