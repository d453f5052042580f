package tensor_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// MTTKRPs are those of the modes one by one, for shapes that are cut in the
// middle of blocks and parts, and that do not fit the memory allowed.
func TestMTTKRPsMatchMTTKRP(t *testing.T) {
	shapes := append([][]int{{70, 900}, {900, 70}, {65, 33, 17}, {130, 40, 50}, {40, 41, 42}, {12, 13, 14, 15}, {3, 300, 300}, {100000, 3}}, corpus...)
	ranks := []int{1, 2, 5, 8}
	if racetest.Enabled {
		ranks = []int{2}
	}
	for _, dims := range shapes {
		for _, rank := range ranks {
			rng := rand.New(rand.NewPCG(11, uint64(rank)))
			x, factors := random(rng, dims...), randomFactors(rng, dims, rank)
			dst := destinations(dims, rank)
			tensor.MTTKRPs(dst, x, factors)
			plain := destinations(dims, rank)
			tensor.MTTKRPs(plain, hidden{x}, factors)
			single := tensor.NewDense32(dims, nil)
			for i, v := range x.Data() {
				single.Data()[i] = float32(v)
			}
			dst32 := destinations(dims, rank)
			single.MTTKRPs(dst32, factors)
			for n := range dims {
				want, abs, terms := unfoldTimesKhatriRao(x, factors, n)
				name := fmt.Sprintf("sizes %v, R=%d, mode %d", dims, rank, n)
				near(t, want, dst[n], abs, terms, name)
				near(t, want, plain[n], abs, terms, name+", hidden")
				for i := range dims[n] {
					for r := range rank {
						require.InDelta(t, want.At(i, r), dst32[n].At(i, r), 1e-7*abs.At(i, r)+1e-300, "%s, float32", name)
					}
				}
			}
		}
	}
}

func destinations(dims []int, rank int) []*mat.Dense {
	dst := make([]*mat.Dense, len(dims))
	for n, d := range dims {
		dst[n] = mat.NewDense(d, rank, nil)
	}
	return dst
}

func TestWarmMTTKRPsDoNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	for _, dims := range [][]int{{40, 41, 42}, {200, 300}, {9, 8, 7, 6}} {
		rng := rand.New(rand.NewPCG(12, 0))
		x, factors, dst := random(rng, dims...), randomFactors(rng, dims, 6), destinations(dims, 6)
		call := func() { x.MTTKRPs(dst, factors) }
		call()
		require.Less(t, testing.AllocsPerRun(50, call), 1.0, "sizes %v", dims) // a collection may empty the pools
	}
}

func TestMTTKRPsReject(t *testing.T) {
	x := tensor.NewDense([]int{4, 3, 2}, nil)
	factors, dst := destinations(x.Dims(), 5), destinations(x.Dims(), 5)
	panicsWith(t, func() { x.MTTKRPs(dst[:2], factors) }, "MTTKRPs", "2 destinations", "order 3")
	panicsWith(t, func() { tensor.MTTKRPs(dst[:2], hidden{x}, factors) }, "MTTKRPs", "2 destinations", "order 3")
	panicsWith(t, func() { x.MTTKRPs([]*mat.Dense{dst[0], nil, dst[2]}, factors) }, "MTTKRPs", "destination 1", "nil")
	panicsWith(t, func() { x.MTTKRPs([]*mat.Dense{dst[0], dst[0], dst[2]}, factors) }, "4×5", "size 3")
	panicsWith(t, func() { x.MTTKRPs(dst, []*mat.Dense{factors[0], nil, factors[2]}) }, "factor 1", "nil")
}

func BenchmarkMTTKRPs(b *testing.B) {
	for _, c := range published {
		if testing.Short() {
			continue
		}
		rng := rand.New(rand.NewPCG(9, 3))
		x, factors, dst := random(rng, c.dims...), randomFactors(rng, c.dims, c.rank), destinations(c.dims, c.rank)
		for _, workers := range []int{1, 2} {
			b.Run(fmt.Sprintf("dense/%s/R=%d/workers=%d", sizes(c.dims), c.rank, workers), func(b *testing.B) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
				x.MTTKRPs(dst, factors)
				b.ReportAllocs()
				for b.Loop() {
					x.MTTKRPs(dst, factors)
				}
				pass(b, x, 2*c.rank)
			})
		}
	}
}
