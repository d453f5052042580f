package matrix

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/mat"
)

// A Selector chooses columns of x (p×n) whose mixtures explain the others:
// X ≈ X(:,K)·V. The promises that every implementation makes are tested by
// matrix/selecttest. Select must not change x, nor keep it.
type Selector interface {
	// Select chooses at most r columns, 1 ≤ r ≤ n.
	Select(ctx context.Context, x mat.Matrix, r int) (*Selection, error)
}

// Selection is what a [Selector] chose.
type Selection struct {
	// Index holds the chosen columns of X, in the order of choice, each once.
	// It is shorter than the r asked for when the method found nothing more to
	// choose: the data have no more independent columns.
	Index []int
	// Residual[k] measures what the first k columns leave unexplained of the
	// worst column, relative to the same at the start, so that Residual[0] is
	// 1, or 0 for zero data; its length is len(Index)+1. What is measured, the
	// method says. Nil for a method that does not measure it.
	Residual []float64
}

// newSelectionData checks the input of a Selector.
func newSelectionData(x mat.Matrix, r int) (data, error) {
	d, err := newData("X", x)
	if err != nil {
		return d, err
	}
	if r < 1 || r > d.n {
		return d, fmt.Errorf("%w: %d of the %d columns of X asked for", ErrRank, r, d.n)
	}
	return d, nil
}
