package dist_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// stored is a tensor as a file has it: order[k] is the mode that lies k-th.
type stored struct {
	x     *tensor.Dense
	order []int
	fails int // the number of reads after which none succeeds, if it is positive
	lock  sync.Mutex
}

var errDisk = errors.New("the disk is gone")

func (s *stored) Dims() []int {
	dims := make([]int, len(s.order))
	for k, n := range s.order {
		dims[k] = s.x.Dims()[n]
	}
	return dims
}

func (s *stored) ReadSlab(dst []float64, lo, hi int) error {
	s.lock.Lock()
	defer s.lock.Unlock()
	if s.fails > 0 {
		if s.fails--; s.fails == 0 {
			s.fails = 1
			return errDisk
		}
	}
	dims := s.Dims()
	at, index := make([]int, len(dims)), make([]int, len(dims))
	at[0] = lo
	for k := range dst {
		for m, n := range s.order {
			index[n] = at[m]
		}
		dst[k] = s.x.At(index...)
		for m := len(dims) - 1; m >= 0; m-- {
			if at[m]++; at[m] < dims[m] || m == 0 {
				break
			}
			at[m] = 0
		}
	}
	return nil
}

// tiled leaves a part where it is; slabs are of a few slices.
func tiled(x *tensor.Dense, first, unit, fails int) (*tensor.Tiled, error) {
	order := []int{first}
	for n := range x.Dims() {
		if n != first {
			order = append(order, n)
		}
	}
	s := &stored{x: x, order: order, fails: fails}
	slice := len(x.Data()) / x.Dims()[first]
	return tensor.NewTiled(s, &tensor.TiledOptions{Order: order, Unit: unit, Memory: int64(8 * slice * (x.Dims()[first]/2 + 1) * 6)})
}

// inTiles is split with parts that are not in memory.
func inTiles(x *tensor.Dense, n, first, unit, ranks int, f func(ctx context.Context, p tensor.Partitioned, t *tensor.Tiled) error) error {
	return local.Run(context.Background(), ranks, func(ctx context.Context, c dist.Comm) error {
		lo, hi := dist.SlabOf(x.Dims()[n], unit, c.Rank(), ranks)
		t, err := tiled(slab(x, n, lo, hi), first, unit, 0)
		if err != nil {
			return err
		}
		p, err := dist.NewTensor(c, t, n, x.Dims()[n], lo)
		if err != nil {
			return err
		}
		return f(ctx, p, t)
	})
}

// Ranks whose parts stay in their files make the sweeps of one process that has all in
// memory, in one pass each where the split mode is the one that is read along.
func TestRanksInTilesAgreeWithOneProcess(t *testing.T) {
	const rank, sweeps = 3, 15
	for _, c := range []struct {
		name   string
		dims   []int
		n      int
		first  int
		passes bool // one a sweep
		method cpd.Method
	}{
		{"als", []int{41, 9, 8}, 0, 0, true, cpd.LeastSquares{}},
		{"als/other", []int{9, 8, 37}, 2, 0, false, cpd.LeastSquares{}},
		{"hals", []int{130, 5, 4}, 0, 0, true, cpd.HALS{}},
		{"hals/last", []int{5, 4, 130}, 2, 2, true, cpd.HALS{}},
		{"nnls", []int{30, 7, 6}, 0, 0, true, cpd.NNLS{}},
		{"nmf", []int{130, 12}, 0, 0, true, cpd.HALS{}},
		{"nmf/other", []int{12, 70}, 1, 0, false, cpd.HALS{}},
	} {
		x := planted(7, c.dims...)
		o := &cpd.Options{Stop: sweep.MaxSweeps(sweeps), Seed: 5}
		for range c.dims {
			o.Methods = append(o.Methods, c.method)
		}
		want, err := cpd.Decompose(context.Background(), x, rank, o)
		require.NoError(t, err)
		for _, ranks := range []int{2, 4} {
			if racetest.Enabled && ranks != 2 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", c.name, ranks), func(t *testing.T) {
				require.NoError(t, inTiles(x, c.n, c.first, cpd.RowsTogether(c.method, rank), ranks, func(ctx context.Context, p tensor.Partitioned, file *tensor.Tiled) error {
					got, err := cpd.Decompose(ctx, p, rank, o)
					if err != nil {
						return err
					}
					model, err := dist.Whole(p, got.Model)
					if err != nil {
						return err
					}
					if len(got.Trace) != len(want.Trace) || differ(model, want.Model) > 1e-10 {
						return fmt.Errorf("%d sweeps, factors differ by %g", len(got.Trace), differ(model, want.Model))
					}
					if c.passes && ranks == 2 && file.Passes() > sweeps+5 {
						return fmt.Errorf("%d passes for %d sweeps", file.Passes(), sweeps)
					}
					return nil
				}))
			})
		}
	}
}

// Atoms as well.
func TestAtomsOfTilesAreThoseOfOneProcess(t *testing.T) {
	racetest.Slow(t)
	x, d := madeOfAtoms(t, 1, 30, 1100, 12, 5)
	modes, o := distinctHALS(1, 3, 12, d, dict.Flexible{})
	want, err := dict.Decompose(context.Background(), x, 3, modes, o)
	require.NoError(t, err)
	for _, ranks := range []int{2, 4} {
		require.NoError(t, inTiles(x, 0, 0, cpd.RowsTogether(cpd.HALS{}, 3), ranks, func(ctx context.Context, p tensor.Partitioned, _ *tensor.Tiled) error {
			got, err := dict.Decompose(ctx, p, 3, modes, o)
			if err != nil {
				return err
			}
			model, err := dist.Whole(p, got.Model)
			return errors.Join(err, same(got, model, want))
		}))
	}
}

// What one rank cannot read ends all of them, in whatever call that is.
func TestFailureOfOneFileEndsAllRanks(t *testing.T) {
	x := planted(1, 60, 6, 5)
	for _, fails := range []int{1, 14, 40, 61} {
		errs := make([]error, 3)
		err := local.Run(context.Background(), 3, func(ctx context.Context, c dist.Comm) error {
			lo, hi := dist.Slab(60, c.Rank(), 3)
			only := 0
			if c.Rank() == 1 {
				only = fails
			}
			p, err := tiled(slab(x, 0, lo, hi), 0, 1, only)
			require.NoError(t, err)
			d, err := dist.NewTensor(c, p, 0, 60, lo)
			if err == nil {
				_, err = cpd.Decompose(ctx, d, 2, &cpd.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}, Stop: sweep.MaxSweeps(30)})
			}
			errs[c.Rank()] = err
			return err
		})
		require.ErrorIs(t, err, errDisk, "after %d reads", fails)
		require.ErrorContains(t, err, "rank 1")
		for _, e := range errs {
			require.ErrorIs(t, e, errDisk, "after %d reads", fails)
		}
	}
}
