package unmix

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dict"
)

// Image is a scene with one spectrum per pixel.
type Image struct {
	// Y is bands × pixels; pixel j lies in row j mod Rows and column j div Rows.
	Y          *mat.Dense
	Rows, Cols int
	// Pixels says which pixels the columns of Y are, ascending, where not all of
	// them have data ([Image.DropNoData]). nil: all.
	Pixels []int
	// Wavelengths has one value per band, in nanometres; nil when unknown.
	Wavelengths []float64
}

// Library is a set of spectra with bounds on how many of them are chosen.
type Library struct {
	Name  string
	Atoms *mat.Dense // bands × spectra
	// Source are the spectra where they are not in memory, and Atoms is nil: see
	// dict.NewStored.
	Source dict.Source
	Names  []string // of the spectra; nil: they are numbered
	// Use are the spectra to choose from, ascending; the others may hold anything, and
	// several libraries of one matrix may use different ones. nil: all. Only for Atoms.
	Use []int
	// Wavelengths has one value per band, in nanometres; nil when unknown.
	Wavelengths []float64
	Min, Max    int // Max −1: no bound
}

// Dims are the numbers of bands and of spectra, zero if there are none.
func (l *Library) Dims() (bands, spectra int) {
	switch {
	case l.Source != nil:
		return l.Source.Dims()
	case l.Atoms != nil:
		return l.Atoms.Dims()
	}
	return 0, 0
}

// dictionary is that of the spectra to choose from.
func (l *Library) dictionary() (*dict.Dictionary, error) {
	if l.Use != nil {
		return l.some()
	}
	if l.Source != nil {
		return dict.NewStored(l.Source, l.Names, l.Wavelengths)
	}
	return dict.New(l.Atoms, l.Names, l.Wavelengths)
}

// spectrum sets dst to spectrum j.
func (l *Library) spectrum(dst []float64, j int) error {
	if l.Source != nil {
		return l.Source.ReadColumns(dst, j, 1)
	}
	mat.Col(dst, j, l.Atoms)
	return nil
}

func (img *Image) check() error {
	if img == nil || img.Y == nil {
		return fmt.Errorf("%w: no image", ErrData)
	}
	_, pixels := img.Y.Dims()
	if img.Pixels != nil {
		return img.checkSome()
	}
	if img.Rows < 1 || img.Cols < 1 || pixels%img.Rows != 0 || pixels/img.Rows != img.Cols {
		return fmt.Errorf("%w: an image of %d×%d pixels over %d columns of data", ErrShape, img.Rows, img.Cols, pixels)
	}
	return img.checkValues()
}

func (img *Image) checkValues() error {
	bands, _ := img.Y.Dims()
	if img.Wavelengths != nil && len(img.Wavelengths) != bands {
		return fmt.Errorf("%w: %d wavelengths for %d bands", ErrShape, len(img.Wavelengths), bands)
	}
	for b := range bands {
		for j, v := range img.Y.RawRowView(b) {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				j = img.Pixel(j)
				return fmt.Errorf("%w: the image holds %g in band %d of the pixel in row %d, column %d; drop the band or fill the pixel", ErrData, v, b, j%img.Rows, j/img.Rows)
			}
		}
	}
	return nil
}

// Range is a closed interval of bands to drop: of wavelengths in nanometres
// where the image has them, of band numbers counted from 0 otherwise.
type Range struct{ From, To float64 }

// Bands returns the numbers of the bands that no range covers. wavelengths may
// be nil.
func Bands(bands int, wavelengths []float64, drop []Range) ([]int, error) {
	for _, d := range drop {
		if !(d.From <= d.To) {
			return nil, fmt.Errorf("%w: bands to drop are given as %g to %g", ErrOptions, d.From, d.To)
		}
	}
	var kept []int
	for b := range bands {
		at := float64(b)
		if wavelengths != nil {
			at = wavelengths[b]
		}
		covered := false
		for _, d := range drop {
			covered = covered || d.From <= at && at <= d.To
		}
		if !covered {
			kept = append(kept, b)
		}
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("%w: every one of the %d bands is dropped", ErrOptions, bands)
	}
	return kept, nil
}

// rows are these rows of a, as a new matrix.
func rows(a *mat.Dense, index []int) *mat.Dense {
	_, cols := a.Dims()
	b := mat.NewDense(len(index), cols, nil)
	for to, from := range index {
		b.SetRow(to, a.RawRowView(from))
	}
	return b
}
