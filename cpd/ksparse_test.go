package cpd

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// A tensor whose slices along mode 0 are mixtures of at most two of four
// components: from a start near enough the supports are those planted, the factors
// too, and the error never rises.
func TestKSparseFindsThePlantedSupports(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(11)
	truth := drawnFactors(rng, []int{40, 9, 8}, 4, true)
	for i := range 40 {
		for _, r := range rng.Perm(4)[:2] {
			truth[0].Set(i, r, 0)
		}
	}
	x := tensor.NewKruskal(truth...).Dense()
	r, err := Decompose(t.Context(), x, 4, &Options{Methods: []Method{KSparse{K: 2}, HALS{}, HALS{}}, Starts: 5, Seed: 3})
	require.NoError(t, err)
	require.Less(t, r.RelativeError, 1e-3)
	for k := 1; k < len(r.Trace); k++ {
		require.LessOrEqual(t, r.Trace[k].RelativeError, r.Trace[k-1].RelativeError+1e-12)
	}
	require.Greater(t, congruence(truth, r.Model), 0.999)
	requireSparseRows(t, r.Model.Factors[0], 2)

	// with a limit that does not bind it is NNLS
	free, err := Decompose(t.Context(), x, 4, &Options{Methods: []Method{KSparse{K: 4}, NNLS{}, NNLS{}}})
	require.NoError(t, err)
	same, err := Decompose(t.Context(), x, 4, &Options{Methods: []Method{NNLS{}, NNLS{}, NNLS{}}})
	require.NoError(t, err)
	require.InDelta(t, same.RelativeError, free.RelativeError, 1e-9)

	_, err = Decompose(t.Context(), x, 4, &Options{Methods: []Method{KSparse{}}})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "K is at least 1")
}

func requireSparseRows(t *testing.T, a *mat.Dense, k int) {
	t.Helper()
	rows, rank := a.Dims()
	for i := range rows {
		n := 0
		for r := range rank {
			if a.At(i, r) != 0 {
				n++
			}
		}
		require.LessOrEqual(t, n, k, "row %d", i)
	}
}
