package report

import (
	"image/color"
	"io"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// line is a curve in pieces; between two pieces there is a gap.
type line struct {
	name   string // "" keeps it out of the legend
	style  draw.LineStyle
	pieces []plotter.XYs
	dots   bool // also mark the points; a piece of one point is a dot anyway
}

// chart is curves in axes, with the legend below, where it hides nothing. On a
// log scale the curves come as log₁₀ y: the logarithmic axis of gonum/plot
// leaves half the height blank when its label is long.
type chart struct {
	title, x, y string
	xlo, xhi    float64
	xleast      float64 // least step between ticks of x: 1 where x counts
	xticks      []tick  // instead of round numbers, where x is not a number
	yscale      Scale
	lines       []line
	extra       []plot.Plotter // drawn over the lines, in the same axes
}

const (
	chartWidth = vg.Length(560)
	axesHeight = vg.Length(330)
	legendRow  = vg.Length(20)
	sample     = vg.Length(30) // of a curve, in the legend
)

// hues are the colours of curves, told apart by the colour-blind (Okabe and
// Ito), those first that are dark enough on white; then the same in dashes.
var hues = []color.RGBA{
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x00, 0x9e, 0x73, 0xff}, // green
	{0xcc, 0x79, 0xa7, 0xff}, // purple
	{0x1a, 0x1a, 0x1a, 0xff}, // black
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x56, 0xb4, 0xe9, 0xff}, // sky
}

var legendStyle = sans(14)

// stroke is the k-th line style.
func stroke(k int) draw.LineStyle {
	dashes := [][]vg.Length{nil, {7, 3}, {2, 2.5}, {9, 3, 2, 3}}
	return draw.LineStyle{
		Color:  hues[k%len(hues)],
		Width:  1.7,
		Dashes: dashes[k/len(hues)%len(dashes)],
	}
}

// encode draws the chart and writes it as PNG.
func (ch *chart) encode(w io.Writer) error {
	var named []line
	for _, l := range ch.lines {
		if l.name != "" {
			named = append(named, l)
		}
	}
	columns := legendColumns(named)
	rows := (len(named) + columns - 1) / columns
	c := newCanvas(chartWidth, margin+titleRow+axesHeight+6+vg.Length(rows)*legendRow+margin)
	c.write(bold(14), margin, margin, chartWidth-2*margin, ch.title)
	below := c.h - margin - titleRow - axesHeight
	ch.axes().Draw(draw.Crop(c.draw, margin, -margin-4, below, -margin-titleRow))

	slot := (chartWidth - 2*margin) / vg.Length(columns)
	for k, l := range named {
		x := margin + vg.Length(k/rows)*slot
		y := margin + titleRow + axesHeight + 6 + vg.Length(k%rows)*legendRow
		mid := c.h - y - 7
		c.draw.StrokeLine2(l.style, x, mid, x+sample, mid)
		c.write(legendStyle, x+sample+7, y-1, slot-sample-14, l.name)
	}
	return c.encode(w)
}

// legendColumns is three where the names are short, two where they fit half
// the width or are many, one else.
func legendColumns(named []line) int {
	wide := vg.Length(0)
	for _, l := range named {
		wide = max(wide, legendStyle.Width(fit(legendStyle, l.name, chartWidth))+sample+14)
	}
	room := chartWidth - 2*margin
	switch {
	case len(named) < 3:
		return 1
	case wide <= room/3:
		return 3
	case wide <= room/2 || len(named) > 8:
		return 2
	}
	return 1
}

// axes is the chart as gonum/plot draws it: curves in a frame with ticks.
func (ch *chart) axes() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = color.White
	xt := ch.xticks
	if xt == nil {
		xt = linearTicks(ch.xlo, ch.xhi, 7, ch.xleast)
	}
	yt, ylo, yhi := ch.yscale.ticks(8), ch.yscale.Min, ch.yscale.Max
	if ch.yscale.Log {
		for i := range yt {
			yt[i].value = math.Log10(yt[i].value)
		}
		ylo, yhi = math.Log10(ylo), math.Log10(yhi)
	}
	for _, a := range []struct {
		axis   *plot.Axis
		name   string
		ticks  []tick
		lo, hi float64
	}{
		{&p.X, ch.x, xt, ch.xlo, ch.xhi},
		{&p.Y, ch.y, yt, ylo, yhi},
	} {
		marks := make(plot.ConstantTicks, len(a.ticks))
		for i, t := range a.ticks {
			marks[i] = plot.Tick{Value: t.value, Label: t.label}
		}
		a.axis.Min, a.axis.Max = a.lo, a.hi
		a.axis.Tick.Marker = marks
		a.axis.Color, a.axis.Tick.Color = ink, ink
		a.axis.Padding = 0
		a.axis.Label.Padding = 4
		a.axis.Label.Text = fit(sans(14), a.name, axesHeight-40)
		for _, s := range []struct {
			style *text.Style
			size  vg.Length
		}{{&a.axis.Label.TextStyle, 14}, {&a.axis.Tick.Label, 13}} {
			s.style.Font, s.style.Color = sans(s.size).Font, ink
		}
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = rule, rule
	p.Add(grid)
	for _, l := range ch.lines {
		p.Add(l)
	}
	p.Add(ch.extra...)
	return p
}

// Plot implements plot.Plotter.
func (l line) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, piece := range l.pieces {
		pts := make([]vg.Point, len(piece))
		for i, at := range piece {
			pts[i] = vg.Point{X: x(at.X), Y: y(at.Y)}
		}
		if len(pts) > 1 {
			c.StrokeLines(l.style, c.ClipLinesXY(pts)...)
		}
		for _, pt := range pts {
			if (l.dots || len(pts) == 1) && c.Contains(pt) {
				c.DrawGlyphNoClip(draw.GlyphStyle{Color: l.style.Color, Radius: 1.4 * l.style.Width, Shape: draw.CircleGlyph{}}, pt)
			}
		}
	}
}
