package cpd

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

func readX(t *testing.T, name string) *tensor.Dense {
	t.Helper()
	f, err := format.Open(filepath.Join(sharedtest.Path(t, "data", "tensors", "eem"), name))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	x, err := f.Dense()
	require.NoError(t, err)
	return x
}

// Half of the amino acid data, drawn at random, has the components of the whole.
func TestAminoAcidsWithHalfOfTheCells(t *testing.T) {
	racetest.Slow(t)
	x := readX(t, "claus.mat#X")
	opts := &Options{Methods: same(HALS{}, 3), Init: SVD{}}
	full, err := Decompose(t.Context(), x, 3, opts)
	require.NoError(t, err)
	for seed := range uint64(3) {
		for form, y := range forms(masked(x, 60+seed, 0.5)) {
			for _, start := range []Init{SVD{}, Random{}} {
				r, err := Decompose(t.Context(), y, 3, &Options{Methods: opts.Methods, Init: start})
				require.NoError(t, err)
				c := congruence(full.Model.Factors, r.Model)
				require.GreaterOrEqual(t, c, 0.99, "%s, seed %d", form, seed)
				requireFalling(t, r.Trace)
				t.Logf("%s, seed %d, %T: congruence %.6f, error %.6f after %d sweeps, %v", form, seed, start, c, r.RelativeError, len(r.Trace), r.Trace.Last().Elapsed)
			}
			if testing.Short() {
				return
			}
		}
	}
}

// The sugar data have 4288 cells that are NaN, above the diagonal of scattered light.
func TestSugarWithItsMissingCells(t *testing.T) {
	x := readX(t, "sugar.mat#X")
	_, err := Decompose(t.Context(), x, 4, nil)
	require.ErrorIs(t, err, ErrNotFinite)
	require.ErrorContains(t, err, "tensor.NewMasked")
	m := tensor.NewMaskedNaN(x)
	require.Equal(t, len(x.Data())-4288, m.KnownCells())
	if testing.Short() {
		t.Skip("thousands of sweeps")
	}
	for form, y := range forms(m) {
		for _, method := range []Method{HALS{}, NNLS{}} {
			// There is a local minimum at 0.03516, which single starts may end in.
			r, err := Decompose(t.Context(), y, 4, &Options{
				Methods: same(method, 3), Starts: 3, Race: 80, Stop: sweep.Any(sweep.RelChange{Tol: 1e-6, Patience: 3}, sweep.MaxSweeps(400)),
			})
			require.NoError(t, err)
			requireFalling(t, r.Trace)
			require.InDelta(t, 0.034, r.RelativeError, 0.0005, "%s", form)
			t.Logf("%s, %T: error %.6f after %d sweeps (%v), %v", form, method, r.RelativeError, len(r.Trace), r.Status, r.Trace.Last().Elapsed)
		}
	}
}

func requireFalling(t *testing.T, trace sweep.Trace) {
	t.Helper()
	for k := 1; k < len(trace); k++ {
		before, now := trace[k-1].RelativeError, trace[k].RelativeError
		require.LessOrEqual(t, now, before*(1+1e-12), "sweep %d", k+1)
	}
}
