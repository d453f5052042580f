package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// The two products of data that stream past, against their loops: every number of
// rows of a tile and rests of strips, of vectors and of blocks of depth.
func TestStreamedProductsMatchTheirLoops(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(24, 0))
		for _, m := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13} {
			for _, n := range append(upTo(30), 64, 101) {
				for _, k := range []int{0, 1, 3, 7, 8, 9, 16, 31, 40, 257} {
					checkStreamed(t, rng, m, n, k)
				}
			}
		}
	})
}

func checkStreamed(t *testing.T, rng *rand.Rand, m, n, k int) {
	t.Helper()
	pad, offset, ahead := rng.IntN(5), rng.IntN(8), rng.IntN(1000)-100
	size := func(rows, cols int) int { return max(0, (rows-1)*(cols+pad)+cols) }
	make := func(rows, cols int) ([]float64, func(*testing.T)) {
		if cols == 0 {
			rows = 0
		}
		return guarded[float64](rng, size(rows, cols), offset)
	}
	a, ga := make(m, k)
	at, gat := make(k, m)
	b, gb := make(k, n)
	bt, gbt := make(n, k)
	c, gc := make(m, n)
	want, wantT := clone(c), clone(c)
	for i := range m {
		for j := range n {
			for p := range k {
				want[i*(n+pad)+j] += a[i*(k+pad)+p] * bt[j*(k+pad)+p]
				wantT[i*(n+pad)+j] += at[p*(m+pad)+i] * b[p*(n+pad)+j]
			}
		}
	}
	start, name := clone(c), fmt.Sprintf("m=%d n=%d k=%d pad=%d offset=%d", m, n, k, pad, offset)
	MulBTAddAhead(m, n, k, a, k+pad, bt, k+pad, c, n+pad, ahead)
	near(t, want, c, k, "MulBTAddAhead "+name)
	copy(c, start)
	MulTAddAhead(m, n, k, at, m+pad, b, n+pad, c, n+pad, ahead)
	near(t, wantT, c, k, "MulTAddAhead "+name)
	for _, g := range []func(*testing.T){ga, gat, gb, gbt, gc} {
		g(t)
	}
}

// BenchmarkStreamed is a block of pixels of a hyperspectral image, in the
// second-level cache: bands × pixels, and six components.
func BenchmarkStreamed(b *testing.B) {
	const bands, pixels, stride = 162, 128, 94249
	for _, rank := range []int{1, 4, 6, 8, 16, 32} {
		x, u, v := random[float64]((bands-1)*stride+pixels), random[float64](bands*rank), random[float64](rank*pixels)
		m, s := make([]float64, rank*pixels), make([]float64, rank*bands)
		b.Run(fmt.Sprintf("MulTAddAhead/R=%d", rank), func(b *testing.B) {
			measure(b, 2*bands*pixels*rank, func() { MulTAddAhead(rank, pixels, bands, u, rank, x, stride, m, pixels, 16) })
		})
		b.Run(fmt.Sprintf("MulBTAddAhead/R=%d", rank), func(b *testing.B) {
			measure(b, 2*bands*pixels*rank, func() { MulBTAddAhead(rank, bands, pixels, v, pixels, x, stride, s, bands, 0) })
		})
	}
}
