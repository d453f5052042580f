package matrix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
)

func TestH2NMF(t *testing.T) { selecttest.CheckForm(t, matrix.H2NMF{}) }

// The authors' program: clusters, their order and the columns that stand for them.
// On the fourth problem their result hangs on the last bit.
func TestH2NMFMatchesAuthors(t *testing.T) {
	for c := 1; c <= 3; c++ {
		dir := fmt.Sprintf("ref/dict/sep_case%d/", c)
		x, _ := readNPY(t, sharedtest.Path(t, dir+"M.npy"))
		_, want := readNPY(t, sharedtest.Path(t, dir+"K_h2nmf.npy"))
		_, labels := readNPY(t, sharedtest.Path(t, dir+"h2nmf_IDX.npy"))
		tree, err := matrix.H2NMF{}.Cluster(context.Background(), x, len(want))
		require.NoError(t, err)
		least := labels[0]
		for _, v := range labels {
			least = min(least, v)
		}
		for j := range labels {
			labels[j] -= least
		}
		assert.Equal(t, labels, tree.Labels(), dir)
		got, err := matrix.H2NMF{}.Select(context.Background(), x, len(want))
		require.NoError(t, err)
		assert.Equal(t, want, got.Index, dir)
	}
}
