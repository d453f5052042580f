package dist_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// led runs f with a tensor whose mode n is split over ranks, and returns what rank 0 has
// exchanged.
func led(t *testing.T, x *tensor.Dense, n, ranks int, part func(x *tensor.Dense) tensor.Tensor, f func(x tensor.Tensor) error) (stats dist.Stats) {
	t.Helper()
	require.NoError(t, local.Run(context.Background(), ranks, func(_ context.Context, c dist.Comm) error {
		lo, hi := dist.Slab(x.Dims()[n], c.Rank(), ranks)
		counted := dist.Count(c)
		var own tensor.Tensor = slab(x, n, lo, hi)
		if part != nil {
			own = part(own.(*tensor.Dense))
		}
		err := dist.Lead(counted, own, n, x.Dims()[n], lo, f)
		if c.Rank() == 0 {
			stats = counted.Stats()
		}
		return err
	}))
	return stats
}

func TestLedTensorKeepsThePromises(t *testing.T) {
	for n := range 3 {
		for _, part := range []func(*tensor.Dense) tensor.Tensor{nil, func(x *tensor.Dense) tensor.Tensor {
			p, err := tiled(x, (n+1)%3, 2, 0)
			require.NoError(t, err)
			return p
		}} {
			led(t, planted(2, 6, 5, 4), n, 3, part, func(x tensor.Tensor) error {
				tensortest.Check(t, x)
				for m := range 3 {
					require.NotNil(t, tensor.GramerOf(x, m), "mode %d", m)
				}
				return nil
			})
		}
	}
}

// Whatever is read of the entries of a led tensor takes the words that [dist.Model] says.
func TestLedReadingsTakeTheModelsWords(t *testing.T) {
	for _, dims := range [][]int{{41, 9, 8}, {70, 2000}} {
		m := dist.Model{Dims: dims, Split: 0}
		count := func(ask func(x tensor.Tensor)) dist.Stats {
			each := func(times int) dist.Stats {
				return led(t, planted(3, dims...), 0, 2, nil, func(x tensor.Tensor) error {
					for range times {
						ask(x)
					}
					return nil
				})
			}
			s := each(1).Minus(each(0))
			s.Waiting = 0
			return s
		}
		index := make([][]int32, len(dims))
		for n := range index {
			index[n] = []int32{1, 0, 1}
		}
		for n := range dims {
			got := count(func(x tensor.Tensor) { x.(tensor.Fibrous).FibresTo(mat.NewDense(3, dims[n], nil), index, n) })
			require.Equal(t, m.Fibres(n, 3), got)
		}
		require.Equal(t, m.Fibres(-1, 3), count(func(x tensor.Tensor) { x.(tensor.Fibrous).EntriesTo(make([]float64, 3), index) }))
		for n := range 2 {
			require.Equal(t, m.Gram(n), count(func(x tensor.Tensor) { tensor.GramerOf(x, n).UnfoldingGram(mat.NewSymDense(dims[n], nil), n) }))
		}
		require.Equal(t, m.Gathered(2), count(func(x tensor.Tensor) {
			_, err := x.(tensor.Gatherer).Gather()
			require.NoError(t, err)
		}))
	}
}

// What takes factors as a whole takes the steps of one process.
func TestLedFitsAgreeWithOneProcess(t *testing.T) {
	for _, c := range []struct {
		name    string
		dims    []int
		n       int
		options cpd.Options
	}{
		{"hals of few rows", []int{61, 6, 5}, 0, cpd.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}}},
		{"smooth", []int{41, 6, 5}, 0, cpd.Options{Methods: []cpd.Method{cpd.Smooth{}}}},
		{"unimodal", []int{5, 30, 6}, 1, cpd.Options{Methods: []cpd.Method{nil, cpd.ADMM{Constraint: constraint.Unimodal{}}}}},
		{"extrapolated", []int{5, 6, 40}, 2, cpd.Options{Algorithm: cpd.Extrapolated{}}},
		{"quasi-newton", []int{30, 6, 5}, 0, cpd.Options{Algorithm: cpd.ProjectedQuasiNewton{}}},
	} {
		x := planted(7, c.dims...)
		c.options.Stop, c.options.Seed = sweep.MaxSweeps(4), 5
		want, err := cpd.Decompose(context.Background(), x, 3, &c.options)
		require.NoError(t, err)
		for _, ranks := range []int{2, 4} {
			if racetest.Enabled && ranks != 2 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", c.name, ranks), func(t *testing.T) {
				led(t, x, c.n, ranks, nil, func(x tensor.Tensor) error {
					got, err := cpd.Decompose(context.Background(), x, 3, &c.options)
					if err != nil {
						return err
					}
					if d := differ(got.Model, want.Model); d > 1e-10 {
						return fmt.Errorf("factors differ by %g", d)
					}
					return nil
				})
			})
		}
	}
}

