package dict

import (
	"context"
	"math"
	"slices"
)

// Homotopy follows the ℓ1 relaxation of [BlockFISTA] along a falling weight, from
// where S is zero down to Last: each weight starts from the answer of the one
// before, and wherever the k largest entries of the columns change, the new supports
// are refined exactly. The best of all counts, so that no weight has to be chosen.
//
// References:
//   - Osborne, M.R., Presnell, B., Turlach, B.A.: A new approach to variable
//     selection in least squares problems. IMA J. Numer. Anal. 20(3) (2000).
//   - [C22], section 4, where the weight is tuned to the number of atoms.
type Homotopy struct {
	// Weights is the number of weights, in geometric progression. Default: 30.
	Weights int
	// Last is the ratio at which the path ends, as BlockFISTA.Ratio.
	// Default: 1e-4.
	Last float64
	// Steps is the most steps for one weight. Default: 300.
	Steps int
}

// Name implements [Coder].
func (Homotopy) Name() string { return "homotopy" }

func (a Homotopy) code(ctx context.Context, c *coding) error {
	if a.Weights <= 0 {
		a.Weights = 30
	}
	if a.Last <= 0 {
		a.Last = 1e-4
	}
	if a.Steps <= 0 {
		a.Steps = 300
	}
	f, h := newFista(c), newL1(c)
	var best solution
	var last []slot
	c.list = c.list[:0]
	if err := c.refine(); err != nil {
		return err
	}
	c.store(&best)
	for i := range a.Weights {
		h.relative(math.Pow(a.Last, float64(i+1)/float64(a.Weights)))
		err := f.run(ctx, h, a.Steps)
		c.choose(f.s)
		if !slices.Equal(c.list, last) {
			last = append(last[:0], c.list...)
			if e := c.refine(); e != nil {
				return e
			}
			if c.cost < best.cost {
				c.store(&best)
			}
		}
		if err != nil {
			c.restore(&best)
			return err
		}
	}
	c.restore(&best)
	return nil
}
