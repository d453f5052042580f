package kernel

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/internal/racetest"
)

// Every count of rows up to two tiles and every count of columns up to a panel
// and an edge, with and without padding and at every alignment.
func TestProductsMatchTheTripleLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 0))
		for m := range 35 {
			for n := range 52 {
				if testing.Short() && (m+n)%3 != 0 && m > 0 && n > 0 {
					continue
				}
				k := []int{0, 1, 2, 3, 5, 8, 17}[rng.IntN(7)]
				pad, offset := rng.IntN(4), rng.IntN(8)
				newTestProduct(rng, m, n, k, pad, offset).check(t, fmt.Sprintf("pad=%d offset=%d", pad, offset))
			}
		}
	})
}

// Sizes beyond one block of columns, of depth, of packing.
func TestProductsMatchAcrossBlocks(t *testing.T) {
	sizes := [][3]int{
		{5, 8, 1100},
		{50, 9, 513},
		{49, 10, 300},
		{70, 33, 257},
		{65, 131, 259},
		{67, 243, 30},
		{13, 250, 70},
		{300, 3, 9},
		{3, 500, 2},
		{1, 40, 600},
		{600, 1, 30},
		{66, 245, 270},
		// Blocks of rows, of columns, of both, whole and ragged, A in place and packed,
		// rows that lie 2 KiB apart.
		{128, 36, 20},
		{129, 33, 40},
		{50, 40, 256},
		{261, 50, 513},
		{131, 37, 517},
		{50, 1008, 9},
		{130, 1013, 20},
		{49, 1009, 257},
	}
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(2, 0))
		for _, s := range sizes {
			if testing.Short() && s[0]*s[1]*s[2] > 1e6 {
				continue
			}
			for _, pad := range []int{0, 3} {
				newTestProduct(rng, s[0], s[1], s[2], pad, pad).check(t, fmt.Sprintf("pad=%d", pad))
			}
		}
	})
}

// Rows may be split over workers in any way.
func TestProductsKeepTheirBitsWhenRowsAreSplit(t *testing.T) {
	sizes := [][3]int{{70, 3, 9}, {70, 1, 40}, {70, 8, 700}, {170, 9, 600}, {60, 33, 300}, {50, 250, 270}, {300, 40, 520}}
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(6, 0))
		for _, s := range sizes {
			x := newTestProduct(rng, s[0], s[1], s[2], 1, 1)
			for _, f := range []func(lo, hi int, c []float64){
				func(lo, hi int, c []float64) {
					MulAdd(hi-lo, x.n, x.k, x.a[lo*x.lda:], x.lda, x.b, x.ldb, c[lo*x.ldc:], x.ldc)
				},
				func(lo, hi int, c []float64) {
					MulTAdd(hi-lo, x.n, x.k, x.at[lo:], x.ldat, x.b, x.ldb, c[lo*x.ldc:], x.ldc)
				},
				func(lo, hi int, c []float64) {
					MulTAdd32(hi-lo, x.n, x.k, x.at32[lo:], x.ldat, x.b, x.ldb, c[lo*x.ldc:], x.ldc)
				},
			} {
				whole := clone(x.c)
				f(0, x.m, whole)
				for _, cut := range []int{1, 7, 24, 35} {
					parts := clone(x.c)
					f(0, cut, parts)
					f(cut, x.m, parts)
					require.Equal(t, whole, parts, "%v cut at %d", s, cut)
				}
			}
		}
	})
}

func TestGramMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 0))
		for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 12, 13, 16, 17, 24, 25, 31, 32, 33, 40, 48, 49, 57, 64, 65, 100, 128, 130} {
			for _, k := range []int{0, 1, 2, 7, 70, 530} {
				if testing.Short() && n*n*k > 1e6 {
					continue
				}
				pad := rng.IntN(3)
				lda, ldc := n+pad, n+2*pad
				a, ga := guarded[float64](rng, max(0, (k-1)*lda+n), pad)
				c, gc := guarded[float64](rng, (n-1)*ldc+n, pad)
				for i := range n {
					for j := range i {
						c[i*ldc+j] = c[j*ldc+i]
					}
				}
				want := clone(c)
				for p := range k {
					for i := range n {
						for j := range n {
							want[i*ldc+j] += a[p*lda+i] * a[p*lda+j]
						}
					}
				}
				GramAdd(n, k, a, lda, c, ldc)
				near(t, want, c, k, fmt.Sprintf("n=%d k=%d", n, k))
				for i := range n {
					for j := range i {
						require.Equal(t, c[j*ldc+i], c[i*ldc+j])
					}
				}
				ga(t)
				gc(t)
			}
		}
	})
}

func TestKernelsDoNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 0))
		for _, s := range [][3]int{{4, 4, 4}, {50, 33, 40}, {70, 200, 70}, {140, 40, 500}} {
			x := newTestProduct(rng, s[0], s[1], s[2], 1, 0)
			w := make([]float64, x.n)
			require.Zero(t, testing.AllocsPerRun(10, func() {
				MulAdd(x.m, x.n, x.k, x.a, x.lda, x.b, x.ldb, x.c, x.ldc)
				MulTAdd32(x.m, x.n, x.k, x.at32, x.ldat, x.b, x.ldb, x.c, x.ldc)
				Axpy(w, Dot(x.b[:x.n], x.b[:x.n]), x.b[:x.n])
				AddMulRows(x.m, x.n, x.c, x.ldc, w, x.c, x.ldc)
			}))
		}
	})
}

func FuzzProducts(f *testing.F) {
	f.Add(uint8(8), uint8(24), uint8(10), uint8(0), uint64(1))
	f.Add(uint8(60), uint8(33), uint8(70), uint8(3), uint64(2))
	f.Fuzz(func(t *testing.T, m, n, k, pad uint8, seed uint64) {
		m, n, k, pad = m%160, n%140, k%120, pad%8
		eachLevel(t, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 0))
			newTestProduct(rng, int(m), int(n), int(k), int(pad), int(seed%8)).check(t, fmt.Sprintf("pad=%d seed=%d", pad, seed))
		})
	})
}
