package dist_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/tensor"
)

// A rank that cannot read what is asked of its entries ends all, whichever it is.
func TestLedReadingsThatFailEndAllRanks(t *testing.T) {
	x := planted(1, 60, 6, 5)
	index := [][]int32{{1, 30, 59}, {0, 1, 5}, {4, 0, 2}}
	for name, ask := range map[string]func(x tensor.Tensor){
		"all":     func(x tensor.Tensor) { _, _ = x.(tensor.Gatherer).Gather() },
		"gram":    func(x tensor.Tensor) { tensor.GramerOf(x, 1).UnfoldingGram(mat.NewSymDense(6, nil), 1) },
		"fibres":  func(x tensor.Tensor) { x.(tensor.Fibrous).FibresTo(mat.NewDense(3, 60, nil), index, 0) },
		"entries": func(x tensor.Tensor) { x.(tensor.Fibrous).EntriesTo(make([]float64, 3), index) },
	} {
		for bad := range 3 {
			t.Run(name, func(t *testing.T) {
				errs := make([]error, 3)
				err := local.Run(context.Background(), 3, func(_ context.Context, c dist.Comm) error {
					lo, hi := dist.Slab(60, c.Rank(), 3)
					fails := 0
					if c.Rank() == bad {
						fails = 10 // the first pass is about norms
					}
					p, err := tiled(slab(x, 0, lo, hi), 0, 1, fails)
					require.NoError(t, err)
					errs[c.Rank()] = dist.Lead(c, p, 0, 60, lo, func(x tensor.Tensor) error {
						require.NoError(t, tensor.Err(x))
						ask(x)
						return tensor.Err(x)
					})
					return errs[c.Rank()]
				})
				require.ErrorIs(t, err, errDisk)
				for _, e := range errs {
					require.ErrorIs(t, e, errDisk)
				}
			})
		}
	}
}
