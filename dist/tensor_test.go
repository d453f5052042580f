package dist_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// planted is a nonnegative tensor of three components with some noise.
func planted(seed uint64, dims ...int) *tensor.Dense {
	rng := rand.New(rand.NewPCG(seed, 1))
	var factors []*mat.Dense
	for _, d := range dims {
		a := mat.NewDense(d, 3, nil)
		a.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, a)
		factors = append(factors, a)
	}
	x := tensor.NewKruskal(factors...).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.05 * rng.Float64()
	}
	return x
}

// slab is rows lo…hi−1 of mode n.
func slab(x *tensor.Dense, n, lo, hi int) *tensor.Dense {
	dims := append([]int(nil), x.Dims()...)
	left, right := 1, 1
	for m, d := range dims {
		switch {
		case m < n:
			left *= d
		case m > n:
			right *= d
		}
	}
	dims[n] = hi - lo
	var data []float64
	for l := range left {
		at := l * x.Dims()[n] * right
		data = append(data, x.Data()[at+lo*right:at+hi*right]...)
	}
	return tensor.NewDense(dims, data)
}

// split fits x on some ranks and returns the whole model of rank 0 and what it exchanged.
func split(t *testing.T, x *tensor.Dense, n, unit, ranks, rank int, o func(p tensor.Partitioned) *cpd.Options) (*cpd.Result, dist.Stats) {
	t.Helper()
	var result *cpd.Result
	var stats dist.Stats
	var one sync.Mutex
	require.NoError(t, local.Run(context.Background(), ranks, func(ctx context.Context, c dist.Comm) error {
		lo, hi := dist.SlabOf(x.Dims()[n], unit, c.Rank(), ranks)
		counted := dist.Count(c)
		p, err := dist.NewTensor(counted, slab(x, n, lo, hi), n, x.Dims()[n], lo)
		if err != nil {
			return err
		}
		r, err := cpd.Decompose(ctx, p, rank, o(p))
		if err != nil {
			return err
		}
		now := counted.Stats()
		if r.Model, err = dist.Whole(p, r.Model); err != nil {
			return err
		}
		if c.Rank() == 0 {
			one.Lock()
			result, stats = r, now
			one.Unlock()
		}
		return nil
	}))
	return result, stats
}

func differ(a, b *tensor.Kruskal) float64 {
	d := 0.0
	for n := range a.Factors {
		var e mat.Dense
		e.Sub(a.Factors[n], b.Factors[n])
		d = max(d, mat.Norm(&e, 2)/mat.Norm(b.Factors[n], 2))
	}
	for r := range a.Weights {
		d = max(d, math.Abs(a.Weights[r]-b.Weights[r])/b.Weights[0])
	}
	return d
}

