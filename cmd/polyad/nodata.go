package main

import (
	"fmt"
	"math"
	"regexp"

	"github.com/polyad/polyad/format"
)

// dropPixels leaves out the pixels of an image that have no data.
func (a *app) dropPixels(s *scene, file *format.Array) error {
	n, err := s.DropNoData(file.Meta.Ignore)
	if err != nil {
		return fmt.Errorf("%s: %w (--drop drops %s)", file.Name, s.ofColumns(err), map[bool]string{true: "bands", false: "rows"}[s.shown || s.turned])
	}
	if n.Pixels == 0 {
		return nil
	}
	text := ""
	if n.Partly > 0 {
		text = fmt.Sprintf(", %d of them in some bands only", n.Partly)
	}
	a.warn("%d of the %d pixels of %s have no data%s and are left out; they are NaN in the results", n.Pixels, s.Rows*s.Cols, file.Name, text)
	return nil
}

// holedPixel is how a pixel is told of that has data in some bands only.
var holedPixel = regexp.MustCompile(`the pixel in row (\d+), column 0 holds (\S+) in band (\d+), and in (\d+ of \d+) bands in all: drop such bands, or make all of the pixel NaN`)

// ofColumns says column and row for pixel and band where a matrix is not said to be
// an image, and lies as in its file.
func (s *scene) ofColumns(err error) error {
	if s.shown || s.turned {
		return err
	}
	text := holedPixel.ReplaceAllString(err.Error(), "column $1 holds $2 in row $3, and in $4 rows in all: fill such entries, drop such rows, or make all of the column NaN")
	return processError{err, text}
}

// tellNoData warns of pixels of a cube that have no data.
func (a *app) tellNoData(name string, pixels int, dims []int) {
	if pixels > 0 {
		a.warn("%d of the %d pixels of %s have no data and are left out; they are NaN in the results", pixels, dims[0]*dims[1], name)
	}
}

// unknownCells takes entries with the value for no data of their file for unknown, as
// --missing nan does those that are NaN.
func (a *app) unknownCells(name string, f *fitFlags) error {
	file, err := format.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if file.Meta.Ignore == nil || f.missing != "" {
		return nil
	}
	x, err := file.Dense()
	if err != nil {
		return err
	}
	if n := blankCells(x.Data(), file.Meta.Ignore); n > 0 {
		f.missing = "nan"
		a.warn("%d of the %d entries of %s have its value for no data, %g, and are taken for unknown, as with --missing nan", n, len(x.Data()), file.Name, *file.Meta.Ignore)
	}
	return nil
}

// blankCells makes values for no data NaN, and says how many there are.
func blankCells(data []float64, ignore *float64) int {
	if ignore == nil {
		return 0
	}
	n := 0
	for i, v := range data {
		if v == *ignore || math.Abs(v-*ignore) <= 1e-6*math.Abs(*ignore) {
			data[i] = math.NaN()
			n++
		}
	}
	return n
}
