package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/report"
)

// Models with the points that the theorem needs are certified, models with fewer are
// not where every point counts (k = R−1); recovery above the bound is the rule.
func TestSparse(t *testing.T) {
	racetest.Slow(t)
	table, err := Sparse(t.Context(), &SparseOptions{Rank: 3, Trials: 4, Quick: true})
	require.NoError(t, err)
	seen := 0
	for _, row := range table.Rows {
		k, points, needed := number(t, row[0]), number(t, row[1]), number(t, row[2])
		require.Equal(t, map[float64]float64{1: 2, 2: 4}[k], needed)
		if points >= needed {
			require.Equal(t, "100", row[4], "%v", row)
			require.GreaterOrEqual(t, number(t, row[5]), 75.0, "%v", row)
			seen++
		} else if k == 2 {
			require.Equal(t, "0", row[4], "%v", row)
		}
	}
	require.Positive(t, seen)
	curves, err := SparseCurves(table)
	require.NoError(t, err)
	require.Len(t, curves.Chosen, 2)
	require.Equal(t, "k = 2", curves.Chosen[1].Name)
	require.GreaterOrEqual(t, curves.Chosen[1].Values[3], 75.0) // at the bound
	_, err = SparseCurves(&report.Table{Rows: [][]string{{"1"}}})
	require.ErrorIs(t, err, ErrOptions)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Sparse(ctx, nil)
	require.ErrorIs(t, err, context.Canceled)
	ctx, cancel = context.WithCancel(t.Context())
	defer cancel()
	rows, err := Sparse(ctx, &SparseOptions{Rank: 2, Trials: 1, Quick: true, Observe: func(done, total int) {
		if done == total-1 {
			cancel()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	require.NotNil(t, rows)
	require.NotEmpty(t, rows.Rows) // those that were done
	for _, o := range []SparseOptions{{Rank: 1}, {Trials: -1}, {Starts: -1}} {
		_, err = Sparse(t.Context(), &o)
		require.ErrorIs(t, err, ErrOptions)
	}
}
