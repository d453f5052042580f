package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// entry is Σ_r w_r Π_m A_m[i_m, r], and the same of absolute values.
func entry(k *tensor.Kruskal, index []int) (v, abs float64) {
	for r, p := range k.Weights {
		for m, i := range index {
			p *= k.Factors[m].At(i, r)
		}
		v += p
		abs += math.Abs(p)
	}
	return v, abs
}

func TestKruskalEntriesMatchTheDefinition(t *testing.T) {
	for _, dims := range corpus {
		for _, rank := range []int{1, 2, 9} {
			k := randomModel(rand.New(rand.NewPCG(3, 1)), dims, rank)
			require.Equal(t, rank, k.Rank())
			require.Equal(t, dims, k.Dims())
			x := k.Dense()
			var sum, bound float64
			indices(dims, func(index []int) {
				want, abs := entry(k, index)
				tol := 2 * eps * float64(rank+len(dims)) * abs
				require.InDelta(t, want, x.At(index...), tol, "Dense, sizes %v, R=%d, index %v", dims, rank, index)
				require.InDelta(t, want, k.Entry(index...), tol, "Entry, sizes %v, R=%d, index %v", dims, rank, index)
				sum += want * want
				bound += abs * abs
			})
			require.InDelta(t, sum, k.SquaredNorm(), 4*eps*float64(len(x.Data())+rank*rank)*bound*10, "sizes %v, R=%d", dims, rank)
		}
	}
}

// A large model is made on several goroutines, each of which starts somewhere
// in the middle of the Khatri–Rao product.
func TestKruskalDenseInParallel(t *testing.T) {
	dims := []int{7, 30, 11, 40}
	k := randomModel(rand.New(rand.NewPCG(3, 2)), dims, 4)
	x := k.Dense()
	rng := rand.New(rand.NewPCG(3, 3))
	for range 2000 {
		index := []int{rng.IntN(7), rng.IntN(30), rng.IntN(11), rng.IntN(40)}
		want, abs := entry(k, index)
		require.InDelta(t, want, x.At(index...), 16*eps*abs, "index %v", index)
	}
}

func TestNormalizeKeepsTheModel(t *testing.T) {
	for _, scale := range []float64{1, 1e100, 1e-100} {
		k := randomModel(rand.New(rand.NewPCG(3, 4)), []int{4, 1, 3}, 3)
		k.Factors[0].Scale(scale, k.Factors[0])
		k.Factors[2].Scale(1/scale, k.Factors[2])
		before := k.Clone()
		k.Normalize()
		for n, a := range k.Factors {
			for r := range 3 {
				require.InDelta(t, 1, mat.Norm(a.ColView(r), 2), 8*eps, "scale %g, mode %d, column %d", scale, n, r)
			}
		}
		indices(k.Dims(), func(index []int) {
			want, abs := entry(before, index)
			require.InDelta(t, want, k.Entry(index...), 64*eps*abs, "scale %g, index %v", scale, index)
		})
	}
}

// Beyond √MaxFloat64 a sum of squares would overflow, below √SmallestNonzero vanish.
func TestNormalizeAtTheEndsOfTheRange(t *testing.T) {
	for _, scale := range []float64{1e200, 1e300, 1e-200, 1e-300} {
		k := tensor.NewKruskal(mat.NewDense(2, 1, []float64{3 * scale, -4 * scale}), mat.NewDense(1, 1, []float64{-1}))
		k.Normalize()
		require.InEpsilon(t, 5*scale, k.Weights[0], 4*eps)
		require.InDelta(t, 0.6, k.Factors[0].At(0, 0), 4*eps)
		require.InDelta(t, -0.8, k.Factors[0].At(1, 0), 4*eps)
		require.Equal(t, -1.0, k.Factors[1].At(0, 0), "signs stay where they are")
	}
}

