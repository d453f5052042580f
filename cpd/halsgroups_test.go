package cpd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// byEights is the update of HALS, written as such.
func byEights(a, m *mat.Dense, g *mat.SymDense, inner int, delta float64) {
	rows, rank := a.Dims()
	for lo := 0; lo < rows; lo += 8 {
		first := 0.0
		for pass := range inner {
			moved := 0.0
			for r := range rank {
				for i := lo; i < min(rows, lo+8); i++ {
					d := m.At(i, r)
					for q := range rank {
						d -= a.At(i, q) * g.At(q, r)
					}
					v := max(0, a.At(i, r)+d/g.At(r, r))
					moved += g.At(r, r) * (v - a.At(i, r)) * (v - a.At(i, r))
					a.Set(i, r, v)
				}
			}
			if pass == 0 {
				first = moved
			}
			if moved <= delta*delta*first {
				break
			}
		}
	}
}

// Passes end for every eight rows on their own, wherever those lie in a block.
func TestHALSEndsPassesByEightRows(t *testing.T) {
	for _, rank := range []int{1, 3, 6, 17} {
		for _, rows := range []int{1, 4, 5, 8, 9, 31, 33, 64, 300} {
			rng := newRand(uint64(rank + rows))
			a, u, m := drawn(rng, rows, rank, true), drawn(rng, 2*rank, rank, true), new(mat.Dense)
			m.Mul(drawn(rng, rows, 2*rank, false), u)
			g := mat.NewSymDense(rank, nil)
			tensor.Gram(g, u)
			for _, inner := range []int{1, 3, 10} {
				want, got := mat.DenseCopyOf(a), mat.DenseCopyOf(a)
				byEights(want, m, g, inner, 0.1)
				u := HALS{Inner: inner}.Begin(rows, rank)
				require.NoError(t, u.Update(got, m, g))
				require.True(t, mat.EqualApprox(want, got, 1e-10*(1+mat.Max(want))), "R=%d, %d rows, %d passes", rank, rows, inner)
			}
		}
	}
}

// Data in slabs of few slices are read once a sweep, and lead where those in memory lead.
func TestHALSReadsThinSlabsOnce(t *testing.T) {
	const rank, sweeps = 3, 12
	x := planted(newRand(74), []int{77, 9, 8}, rank, true, 0.1)
	o := &Options{Methods: same(HALS{}, 3), Stop: sweep.MaxSweeps(sweeps), Seed: 3}
	want, err := Decompose(t.Context(), x, rank, o)
	require.NoError(t, err)
	for _, slices := range []int64{8, 9, 23, 40} {
		// A slab takes three sixteenths of the memory.
		y, err := tensor.NewTiled(&slabs{x: x}, &tensor.TiledOptions{Unit: RowsTogether(HALS{}, rank), Memory: slices*9*8*8*16/3 + 16})
		require.NoError(t, err)
		require.True(t, y.Sequence().(tensor.RowStreamer).Streams(rank))
		got, err := Decompose(t.Context(), y, rank, o)
		require.NoError(t, err)
		require.LessOrEqual(t, y.Passes(), sweeps+4, "slabs of %d slices", slices)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-10)
		for n := range want.Model.Factors {
			require.True(t, mat.EqualApprox(want.Model.Factors[n], got.Model.Factors[n], 1e-10), fmt.Sprint("slabs of ", slices, " slices, mode ", n))
		}
	}
}