// Equal iterates, not only equal limits: the fits end after a number of sweeps.
func TestRanksAgreeWithOneProcess(t *testing.T) {
	const rank = 3
	stop := sweep.MaxSweeps(25)
	for _, c := range []struct {
		name   string
		dims   []int
		n      int
		method func(n int) cpd.Method
	}{
		{"als/first", []int{41, 9, 8}, 0, func(int) cpd.Method { return cpd.LeastSquares{} }},
		{"als/last", []int{9, 8, 37}, 2, func(int) cpd.Method { return cpd.LeastSquares{} }},
		{"als/order4", []int{5, 21, 4, 3}, 1, func(int) cpd.Method { return nil }},
		{"hals/first", []int{1100, 5, 4}, 0, func(int) cpd.Method { return cpd.HALS{} }},
		{"hals/last", []int{5, 4, 1100}, 2, func(int) cpd.Method { return cpd.HALS{} }},
		{"accelerated", []int{6, 1100, 4}, 1, func(int) cpd.Method { return cpd.AcceleratedHALS{} }},
		{"nmf", []int{1100, 12}, 0, func(int) cpd.Method { return cpd.HALS{} }},
		{"nmf/last", []int{12, 1100}, 1, func(int) cpd.Method { return cpd.HALS{} }},
		{"nnls", []int{30, 7, 6}, 0, func(int) cpd.Method { return cpd.NNLS{} }},
		{"fcls", []int{30, 7, 6}, 0, func(n int) cpd.Method {
			if n == 0 {
				return cpd.FCLS{}
			}
			return cpd.NNLS{}
		}},
		{"admm", []int{30, 7, 6}, 0, func(n int) cpd.Method {
			if n == 0 {
				return cpd.ADMM{Constraint: constraint.Box{Lo: 0, Hi: 0.4}}
			}
			return cpd.ADMM{}
		}},
		{"fast gradient", []int{30, 7, 6}, 0, func(int) cpd.Method { return cpd.FastGradient{} }},
	} {
		x := planted(7, c.dims...)
		var methods []cpd.Method
		for n := range c.dims {
			methods = append(methods, c.method(n))
		}
		o := &cpd.Options{Methods: methods, Stop: stop, Seed: 5}
		want, err := cpd.Decompose(context.Background(), x, rank, o)
		require.NoError(t, err)
		unit := 1
		if methods[c.n] != nil {
			unit = cpd.RowsTogether(methods[c.n], rank)
		}
		for _, ranks := range []int{1, 2, 4} {
			if racetest.Enabled && ranks != 2 {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", c.name, ranks), func(t *testing.T) {
				got, _ := split(t, x, c.n, unit, ranks, rank, func(tensor.Partitioned) *cpd.Options { return o })
				require.Equal(t, len(want.Trace), len(got.Trace))
				require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
				require.Less(t, differ(got.Model, want.Model), 1e-10)
			})
		}
	}
}

func TestWordsAreTheModels(t *testing.T) {
	for _, c := range []struct {
		dims []int
		n    int
		hals bool
	}{{[]int{41, 9, 8}, 0, false}, {[]int{9, 8, 40}, 2, true}, {[]int{9, 40, 8}, 1, true}, {[]int{5, 21, 4, 3}, 1, false}, {[]int{40, 6}, 0, true}} {
		for _, ranks := range []int{1, 2, 3} {
			const rank, sweeps = 3, 7
			var methods []cpd.Method
			if c.hals {
				for range c.dims {
					methods = append(methods, cpd.HALS{})
				}
			}
			_, got := split(t, planted(3, c.dims...), c.n, 1, ranks, rank, func(tensor.Partitioned) *cpd.Options {
				return &cpd.Options{Methods: methods, Stop: sweep.MaxSweeps(sweeps)}
			})
			m := dist.Model{Dims: c.dims, Split: c.n, Rank: rank, HALS: c.hals}
			want := m.Start(ranks).Plus(m.Sweep().Times(sweeps)).Plus(m.Result())
			want.Waiting = got.Waiting
			require.Equal(t, want, got, "%v over %d ranks", c, ranks)
		}
	}
}

func TestNewTensorRejects(t *testing.T) {
	x := planted(1, 12, 3, 2)
	for _, c := range []struct {
		name     string
		lo, hi   [2]int
		size     int
		n        [2]int
		part     string
		cutOther bool
	}{
		{"a gap", [2]int{0, 7}, [2]int{6, 12}, 12, [2]int{0, 0}, "rank 1 has rows 7 to 12", false},
		{"too short", [2]int{0, 6}, [2]int{6, 11}, 12, [2]int{0, 0}, "end at row 11 of 12", false},
		{"other sizes", [2]int{0, 6}, [2]int{6, 12}, 12, [2]int{0, 0}, "1 ranks have other sizes", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := local.Run(context.Background(), 2, func(_ context.Context, comm dist.Comm) error {
				r := comm.Rank()
				part := slab(x, 0, c.lo[r], c.hi[r])
				if c.cutOther && r == 1 {
					part = slab(part, 1, 0, 2)
				}
				_, err := dist.NewTensor(comm, part, c.n[r], c.size, c.lo[r])
				require.ErrorIs(t, err, dist.ErrSplit)
				return err
			})
			require.ErrorContains(t, err, c.part)
		})
	}
	_, err := dist.NewTensor(dist.Self(), tensor.NewMasked(x, make([]bool, 72)), 0, 12, 0)
	require.ErrorIs(t, err, dist.ErrSplit)
	_, err = dist.Longest([]int{2, 3}, 4)
	require.ErrorIs(t, err, dist.ErrSplit)
}

