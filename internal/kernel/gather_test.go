package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A testGather is a random problem of three factors, each with its own stride,
// and indices that go on after the entries: those hints all pick a last row of
// NaN, which spoils any sum it gets into.
type testGather struct {
	v      []float64
	m      [3][]float64
	ld     [3]int
	index  [3][]int32
	guards []func(*testing.T)
}

func newTestGather(rng *rand.Rand, n, count, hints, pad int) *testGather {
	const height = 6 // rows of the matrices, of those that entries pick
	x := new(testGather)
	f64 := func(n, offset int) []float64 {
		s, g := guarded[float64](rng, n, offset)
		x.guards = append(x.guards, g)
		return s
	}
	x.v = f64(count, pad)
	for f := range x.m {
		x.ld[f] = n + pad*(f+1)
		x.m[f] = f64(height*x.ld[f]+n, pad+f) // the last row is not padded
		for r := range n {
			x.m[f][height*x.ld[f]+r] = math.NaN()
		}
		x.index[f] = make([]int32, count+hints*(f+1))
		for k := range x.index[f] {
			x.index[f][k] = int32(rng.IntN(height))
			if k >= count {
				x.index[f][k] = height
			}
		}
	}
	return x
}

// want is acc and the sum of the products of so many factors.
func (x *testGather) want(acc []float64, factors int) []float64 {
	acc = clone(acc)
	for k, s := range x.v {
		for r := range acc {
			p := s
			for f := range factors {
				p *= x.m[f][int(x.index[f][k])*x.ld[f]+r]
			}
			acc[r] += p
		}
	}
	return acc
}

func (x *testGather) add(acc []float64, factors int) {
	m, ld, i := x.m, x.ld, x.index
	switch factors {
	case 1:
		GatherAdd1(acc, x.v, m[0], ld[0], i[0])
	case 2:
		GatherAdd2(acc, x.v, m[0], ld[0], i[0], m[1], ld[1], i[1])
	case 3:
		GatherAdd3(acc, x.v, m[0], ld[0], i[0], m[1], ld[1], i[1], m[2], ld[2], i[2])
	}
}

// Every number of columns up to two calls of the widest kernel and a bit, of
// entries on both sides of those that have a hint.
func TestGathersMatchTheirLoops(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 0))
		for n := range 70 {
			for _, count := range []int{0, 1, 2, 9, 17} {
				for _, hints := range []int{0, 3, 20} {
					pad := rng.IntN(4)
					x := newTestGather(rng, n, count, hints, pad)
					acc, guard := guarded[float64](rng, n, pad)
					for factors := 1; factors <= 3; factors++ {
						want := x.want(acc, factors)
						x.add(acc, factors)
						near(t, want, acc, 20*(count+1), fmt.Sprintf("GatherAdd%d n=%d count=%d hints=%d pad=%d", factors, n, count, hints, pad))
					}
					guard(t)
					for _, g := range x.guards {
						g(t)
					}
				}
			}
		}
	})
}

func TestGatherMulMatchesItsLoop(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 0))
		for n := range 40 {
			for _, count := range []int{0, 1, 5} {
				x := newTestGather(rng, n, count, 0, 3)
				rows, guard := guarded[float64](rng, count*n, 0)
				want := append([]float64{}, rows...)
				for k := range count {
					for r := range n {
						want[k*n+r] *= x.m[0][int(x.index[0][k])*x.ld[0]+r]
					}
				}
				GatherMul(n, rows, x.m[0], x.ld[0], x.index[0])
				require.Equal(t, want, rows)
				guard(t)
			}
		}
	})
}
