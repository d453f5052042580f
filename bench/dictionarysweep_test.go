package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/synth"
)

// A row for every setting and method, a box for every setting and method.
func TestDictionarySweep(t *testing.T) {
	racetest.Slow(t)
	settings := map[string]int{"rho": 4, "snr": 5, "coherence": 4, "size": 3}
	if testing.Short() {
		settings = map[string]int{"coherence": 4}
	}
	atoms, err := synth.CoherentAtoms(50, 20, 5, 1)
	require.NoError(t, err)
	for over, n := range settings {
		told := 0
		f, err := DictionarySweep(t.Context(), SweepOptions{Over: over, Atoms: atoms, Rank: 4, Trials: 1, Observe: func(done, total int) {
			told++
			require.Equal(t, told, done)
			require.Equal(t, n, total)
		}})
		require.NoError(t, err)
		require.Equal(t, n, told)
		require.Len(t, f.Table.Rows, n*(1+len(family)))
		require.Len(t, f.FactorError.X, n)
		require.Len(t, f.FactorError.Series, 1+len(family))
		require.Len(t, f.Atoms.Series, len(family))
		for _, row := range f.Table.Rows {
			require.Equal(t, row[1] == "als", row[2] == "", "%v", row)
			if row[1] != "als" {
				require.LessOrEqual(t, number(t, row[2]), number(t, row[3]), "a right atom is of the right class: %v", row)
			}
		}
		if over == "coherence" { // from near-duplicates to independent atoms
			last := 2.0
			for _, x := range f.FactorError.X {
				require.Less(t, number(t, x), last)
				last = number(t, x)
			}
			require.Equal(t, "100.0", f.Table.Rows[len(f.Table.Rows)-1][2], "independent atoms are all found")
		}
	}
}

func TestDictionarySweepRefuses(t *testing.T) {
	for _, o := range []SweepOptions{{}, {Over: "rank"}, {Over: "rho", Trials: -1}, {Over: "rho", Rank: -1}} {
		_, err := DictionarySweep(t.Context(), o)
		require.ErrorIs(t, err, ErrOptions)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := DictionarySweep(ctx, SweepOptions{Over: "rho"})
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorContains(t, err, "rho = 1, trial 0")
}
