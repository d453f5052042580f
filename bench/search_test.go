package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/synth"
)

// Few spectra well apart at little noise are all found, so that the abundances are
// those of the oracle, which sparse regression does not reach.
func TestSearch(t *testing.T) {
	lib, err := synth.NewLibrary("few", nil, 40, &synth.LibraryOptions{MinAngle: 0.08, Seed: 3})
	require.NoError(t, err)
	told := 0
	table, err := Search(t.Context(), &SearchOptions{
		Spectra: lib.Spectra, Runs: 2, Side: 12, Rows: []SearchRow{{3, true, 30}, {2, false, 20}},
		Observe: func(done, total int) {
			require.Equal(t, 4, total)
			told = done
		},
	})
	require.NoError(t, err)
	require.Equal(t, 4, told)
	require.Len(t, table.Rows, 2)
	for _, row := range table.Rows {
		require.Len(t, row, len(table.Columns))
		require.Equal(t, "0", row[3])
		require.Equal(t, 100.0, number(t, row[5]))
		require.Equal(t, row[7], row[6])
		require.Greater(t, number(t, row[6]), number(t, row[8]))
	}

	_, err = Search(t.Context(), &SearchOptions{Spectra: lib.Spectra, Rows: []SearchRow{{41, false, 20}}})
	require.ErrorContains(t, err, "41 spectra of a library of 40")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Search(ctx, &SearchOptions{Spectra: lib.Spectra, Rows: []SearchRow{{2, false, 20}}, Side: 8})
	require.ErrorIs(t, err, context.Canceled)
}

// The error of abundances is over all spectra, chosen or not.
func TestSquaredErrorCountsBothSides(t *testing.T) {
	truth := mat.NewDense(2, 1, []float64{3, 1}) // spectra 4 and 7
	a := mat.NewDense(1, 2, []float64{2, 5})     // spectra 4 and 9
	require.Equal(t, 1.0+25+1, squaredError(truth, []int{4, 7}, a, []int{4, 9}))
}
