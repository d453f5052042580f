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

// The last index is the fastest in storage.
func TestDenseOrder(t *testing.T) {
	for _, dims := range corpus {
		x := tensor.NewDense(dims, nil)
		for i := range x.Data() {
			x.Data()[i] = float64(i)
		}
		at := 0
		indices(dims, func(index []int) {
			require.Equal(t, float64(at), x.At(index...), "sizes %v, index %v", dims, index)
			x.Set(-float64(at), index...)
			require.Equal(t, -float64(at), x.Data()[at])
			at++
		})
		require.Equal(t, len(x.Data()), at)
	}
}

// X₍ₙ₎[i_n, c] = X[i₀, …, i_{N−1}], c counting the other modes, the last fastest.
func TestUnfoldMatchesItsDefinition(t *testing.T) {
	for _, dims := range corpus {
		x := random(rand.New(rand.NewPCG(1, 1)), dims...)
		for n := range dims {
			u := x.Unfold(n)
			indices(dims, func(index []int) {
				require.Equal(t, x.At(index...), u.At(index[n], column(dims, index, n)), "sizes %v, mode %d, index %v", dims, n, index)
			})
			back := tensor.Fold(u, dims, n)
			require.Equal(t, dims, back.Dims())
			require.Equal(t, x.Data(), back.Data(), "Fold(Unfold), sizes %v, mode %d", dims, n)
		}
	}
}

func TestFoldReadsAnyMatrix(t *testing.T) {
	a := mat.NewDense(2, 3, []float64{1, 2, 3, 4, 5, 6})
	require.Equal(t, []float64{1, 4, 2, 5, 3, 6}, tensor.Fold(a.T(), []int{3, 2}, 0).Data())
	require.Equal(t, []float64{1, 2, 3, 4, 5, 6}, tensor.Fold(a.T(), []int{2, 3}, 1).Data())
}

func TestUnfoldIsACopy(t *testing.T) {
	x := random(rand.New(rand.NewPCG(1, 2)), 3, 4)
	want := slices.Clone(x.Data())
	for n := range 2 {
		x.Unfold(n).Zero()
		require.Equal(t, want, x.Data(), "mode %d", n)
	}
}

func TestFromMatrix(t *testing.T) {
	a := mat.NewDense(3, 4, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	x := tensor.FromMatrix(a)
	require.Equal(t, []int{3, 4}, x.Dims())
	x.Set(-1, 2, 1)
	require.Equal(t, -1.0, a.At(2, 1), "a contiguous matrix is shared")

	rows := a.Slice(1, 3, 0, 4).(*mat.Dense)
	x = tensor.FromMatrix(rows)
	require.Equal(t, []float64{4, 5, 6, 7, 8, -1, 10, 11}, x.Data())
	x.Set(-2, 0, 0)
	require.Equal(t, -2.0, a.At(1, 0), "so are whole rows")

	x = tensor.FromMatrix(a.Slice(0, 2, 1, 3).(*mat.Dense))
	require.Equal(t, []float64{1, 2, 5, 6}, x.Data())
	x.Set(-3, 0, 0)
	require.Equal(t, 1.0, a.At(0, 1), "a strided one is copied")
}

func TestNewDenseKeepsDataAndCopiesSizes(t *testing.T) {
	dims, data := []int{2, 2}, []float64{1, 2, 3, 4}
	x := tensor.NewDense(dims, data)
	dims[0] = 9
	require.Equal(t, []int{2, 2}, x.Dims())
	x.Set(7, 1, 0)
	require.Equal(t, 7.0, data[2])
}

func TestDenseRejectsShapes(t *testing.T) {
	panicsWith(t, func() { tensor.NewDense([]int{2, 3}, make([]float64, 5)) }, "NewDense", "5 values", "[2 3]", "want 6")
	panicsWith(t, func() { tensor.NewDense(nil, nil) }, "at least one mode")
	panicsWith(t, func() { tensor.NewDense([]int{2, 0}, nil) }, "mode 1", "size 0")
	panicsWith(t, func() { tensor.NewDense([]int{-2, -3}, nil) }, "mode 0", "size -2")
	panicsWith(t, func() { tensor.NewDense([]int{math.MaxInt / 2, 3}, nil) }, "overflow")
	panicsWith(t, func() { tensor.FromMatrix(new(mat.Dense)) }, "size 0")

	x := tensor.NewDense([]int{2, 3}, nil)
	panicsWith(t, func() { x.At(1) }, "1 indices", "order 2")
	panicsWith(t, func() { x.At(0, 3) }, "[0 3]", "[2 3]")
	panicsWith(t, func() { x.Set(1, -1, 0) }, "[-1 0]", "[2 3]")
	panicsWith(t, func() { x.Unfold(2) }, "mode 2", "order 2")
	panicsWith(t, func() { tensor.Fold(mat.NewDense(3, 2, nil), []int{2, 3}, 0) }, "Fold", "3×2", "[2 3]")
}

// ‖X‖² over sizes that take one, some and many partial sums.
func TestSquaredNorm(t *testing.T) {
	for _, n := range []int{1, 5, 1 << 15, 1<<15 + 1, 300_001} {
		x := random(rand.New(rand.NewPCG(1, 3)), n)
		var want, lost float64 // Kahan's sum
		for _, v := range x.Data() {
			y := v*v - lost
			next := want + y
			lost = (next - want) - y
			want = next
		}
		require.InEpsilon(t, want, x.SquaredNorm(), 4*eps*math.Sqrt(float64(n))+8*eps, "%d entries", n)
	}
	for _, scale := range []float64{1e-100, 1e100} {
		x := tensor.NewDense([]int{2, 1}, []float64{3 * scale, 4 * scale})
		require.InEpsilon(t, 25*scale*scale, x.SquaredNorm(), 8*eps)
	}
	require.True(t, math.IsNaN(tensor.NewDense([]int{2}, []float64{1, math.NaN()}).SquaredNorm()))
	require.True(t, math.IsInf(tensor.NewDense([]int{2}, []float64{1, math.Inf(-1)}).SquaredNorm(), 1))
}

// NonFinite names the first entry in storage order, at every place.
func TestNonFiniteNamesTheFirst(t *testing.T) {
	for _, dims := range corpus {
		_, found := tensor.NewDense(dims, nil).NonFinite()
		require.False(t, found)
		indices(dims, func(index []int) {
			for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x := tensor.NewDense(dims, nil)
				x.Data()[len(x.Data())-1] = math.NaN()
				x.Set(v, index...)
				got, found := x.NonFinite()
				require.True(t, found)
				require.Equal(t, index, got, fmt.Sprint(dims))
			}
		})
	}
	huge := tensor.NewDense([]int{2}, []float64{math.MaxFloat64, -math.MaxFloat64})
	_, found := huge.NonFinite()
	require.False(t, found, "the largest numbers are finite")
}
