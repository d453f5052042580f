package dist

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// Gather is the whole factor of the split mode on every rank, of the rows a of each: as
// many words as it has entries.
func Gather(x tensor.Partitioned, a *mat.Dense) (*mat.Dense, error) {
	_, size, lo, hi := x.Part()
	rows, cols := a.Dims()
	if rows != hi-lo {
		return nil, fmt.Errorf("%w: %d rows, and the part has %d", ErrSplit, rows, hi-lo)
	}
	whole := mat.NewDense(size, cols, nil)
	whole.Slice(lo, hi, 0, cols).(*mat.Dense).Copy(a)
	return whole, x.Sum(whole.RawMatrix().Data)
}

// Cut is the rows of a whole factor of the split mode that this rank holds: a view.
func Cut(x tensor.Partitioned, a *mat.Dense) (*mat.Dense, error) {
	_, size, lo, hi := x.Part()
	rows, cols := a.Dims()
	if rows != size {
		return nil, fmt.Errorf("%w: a factor of %d rows, and the mode has %d", ErrSplit, rows, size)
	}
	return a.Slice(lo, hi, 0, cols).(*mat.Dense), nil
}

// Whole is a model of all parts, on every rank, of the model of each.
func Whole(x tensor.Partitioned, k *tensor.Kruskal) (*tensor.Kruskal, error) {
	n, _, _, _ := x.Part()
	w := k.Clone()
	a, err := Gather(x, k.Factors[n])
	w.Factors[n] = a
	return w, err
}
