package linalg

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

// Rows that are substituted in blocks are those solved for one by one, on both
// sides of a whole block, for any number of workers.
func TestLSInBlocksIsRowByRow(t *testing.T) {
	racetest.Slow(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, r := range []int{1, 2, 5, 16, 33} {
		for _, n := range []int{1, 16, lsBlock - 1, lsBlock, lsBlock + 1, 5000} {
			p := random(uint64(r), 3*r+3, r, n)
			name := fmt.Sprintf("R=%d, %d rows", r, n)
			var s LS
			got, want, row := mat.NewDense(n, r, nil), mat.NewDense(n, r, nil), mat.NewDense(1, r, nil)
			require.NoError(t, s.Solve(got, p.m, p.g))
			for i := range n {
				require.NoError(t, s.Solve(row, p.m.Slice(i, i+1, 0, r).(*mat.Dense), p.g))
				want.SetRow(i, row.RawRowView(0))
			}
			require.True(t, mat.Equal(want, got), name)

			require.Zero(t, testing.AllocsPerRun(3, func() { _ = s.Solve(got, p.m, p.g) }), name)

			alias := mat.DenseCopyOf(p.m)
			runtime.GOMAXPROCS(3)
			require.NoError(t, s.Solve(alias, alias, p.g))
			require.True(t, mat.Equal(got, alias), "%s, three workers, A is M", name)
			p.m.Set(n-1, r-1, math.NaN())
			p.m.Set(n/2, 0, math.Inf(1))
			err := s.Solve(got, p.m, p.g)
			require.ErrorIs(t, err, ErrNotFinite, name)
			require.ErrorContains(t, err, fmt.Sprintf("row %d", n/2), name)
			runtime.GOMAXPROCS(1)
		}
	}
}
