package dist_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/dist"
	"github.com/polyad/polyad/dist/local"
	"github.com/polyad/polyad/matrix"
)

// mixed is separable data with noise: its pure columns, some of them twice, lie anywhere.
func mixed(p, n, r int, noise float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	w, h, x := mat.NewDense(p, r, nil), mat.NewDense(r, n, nil), new(mat.Dense)
	w.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, w)
	for j := range n {
		col := make([]float64, r)
		if j%(n/(2*r)) == 1 {
			col[j/(n/(2*r))%r] = 1
		} else {
			total := 0.0
			for k := range col {
				col[k] = rng.ExpFloat64()
				total += col[k] * 1.1
			}
			for k := range col {
				col[k] /= total
			}
		}
		h.SetCol(j, col)
	}
	x.Mul(w, h)
	x.Apply(func(_, _ int, v float64) float64 { return max(0, v+noise*rng.NormFloat64()) }, x)
	return x
}

// Ranks choose the columns that one process chooses, ties among them.
func TestColumnsChosenOnRanks(t *testing.T) {
	for _, s := range []matrix.PartSelector{matrix.SPA{}, matrix.SPA{Normalize: true}, matrix.SNPA{}, matrix.XRAY{}, matrix.XRAY{Rule: matrix.XRAYRand, Seed: 4}} {
		for _, noise := range []float64{0, 0.02} {
			x := mixed(12, 240, 5, noise)
			want, err := s.Select(context.Background(), x, 7)
			require.NoError(t, err)
			for _, ranks := range []int{1, 2, 3} {
				require.NoError(t, local.Run(context.Background(), ranks, func(ctx context.Context, c dist.Comm) error {
					lo, hi := dist.Slab(240, c.Rank(), ranks)
					got, err := s.SelectPart(ctx, c, x.Slice(0, 12, lo, hi), 7)
					if err != nil {
						return err
					}
					if fmt.Sprint(got.Index) != fmt.Sprint(want.Index) {
						return fmt.Errorf("%v, want %v", got.Index, want.Index)
					}
					for k, v := range got.Residual {
						if math.Abs(v-want.Residual[k]) > 1e-7 { // the root of what squares leave
							return fmt.Errorf("residuals %v, want %v", got.Residual, want.Residual)
						}
					}
					return nil
				}), "%T %+v, noise %g, %d ranks", s, s, noise, ranks)
			}
		}
	}
}

func TestColumnsOnRanksRefuse(t *testing.T) {
	x := mixed(6, 40, 2, 0)
	run := func(s matrix.PartSelector, r int, change func(part *mat.Dense, rank int) mat.Matrix) error {
		return local.Run(context.Background(), 2, func(ctx context.Context, c dist.Comm) error {
			lo, hi := dist.Slab(40, c.Rank(), 2)
			_, err := s.SelectPart(ctx, c, change(mat.DenseCopyOf(x.Slice(0, 6, lo, hi)), c.Rank()), r)
			return err
		})
	}
	same := func(part *mat.Dense, _ int) mat.Matrix { return part }
	require.ErrorIs(t, run(matrix.SPA{}, 41, same), matrix.ErrRank)
	require.ErrorIs(t, run(matrix.SNPA{}, 0, same), matrix.ErrRank)
	require.ErrorContains(t, run(matrix.XRAY{Rule: matrix.XRAYGreedy}, 2, same), "one process")
	require.ErrorIs(t, run(matrix.XRAY{}, 2, func(part *mat.Dense, rank int) mat.Matrix { return part.Slice(0, 6-rank, 0, 20) }), matrix.ErrShape)
	err := run(matrix.SPA{}, 2, func(part *mat.Dense, rank int) mat.Matrix {
		if rank == 1 {
			part.Set(2, 3, math.NaN())
		}
		return part
	})
	require.ErrorIs(t, err, matrix.ErrNotFinite)
	require.ErrorContains(t, err, "rank 1")
	require.Equal(t, []int(nil), func() []int {
		var index []int
		require.NoError(t, local.Run(context.Background(), 2, func(ctx context.Context, c dist.Comm) error {
			sel, err := matrix.SPA{}.SelectPart(ctx, c, mat.NewDense(3, 4, nil), 2)
			if err == nil && c.Rank() == 0 {
				index = sel.Index
			}
			return err
		}))
		return index
	}())
}
