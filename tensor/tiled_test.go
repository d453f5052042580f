package tensor_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

// held are slabs that are in memory after all; reads fail from the given one on.
type held struct {
	dims  []int
	data  []float64
	fails int64
	reads atomic.Int64
}

var errDisk = errors.New("a bad sector")

func (h *held) Dims() []int { return h.dims }

func (h *held) ReadSlab(dst []float64, lo, hi int) error {
	if n := h.reads.Add(1); h.fails > 0 && n >= h.fails {
		return errDisk
	}
	slice := len(h.data) / h.dims[0]
	copy(dst, h.data[lo*slice:hi*slice])
	return nil
}

// held32 has them in single precision.
type held32 struct{ held }

func (h *held32) ReadSlab32(dst []float32, lo, hi int) error {
	all := make([]float64, len(dst))
	if err := h.ReadSlab(all, lo, hi); err != nil {
		return err
	}
	for i, v := range all {
		dst[i] = float32(v)
	}
	return nil
}

// tiled is x behind slabs of `rows` slices of mode order[0], and the like in single
// precision; entries of x are rounded to that, and it is the slabs' divided by scale.
func tiled(t *testing.T, x *tensor.Dense, order []int, rows int, scale float64, single bool) *tensor.Tiled {
	t.Helper()
	dims := x.Dims()
	h := held32{held{data: make([]float64, 0, len(x.Data()))}}
	for _, n := range order {
		h.dims = append(h.dims, dims[n])
	}
	index := make([]int, len(dims))
	indices(h.dims, func(at []int) {
		for k, n := range order {
			index[n] = at[k]
		}
		v := x.At(index...)
		h.data = append(h.data, v)
		x.Set(v/scale, index...)
	})
	var s tensor.Slabs = &h.held
	size := 8
	if single {
		s, size = &h, 4
	}
	y, err := tensor.NewTiled(s, &tensor.TiledOptions{Order: order, Scale: scale, Memory: int64(len(h.data)/h.dims[0]*rows*size)*16/3 + 16})
	require.NoError(t, err)
	require.Equal(t, dims, y.Dims())
	return y
}

func singles(rng *rand.Rand, dims ...int) *tensor.Dense {
	x := random(rng, dims...)
	for i, v := range x.Data() {
		x.Data()[i] = float64(float32(v))
	}
	return x
}

var tilings = []struct {
	dims, order []int
	rows        int
	scale       float64
	single      bool
}{
	{[]int{5}, []int{0}, 2, 1, false},
	{[]int{7, 3}, []int{0, 1}, 2, 1, true},
	{[]int{4, 9}, []int{1, 0}, 4, 0.5, false},
	{[]int{6, 4, 3}, []int{0, 1, 2}, 2, 1, true},
	{[]int{3, 7, 4}, []int{1, 2, 0}, 3, -4, true},
	{[]int{4, 3, 6}, []int{2, 1, 0}, 1, 8, false},
	{[]int{1, 5, 2}, []int{0, 2, 1}, 1, 1, true},
	{[]int{3, 2, 4, 3}, []int{2, 0, 3, 1}, 3, 1, false},
}

func TestTiledKeepsThePromises(t *testing.T) {
	for _, c := range tilings {
		t.Run(fmt.Sprint(c.dims, c.order), func(t *testing.T) {
			x := singles(rand.New(rand.NewPCG(3, 1)), c.dims...)
			tensortest.Check(t, tiled(t, x, c.order, c.rows, c.scale, c.single))
		})
	}
}

// Whatever is asked agrees with the same tensor in memory, and takes one pass.
func TestTiledAgreesWithDense(t *testing.T) {
	for _, c := range append(tilings[1:], tilings[3], struct {
		dims, order []int
		rows        int
		scale       float64
		single      bool
	}{[]int{40, 30, 20}, []int{1, 2, 0}, 7, 3, true}) {
		rng := rand.New(rand.NewPCG(3, 2))
		x := singles(rng, c.dims...)
		y := tiled(t, x, c.order, c.rows, c.scale, c.single)
		name := fmt.Sprint(c.dims, c.order)
		require.InEpsilon(t, x.SquaredNorm(), y.SquaredNorm(), 1e-13, name)
		require.InEpsilon(t, x.MaxAbs(), y.MaxAbs(), 1e-15, name)
		require.InEpsilon(t, slices.Min(x.Data()), y.Least(), 1e-15, name)
		_, bad := y.NonFinite()
		require.False(t, bad)
		require.Equal(t, 1, y.Passes(), "norm, largest entry and bad ones have a pass in common")
		factors := randomFactors(rng, c.dims, 4)
		all := make([]*mat.Dense, len(c.dims))
		for n, d := range c.dims {
			all[n] = mat.NewDense(d, 4, nil)
		}
		y.MTTKRPs(all, factors)
		require.Equal(t, 2, y.Passes())
		for n, d := range c.dims {
			want, got := mat.NewDense(d, 4, nil), mat.NewDense(d, 4, nil)
			x.MTTKRP(want, factors, n)
			y.MTTKRP(got, factors, n)
			require.Equal(t, 3+n, y.Passes())
			tol := 1e-14 * float64(len(x.Data())) * math.Max(1, mat.Max(absolute(want)))
			require.True(t, mat.EqualApprox(want, got, tol), "%s, mode %d", name, n)
			require.True(t, mat.EqualApprox(want, all[n], tol), "%s, mode %d of all", name, n)
		}
		k := randomModel(rng, c.dims, 3)
		require.InEpsilon(t, x.SquaredResidual(k), y.SquaredResidual(k), 1e-12, name)
	}
}

