package kernel

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// MulRows and AddSumMulRows have the bits of their loops on every instruction set:
// each product is rounded, then each sum, in the order of the rows.
func TestBlocksMatchTheirLoops(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(6, 0))
		for n := range 75 {
			for _, rows := range []int{0, 1, 2, 5, longBlock} {
				if rows > 5 && n%9 != 0 {
					continue
				}
				pad := rng.IntN(3)
				ldd, lda, ldb := n+pad, n+2*pad, n+rng.IntN(2)
				size := func(ld int) int { return max(0, (rows-1)*ld+n) }
				d, gd := guarded[float64](rng, size(ldd), pad)
				a, ga := guarded[float64](rng, size(lda), rng.IntN(8))
				b, gb := guarded[float64](rng, size(ldb), rng.IntN(8))
				w, gw := guarded[float64](rng, n, pad)
				rowsWant, sumWant := slices.Clone(d), slices.Clone(w)
				for i := range rows {
					for j := range n {
						rowsWant[i*ldd+j] = w[j] * a[i*lda+j]
						sumWant[j] += float64(a[i*lda+j] * b[i*ldb+j])
					}
				}
				name := fmt.Sprintf("rows=%d n=%d", rows, n)
				MulRows(rows, n, d, ldd, w, a, lda)
				require.Equal(t, rowsWant, d, "MulRows %s", name)
				if rows > 0 { // in place
					copy(d, a[:min(len(d), len(a))])
					inPlace := slices.Clone(d)
					for i := range rows {
						for j := range n {
							inPlace[i*ldd+j] *= w[j]
						}
					}
					MulRows(rows, n, d, ldd, w, d, ldd)
					require.Equal(t, inPlace, d, "MulRows in place %s", name)
				}
				AddSumMulRows(rows, n, w, a, lda, b, ldb)
				require.Equal(t, sumWant, w, "AddSumMulRows %s", name)
				for _, guard := range []func(*testing.T){gd, ga, gb, gw} {
					guard(t)
				}
			}
		}
	})
}

// longBlock is more rows than one call of assembly takes.
const longBlock = 2050

func BenchmarkBlocks(b *testing.B) {
	for _, n := range []int{8, 10, 16, 20, 32} {
		const rows = 512
		d, w, a, c := make([]float64, rows*n), make([]float64, n), make([]float64, rows*n), make([]float64, rows*n)
		b.Run(fmt.Sprintf("MulRows/%dx%d", rows, n), func(b *testing.B) {
			for b.Loop() {
				MulRows(rows, n, d, n, w, a, n)
			}
			b.ReportMetric(float64(rows*n*b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
		b.Run(fmt.Sprintf("AddSumMulRows/%dx%d", rows, n), func(b *testing.B) {
			for b.Loop() {
				AddSumMulRows(rows, n, w, a, n, c, n)
			}
			b.ReportMetric(float64(2*rows*n*b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}