// byPasses is a led tensor that cannot be had as a whole.
type byPasses struct{ notGathered }

type notGathered interface {
	tensor.Tensor
	tensor.Sequencer
	tensor.Residualer
	tensor.SomeGramer
	tensor.Fibrous
	tensor.Failer
}

// Atoms for the split mode itself, of parts in memory and in files, by passes over them.
func TestLedAtomsAreThoseOfOneProcess(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct {
		dims []int
		n    int
	}{{[]int{60, 8, 5}, 0}, {[]int{9, 60}, 1}} {
		x, d := madeOfAtoms(t, c.n, 25, c.dims...)
		for k, way := range []dict.Algorithm{dict.Project{}, dict.Hard{}, dict.Flexible{}, dict.Smooth{}, dict.Swap{Starts: []dict.Algorithm{dict.Project{}, dict.Hard{}}}} {
			modes, o := distinctHALS(c.n, len(c.dims), 6, d, way)
			want, err := dict.Decompose(context.Background(), x, 3, modes, o)
			require.NoError(t, err)
			for _, ranks := range []int{2, 4} {
				part := func(x *tensor.Dense) tensor.Tensor { return x }
				if k%2 == 1 {
					part = func(x *tensor.Dense) tensor.Tensor {
						p, err := tiled(x, c.n, 1, 0)
						require.NoError(t, err)
						return p
					}
				}
				t.Run(fmt.Sprintf("%d/%s/%d", len(c.dims), way.Name(), ranks), func(t *testing.T) {
					led(t, x, c.n, ranks, part, func(x tensor.Tensor) error {
						got, err := dict.Decompose(context.Background(), byPasses{x.(notGathered)}, 3, modes, o)
						if err != nil {
							return err
						}
						return same(got, got.Model, want)
					})
				})
			}
		}
	}
}

func TestLedWordsAreTheModels(t *testing.T) {
	const rank = 3
	for _, dims := range [][]int{{41, 9, 8}, {9, 40}, {5, 21, 4, 3}} {
		count := func(sweeps int) dist.Stats {
			return led(t, planted(3, dims...), 1, 2, nil, func(x tensor.Tensor) error {
				_, err := cpd.Decompose(context.Background(), x, rank, &cpd.Options{Stop: sweep.MaxSweeps(sweeps)})
				return err
			})
		}
		got, want := count(9).Minus(count(4)), dist.Model{Dims: dims, Split: 1, Rank: rank}.Led().Times(5)
		want.Waiting = got.Waiting
		require.Equal(t, want, got, "%v", dims)
	}
}

// Data that one rank cannot read, and an error of the leader, end all.
func TestLedFailuresEndAllRanks(t *testing.T) {
	x, wrong := planted(1, 60, 6, 5), errors.New("wrong")
	for _, fails := range []int{1, 14, 40, 0} {
		errs := make([]error, 3)
		err := local.Run(context.Background(), 3, func(ctx context.Context, c dist.Comm) error {
			lo, hi := dist.Slab(60, c.Rank(), 3)
			only := 0
			if c.Rank() == 1 {
				only = fails
			}
			p, err := tiled(slab(x, 0, lo, hi), 0, 1, only)
			require.NoError(t, err)
			errs[c.Rank()] = dist.Lead(c, p, 0, 60, lo, func(x tensor.Tensor) error {
				if _, err := cpd.Decompose(ctx, x, 2, &cpd.Options{Stop: sweep.MaxSweeps(30)}); err != nil {
					return err
				}
				return wrong
			})
			return errs[c.Rank()]
		})
		if fails == 0 {
			require.ErrorIs(t, err, wrong)
			require.NoError(t, errors.Join(errs[1:]...))
			continue
		}
		require.ErrorIs(t, err, errDisk, "after %d reads", fails)
		require.ErrorContains(t, err, "rank 1")
		for _, e := range errs {
			require.ErrorIs(t, e, errDisk, "after %d reads", fails)
		}
	}
}
