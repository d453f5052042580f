package report

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strings"
	"unicode"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	vgdraw "gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// density is image pixels per point; a point is one CSS pixel of the page.
const density = 2

var (
	ink  = color.RGBA{R: 0x1a, G: 0x1a, B: 0x1a, A: 0xff} // text and axes
	rule = color.RGBA{R: 0xe4, G: 0xe4, B: 0xe4, A: 0xff} // grid lines
	fan  = color.RGBA{R: 0xc4, G: 0xc4, B: 0xc4, A: 0xff} // library curves
)

// canvas is a white image with text and lines in points, origin top left.
type canvas struct {
	img  *image.RGBA
	draw vgdraw.Canvas
	h    vg.Length
}

func newCanvas(w, h vg.Length) *canvas {
	pw, ph := int(math.Ceil(float64(w)*density)), int(math.Ceil(float64(h)*density))
	c := vgimg.NewWith(vgimg.UseImage(image.NewRGBA(image.Rect(0, 0, pw, ph))), vgimg.UseDPI(72*density)) // white
	img := c.Image().(*image.RGBA)                                                                        // vgimg draws on a copy of what it is given
	return &canvas{img: img, draw: vgdraw.New(c), h: vg.Length(ph) / density}
}

// write puts s into w points from (x, y), y the top of its line.
func (c *canvas) write(s text.Style, x, y, w vg.Length, txt string) {
	s.YAlign = text.YTop
	c.draw.FillText(s, vg.Point{X: x, Y: c.h - y}, fit(s, txt, w))
}

// fill paints a rectangle given in image pixels.
func (c *canvas) fill(r image.Rectangle, col color.RGBA) {
	draw.Draw(c.img, r, image.NewUniform(col), image.Point{}, draw.Src)
}

// frame draws a thin line around a rectangle given in image pixels.
func (c *canvas) frame(r image.Rectangle, col color.RGBA) {
	o := r.Inset(-1)
	c.fill(image.Rect(o.Min.X, o.Min.Y, o.Max.X, r.Min.Y), col)
	c.fill(image.Rect(o.Min.X, r.Max.Y, o.Max.X, o.Max.Y), col)
	c.fill(image.Rect(o.Min.X, r.Min.Y, r.Min.X, r.Max.Y), col)
	c.fill(image.Rect(r.Max.X, r.Min.Y, o.Max.X, r.Max.Y), col)
}

func (c *canvas) encode(w io.Writer) error { return png.Encode(w, c.img) }

// px is a length in whole image pixels.
func px(l vg.Length) int { return int(math.Round(float64(l) * density)) }

// sans is the style of all text in pictures.
func sans(size vg.Length) text.Style {
	return text.Style{
		Color:   ink,
		Font:    font.Font{Typeface: "Liberation", Variant: "Sans", Size: size},
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

func bold(size vg.Length) text.Style {
	s := sans(size)
	s.Font.Weight = 3 // WeightBold of golang.org/x/image/font, which nothing else here needs
	return s
}

// fit is txt on one line, cut with an ellipsis so that it is at most w wide.
func fit(s text.Style, txt string, w vg.Length) string {
	txt = clean(txt)
	if s.Width(txt) <= w {
		return txt
	}
	r := []rune(txt)
	if most := int(w/s.Font.Size*5) + 1; len(r) > most { // no letter is narrower than a fifth of its height
		r = r[:most]
	}
	for len(r) > 0 {
		r = r[:len(r)-1]
		if short := strings.TrimRight(string(r), " ") + "…"; s.Width(short) <= w {
			return short
		}
	}
	return ""
}

// clean makes a name safe for one line of a picture or a terminal: control
// characters become spaces, broken UTF-8 the replacement character.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
