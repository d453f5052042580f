package report

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Boxes is distributions side by side: for each setting of X a box of every
// series, with the median, the quartiles, whiskers to the farthest value within 1.5
// interquartile ranges, and the values beyond as points (Tukey's schematic plot).
type Boxes struct {
	Title, XName, YName string
	// X names the settings.
	X []string
	// Series are what is compared.
	Series []BoxSeries
	// Log draws the logarithms; values at or below zero are drawn a decade
	// below the least that is above it.
	Log bool
}

// BoxSeries is one colour: Values[k] are the values at setting k, NaN is none.
type BoxSeries struct {
	Name   string
	Values [][]float64
}

// groupShare is what part of the width between two settings the boxes take.
const groupShare = 0.8

// WritePNG draws the boxes.
func (b *Boxes) WritePNG(w io.Writer) error {
	lo, hi, err := b.extent()
	if err != nil {
		return err
	}
	ch := &chart{title: b.Title, x: b.XName, y: b.YName, xlo: -0.5, xhi: float64(len(b.X)) - 0.5}
	for k, name := range b.X {
		ch.xticks = append(ch.xticks, tick{float64(k), fit(sans(13), name, chartWidth/vg.Length(len(b.X)))})
	}
	height, floor := func(v float64) float64 { return v }, lo
	if b.Log {
		ch.y += " (log scale)"
		height = math.Log10
	}
	a, z := extent(height(lo), height(hi))
	pad := max(0.04*(z-a), 1e-6)
	ch.yscale = Scale{Min: a - pad, Max: z + pad}
	if b.Log {
		ch.yscale = Scale{Min: math.Pow(10, a-pad), Max: math.Pow(10, z+pad), Log: true}
	}
	step := groupShare / float64(len(b.Series))
	width := (chartWidth - 90) / vg.Length(len(b.X)) * vg.Length(step) * 0.85
	for s, series := range b.Series {
		style := stroke(s)
		ch.lines = append(ch.lines, line{name: or(clean(series.Name), fmt.Sprintf("series %d", s)), style: style})
		for k, values := range series.Values {
			var kept plotter.Values
			for _, v := range values {
				if !math.IsNaN(v) {
					kept = append(kept, height(max(v, floor)))
				}
			}
			if len(kept) == 0 {
				continue
			}
			at := float64(k) + step*(float64(s)-float64(len(b.Series)-1)/2)
			box, err := plotter.NewBoxPlot(width, at, kept)
			if err != nil {
				return fmt.Errorf("report: %s at %s: %w", series.Name, b.X[k], err)
			}
			solid := draw.LineStyle{Color: style.Color, Width: 1.2}
			box.BoxStyle, box.WhiskerStyle, box.FillColor = style, solid, color.White
			box.BoxStyle.Width = 1.2
			box.MedianStyle = draw.LineStyle{Color: style.Color, Width: 2.4}
			box.GlyphStyle = draw.GlyphStyle{Color: style.Color, Radius: 1.5, Shape: draw.CircleGlyph{}}
			ch.extra = append(ch.extra, box)
		}
	}
	return ch.encode(w)
}

// extent is the range of the values, on a log scale from a decade below the least
// positive one where some are not; it refuses what cannot be drawn.
func (b *Boxes) extent() (lo, hi float64, err error) {
	if len(b.X) == 0 || len(b.Series) == 0 {
		return 0, 0, fmt.Errorf("%w: no boxes", ErrEmpty)
	}
	var all []float64
	for s, series := range b.Series {
		if len(series.Values) != len(b.X) {
			return 0, 0, fmt.Errorf("%w: series %d (%s) has values for %d of %d settings", ErrShape, s, series.Name, len(series.Values), len(b.X))
		}
		for k, values := range series.Values {
			for _, v := range values {
				if math.Abs(v) > largest {
					return 0, 0, fmt.Errorf("%w: series %d (%s) holds %g at %s", ErrNotFinite, s, series.Name, v, b.X[k])
				}
				if !math.IsNaN(v) {
					all = append(all, v)
				}
			}
		}
	}
	if len(all) == 0 {
		return 0, 0, fmt.Errorf("%w: no values", ErrEmpty)
	}
	lo, hi = slices.Min(all), slices.Max(all)
	if b.Log && lo < 1/largest {
		least := math.Inf(1)
		for _, v := range all {
			if v >= 1/largest {
				least = min(least, v)
			}
		}
		if math.IsInf(least, 1) {
			least, hi = 1, 1
		}
		lo = least / 10
	}
	return lo, hi, nil
}
