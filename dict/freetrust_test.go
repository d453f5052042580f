package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
)

// Beside a free component atoms are judged as ever; of itself it is said whether it is
// needed, and no theorem about atoms is claimed.
func TestExamineWithFreeComponents(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	for _, dims := range [][]int{{20, 60}, {20, 9, 8}} {
		x, atoms, _ := plantedFree(2, dims, 4, 1, true, 0.01)
		modes := []Mode{{N: 0, Dict: dictionary(t, atoms), Distinct: true, Free: assign.Bound{Min: 1, Max: 1}}}
		o := Options{Methods: same(cpd.HALS{}, len(dims)), Starts: 2}
		r, err := Decompose(t.Context(), x, 4, modes, &o)
		require.NoError(t, err)
		trust, err := Examine(t.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: 2, Restarts: 1})
		require.NoError(t, err)
		require.Equal(t, Undecided, trust.Certificates[0].Unique)
		require.Contains(t, trust.Conditions[0].Because, "are free")
		for c, at := range trust.Atoms[0] {
			require.Equal(t, r.Atoms[0][c], at.Atom)
			require.True(t, at.Needed, "%v: %s", dims, at.Verdict)
			if at.Atom >= 0 {
				require.GreaterOrEqual(t, at.Rival, 0)
				require.Greater(t, at.Swapped.Loss, trust.Loss, "%v: %s", dims, at.Verdict)
				require.Equal(t, 1.0, at.Resampled)
				continue
			}
			require.Equal(t, -1, at.Rival)
			require.True(t, math.IsNaN(at.Swapped.Loss) && math.IsNaN(at.Resampled))
			require.Contains(t, at.Verdict, "of no atom")
		}
	}
}
