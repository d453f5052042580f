package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// n steps of acc ← acc/2 + 1 from zero end at 2·(1 − 2⁻ⁿ), exactly, in every
// element of every vector: no step and no chain is left out.
func TestFMALoopTakesEveryStep(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		elements := peakChains * fmaWidth()
		for _, n := range []int{0, 1, 2, 3, 17, 40} {
			sum, flops := FMALoop(n, 0.5, 1)
			require.Equal(t, float64(elements)*2*(1-math.Pow(2, -float64(n))), sum, "n=%d", n)
			require.Equal(t, 2*elements*n, flops, "n=%d", n)
		}
		sum, flops := FMALoop(3<<14+5, 1, 1) // counts the steps, in pieces
		require.EqualValues(t, elements*(3<<14+5), sum)
		require.Equal(t, 2*elements*(3<<14+5), flops)
	})
}

// Small integers are added without rounding, in any order.
func TestSumReadsEveryElementOnce(t *testing.T) {
	eachLevel(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(7, 0))
		for _, n := range []int{0, 1, 3, 4, 15, 16, 17, 31, 32, 33, 64, 100, 1<<15 + 37, 3<<15 + 5} {
			for offset := range 3 {
				a, _ := guarded[float64](rng, n, offset)
				want := 0.0
				for i := range a {
					a[i] = float64(rng.IntN(1000))
					want += a[i]
				}
				require.Equal(t, want, Sum(a), "n=%d offset=%d", n, offset)
			}
		}
	})
}

func TestPeakLoopsDoNotAllocate(t *testing.T) {
	a := random[float64](1000)
	require.Zero(t, testing.AllocsPerRun(10, func() {
		FMALoop(10, 0.5, 1)
		Sum(a)
	}))
}

func BenchmarkFMALoop(b *testing.B) {
	_, flops := FMALoop(1<<14, 0.5, 1)
	measure(b, flops, func() { FMALoop(1<<14, 0.5, 1) })
}

func BenchmarkSum(b *testing.B) {
	for _, n := range []int{1 << 11, 1 << 15, 1 << 18, 1 << 24} {
		b.Run(fmt.Sprintf("%dKiB", n>>7), func(b *testing.B) {
			a := random[float64](n)
			b.SetBytes(int64(8 * n))
			for b.Loop() {
				Sum(a)
			}
		})
	}
}
