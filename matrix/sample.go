package matrix

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Sample is a few columns of X that stand for all: one for every cluster of
// [H2NMF]. Selectors whose work grows with n² choose among them, and a column
// alone in the noise does not distract the others.
//
// Reference:
//   - Gillis, N., Luce, R.: A Fast Gradient Method for Nonnegative Sparse
//     Regression With Self-Dictionary. IEEE Trans. Image Process. 27(1), 24–37
//     (2018), section V.
type Sample struct {
	Index []int // columns of X
	Size  []int // how many columns each stands for
}

// NewSample clusters the columns of x into n or, when no cluster can be split any
// more, fewer. The errors are those of a [Selector]; when ctx ends, the sample so
// far comes with it.
func NewSample(ctx context.Context, x mat.Matrix, n int) (*Sample, error) {
	d, err := newSelectionData(x, n)
	if err != nil {
		return nil, err
	}
	tree, err := h2nmf(ctx, &d, n)
	s := new(Sample)
	for _, leaf := range tree.Leaves {
		s.Index = append(s.Index, tree.Nodes[leaf].Column)
		s.Size = append(s.Size, len(tree.Nodes[leaf].Columns))
	}
	return s, err
}

// counting is a [Selector] to whom it matters how many columns each column stands
// for: given these, it says who chooses among columns, and whether these are to be
// multiplied by the square roots, as least squares on all columns would have it.
type counting interface {
	weighted(size []int) (s Selector, scaled bool)
}

// Select chooses r of the sample's columns by s. Indices are those of x, the data
// that the sample was taken from. [FGNSR] sees the columns times the square roots
// of their sizes, all other selectors as they are.
func (s *Sample) Select(ctx context.Context, x mat.Matrix, of Selector, r int) (*Selection, error) {
	if x == nil {
		return nil, fmt.Errorf("%w: X is nil", ErrShape)
	}
	p, n := x.Dims()
	scaled := false
	if w, ok := of.(counting); ok {
		of, scaled = w.weighted(s.Size)
	}
	z := mat.NewDense(max(1, p), max(1, len(s.Index)), nil)
	for k, j := range s.Index {
		if j < 0 || j >= n {
			return nil, fmt.Errorf("%w: the sample has column %d, X is %d×%d", ErrShape, j, p, n)
		}
		size := 1.0
		if scaled {
			size = math.Sqrt(float64(s.Size[k]))
		}
		for i := range p {
			z.Set(i, k, size*x.At(i, j))
		}
	}
	sel, err := of.Select(ctx, z, r)
	if sel != nil {
		for k, j := range sel.Index {
			sel.Index[k] = s.Index[j]
		}
	}
	return sel, err
}

// Sampled selects by another Selector among the columns of a [Sample].
type Sampled struct {
	// Selector chooses among the columns of the sample.
	Selector Selector
	// N is the size of the sample, at least r. Default: 500, or all columns where
	// there are fewer.
	N int
}

// Select implements [Selector].
func (s Sampled) Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error) {
	d, err := newSelectionData(x, r)
	if err != nil {
		return nil, err
	}
	n := s.N
	switch {
	case n == 0:
		n = 500
	case n < r:
		return nil, fmt.Errorf("%w: %d columns asked for from a sample of %d", ErrRank, r, n)
	}
	if s.Selector == nil {
		return nil, fmt.Errorf("%w: Sampled without a Selector", ErrOptions)
	}
	sample, err := NewSample(ctx, d.dense, min(n, d.n))
	if err != nil {
		return nil, err
	}
	return sample.Select(ctx, d.dense, s.Selector, min(r, len(sample.Index)))
}
