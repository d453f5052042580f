package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// halve is an update of rows that needs no neighbours: A ← max(0, (A + M)/2).
func halve(stride, rank int) func(rows int, a, m []float64) {
	return func(rows int, a, m []float64) {
		for r := range rank {
			for i := range rows {
				at := r*stride + i
				a[at] = max(0, (a[at]+m[at])/2)
			}
		}
	}
}

func streamed(x *tensor.Dense, rank int) (q tensor.Streamer, factors []*mat.Dense) {
	rng := rand.New(rand.NewPCG(30, uint64(rank)))
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	for _, d := range x.Dims() {
		factors = append(factors, normal(rng, d, rank))
	}
	return x.Sequence().(tensor.Streamer), factors
}

// Stream does what an MTTKRP, an update and the next MTTKRP do, with as many rows in
// the last block as are left.
func TestStreamMatchesItsSteps(t *testing.T) {
	for _, dims := range [][]int{{1, 64}, {2, 65}, {3, 200}, {7, 100}, {17, 1001}, {40, 700}} {
		for _, rank := range []int{1, 2, 3, 6, 8, 11} {
			t.Run(fmt.Sprintf("%v/R=%d", dims, rank), func(t *testing.T) {
				const rows = 32
				x := tensor.NewDense(dims, nil)
				q, factors := streamed(x, rank)
				m, want := mat.NewDense(dims[1], rank, nil), mat.DenseCopyOf(factors[1])
				x.MTTKRP(m, factors, 1)
				update := halve(rank, 1) // rows one behind the other
				for i := range dims[1] {
					update(rank, want.RawRowView(i), m.RawRowView(i))
				}
				g := mat.NewSymDense(rank, nil)
				inner, ok := q.Stream(g, factors, rows, halve(rows, rank))
				require.True(t, ok)
				scale := mat.Norm(want, math.Inf(1)) * float64(dims[1])
				tol := 1e-14 * scale * scale
				require.True(t, mat.EqualApprox(want, factors[1], tol), "the factor")
				var gram mat.Dense
				gram.Mul(want.T(), want)
				require.True(t, mat.EqualApprox(&gram, g, tol), "the Gram")
				m.MulElem(m, want)
				require.InDelta(t, mat.Sum(m), inner, tol)

				next, got := mat.NewDense(dims[0], rank, nil), mat.NewDense(dims[0], rank, nil)
				x.MTTKRP(next, factors, 0)
				factors[0].Zero() // takes no part
				q.Updated(0)
				q.MTTKRP(got, factors, 0)
				require.True(t, mat.EqualApprox(next, got, tol), "the next product")

				factors[1].Scale(2, factors[1])
				q.Updated(1)
				q.MTTKRP(got, factors, 0)
				next.Scale(2, next)
				require.True(t, mat.EqualApprox(next, got, 2*tol), "the product of a factor that has changed")
			})
		}
	}
}

// Bits do not depend on the number of workers, and a warm pass allocates nothing.
func TestStreamOnTwoWorkers(t *testing.T) {
	const rank, rows = 5, 64
	var first []*mat.Dense
	for workers := 1; workers <= 2; workers++ {
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
			x := tensor.NewDense([]int{50, 20000}, nil)
			q, factors := streamed(x, rank)
			g, m := mat.NewSymDense(rank, nil), mat.NewDense(50, rank, nil)
			update := halve(rows, rank)
			inner, ok := q.Stream(g, factors, rows, update)
			require.True(t, ok)
			q.MTTKRP(m, factors, 0)
			got := []*mat.Dense{factors[1], m, mat.DenseCopyOf(g), mat.NewDense(1, 1, []float64{inner})}
			if first == nil {
				first = []*mat.Dense{mat.DenseCopyOf(got[0]), m, got[2], got[3]}
			}
			for k := range got {
				require.True(t, mat.Equal(first[k], got[k]), "result %d, %d workers", k, workers)
			}
			if !racetest.Enabled {
				require.Less(t, testing.AllocsPerRun(20, func() { q.Stream(g, factors, rows, update) }), 0.5)
			}
		}()
	}
}

// What a pass cannot do it leaves alone.
func TestStreamDeclines(t *testing.T) {
	for _, dims := range [][]int{{500}, {60, 70}, {100, 40}, {5, 40}, {3, 4, 500}} {
		n := len(dims) - 1
		q, factors := streamed(tensor.NewDense(dims, nil), 2)
		before := mat.DenseCopyOf(factors[n])
		_, ok := q.Stream(mat.NewSymDense(2, nil), factors, 32, func(int, []float64, []float64) { t.Error("called") })
		require.False(t, ok, dims)
		require.True(t, mat.Equal(before, factors[n]))
	}
}
