package dist_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
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

// madeOfAtoms is a noisy nonnegative tensor of three components whose columns of mode n are
// atoms of a dictionary.
func madeOfAtoms(t *testing.T, n, atoms int, dims ...int) (*tensor.Dense, *dict.Dictionary) {
	t.Helper()
	rng := rand.New(rand.NewPCG(2, 8))
	random := func(rows, cols int) *mat.Dense {
		a := mat.NewDense(rows, cols, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		return a
	}
	library := random(dims[n], atoms)
	var factors []*mat.Dense
	for _, d := range dims {
		factors = append(factors, random(d, 3))
	}
	for r, j := range []int{5, 17, 22} {
		factors[n].SetCol(r, mat.Col(nil, j, library))
	}
	x := tensor.NewKruskal(factors...).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.1 * rng.NormFloat64()
	}
	d, err := dict.New(library, nil, nil)
	require.NoError(t, err)
	return x, d
}

// distinctHALS is a problem with a dictionary for mode n and nonnegative factors.
func distinctHALS(n, order, sweeps int, d *dict.Dictionary, a dict.Algorithm) ([]dict.Mode, *dict.Options) {
	o := &dict.Options{Algorithm: a, Stop: sweep.MaxSweeps(sweeps), Seed: 3}
	for range order {
		o.Methods = append(o.Methods, cpd.HALS{})
	}
	return []dict.Mode{{N: n, Dict: d, Distinct: true}}, o
}

// same compares atoms, and a model, with what one process finds.
func same(got *dict.Result, model *tensor.Kruskal, want *dict.Result) error {
	if d := differ(model, want.Model); fmt.Sprint(got.Atoms) != fmt.Sprint(want.Atoms) || d > 1e-10 {
		return fmt.Errorf("atoms %v, want %v; factors differ by %g", got.Atoms, want.Atoms, d)
	}
	return nil
}

// Ranks choose the atoms that one process chooses, and fit the same factors to them.
func TestAtomsAreThoseOfOneProcess(t *testing.T) {
	racetest.Slow(t)
	const ranks = 4
	for _, dims := range [][]int{{800, 12, 5}, {800, 12}} {
		x, d := madeOfAtoms(t, 1, 40, dims...)
		for _, algorithm := range []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.Smooth{}, nil} {
			modes, o := distinctHALS(1, len(dims), 12, d, algorithm)
			want, err := dict.Decompose(context.Background(), x, 3, modes, o)
			require.NoError(t, err)
			t.Run(fmt.Sprintf("%v/%T", dims, algorithm), func(t *testing.T) {
				require.NoError(t, local.Run(context.Background(), ranks, func(ctx context.Context, c dist.Comm) error {
					lo, hi := dist.SlabOf(800, cpd.RowsTogether(cpd.HALS{}, 3), c.Rank(), ranks)
					p, err := dist.NewTensor(c, slab(x, 0, lo, hi), 0, 800, lo)
					if err != nil {
						return err
					}
					got, err := dict.Decompose(ctx, p, 3, modes, o)
					if err != nil {
						return err
					}
					model, err := dist.Whole(p, got.Model)
					if err != nil || algorithm != nil {
						return errors.Join(err, same(got, model, want))
					}
					if fmt.Sprint(got.Atoms) != fmt.Sprint(want.Atoms) || math.Abs(got.RelativeError-want.RelativeError) > 1e-6 { // two algorithms
						return fmt.Errorf("atoms %v, want %v; error %g, want %g", got.Atoms, want.Atoms, got.RelativeError, want.RelativeError)
					}
					return nil
				}))
			})
		}
	}
}
