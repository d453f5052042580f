package tensor

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
)

func TestGramMatchesDefinition(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 3, 4, 5, 255, 256, 257, 9001, 40_000} {
		for _, r := range []int{1, 2, 5, 8} {
			wide := randomMatrix(rng, n, r+3)
			a := wide.Slice(0, n, 2, 2+r).(*mat.Dense) // stride ≠ columns
			var got mat.SymDense
			Gram(&got, a)
			var want mat.Dense
			want.Mul(a.T(), a)
			// Two orders of adding n products of at most 1.
			assert.True(t, mat.EqualApprox(&want, &got, float64(n)*2.3e-16), "%d×%d", n, r)
			for _, workers := range []int{1, 2, 5} {
				runtime.GOMAXPROCS(workers)
				again := mat.NewSymDense(r, nil)
				Gram(again, a)
				assert.True(t, mat.Equal(&got, again), "%d×%d with %d workers", n, r, workers)
			}
		}
	}
	assert.Panics(t, func() { Gram(mat.NewSymDense(2, nil), mat.NewDense(4, 3, nil)) })
}

func TestGramDoesNotAllocate(t *testing.T) {
	racetest.Allocations(t)
	a, g := mat.NewDense(1000, 8, nil), mat.NewSymDense(8, nil)
	Gram(g, a)
	assert.Zero(t, testing.AllocsPerRun(20, func() { Gram(g, a) }))
}

// randomMatrix has entries uniform in [−1, 1).
func randomMatrix(rng *rand.Rand, rows, cols int) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, 2*rng.Float64()-1)
		}
	}
	return a
}
