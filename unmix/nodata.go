package unmix

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// NoData counts the pixels that [Image.DropNoData] left out.
type NoData struct {
	Pixels int
	// Partly of them have the value for no data in some bands only.
	Partly int
}

// DropNoData leaves out the pixels that have no data: NaN in every band, or ignore, if that is
// not nil, in any; an ignore of zero only in every one, since a dark pixel may well
// measure zero in some. Y is a new matrix then. A pixel that is not finite in some bands
// only is an error that names it, as is an image of which nothing is left.
func (img *Image) DropNoData(ignore *float64) (NoData, error) {
	bands, pixels := img.Y.Dims()
	none, nans := make([]int, pixels), make([]int, pixels) // bands without data
	for b := range bands {
		for j, v := range img.Y.RawRowView(b) {
			switch {
			case ignore != nil && equals(v, *ignore):
				none[j]++
			case math.IsNaN(v) || math.IsInf(v, 0):
				nans[j]++
			}
		}
	}
	var n NoData
	var kept []int
	for j := range none {
		switch {
		case none[j]+nans[j] == bands, none[j] > 0 && *ignore != 0:
			n.Pixels++
			if none[j] > 0 && none[j]+nans[j] < bands {
				n.Partly++
			}
			continue
		case nans[j] > 0:
			return n, img.broken(j, nans[j])
		}
		kept = append(kept, j)
	}
	if len(kept) == 0 {
		return n, fmt.Errorf("%w: none of the %d pixels has data in every band; drop bands that have none anywhere", ErrData, pixels)
	}
	if n.Pixels > 0 {
		img.Y = columns(img.Y, kept)
		for i, j := range kept {
			kept[i] = img.Pixel(j)
		}
		img.Pixels = kept
	}
	return n, nil
}

// BlankPixel makes all of a pixel NaN if it has no data by the rule of [Image.DropNoData], and
// says whether it has none.
func BlankPixel(spectrum []float64, ignore *float64) bool {
	none, nans := 0, 0
	for _, v := range spectrum {
		switch {
		case ignore != nil && equals(v, *ignore):
			none++
		case math.IsNaN(v) || math.IsInf(v, 0):
			nans++
		}
	}
	if none+nans < len(spectrum) && (none == 0 || *ignore == 0) {
		return false
	}
	for b := range spectrum {
		spectrum[b] = math.NaN()
	}
	return true
}

// equals is equality of numbers one of which may have been single once.
func equals(v, ignore float64) bool {
	return v == ignore || math.Abs(v-ignore) <= 1e-6*math.Abs(ignore) || math.IsNaN(v) && math.IsNaN(ignore)
}

// broken tells of a pixel that is finite in some bands only.
func (img *Image) broken(j, some int) error {
	bands, _ := img.Y.Dims()
	first := 0
	for v := img.Y.At(0, j); !math.IsNaN(v) && !math.IsInf(v, 0); v = img.Y.At(first, j) {
		first++
	}
	v := img.Y.At(first, j)
	j = img.Pixel(j)
	return fmt.Errorf("%w: the pixel in row %d, column %d holds %g in band %d, and in %d of %d bands in all: drop such bands, or make all of the pixel NaN for it to be left out", ErrData, j%img.Rows, j/img.Rows, v, first, some, bands)
}

// Pixel is the number of the pixel in column j of Y.
func (img *Image) Pixel(j int) int {
	if img.Pixels == nil {
		return j
	}
	return img.Pixels[j]
}

// column is the inverse of Pixel.
func (img *Image) column(pixel int) int {
	if img.Pixels == nil {
		return pixel
	}
	j, _ := slices.BinarySearch(img.Pixels, pixel)
	return j
}

// Whole puts values of the columns of Y to their pixels among Rows × Cols; the others are
// NaN.
func (img *Image) Whole(values []float64) []float64 {
	if img.Pixels == nil {
		return values
	}
	all := make([]float64, img.Rows*img.Cols)
	for p := range all {
		all[p] = math.NaN()
	}
	for j, p := range img.Pixels {
		all[p] = values[j]
	}
	return all
}

// WholeRows does that with every row of a matrix.
func (img *Image) WholeRows(a *mat.Dense) *mat.Dense {
	if img.Pixels == nil {
		return a
	}
	n, _ := a.Dims()
	all := mat.NewDense(n, img.Rows*img.Cols, nil)
	for i := range n {
		all.SetRow(i, img.Whole(a.RawRowView(i)))
	}
	return all
}

// checkSome is check of an image of some pixels.
func (img *Image) checkSome() error {
	_, n := img.Y.Dims()
	if img.Rows < 1 || img.Cols < 1 || len(img.Pixels) != n || img.Rows > math.MaxInt/img.Cols {
		return fmt.Errorf("%w: %d pixels of an image of %d×%d over %d columns of data", ErrShape, len(img.Pixels), img.Rows, img.Cols, n)
	}
	last := -1
	for _, p := range img.Pixels {
		if p <= last || p >= img.Rows*img.Cols {
			return fmt.Errorf("%w: pixel %d after %d of an image of %d×%d; they ascend from 0", ErrShape, p, last, img.Rows, img.Cols)
		}
		last = p
	}
	return img.checkValues()
}
