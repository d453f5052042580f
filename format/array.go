package format

import (
	"context"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Array is an array in a file. Close it when done.
type Array struct {
	Name   string // as given to Open, the variable included when it was found out
	Format string // the first column of the table of formats
	Dims   []int  // as presented, last index fastest
	Type   string // of the elements in the file: float64, uint16, …
	Meta   Meta

	source source
	close  func() error
	size   int64 // of the file, for judging what it claims
}

// source is what a format must give.
type source interface {
	// ReadSlab fills dst with entries lo ≤ i < hi of the first mode.
	ReadSlab(ctx context.Context, dst []float64, lo, hi int) error
}

// verifier is a source whose sizes are not certain until it has been read
// through, because it is compressed.
type verifier interface {
	Verify() error
}

// Meta is what a file says about its array. What is missing is nil or "".
type Meta struct {
	Names    []string // of the last mode: bands of an image, atoms of a library, columns of a table
	RowNames []string // of the first mode: first text column of a table
	Text     []Column // all text columns of a table

	// BandMode is the mode that Wavelengths, FWHM and BadBands run along: 2 in
	// an image, 0 in an ENVI library; −1 when they are all missing.
	BandMode    int
	Wavelengths []float64
	FWHM        []float64
	Units       string // of Wavelengths and FWHM, as written
	BadBands    []bool // true: the file marks the band as bad

	Ignore        *float64 // the value that stands for no value
	ScaleFactor   float64  // values divided by it are reflectances; 0: not given
	MapInfo       string   // as written
	CoordinateSys string   // as written

	Raw      []KeyValue // everything that the header says, in its order
	Warnings []string   // what of it was left out, and why
}

// Column is a column of text.
type Column struct {
	Title  string
	Values []string
}

// KeyValue is a line of a header.
type KeyValue struct {
	Key, Value string
	List       bool // the value stands in braces
}

// Dense reads the whole array.
func (a *Array) Dense() (*tensor.Dense, error) {
	n, err := a.count()
	if err != nil {
		return nil, err
	}
	data := make([]float64, n)
	if err := a.ReadSlab(context.Background(), data, 0, a.Dims[0]); err != nil {
		return nil, err
	}
	return tensor.NewDense(a.Dims, data), nil
}

// Dense32 reads the whole array in single precision, an eighth of it at a time, so
// that a file of float32 takes a quarter more memory than it holds. Other values
// are rounded to float32. It costs eight slabs; see ReadSlab for which files that
// is as good as one.
func (a *Array) Dense32() (*tensor.Dense32, error) {
	n, err := a.count()
	if err != nil {
		return nil, err
	}
	data, slice := make([]float32, n), n/a.Dims[0]
	rows := max(1, (a.Dims[0]+7)/8)
	part := make([]float64, rows*slice)
	for lo := 0; lo < a.Dims[0]; lo += rows {
		hi := min(lo+rows, a.Dims[0])
		part = part[:(hi-lo)*slice]
		if err := a.ReadSlab(context.Background(), part, lo, hi); err != nil {
			return nil, err
		}
		for i, v := range part {
			data[lo*slice+i] = float32(v)
		}
	}
	return tensor.NewDense32(a.Dims, data), nil
}

// Matrix reads the whole of an array of order 1 (as a column) or 2.
func (a *Array) Matrix() (*mat.Dense, error) {
	if len(a.Dims) > 2 {
		return nil, fmt.Errorf("%s: an array %s where a matrix is wanted", a.Name, Sizes(a.Dims))
	}
	x, err := a.Dense()
	if err != nil {
		return nil, err
	}
	cols := 1
	if len(a.Dims) == 2 {
		cols = a.Dims[1]
	}
	return mat.NewDense(a.Dims[0], cols, x.Data()), nil
}

// ReadSlab fills dst with entries lo ≤ i < hi of the first mode, last index
// fastest; dst has (hi−lo)·Dims[1]·… values. It may be called from several
// goroutines. Beside dst it needs a few MB at most.
//
// Cost: the bytes of the slab where the first mode is the slowest in the file
// (.npy in C order, ENVI bip and bil, CSV). Elsewhere the file is visited in
// as many pieces as there are columns or bands, or passed over from its
// beginning when it is compressed (.mat, .npz): a slab then costs up to a pass
// over the array, and few thick slabs are better than many thin ones.
func (a *Array) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if err := a.source.ReadSlab(ctx, dst, lo, hi); err != nil {
		return fmt.Errorf("%s: %w", a.Name, err)
	}
	return nil
}

// Verify makes sure that the array is not empty and that a compressed file holds as many
// values as it says, before memory is taken for them: a pass over the file where it
// claims far more than it has bytes, else nothing.
func (a *Array) Verify() error {
	_, err := a.count()
	return err
}

// Close closes the file.
func (a *Array) Close() error {
	if a.close == nil {
		return nil
	}
	return a.close()
}

// sure is the size up to which memory is taken on the word of a compressed
// file: 64 MB.
const sure = 64 << 20

// count is Π Dims, after making sure that the file holds as much.
func (a *Array) count() (int, error) {
	n := 1
	for _, d := range a.Dims {
		if d < 1 {
			return 0, fmt.Errorf("%w: %s: the array is %s", ErrEmpty, a.Name, Sizes(a.Dims))
		}
		if n > math.MaxInt/8/d {
			return 0, fmt.Errorf("%s: the array is %s, too large for this machine", a.Name, Sizes(a.Dims))
		}
		n *= d
	}
	v, ok := a.source.(verifier)
	if bytes := int64(n) * 8; ok && bytes > sure && bytes/16 > a.size {
		if err := v.Verify(); err != nil {
			return 0, fmt.Errorf("%s: %w", a.Name, err)
		}
	}
	return n, nil
}

// Sizes writes sizes as people do: 100×100×198.
func Sizes(dims []int) string {
	return strings.ReplaceAll(strings.Trim(fmt.Sprint(dims), "[]"), " ", "×")
}