func TestDecomposeRejects(t *testing.T) {
	x := planted(1, 12, 3, 2)
	for _, c := range []struct {
		o    cpd.Options
		part string
	}{
		{cpd.Options{Algorithm: cpd.Extrapolated{}}, "Alternating"},
		{cpd.Options{Init: cpd.SVD{}}, "Random"},
		{cpd.Options{Race: 3, Starts: 2}, "race"},
		{cpd.Options{Methods: []cpd.Method{cpd.Smooth{}}}, "split another mode"},
		{cpd.Options{Methods: []cpd.Method{cpd.ADMM{Constraint: constraint.Monotone{}}}}, "split another mode"},
	} {
		err := local.Run(context.Background(), 2, func(ctx context.Context, comm dist.Comm) error {
			lo, hi := dist.Slab(12, comm.Rank(), 2)
			p, err := dist.NewTensor(comm, slab(x, 0, lo, hi), 0, 12, lo)
			require.NoError(t, err)
			_, err = cpd.Decompose(ctx, p, 2, &c.o)
			return err
		})
		require.ErrorIs(t, err, cpd.ErrOptions)
		require.ErrorContains(t, err, c.part)
	}
	x.Data()[6*6+1] = math.NaN()
	err := local.Run(context.Background(), 2, func(ctx context.Context, comm dist.Comm) error {
		lo, hi := dist.Slab(12, comm.Rank(), 2)
		p, err := dist.NewTensor(comm, slab(x, 0, lo, hi), 0, 12, lo)
		require.NoError(t, err)
		_, err = cpd.Decompose(ctx, p, 2, nil)
		return err
	})
	require.ErrorIs(t, err, cpd.ErrNotFinite)
	require.ErrorContains(t, err, "[6 0 1]")
}

// A context that ends on one rank ends all, after the same sweep, with the model so far.
func TestContextOfOneRankEndsAll(t *testing.T) {
	x := planted(1, 40, 6, 5)
	sweeps := make([]int, 3)
	err := local.Run(context.Background(), 3, func(ctx context.Context, comm dist.Comm) error {
		lo, hi := dist.Slab(40, comm.Rank(), 3)
		p, err := dist.NewTensor(comm, slab(x, 0, lo, hi), 0, 40, lo)
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		r, err := cpd.Decompose(ctx, p, 2, &cpd.Options{Stop: sweep.MaxSweeps(100), Observe: func(_ int, q sweep.Point) error {
			if comm.Rank() == 1 && q.Sweep == 4 {
				cancel()
			}
			return nil
		}})
		require.ErrorIs(t, err, context.Canceled)
		require.False(t, math.IsNaN(r.RelativeError))
		sweeps[comm.Rank()] = len(r.Trace)
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, []int{4, 4, 4}, sweeps)
}

func TestSlabsCoverTheMode(t *testing.T) {
	for _, n := range []int{1, 5, 64, 1000} {
		for _, size := range []int{1, 2, 3, 5} {
			for _, unit := range []int{1, 7, 64} {
				at := 0
				for r := range size {
					lo, hi := dist.SlabOf(n, unit, r, size)
					require.Equal(t, at, lo)
					if n >= size {
						require.Greater(t, hi, lo)
					}
					at = hi
				}
				require.Equal(t, n, at)
			}
		}
	}
}