// A sequence gives the products of the factors as they are, in one pass for a sweep
// where rows are updated within it and in two elsewhere.
func TestTiledSequenceTakesFewPasses(t *testing.T) {
	for _, c := range tilings[1:] {
		rng := rand.New(rand.NewPCG(3, 3))
		x := singles(rng, c.dims...)
		for _, stream := range []bool{false, true} {
			y := tiled(t, x, c.order, max(c.rows, c.dims[c.order[0]]-1), c.scale, c.single)
			factors := randomFactors(rng, c.dims, 1)
			q := y.Sequence().(tensor.RowStreamer)
			require.Equal(t, c.order[0], q.RowMode())
			const sweeps = 3
			for range sweeps {
				for n, d := range c.dims {
					want, got := mat.NewDense(d, 1, nil), mat.NewDense(d, 1, nil)
					x.MTTKRP(want, factors, n)
					next := randomMatrix(rng, d, 1)
					if n == q.RowMode() && stream {
						ok, err := q.StreamRows(got, factors, func(lo, hi int) error {
							for i := lo; i < hi; i++ {
								require.InDelta(t, want.At(i, 0), got.At(i, 0), 1e-10)
								factors[n].Set(i, 0, next.At(i, 0))
							}
							return nil
						})
						require.NoError(t, err)
						require.True(t, ok)
					} else {
						q.MTTKRP(got, factors, n)
						factors[n].Copy(next)
						q.Updated(n)
					}
					require.True(t, mat.EqualApprox(want, got, 1e-10), "%v, mode %d", c.dims, n)
				}
			}
			most := 2*sweeps + 1 // P of the start, for modes before the tiled one
			if stream {
				most = sweeps + 1
			}
			require.LessOrEqual(t, y.Passes(), most, "%v %v, streamed %v", c.dims, c.order, stream)
		}
	}
}

// Partial products that would take more than half of the memory are not kept.
func TestTiledSequenceKeepsWithinItsMemory(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	x := singles(rng, 20, 6, 5)
	y := tiled(t, x, []int{0, 1, 2}, 1, 1, true) // 640 bytes, 320 for P
	q := y.Sequence().(tensor.RowStreamer)
	factors := randomFactors(rng, x.Dims(), 2) // P would take 480
	m := mat.NewDense(20, 2, nil)
	ok, err := q.StreamRows(m, factors, func(int, int) error { panic("called") })
	require.NoError(t, err)
	require.False(t, ok)
	for n, d := range x.Dims() {
		want, got := mat.NewDense(d, 2, nil), mat.NewDense(d, 2, nil)
		x.MTTKRP(want, factors, n)
		q.MTTKRP(got, factors, n)
		require.True(t, mat.EqualApprox(want, got, 1e-11))
	}
	require.Equal(t, 3, y.Passes())
}

