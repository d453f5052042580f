package dict

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
)

// A search that is ended during the very first fit still gives a model made of
// atoms, with the error.
func TestEndingBeforeTheFirstChoiceSalvages(t *testing.T) {
	x, modes, o := hasty(t)
	for _, a := range []Algorithm{Project{}, Hard{}, Flexible{}, Swap{}} {
		o.Algorithm = a
		ctx, cancel := context.WithCancel(t.Context())
		o.Observe = func(stage string, _ sweep.Point) error {
			require.Equal(t, "fit without dictionary", stage)
			cancel()
			return nil
		}
		r, err := Decompose(ctx, x, 4, modes, &o)
		cancel()
		require.ErrorIs(t, err, context.Canceled, a.Name())
		require.NotNil(t, r, a.Name())
		require.Equal(t, sweep.Stopped, r.Status)
		checkResult(t, x, 4, modes, r)
	}
}

// ending is a context that ends once it has been asked.
type ending struct {
	context.Context
	asked bool
}

func (c *ending) Err() error {
	if c.asked {
		return context.Canceled
	}
	c.asked = true
	return nil
}

// For a matrix not even that is needed: the greedy choice is always there.
func TestMatrixSalvagesFromNothing(t *testing.T) {
	rng := newRand(5)
	d := dictionary(t, drawn(rng, 20, 12, true))
	x := noisy(rng, 0.01, d.Columns([]int{1, 5, 9}, false), drawn(rng, 30, 3, true))
	modes := []Mode{{N: 0, Dict: d, Distinct: true}}
	r, err := Decompose(&ending{Context: t.Context()}, x, 3, modes, &Options{Methods: []cpd.Method{nil, cpd.NNLS{}}})
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, r)
	checkResult(t, x, 3, modes, r)
}

// With a single other mode a sweep is an exchange, and Stop limits them.
func TestStopLimitsExchanges(t *testing.T) {
	rng := newRand(6)
	d := dictionary(t, drawn(rng, 20, 60, true))
	x := noisy(rng, 0.3, d.Columns([]int{1, 5, 9, 20}, false), drawn(rng, 30, 4, true))
	modes := []Mode{{N: 0, Dict: d, Distinct: true}}
	fit := func(n int) *Result {
		r, err := Decompose(t.Context(), x, 4, modes, &Options{Methods: []cpd.Method{nil, cpd.NNLS{}}, Algorithm: Swap{Starts: []Algorithm{Project{}}}, Stop: sweep.MaxSweeps(n)})
		require.NoError(t, err)
		return r
	}
	free, one := fit(500), fit(1)
	require.Equal(t, sweep.Converged, free.Status)
	require.Greater(t, free.Swaps, 0, "the case is to need exchanges")
	require.Equal(t, sweep.MaxedOut, one.Status)
	require.Zero(t, one.Swaps)
}
