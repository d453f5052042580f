package report

import (
	"image"
	"image/color"
	"math"
)

// raster is how many image pixels a map of rows × cols takes.
type raster struct{ h, w int }

// strip is the least height and width of a drawn map in image pixels: below,
// its pixels are stretched.
const strip = 40

// size chooses whole pixels per cell, or whole cells per pixel, so that the
// longer side comes near target; a map of one row becomes a strip that one can see.
func size(rows, cols, target int) raster {
	longest := max(rows, cols)
	axis := func(n int) int {
		if longest > target*4/3 {
			block := (longest + target*4/3 - 1) / (target * 4 / 3)
			n = (n + block - 1) / block
		} else {
			n *= max(1, int(math.Round(float64(target)/float64(longest))))
		}
		if n < strip {
			n *= (strip + n - 1) / n
		}
		return n
	}
	return raster{h: axis(rows), w: axis(cols)}
}

// paint fills the pixels from at on: pixel (i, j) shows the mean of the cells
// it covers, without those that are NaN. Cost: cells + pixels.
func (r raster) paint(c *canvas, at image.Point, m *Map, s Scale) {
	r.fill(c, at, m.Rows, m.Cols, func(r0, r1, c0, c1 int) color.RGBA {
		if v := blockMean(m.Values, m.Cols, r0, r1, c0, c1); !math.IsNaN(v) {
			return shade(s.norm(v))
		}
		return noData
	})
}

// fill fills the pixels from at on with the colours of the blocks of cells that they cover.
func (r raster) fill(c *canvas, at image.Point, rows, cols int, colour func(r0, r1, c0, c1 int) color.RGBA) {
	above := -1
	for i := range r.h {
		r0, r1 := span(i, r.h, rows)
		if r0 == above { // the same cells as the row of pixels before
			line := c.img.Pix[c.img.PixOffset(at.X, at.Y+i):]
			copy(line[:4*r.w], c.img.Pix[c.img.PixOffset(at.X, at.Y+i-1):])
			continue
		}
		above = r0
		for j := range r.w {
			c0, c1 := span(j, r.w, cols)
			c.img.SetRGBA(at.X+j, at.Y+i, colour(r0, r1, c0, c1))
		}
	}
}

// span is the cells that pixel i of n covers on an axis of the given length.
func span(i, n, length int) (lo, hi int) {
	lo = i * length / n
	return lo, max(lo+1, (i+1)*length/n)
}
