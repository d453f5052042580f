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

// gatherPiece is the most words that are told at once.
const gatherPiece = 1 << 16

// gather is all entries of the tensor, on rank 0; every rank, whose part is dense, tells those
// that it has, a piece at a time.
func (x *Tensor) gather() (whole []float64, err error) {
	own, ok := x.local.(*tensor.Dense)
	if !ok {
		if own, err = x.local.(tensor.Gatherer).Gather(); err != nil {
			return nil, err
		}
	}
	left, right := 1, 1
	for n, d := range x.Dims() {
		switch {
		case n < x.mode:
			left *= d
		case n > x.mode:
			right *= d
		}
	}
	if x.comm.Rank() == 0 {
		whole = make([]float64, left*x.size*right)
	}
	piece := make([]float64, gatherPiece)
	for r := range x.comm.Size() {
		lo, hi := x.slabs[2*r], x.slabs[2*r+1]
		first, run := lo*right, (hi-lo)*right
		for at := 0; at < left*run; at += gatherPiece {
			v := piece[:min(gatherPiece, left*run-at)]
			if r == x.comm.Rank() {
				copy(v, own.Data()[at:])
			}
			if x.sound() {
				x.err = x.comm.Bcast(r, v)
			}
			if x.err != nil {
				return nil, x.err
			}
			for p := at; whole != nil && p < at+len(v); { // run after run
				p += copy(whole[p/run*x.size*right+first+p%run:][:run-p%run], v[p-at:])
			}
		}
	}
	return whole, nil
}
