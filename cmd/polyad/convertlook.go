package main

import (
	"bufio"
	"context"
	"fmt"
	raster "image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/report"
)

// isPicture says whether OUT is to be a picture.
func isPicture(out string) bool {
	ending := strings.ToLower(filepath.Ext(out))
	return ending == ".png" || ending == ".ppm"
}

// look writes an image as a picture of one pixel a pixel, in three of its bands, each stretched
// from its 2nd to its 98th percentile.
func (a *app) look(ctx context.Context, in, out string, f convertFlags) error {
	if f.to != "" || f.typ != "" || f.interleave != "" || f.applyScale || f.bandsFirst || f.transpose || f.bigEndian || f.zeroBased {
		return usagef("%s is a picture: of the flags of convert only --shape, --order and --force are for it", out)
	}
	if _, err := os.Stat(out); err == nil && !f.force {
		return fmt.Errorf("%s exists; --force replaces it", out)
	}
	folder, err := a.openFolder(a.common.out)
	if err != nil {
		return err
	}
	s, err := a.lookAt(ctx, in, imageFlags{shape: f.shape, order: f.order, scale: 1})
	if err != nil {
		return err
	}
	if err := apart(s.source, out); err != nil {
		return err
	}
	bands, note := s.lookBands()
	var colours [3][]float64
	for k, b := range bands {
		v := s.look[k]
		if v == nil {
			v = s.Y.RawRowView(b)
		}
		colours[k] = rowMajor(v, s)
	}
	picture := painted(s.Rows, s.Cols, colours)
	write, kind := png.Encode, "png"
	if strings.EqualFold(filepath.Ext(out), ".ppm") {
		write, kind = writePPM, "ppm"
	}
	if err := format.WriteFile(out, func(w io.Writer) error { return write(w, picture) }); err != nil {
		return err
	}
	r := &convertResult{Verb: "convert", Input: in, Output: out, Format: kind, Dims: []int{s.Rows, s.Cols, 3}, Type: "uint8", Made: []string{out}}
	return a.finish(r, folder, func() error { return nil }, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "%s: %d×%d pixels, %s\n", out, s.Rows, s.Cols, note)
		return err
	})
}

// lookAt reads an image, of a cube that can be read in parts no more than three bands.
func (a *app) lookAt(ctx context.Context, in string, f imageFlags) (*scene, error) {
	file, err := format.Open(in)
	if err != nil {
		return nil, err
	}
	cube := len(file.Dims) == 3 && (file.Format == "npy" || file.Format == "envi")
	if err := file.Close(); err != nil {
		return nil, err
	}
	if !cube || f.shape != "" {
		s, err := a.readImage(in, f, func(int) bool { return true })
		if err == nil && !s.shown {
			err = usagef("%s is a matrix: give --shape ROWSxCOLS for a picture of it", in)
		}
		return s, err
	}
	s, img, err := a.openCube(in, f)
	if err != nil {
		return nil, err
	}
	defer img.file.Close()
	return s, s.readLook(ctx, img, 1)
}

// painted is a picture of red, green and blue; pixels without data in one of them are transparent.
func painted(rows, cols int, colours [3][]float64) *raster.NRGBA {
	picture := raster.NewNRGBA(raster.Rect(0, 0, cols, rows))
	var level [3]func(float64) uint8
	for k, v := range colours {
		level[k] = report.Stretch(v)
	}
	for q := range rows * cols {
		r, g, b := colours[0][q], colours[1][q], colours[2][q]
		if v := math.Abs(r) + math.Abs(g) + math.Abs(b); math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		copy(picture.Pix[4*q:], []uint8{level[0](r), level[1](g), level[2](b), 255})
	}
	return picture
}

// writePPM writes a picture as binary PPM, what is transparent in white.
func writePPM(w io.Writer, m raster.Image) error {
	b := bufio.NewWriter(w)
	size := m.Bounds()
	fmt.Fprintf(b, "P6\n%d %d\n255\n", size.Dx(), size.Dy())
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			c := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA)
			if c.A == 0 {
				c = color.NRGBA{R: 255, G: 255, B: 255}
			}
			b.Write([]byte{c.R, c.G, c.B})
		}
	}
	return b.Flush()
}
