package cpd

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// slabs are a tensor that is read slab by slab; reads fail from the given one on.
type slabs struct {
	x     *tensor.Dense
	fails int64
	reads atomic.Int64
}

var errTorn = errors.New("the file ends here")

func (s *slabs) Dims() []int { return s.x.Dims() }

func (s *slabs) ReadSlab(dst []float64, lo, hi int) error {
	if n := s.reads.Add(1); s.fails > 0 && n >= s.fails {
		return errTorn
	}
	slice := len(s.x.Data()) / s.x.Dims()[0]
	copy(dst, s.x.Data()[lo*slice:hi*slice])
	return nil
}

// behind is x in slabs, its modes turned round by `by`: the tiled one is order[0]. rank is
// that of the partial products that fit.
func behind(t *testing.T, x *tensor.Dense, order []int, rank int) (*tensor.Dense, *tensor.Tiled) {
	t.Helper()
	dims := make([]int, len(order))
	for k, n := range order {
		dims[n] = x.Dims()[k]
	}
	turned := tensor.NewDense(dims, nil)
	index, to := make([]int, len(dims)), make([]int, len(dims))
	for range x.Data() {
		for k, n := range order {
			to[n] = index[k]
		}
		turned.Set(x.At(index...), to...)
		for m := len(index) - 1; m >= 0; m-- {
			if index[m]++; index[m] < x.Dims()[m] {
				break
			}
			index[m] = 0
		}
	}
	slice := len(x.Data()) / x.Dims()[0]
	y, err := tensor.NewTiled(&slabs{x: x}, &tensor.TiledOptions{Order: order, Memory: int64(16 * slice * max(rank, 3))})
	require.NoError(t, err)
	return turned, y
}

// Data in slabs lead where the same data in memory lead, whichever mode is tiled.
func TestDataInSlabsAgreeWithDataInMemory(t *testing.T) {
	x := planted(newRand(71), []int{23, 9, 7}, 3, true, 0.1)
	split := ADMM{Constraint: constraint.Nonnegative{}}
	for _, c := range []struct {
		name     string
		methods  []Method
		way      Algorithm
		perSweep int
		loose    bool // steps magnify rounding
	}{
		{"least squares", nil, nil, 1, false},
		{"HALS", same(HALS{Delta: -1}, 3), nil, 1, false},
		{"NNLS", same(NNLS{}, 3), nil, 1, false},
		{"FCLS in the tiled mode", []Method{FCLS{}, HALS{Delta: -1}, HALS{Delta: -1}}, nil, 1, false},
		{"FCLS elsewhere", []Method{HALS{Delta: -1}, FCLS{}, NNLS{}}, nil, 1, false},
		{"all scaled", same(FCLS{}, 3), nil, 1, false},
		{"k-sparse", same(KSparse{K: 2}, 3), nil, 1, false},
		{"MU", same(MU{}, 3), nil, 1, false},
		{"ADMM", same(split, 3), nil, 2, false},
		{"extrapolated", same(HALS{Delta: -1}, 3), Extrapolated{}, 3, false},
		{"L-BFGS", nil, LBFGS{}, 4, false},
		{"projected", same(HALS{Delta: -1}, 3), ProjectedQuasiNewton{}, 6, false},
		{"Gauss-Newton", nil, GaussNewton{}, 4, true},
	} {
		for _, order := range [][]int{{0, 1, 2}, {1, 2, 0}, {2, 1, 0}} {
			dense, tiled := behind(t, x, order, 3)
			methods := make([]Method, 3)
			for k, m := range c.methods {
				methods[order[k]] = m
			}
			const sweeps = 6
			o := &Options{Methods: methods, Algorithm: c.way, Stop: sweep.MaxSweeps(sweeps), Seed: 5}
			want, err := Decompose(t.Context(), dense, 3, o)
			require.NoError(t, err, c.name)
			got, err := Decompose(t.Context(), tiled, 3, o)
			require.NoError(t, err, c.name)
			name := fmt.Sprint(c.name, " ", order)
			if c.loose {
				require.InDelta(t, want.RelativeError, got.RelativeError, 1e-3, name)
				continue
			}
			require.InDelta(t, want.RelativeError, got.RelativeError, 1e-9, name)
			for n := range want.Model.Factors {
				require.True(t, mat.EqualApprox(want.Model.Factors[n], got.Model.Factors[n], 1e-6), "%s, mode %d", name, n)
			}
			// Beside the sweeps: the norm, the scale of the start, the error of the
			// result, and P of the start for modes before the tiled one.
			require.LessOrEqual(t, tiled.Passes(), c.perSweep*sweeps+4, name)
		}
	}
}

// Wherever reading fails, it is an error, and no result comes with it.
func TestDataThatCannotBeReadAreAnError(t *testing.T) {
	x := planted(newRand(72), []int{12, 5, 4}, 2, true, 0.1)
	for _, way := range []Algorithm{Alternating{}, Extrapolated{}, LBFGS{}, GaussNewton{}} {
		for _, race := range []int{0, 2} {
			for _, fails := range []int64{1, 20, 60, 110} {
				s := &slabs{x: x, fails: fails}
				y, err := tensor.NewTiled(s, &tensor.TiledOptions{Memory: 20 * 16 * 4})
				require.NoError(t, err)
				r, err := Decompose(t.Context(), y, 2, &Options{Algorithm: way, Stop: sweep.MaxSweeps(100), Starts: 1 + race, Race: race})
				require.ErrorIs(t, err, ErrRead, "%T, read %d", way, fails)
				require.ErrorIs(t, err, errTorn)
				require.Nil(t, r)
			}
		}
	}
	// The very last pass is that of the error of the result.
	s := &slabs{x: x}
	y, err := tensor.NewTiled(s, &tensor.TiledOptions{Memory: 20 * 16 * 4})
	require.NoError(t, err)
	o := &Options{Stop: sweep.MaxSweeps(2)}
	_, err = Decompose(t.Context(), y, 2, o)
	require.NoError(t, err)
	again := &slabs{x: x, fails: s.reads.Load()}
	y, err = tensor.NewTiled(again, &tensor.TiledOptions{Memory: 20 * 16 * 4})
	require.NoError(t, err)
	_, err = Decompose(t.Context(), y, 2, o)
	require.ErrorIs(t, err, ErrRead)
}

// What needs single cells says so.
func TestDataInSlabsRefuseWhatNeedsCells(t *testing.T) {
	_, y := behind(t, planted(newRand(73), []int{12, 5, 4}, 2, true, 0.1), []int{0, 1, 2}, 2)
	for _, way := range []Algorithm{Generalized{}, Compressed{}} {
		_, err := Decompose(t.Context(), y, 2, &Options{Algorithm: way})
		require.ErrorIs(t, err, ErrOptions, "%T", way)
		require.ErrorContains(t, err, "Tiled")
	}
}
