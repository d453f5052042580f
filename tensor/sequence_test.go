package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// A sequence gives the MTTKRPs of the tensor itself, whatever factor changes
// between calls and in whatever order the modes come.
func TestSequenceMatchesMTTKRP(t *testing.T) {
	for _, dims := range [][]int{{7}, {5, 6}, {4, 5, 6}, {9, 2, 30}, {30, 3, 8}, {1, 6, 6}, {6, 1, 6}, {4, 5, 6, 7}, {3, 4, 2, 5, 3}, {2, 3, 2, 3, 2, 3}, {40, 41, 42}} {
		for _, rank := range []int{1, 2, 5} {
			t.Run(fmt.Sprintf("%v/R=%d", dims, rank), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(uint64(len(dims)), uint64(rank)))
				x := tensor.NewDense(dims, nil)
				for i := range x.Data() {
					x.Data()[i] = rng.NormFloat64()
				}
				factors := make([]*mat.Dense, len(dims))
				for n, d := range dims {
					factors[n] = normal(rng, d, rank)
				}
				q := x.Sequence()
				for step := range 6 * len(dims) {
					n := step % len(dims)
					if step > 3*len(dims) {
						n = rng.IntN(len(dims))
					}
					got, want := mat.NewDense(dims[n], rank, nil), mat.NewDense(dims[n], rank, nil)
					q.MTTKRP(got, factors, n)
					x.MTTKRP(want, factors, n)
					tol := 1e-14 * float64(len(x.Data())) * math.Max(1, mat.Max(want))
					require.True(t, mat.EqualApprox(want, got, tol), "step %d, mode %d", step, n)
					changed := n
					if step%5 == 4 {
						changed = rng.IntN(len(dims))
					}
					factors[changed].Copy(normal(rng, dims[changed], rank))
					q.Updated(changed)
				}
			})
		}
	}
}

// Another number of components starts the sequence over.
func TestSequenceMayChangeRank(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	x := tensor.NewDense([]int{12, 11, 10}, nil)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	q := x.Sequence()
	for _, rank := range []int{3, 2, 4} {
		factors := []*mat.Dense{normal(rng, 12, rank), normal(rng, 11, rank), normal(rng, 10, rank)}
		got, want := mat.NewDense(11, rank, nil), mat.NewDense(11, rank, nil)
		for n := range 3 {
			q.Updated(n)
		}
		q.MTTKRP(got, factors, 1)
		x.MTTKRP(want, factors, 1)
		require.True(t, mat.EqualApprox(want, got, 1e-11), "rank %d", rank)
	}
}

func TestWarmMTTKRPDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	rng := rand.New(rand.NewPCG(6, 6))
	for _, dims := range [][]int{{40, 41, 42}, {200, 300}, {9, 8, 7, 6}} {
		x := tensor.NewDense(dims, nil)
		factors, dst := make([]*mat.Dense, len(dims)), make([]*mat.Dense, len(dims))
		for n, d := range dims {
			factors[n], dst[n] = normal(rng, d, 6), mat.NewDense(d, 6, nil)
		}
		q := x.Sequence()
		sweep := func() {
			for n := range dims {
				x.MTTKRP(dst[n], factors, n)
				q.MTTKRP(dst[n], factors, n)
				q.Updated(n)
			}
		}
		sweep()
		// A collection may empty the pools meanwhile.
		require.Less(t, testing.AllocsPerRun(50, sweep), 1.0, "sizes %v", dims)
	}
}

func normal(rng *rand.Rand, rows, cols int) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	return a
}
