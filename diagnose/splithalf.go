package diagnose

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// Split is how well two halves of the data agree.
type Split struct {
	// Score is the mean of Term: 1 when the halves' components are the same. Below 0.85 or so the
	// components are not those of the population.
	Score float64
	// Term[r] is |Π_n cos(a_r⁽ⁿ⁾, b_s⁽ⁿ⁾)| over the modes but the one that was split, s the
	// component of the second half that is paired with r.
	Term          []float64
	RelativeError [2]float64 // of the halves
}

// SplitHalf fits the slices of even and those of odd number of a mode, usually the
// samples, each on its own, and compares the factors of the other modes. opts are
// those of [cpd.Decompose], for both fits; methods and starts that need a given
// factor of the split mode do not fit. Samples in an order that alternates are to
// be shuffled first.
//
// Errors: [ErrOptions] for a mode of less than two slices, those of cpd.Decompose.
//
// Reference: Harshman, R.A., De Sarbo, W.S.: An application of PARAFAC to a small
// sample problem, demonstrating preprocessing, orthogonality constraints, and
// split-half diagnostic techniques. In: Research Methods for Multimode Data
// Analysis, 602–642 (1984).
func SplitHalf(ctx context.Context, x *tensor.Dense, mode, rank int, opts *cpd.Options) (*Split, error) {
	dims := x.Dims()
	if mode < 0 || mode >= len(dims) {
		return nil, fmt.Errorf("%w: mode %d of a tensor of order %d", ErrOptions, mode, len(dims))
	}
	if dims[mode] < 2 || len(dims) < 2 {
		return nil, fmt.Errorf("%w: mode %d of sizes %v cannot be split in halves", ErrOptions, mode, dims)
	}
	s := new(Split)
	var models [2][]*mat.Dense
	for half := range models {
		r, err := cpd.Decompose(ctx, everyOther(x, mode, half), rank, opts)
		if err != nil {
			return nil, fmt.Errorf("half %d: %w", half, err)
		}
		s.RelativeError[half] = r.RelativeError
		models[half] = slices.Delete(slices.Clone(r.Model.Factors), mode, mode+1)
	}
	return s, s.compare(models, rank)
}

// compare pairs the components by the least total of −|Π_n cos|: the sign of a
// term belongs to the mode that was left out.
func (s *Split) compare(models [2][]*mat.Dense, rank int) error {
	cost := mat.NewDense(rank, rank, nil)
	for r := range rank {
		for q := range rank {
			c := -1.0
			for n, a := range models[0] { // of unit columns
				c *= math.Abs(mat.Dot(a.ColView(r), models[1][n].ColView(q)))
			}
			cost.Set(r, q, c)
		}
	}
	m, err := assign.Solve(cost)
	if err != nil {
		return err
	}
	s.Term = make([]float64, rank)
	for r, q := range m.Col {
		s.Term[r] = -cost.At(r, q)
		s.Score += s.Term[r] / float64(rank)
	}
	return nil
}

// everyOther is the tensor of slices first, first+2, … of a mode.
func everyOther(x *tensor.Dense, mode, first int) *tensor.Dense {
	dims := append([]int(nil), x.Dims()...)
	right := 1
	for _, d := range dims[mode+1:] {
		right *= d
	}
	in := dims[mode]
	dims[mode] = (in - first + 1) / 2
	y := tensor.NewDense(dims, nil)
	from, to := x.Data(), y.Data()
	for at := 0; at < len(from); at += in * right {
		for i := first; i < in; i += 2 {
			to = to[copy(to, from[at+i*right:][:right]):]
		}
	}
	return y
}