// After a read that failed nothing looks like an answer.
func TestTiledKeepsItsFailure(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	x := random(rng, 6, 3, 2)
	for _, fails := range []int64{1, 5, 9} {
		h := &held{dims: x.Dims(), data: x.Data(), fails: fails}
		y, err := tensor.NewTiled(h, &tensor.TiledOptions{Memory: 6 * 8 * 2 * 16 / 3})
		require.NoError(t, err)
		factors := randomFactors(rng, x.Dims(), 2)
		m := mat.NewDense(3, 2, nil)
		if fails < 9 {
			require.True(t, math.IsNaN(y.SquaredNorm()))
		} else {
			require.InEpsilon(t, x.SquaredNorm(), y.SquaredNorm(), 1e-13)
			require.NoError(t, tensor.Err(y))
		}
		y.MTTKRP(m, factors, 1)
		require.ErrorIs(t, tensor.Err(y), errDisk)
		require.ErrorContains(t, tensor.Err(y), "of mode 0")
		reads := h.reads.Load()
		require.Zero(t, mat.Norm(m, 1))
		require.True(t, math.IsNaN(y.SquaredNorm()))
		k := randomModel(rng, x.Dims(), 2)
		require.True(t, math.IsNaN(y.SquaredResidual(k)))
		require.True(t, math.IsNaN(k.RelativeError(y)))
		ok, err := y.Sequence().(tensor.RowStreamer).StreamRows(mat.NewDense(6, 2, nil), factors, func(int, int) error { panic("called") })
		require.True(t, ok)
		require.NoError(t, err)
		require.Equal(t, reads, h.reads.Load(), "nothing is read after a failure")
	}
}

// The first entry that is not finite is named by its index in the tensor.
func TestTiledFindsBadEntries(t *testing.T) {
	x := singles(rand.New(rand.NewPCG(3, 6)), 4, 5, 3)
	x.Set(math.NaN(), 2, 3, 1)
	y := tiled(t, x, []int{1, 0, 2}, 2, 1, true)
	require.True(t, math.IsNaN(y.SquaredNorm()))
	index, bad := y.NonFinite()
	require.True(t, bad)
	require.Equal(t, []int{2, 3, 1}, index)
	require.NoError(t, tensor.Err(y))
}

// An error of an update ends the pass.
func TestTiledStreamEndsWithAnError(t *testing.T) {
	x := singles(rand.New(rand.NewPCG(3, 7)), 9, 2)
	y := tiled(t, x, []int{0, 1}, 3, 1, false)
	calls, wrong := 0, errors.New("wrong")
	ok, err := y.Sequence().(tensor.RowStreamer).StreamRows(mat.NewDense(9, 1, nil), randomFactors(rand.New(rand.NewPCG(1, 1)), x.Dims(), 1), func(int, int) error {
		calls++
		return wrong
	})
	require.True(t, ok)
	require.ErrorIs(t, err, wrong)
	require.Equal(t, 1, calls)
}

func TestNewTiledRejects(t *testing.T) {
	h := &held{dims: []int{4, 100}, data: make([]float64, 400)}
	_, err := tensor.NewTiled(h, &tensor.TiledOptions{Memory: 1000})
	require.ErrorIs(t, err, tensor.ErrMemory)
	require.ErrorContains(t, err, "at least 4282 bytes")
	_, err = tensor.NewTiled(h, &tensor.TiledOptions{Memory: 4282})
	require.NoError(t, err)
	for _, order := range [][]int{{0}, {0, 0}, {0, 2}, {-1, 0}} {
		_, err = tensor.NewTiled(h, &tensor.TiledOptions{Order: order})
		require.ErrorContains(t, err, "order")
	}
	for _, scale := range []float64{math.NaN(), math.Inf(1), 1e-320} {
		_, err = tensor.NewTiled(h, &tensor.TiledOptions{Scale: scale})
		require.ErrorContains(t, err, "cannot be divided")
	}
}

// BenchmarkTiledSweep is a sweep of order 3 with reads that cost nothing, against the
// same from memory.
func BenchmarkTiledSweep(b *testing.B) {
	dims, rank := []int{400, 400, 400}, 16
	rng := rand.New(rand.NewPCG(1, 1))
	x := tensor.NewDense(dims, nil)
	for i := range x.Data() {
		x.Data()[i] = float64(i%17) - 8
	}
	factors := randomFactors(rng, dims, rank)
	y, err := tensor.NewTiled(&held{dims: dims, data: x.Data()}, &tensor.TiledOptions{Memory: 256 << 20})
	require.NoError(b, err)
	m := []*mat.Dense{mat.NewDense(400, rank, nil), mat.NewDense(400, rank, nil), mat.NewDense(400, rank, nil)}
	b.Run("memory", func(b *testing.B) {
		q := x.Sequence()
		for range b.N {
			for n := range dims {
				q.MTTKRP(m[n], factors, n)
				q.Updated(n)
			}
		}
	})
	b.Run("slabs", func(b *testing.B) {
		q := y.Sequence().(tensor.RowStreamer)
		for range b.N {
			_, err := q.StreamRows(m[0], factors, func(int, int) error { return nil })
			require.NoError(b, err)
			for n := 1; n < 3; n++ {
				q.MTTKRP(m[n], factors, n)
				q.Updated(n)
			}
		}
	})
}