func TestNormalizeZeroColumn(t *testing.T) {
	k := tensor.NewKruskal(mat.NewDense(2, 2, []float64{0, 3, 0, 4}), mat.NewDense(1, 2, []float64{2, 2}))
	k.Normalize()
	require.Equal(t, []float64{0, 10}, k.Weights)
	require.Equal(t, []float64{0, 0.6, 0, 0.8}, k.Factors[0].RawMatrix().Data)
	require.Equal(t, []float64{1, 1}, k.Factors[1].RawMatrix().Data)
}

func TestSortIsByMagnitudeAndStable(t *testing.T) {
	k := tensor.NewKruskal(mat.NewDense(1, 5, []float64{10, 20, 30, 40, 50}), mat.NewDense(2, 5, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}))
	k.Weights = []float64{1, -7, 2, 7, 1}
	require.Equal(t, []int{1, 3, 2, 0, 4}, k.Sort())
	require.Equal(t, []float64{-7, 7, 2, 1, 1}, k.Weights)
	require.Equal(t, []float64{20, 40, 30, 10, 50}, k.Factors[0].RawMatrix().Data)
	require.Equal(t, []float64{2, 4, 3, 1, 5, 7, 9, 8, 6, 10}, k.Factors[1].RawMatrix().Data)
}

// New component r is the old component order[r], also in strided factors; the
// model stays.
func TestPermute(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	k := randomModel(rng, []int{3, 2, 4}, 5)
	outer := randomMatrix(rng, 6, 9)
	k.Factors[0] = outer.Slice(1, 4, 2, 7).(*mat.Dense)
	before := k.Clone()
	order := []int{3, 0, 4, 1, 2}
	k.Permute(order)
	for r, old := range order {
		require.Equal(t, before.Weights[old], k.Weights[r])
		for n := range k.Factors {
			require.Equal(t, mat.Col(nil, old, before.Factors[n]), mat.Col(nil, r, k.Factors[n]), "factor %d, component %d", n, r)
		}
	}
	panicsWith(t, func() { k.Permute([]int{0, 1}) }, "Permute", "2 indices", "5 components")
	for _, bad := range [][]int{{0, 1, 2, 3, 3}, {0, 1, 2, 3, 5}, {-1, 1, 2, 3, 4}} {
		kept := k.Clone()
		panicsWith(t, func() { k.Permute(bad) }, "Permute", fmt.Sprint(bad))
		require.Equal(t, kept, k.Clone(), "a refused order changes nothing")
	}
}

func TestCloneIsDeep(t *testing.T) {
	k := randomModel(rand.New(rand.NewPCG(3, 6)), []int{3, 2}, 2)
	want := k.Entry(1, 1)
	c := k.Clone()
	c.Weights[0], c.Weights[1] = 9, 9
	c.Factors[0].Zero()
	require.Equal(t, want, k.Entry(1, 1))
}

func TestEntryRejects(t *testing.T) {
	k := randomModel(rand.New(rand.NewPCG(3, 7)), []int{3, 2}, 2)
	panicsWith(t, func() { k.Entry(1) }, "1 indices", "order 2")
	require.Panics(t, func() { k.Entry(3, 0) })
}

// Permuting components, or moving a scale from one factor to another, changes
// neither the model's norm nor its error.
func TestErrorIsInvariant(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 8))
	dims := []int{4, 5, 3}
	x, k := random(rng, dims...), randomModel(rng, dims, 3)
	norm, rel := k.SquaredNorm(), k.RelativeError(x)
	k.Permute([]int{2, 0, 1})
	k.Factors[0].Scale(-1e3, k.Factors[0])
	k.Factors[2].Scale(-1e-3, k.Factors[2])
	require.InEpsilon(t, norm, k.SquaredNorm(), 1e3*eps)
	require.InEpsilon(t, rel, k.RelativeError(x), 1e3*eps)
	k.Normalize()
	k.Sort()
	require.True(t, slices.IsSortedFunc(k.Weights, func(a, b float64) int { return int(math.Copysign(1, math.Abs(b)-math.Abs(a))) }))
	require.InEpsilon(t, rel, k.RelativeError(x), 1e3*eps)
}
