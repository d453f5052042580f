package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every length up to two steps of the unrolled loop, at every alignment; the
// column that is written is one of those that are read.
func TestColumnStepMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(20, 0))
		for n := range 74 {
			for _, rank := range []int{1, 2, 3, 5, 130} {
				for _, offset := range []int{0, 1, 3, 6} {
					lda, r := n+offset, rng.IntN(rank)
					a, ga := guarded[float64](rng, (rank-1)*lda+n, offset)
					m, gm := guarded[float64](rng, n, (offset*3)%8)
					w, gw := guarded[float64](rng, rank, (offset*5)%8)
					want, moved := clone(a), 0.0
					for i := range n {
						d := m[i]
						for q := range rank {
							d -= w[q] * a[q*lda+i]
						}
						old := a[r*lda+i]
						v := max(0, old+0.7*d)
						want[r*lda+i] = v
						moved += (v - old) * (v - old)
					}
					name := fmt.Sprintf("n=%d rank=%d offset=%d", n, rank, offset)
					sum := ColumnStep(a[r*lda:][:n], a, lda, m, w, 0.7)
					near(t, want, a, rank+3, name)
					require.InDelta(t, moved, sum, 1e-13*(1+moved), name)
					ga(t)
					gm(t)
					gw(t)
				}
			}
		}
	})
}

// A NaN must not pass for a zero.
func TestColumnStepKeepsNaN(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		for i := range 9 {
			a, m := make([]float64, 9), make([]float64, 9)
			m[i] = math.NaN()
			require.True(t, math.IsNaN(ColumnStep(a, a, 9, m, []float64{1}, 1)))
			require.True(t, math.IsNaN(a[i]), i)
		}
	})
}

func TestColumnSubstituteMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(22, 0))
		for n := 1; n < 74; n++ {
			for _, rank := range []int{0, 1, 2, 5, 130} {
				offset := rng.IntN(8)
				lda := n + offset
				a, ga := guarded[float64](rng, max(0, (rank-1)*lda+n), offset)
				dst, gd := guarded[float64](rng, n, (offset*3)%8)
				w, gw := guarded[float64](rng, rank, (offset*5)%8)
				want := clone(dst)
				for i := range n {
					want[i] *= 0.7
					for q := range rank {
						want[i] -= w[q] * a[q*lda+i]
					}
					want[i] *= 1.3
				}
				ColumnSubstitute(dst, 0.7, a, lda, w, 1.3)
				near(t, want, dst, rank+3, fmt.Sprintf("n=%d rank=%d", n, rank))
				ga(t)
				gd(t)
				gw(t)
			}
		}
	})
}

func TestColumnResidualMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(21, 0))
		for n := range 74 {
			for _, rank := range []int{1, 2, 3, 5, 130} {
				offset := rng.IntN(8)
				lda := n + offset
				a, ga := guarded[float64](rng, (rank-1)*lda+n, offset)
				x, gx := guarded[float64](rng, n, (offset*3)%8)
				w, gw := guarded[float64](rng, rank, (offset*5)%8)
				var wantR, wantX float64
				for i := range n {
					d := x[i]
					for q := range rank {
						d -= w[q] * a[q*lda+i]
					}
					wantR += 0.25 * d * d
					wantX += 0.25 * x[i] * x[i]
				}
				rr, xx := ColumnResidual(x, a, lda, w, 0.5)
				require.InDelta(t, wantR, rr, 1e-13*(1+wantR), "n=%d rank=%d", n, rank)
				require.InDelta(t, wantX, xx, 1e-13*(1+wantX), "n=%d rank=%d", n, rank)
				ga(t)
				gx(t)
				gw(t)
			}
		}
	})
}

// upTo is 0 … n−1.
func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestTransposeMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(22, 0))
		long := []int{4*256 + 1, 4*512 + 7} // in several calls of assembly
		for _, m := range append(upTo(20), long...) {
			for _, n := range append(upTo(20), long...) {
				if m > 20 && n > 20 {
					continue
				}
				offset := rng.IntN(8)
				lds, ldd := n+offset, m+rng.IntN(4)
				size := func(rows, cols, ld int) int { return max(0, (rows-1)*ld+cols) }
				src, gs := guarded[float64](rng, size(m, n, lds), offset)
				dst, gd := guarded[float64](rng, size(n, m, ldd), (offset*3)%8)
				want := clone(dst)
				for i := range m {
					for j := range n {
						want[j*ldd+i] = src[i*lds+j]
					}
				}
				Transpose(m, n, dst, ldd, src, lds)
				near(t, want, dst, 0, fmt.Sprintf("m=%d n=%d", m, n))
				gs(t)
				gd(t)
			}
		}
	})
}

func TestMaxAbsMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(23, 0))
		for n := range 74 {
			for offset := range 8 {
				x, guards := guarded[float64](rng, n, offset)
				want := 0.0
				for _, v := range x {
					want = max(want, math.Abs(v))
				}
				require.Equal(t, want, MaxAbs(x), "n=%d offset=%d", n, offset)
				guards(t)
				for i, v := range x {
					x[i] = -20
					require.Equal(t, 20.0, MaxAbs(x), "n=%d at %d", n, i)
					for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
						x[i] = bad
						require.True(t, math.IsNaN(MaxAbs(x)), "n=%d at %d: %g", n, i, bad)
					}
					x[i] = v
				}
			}
		}
		long := make([]float64, 2*1<<15+3)
		long[1<<15+7] = -3
		require.Equal(t, 3.0, MaxAbs(long))
	})
}
