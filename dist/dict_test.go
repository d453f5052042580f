package dist_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Ranks choose the atoms that one process chooses, and fit the same factors to them.
func TestAtomsAreThoseOfOneProcess(t *testing.T) {
	racetest.Slow(t)
	const rank, atoms = 3, 40
	rng := rand.New(rand.NewPCG(2, 8))
	random := func(rows, cols int) *mat.Dense {
		a := mat.NewDense(rows, cols, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		return a
	}
	library := random(12, atoms)
	planted := mat.NewDense(12, rank, nil)
	for r, j := range []int{5, 17, 30} {
		planted.SetCol(r, mat.Col(nil, j, library))
	}
	for _, dims := range [][]int{{800, 12, 5}, {800, 12}} {
		factors := []*mat.Dense{random(800, rank), planted}
		if len(dims) == 3 {
			factors = append(factors, random(3, rank))
		}
		x := tensor.NewKruskal(factors...).Dense()
		for i := range x.Data() {
			x.Data()[i] += 0.1 * rng.NormFloat64()
		}
		d, err := dict.New(library, nil, nil)
		require.NoError(t, err)
		modes := []dict.Mode{{N: 1, Dict: d, Distinct: true}}
		var methods []cpd.Method
		for range dims {
			methods = append(methods, cpd.HALS{})
		}
		for _, algorithm := range []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.Smooth{}, nil} {
			o := &dict.Options{Methods: methods, Algorithm: algorithm, Stop: sweep.MaxSweeps(12), Seed: 3}
			want, err := dict.Decompose(context.Background(), x, rank, modes, o)
			require.NoError(t, err)
			for _, ranks := range []int{4} {
				t.Run(fmt.Sprintf("%v/%T/%d", dims, algorithm, ranks), func(t *testing.T) {
					var got *dict.Result
					var one sync.Mutex
					require.NoError(t, local.Run(context.Background(), ranks, func(ctx context.Context, c dist.Comm) error {
						lo, hi := dist.SlabOf(800, cpd.RowsTogether(cpd.HALS{}, rank), c.Rank(), ranks)
						p, err := dist.NewTensor(c, slab(x, 0, lo, hi), 0, 800, lo)
						require.NoError(t, err)
						r, err := dict.Decompose(ctx, p, rank, modes, o)
						if err != nil {
							return err
						}
						r.Model, err = dist.Whole(p, r.Model)
						if c.Rank() == 0 {
							one.Lock()
							got = r
							one.Unlock()
						}
						return err
					}))
					require.Equal(t, want.Atoms, got.Atoms)
					tolerance := 1e-10
					if algorithm == nil {
						tolerance = 1e-6 // two algorithms
					}
					require.InDelta(t, want.RelativeError, got.RelativeError, tolerance)
					if algorithm != nil {
						require.Less(t, differ(got.Model, want.Model), 1e-10)
					}
				})
			}
		}
	}
}
