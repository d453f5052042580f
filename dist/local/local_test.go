package local

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/disttest"
)

func TestRunKeepsThePromises(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5} {
		require.NoError(t, Run(context.Background(), n, func(_ context.Context, c dist.Comm) error { return disttest.Check(c) }))
		require.NoError(t, Run(context.Background(), n, func(_ context.Context, c dist.Comm) error {
			return disttest.Check(dist.Count(dist.WithLimit(c, time.Minute)))
		}))
	}
	require.NoError(t, disttest.Check(dist.Self()))
}

func TestFailuresEndAll(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name string
		bad  func(c dist.Comm) error // what rank 1 does while the others wait
		want error
		text string
	}{
		{"error", func(dist.Comm) error { return boom }, boom, "rank 1: boom"},
		{"panic", func(dist.Comm) error { panic("oh") }, nil, "rank 1: panic: oh"},
		{"abort", func(c dist.Comm) error { c.Abort(boom); return nil }, boom, "rank 1: boom"},
		{"early end", func(dist.Comm) error { return nil }, dist.ErrMismatch, "rank 1 has ended"},
		{"other length", func(c dist.Comm) error { return c.AllReduceSum(make([]float64, 2)) }, dist.ErrMismatch, "sum of 2"},
		{"other call", func(c dist.Comm) error { return c.Barrier() }, dist.ErrMismatch, "barrier"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Run(context.Background(), 3, func(_ context.Context, comm dist.Comm) error {
				if comm.Rank() == 1 {
					return c.bad(comm)
				}
				err := comm.AllReduceSum(make([]float64, 3))
				require.Error(t, err)
				require.Error(t, comm.Barrier()) // and stays so
				return err
			})
			require.ErrorContains(t, err, c.text)
			if c.want != nil {
				require.ErrorIs(t, err, c.want)
			}
		})
	}
}

func TestContextEndsWithTheGroup(t *testing.T) {
	err := Run(context.Background(), 2, func(ctx context.Context, c dist.Comm) error {
		if c.Rank() == 0 {
			return errors.New("no")
		}
		<-ctx.Done()
		return ctx.Err()
	})
	require.EqualError(t, err, "rank 0: no")
}

func TestLimitEndsWaiting(t *testing.T) {
	free := make(chan struct{})
	err := Run(context.Background(), 2, func(_ context.Context, c dist.Comm) error {
		if c.Rank() == 1 {
			<-free // stopped
			return nil
		}
		defer close(free)
		err := dist.WithLimit(c, 20*time.Millisecond).AllReduceSum(make([]float64, 3))
		require.ErrorIs(t, err, dist.ErrLimit)
		return err
	})
	require.ErrorContains(t, err, "rank 0 of 2 has waited 20ms in a sum of 3 words (call 1)")
}

func BenchmarkAllReduceSum(b *testing.B) {
	for _, words := range []int{1, 1000, 6600} {
		b.Run(map[int]string{1: "1", 1000: "8kB", 6600: "53kB"}[words], func(b *testing.B) {
			_ = Run(context.Background(), 2, func(_ context.Context, c dist.Comm) error {
				x := make([]float64, words)
				for range b.N {
					_ = c.AllReduceSum(x)
				}
				return nil
			})
		})
	}
}
