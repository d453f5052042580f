package checkpoint_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/checkpoint"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// noise is 1100×4×3, nonnegative.
func noise() *tensor.Dense {
	rng := rand.New(rand.NewPCG(3, 4))
	x := tensor.NewDense([]int{1100, 4, 3}, nil)
	for i := range x.Data() {
		x.Data()[i] = rng.Float64()
	}
	return x
}

// fit runs sweeps on some ranks, and saves or takes up states; the model is whole.
func fit(t *testing.T, ranks, sweeps int, keep func(r checkpoint.Ranks, p checkpoint.Problem) (*cpd.Keep, error)) (*cpd.Result, error) {
	t.Helper()
	x := noise()
	var result *cpd.Result
	var one sync.Mutex
	err := local.Run(context.Background(), ranks, func(ctx context.Context, c dist.Comm) error {
		lo, hi := dist.SlabOf(1100, 256, c.Rank(), ranks)
		p, err := dist.NewTensor(c, tensor.NewDense([]int{hi - lo, 4, 3}, x.Data()[12*lo:12*hi]), 0, 1100, lo)
		require.NoError(t, err)
		o := &cpd.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}, Stop: sweep.MaxSweeps(sweeps)}
		if o.Keep, err = keep(checkpoint.Ranks{Comm: c, X: p}, checkpoint.Problem{Dims: []int{1100, 4, 3}, Rank: 2, Norm: p.SquaredNorm(), Options: "hals"}); err != nil {
			return err
		}
		r, err := cpd.Decompose(ctx, p, 2, o)
		if err != nil {
			return err
		}
		if r.Model, err = dist.Whole(p, r.Model); c.Rank() == 0 {
			one.Lock()
			result = r
			one.Unlock()
		}
		return err
	})
	return result, err
}

// A run of four ranks is taken up by two, by three and by one, and ends where one in
// one piece ends.
func TestOtherRanksTakeUpARun(t *testing.T) {
	dir := t.TempDir()
	none := func(checkpoint.Ranks, checkpoint.Problem) (*cpd.Keep, error) { return nil, nil }
	want, err := fit(t, 1, 40, none)
	require.NoError(t, err)
	_, err = fit(t, 4, 20, func(r checkpoint.Ranks, p checkpoint.Problem) (*cpd.Keep, error) {
		return &cpd.Keep{Every: 5, Save: func(s *cpd.State) error { return r.Save(dir, p, s) }}, nil
	})
	require.NoError(t, err)
	names, err := filepath.Glob(filepath.Join(dir, "it-000-000020", "factor0-*.f64"))
	require.NoError(t, err)
	require.Len(t, names, 4)
	for _, ranks := range []int{1, 2, 3, 4} {
		got, err := fit(t, ranks, 40, func(r checkpoint.Ranks, p checkpoint.Problem) (*cpd.Keep, error) {
			s, passed, err := r.Load(dir, p)
			require.NoError(t, passed)
			if err == nil {
				require.Len(t, s.Trace, 20)
			}
			return &cpd.Keep{From: s}, err
		})
		require.NoError(t, err)
		require.Len(t, got.Trace, 40)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		require.InDeltaSlice(t, want.Model.Weights, got.Model.Weights, 1e-10*want.Model.Weights[0])
		for n, a := range want.Model.Factors {
			require.InDeltaSlice(t, a.RawMatrix().Data, got.Model.Factors[n].RawMatrix().Data, 1e-10)
		}
	}
	// One process reads them too.
	s, _, err := checkpoint.Load(dir, checkpoint.Problem{Dims: []int{1100, 4, 3}, Rank: 2, Norm: noise().SquaredNorm(), Options: "hals"})
	require.NoError(t, err)
	require.Equal(t, []int{1100, 4, 3}, s.Model.Dims())

	// Damage to the rows of one rank makes all take the state before.
	require.NoError(t, flip(names[2]))
	_, err = fit(t, 3, 21, func(r checkpoint.Ranks, p checkpoint.Problem) (*cpd.Keep, error) {
		s, passed, err := r.Load(dir, p)
		require.ErrorIs(t, passed, checkpoint.ErrDamaged)
		require.Len(t, s.Trace, 15)
		return &cpd.Keep{From: s}, err
	})
	require.NoError(t, err)
	_, err = fit(t, 2, 21, func(r checkpoint.Ranks, p checkpoint.Problem) (*cpd.Keep, error) {
		p.Seed = 5
		_, _, err := r.Load(dir, p)
		require.ErrorIs(t, err, checkpoint.ErrOther)
		_, _, none := r.Load(t.TempDir(), p)
		require.ErrorIs(t, none, checkpoint.ErrNone)
		return nil, err
	})
	require.ErrorIs(t, err, checkpoint.ErrOther)
}

// A state that one rank cannot write ends the run on all, with its words, and leaves the
// states before.
func TestUnwritableStateLeavesTheOthers(t *testing.T) {
	dir := t.TempDir()
	_, err := fit(t, 3, 40, func(r checkpoint.Ranks, p checkpoint.Problem) (*cpd.Keep, error) {
		return &cpd.Keep{Every: 5, Save: func(s *cpd.State) error {
			if len(s.Trace) == 15 {
				r.X = occupied{r.X, dir, r.Comm.Rank()}
			}
			err := r.Save(dir, p, s)
			if len(s.Trace) == 15 {
				require.ErrorContains(t, err, "factor0-")
			}
			return err
		}}, nil
	})
	require.ErrorContains(t, err, "file exists")
	s, passed, err := checkpoint.Load(dir, checkpoint.Problem{Dims: []int{1100, 4, 3}, Rank: 2, Norm: noise().SquaredNorm(), Options: "hals"})
	require.NoError(t, err)
	require.NoError(t, passed)
	require.Len(t, s.Trace, 10)
	require.NoDirExists(t, filepath.Join(dir, "it-000-000015"))
}

// occupied puts a folder where rank 1 is about to write its file.
type occupied struct {
	tensor.Partitioned
	dir  string
	rank int
}

func (o occupied) Part() (n, size, lo, hi int) {
	n, size, lo, hi = o.Partitioned.Part()
	if o.rank == 1 {
		_ = os.MkdirAll(filepath.Join(o.dir, "it-000-000015", "factor0-512-1024.f64", "x"), 0o777)
	}
	return n, size, lo, hi
}
