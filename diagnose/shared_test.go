package diagnose_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/sweep"
)

// The amino acid fluorescence data: the N-way toolbox reports 100.000 and 99.8686 per
// cent for two and three components without constraints.
func TestCoreConsistencyOfAminoAcids(t *testing.T) {
	file, err := format.Open(sharedtest.Path(t, "ref", "cpd", "amino", "X.npy"))
	require.NoError(t, err)
	defer file.Close()
	x, err := file.Dense()
	require.NoError(t, err)
	stop := sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 3}, sweep.MaxSweeps(5000))
	for rank, want := range map[int]float64{2: 100.000, 3: 99.8686} {
		r, err := cpd.Decompose(t.Context(), x, rank, &cpd.Options{Init: cpd.SVD{}, Stop: stop})
		require.NoError(t, err)
		c, err := diagnose.CoreConsistency(x, r.Model)
		require.NoError(t, err)
		require.InDelta(t, want, c, 6e-5, "rank %d", rank)
		d, err := diagnose.FindDegeneracy(r.Model)
		require.NoError(t, err)
		require.False(t, d.Degenerate)
		require.False(t, d.Swamp)
		u, err := diagnose.CheckUniqueness(r.Model)
		require.NoError(t, err)
		require.True(t, u.Certified, u.Reason)
	}
}

// The collinear reference, planted with cosines of 0.9 between all columns of a mode:
// both where alternating updates have got to in the swamp, and at its end.
func TestSwampIsFlagged(t *testing.T) {
	racetest.Slow(t)
	file, err := format.Open(sharedtest.Path(t, "ref", "cpd", "swamp", "X.npy"))
	require.NoError(t, err)
	defer file.Close()
	x, err := file.Dense()
	require.NoError(t, err)
	for _, o := range []cpd.Options{
		{Stop: sweep.MaxSweeps(100)},
		{Stop: sweep.MaxSweeps(1500)},
		{Stop: sweep.MaxSweeps(60), Algorithm: cpd.GaussNewton{}},
	} {
		r, err := cpd.Decompose(t.Context(), x, 5, &o)
		require.NoError(t, err)
		d, err := diagnose.FindDegeneracy(r.Model)
		require.NoError(t, err)
		t.Logf("error %.6f: %v", r.RelativeError, d)
		require.True(t, d.Swamp, "%+v", d)
		require.False(t, d.Degenerate, "%+v", d)
		require.InDelta(t, 0.9, d.Alike, 0.03)
		require.Contains(t, d.String(), "a swamp")
	}
}
