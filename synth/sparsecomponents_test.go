package synth

import (
	"math/bits"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// k components in every column, enough points on every hyperplane, in general
// position as far as supports say, X = U·V, and no more points where k = R−1.
func TestSparseComponents(t *testing.T) {
	for _, c := range []struct{ rank, k int }{{2, 1}, {3, 2}, {5, 1}, {5, 2}, {5, 3}, {6, 1}, {6, 3}, {6, 4}, {6, 5}} {
		needed := c.rank*(c.rank-2)/(c.rank-c.k) + 1
		p, err := SparseComponents(c.rank, c.k, &SparseOptions{Seed: 3})
		require.NoError(t, err, "%v", c)
		_, n := p.V.Dims()
		facet, within := make([]int, c.rank), make([]int, 1<<c.rank)
		for j := range n {
			set := 0
			for r := range c.rank {
				if p.V.At(r, j) != 0 {
					set |= 1 << r
				} else {
					facet[r]++
				}
			}
			require.Equal(t, c.k, bits.OnesCount(uint(set)))
			for s := range within {
				if set&^s == 0 {
					within[s]++
				}
			}
		}
		for _, f := range facet {
			require.GreaterOrEqual(t, f, needed)
		}
		for s, count := range within {
			if size := bits.OnesCount(uint(s)); size < c.rank-1 {
				require.LessOrEqual(t, count, size)
			}
		}
		if c.k == c.rank-1 {
			require.Equal(t, c.rank*needed, n)
		}
		var x mat.Dense
		x.Mul(p.U, p.V)
		require.True(t, mat.EqualApprox(&x, p.X, 1e-15))

		more, err := SparseComponents(c.rank, c.k, &SparseOptions{Seed: 3, More: 7, Rows: 9})
		require.NoError(t, err)
		rows, cols := more.X.Dims()
		require.Equal(t, []int{9, n + 7}, []int{rows, cols})
		again, err := SparseComponents(c.rank, c.k, &SparseOptions{Seed: 3, More: 7, Rows: 9})
		require.NoError(t, err)
		require.True(t, mat.Equal(more.X, again.X))
	}
	for _, o := range []SparseOptions{{Rows: 3}, {Facet: -1}, {More: -1}, {Facet: 100}} {
		_, err := SparseComponents(4, 2, &o)
		require.ErrorIs(t, err, ErrOptions)
	}
	// With two of six components in a point no four components may span more than four
	// points, which leaves room for six on a hyperplane of five, and seven are needed.
	_, err := SparseComponents(6, 2, nil)
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "of 7 points with 2 of 6 components")
	for _, k := range []int{0, 4, 5} {
		_, err := SparseComponents(4, k, nil)
		require.ErrorIs(t, err, ErrShape)
	}
}
