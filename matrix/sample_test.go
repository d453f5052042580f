package matrix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
)

// Where every column is a cluster of its own a sample is no loss.
func TestSampled(t *testing.T) {
	racetest.Slow(t)
	selecttest.CheckForm(t, matrix.Sampled{Selector: matrix.SPA{}, N: 30})
	selecttest.Check(t, matrix.Sampled{Selector: matrix.XRAY{}})
}

func TestSampledRejects(t *testing.T) {
	x := mat.NewDense(3, 9, nil)
	_, err := matrix.Sampled{Selector: matrix.SPA{}, N: 4}.Select(context.Background(), x, 5)
	require.ErrorIs(t, err, matrix.ErrRank)
	_, err = matrix.Sampled{}.Select(context.Background(), x, 5)
	require.ErrorIs(t, err, matrix.ErrOptions)
	_, err = (&matrix.Sample{Index: []int{9}, Size: []int{1}}).Select(context.Background(), x, matrix.SPA{}, 1)
	require.ErrorIs(t, err, matrix.ErrShape)
}

// The authors' samples of Urban and what their programs choose from them.
func TestSamplesMatchAuthorsOnUrban(t *testing.T) {
	if testing.Short() {
		t.Skip("clusters a whole scene")
	}
	x := urbanFourth(t)
	for _, n := range []int{100, 500} {
		_, want := readNPY(t, sharedtest.Path(t, fmt.Sprintf("ref/dict/urban_u4_r6/J%d.npy", n)))
		s, err := matrix.NewSample(context.Background(), x, n)
		require.NoError(t, err)
		assert.Equal(t, want, s.Index, "sample of %d", n)
		for _, r := range []int{6, 8} {
			table := urbanTable(t, r)
			for name, of := range map[string]matrix.Selector{
				"SPA": matrix.SPA{}, "SNPA": matrix.SNPA{}, "XRAY": matrix.XRAY{}, "H2NMF": matrix.H2NMF{},
			} {
				got, err := s.Select(context.Background(), x, of, r)
				require.NoError(t, err)
				assert.Equal(t, table[fmt.Sprintf("%s-%d", name, n)].index, got.Index, "%s-%d r=%d", name, n, r)
			}
			if n == 100 {
				got, err := s.Select(context.Background(), x, matrix.FGNSR{}, r)
				require.NoError(t, err)
				assert.Equal(t, table["FGNSR-100"].index, got.Index, "FGNSR-100 r=%d", r)
			}
		}
	}
}
