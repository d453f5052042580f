package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

const eps = 0x1p-52

// corpus is orders 1 to 5, with modes of size 1 in front, between, behind.
var corpus = [][]int{
	{1},
	{7},
	{4, 3},
	{1, 5},
	{5, 1},
	{4, 3, 2},
	{1, 4, 3},
	{4, 1, 3},
	{4, 3, 1},
	{4, 1, 1},
	{1, 1, 4},
	{1, 4, 1},
	{1, 1, 1},
	{2, 3, 4, 5},
	{3, 1, 2, 1},
	{1, 3, 1, 2},
	{2, 2, 3, 2, 3},
	{1, 2, 1, 3, 1},
}

func random(rng *rand.Rand, dims ...int) *tensor.Dense {
	x := tensor.NewDense(dims, nil)
	for i := range x.Data() {
		x.Data()[i] = rng.NormFloat64()
	}
	return x
}

func randomMatrix(rng *rand.Rand, rows, cols int) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	return a
}

func randomFactors(rng *rand.Rand, dims []int, rank int) []*mat.Dense {
	factors := make([]*mat.Dense, len(dims))
	for n, d := range dims {
		factors[n] = randomMatrix(rng, d, rank)
	}
	return factors
}

// randomModel has weights of both signs.
func randomModel(rng *rand.Rand, dims []int, rank int) *tensor.Kruskal {
	k := tensor.NewKruskal(randomFactors(rng, dims, rank)...)
	for r := range k.Weights {
		k.Weights[r] = rng.NormFloat64()
	}
	return k
}

// indices calls f with every index of a tensor of the given sizes.
func indices(dims []int, f func(index []int)) {
	index := make([]int, len(dims))
	for {
		f(index)
		m := len(dims) - 1
		for ; m >= 0; m-- {
			if index[m]++; index[m] < dims[m] {
				break
			}
			index[m] = 0
		}
		if m < 0 {
			return
		}
	}
}

// column is the column of X₍ₙ₎ that index lies in: the other modes in their
// order, the last fastest.
func column(dims, index []int, n int) int {
	c := 0
	for m, i := range index {
		if m != n {
			c = c*dims[m] + i
		}
	}
	return c
}

// panicsWith fails t unless f panics with a message that contains all parts.
func panicsWith(t *testing.T, f func(), parts ...string) {
	t.Helper()
	defer func() {
		t.Helper()
		p := recover()
		require.NotNil(t, p, "no panic; want one with %q", parts)
		text := fmt.Sprint(p)
		require.True(t, strings.HasPrefix(text, "tensor: "), text)
		for _, part := range parts {
			require.Contains(t, text, part)
		}
	}()
	f()
}

// near compares entry by entry; abs bounds the terms that were summed, terms
// counts them.
func near(t *testing.T, want, got, abs mat.Matrix, terms int, name string) {
	t.Helper()
	rows, cols := want.Dims()
	gotRows, gotCols := got.Dims()
	require.Equal(t, [2]int{rows, cols}, [2]int{gotRows, gotCols}, name)
	for i := range rows {
		for j := range cols {
			if w, g := want.At(i, j), got.At(i, j); !(math.Abs(w-g) <= 4*eps*float64(terms+8)*abs.At(i, j)) {
				t.Fatalf("%s: entry (%d, %d) is %v, want %v", name, i, j, g, w)
			}
		}
	}
}

func absolute(a *mat.Dense) *mat.Dense {
	b := mat.DenseCopyOf(a)
	b.Apply(func(_, _ int, v float64) float64 { return math.Abs(v) }, b)
	return b
}
