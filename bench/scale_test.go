package bench

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// Scale fails unless every run exchanges the words of the model.
func TestScaleCountsTheWordsOfTheModel(t *testing.T) {
	table, err := Scale(context.Background(), ScaleOptions{Dims: []int{7, 40, 6}, Rank: 3, Sweeps: 5, Ranks: []int{1, 2, 3}})
	require.NoError(t, err)
	require.Len(t, table.Rows, 5)
	for _, row := range table.Rows {
		require.Equal(t, row[2], row[1])
	}
	require.Equal(t, "1.0", table.Rows[4][3], "passes over slabs")
}
