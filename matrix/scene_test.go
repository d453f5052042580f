package matrix_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
)

// urbanFourth is every fourth pixel of the Urban scene, each way, as the published
// tables have it.
func urbanFourth(t *testing.T) *mat.Dense {
	t.Helper()
	x := readMAT(t, sharedtest.Path(t, "data/scenes/urban/urban_undersampled4.mat"))["M"]
	require.NotNil(t, x)
	x.Scale(1e-3, x)
	return x
}

// urbanRow is what the authors' program gives for one method on that scene.
type urbanRow struct {
	percent float64
	index   []int
}

func urbanTable(t *testing.T, r int) map[string]urbanRow {
	t.Helper()
	f, err := os.Open(sharedtest.Path(t, fmt.Sprintf("ref/dict/urban_u4_r%d/expected.tsv", r)))
	require.NoError(t, err)
	defer f.Close()
	in := csv.NewReader(f)
	in.Comma = '\t'
	recs, err := in.ReadAll()
	require.NoError(t, err)
	rows := map[string]urbanRow{}
	for _, rec := range recs[1:] {
		percent, err := strconv.ParseFloat(rec[1], 64)
		require.NoError(t, err)
		row := urbanRow{percent: percent}
		for s := range strings.SplitSeq(rec[5], ",") {
			j, err := strconv.Atoi(s)
			require.NoError(t, err)
			row.index = append(row.index, j)
		}
		rows[rec[0]] = row
	}
	return rows
}

// errorPercent is the relative error of the exact fit.
func errorPercent(t *testing.T, x *mat.Dense, index []int) float64 {
	t.Helper()
	a, err := matrix.NNLS(context.Background(), columns(x, index), x)
	require.NoError(t, err)
	return 100 * a.RelativeError
}

// The authors' programs on Urban: the same columns in the same order.
func TestSelectorsMatchAuthorsOnUrban(t *testing.T) {
	if testing.Short() {
		t.Skip("reads a whole scene")
	}
	x := urbanFourth(t)
	for _, r := range []int{6, 8} {
		want := urbanTable(t, r)
		for name, s := range map[string]matrix.Selector{"SPA": matrix.SPA{}, "SNPA": matrix.SNPA{}, "XRAY": matrix.XRAY{}, "H2NMF": matrix.H2NMF{}} {
			got, err := s.Select(context.Background(), x, r)
			require.NoError(t, err)
			assert.Equal(t, want[name].index, got.Index, "%s r=%d", name, r)
			// The exact fit is a little better than their 500 sweeps.
			percent := errorPercent(t, x, got.Index)
			assert.LessOrEqual(t, percent, want[name].percent+1e-5, "%s r=%d", name, r)
			assert.InDelta(t, want[name].percent, percent, 0.02, "%s r=%d", name, r)
		}
	}
}
