package multidict

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/tensor"
)

// Trust is dict.Trust with the libraries that rivals come from.
type Trust struct {
	dict.Trust
	// Rivals[n][r] is where the rival of component r in mode n is from, Closest[n][r]
	// the allowed atom at the smallest angle; {−1, −1} where there is none. nil for
	// a mode without libraries.
	Rivals, Closest [][]Source
	// Nearest[i] is where the atom of Certificates[i] is from.
	Nearest []Source
}

// Examine is dict.Examine for a result of [Decompose]: x and modes are those that
// it had. An atom whose exchange would break a bound is no rival.
func Examine(ctx context.Context, x tensor.Tensor, r *Result, modes []Mode, opts *dict.TrustOptions) (*Trust, error) {
	if r == nil || r.Model == nil {
		return nil, fmt.Errorf("%w: no result to examine", dict.ErrOptions)
	}
	joined, firsts, err := joinAll(modes, r.Model.Rank(), len(x.Dims()))
	if err != nil {
		return nil, err
	}
	d, err := dict.Examine(ctx, x, &r.Result, joined, opts)
	if d == nil {
		return nil, err
	}
	t := &Trust{Trust: *d, Rivals: make([][]Source, len(d.Atoms)), Closest: make([][]Source, len(d.Atoms))}
	for n, of := range d.Atoms {
		for _, at := range of {
			t.Rivals[n] = append(t.Rivals[n], source(firsts[n], at.Rival))
			t.Closest[n] = append(t.Closest[n], source(firsts[n], at.Closest))
		}
	}
	for _, c := range d.Certificates {
		t.Nearest = append(t.Nearest, source(firsts[c.Mode], c.Atom))
	}
	return t, err
}
