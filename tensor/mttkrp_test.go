package tensor_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"github.com/polyad/polyad/tensor"
	"github.com/polyad/polyad/tensor/tensortest"
)

func TestDenseKeepsThePromises(t *testing.T) {
	shapes := append([][]int{{60, 25, 25}}, corpus...) // the first is split over workers
	if !testing.Short() {
		shapes = append(shapes, []int{6, 70, 80}, []int{1500, 9}, []int{9, 1500})
	}
	for _, dims := range shapes {
		t.Run(fmt.Sprint(dims), func(t *testing.T) {
			tensortest.Check(t, random(rand.New(rand.NewPCG(1, 0)), dims...))
		})
	}
}

// crossing are sizes at which the rows of a Khatri–Rao product do not fit into
// one block of 2¹⁴ numbers: with R = 64 a block is 256 rows.
var crossing = []struct {
	dims []int
	rank int
}{
	{[]int{3, 300, 2}, 64}, // behind mode 0: 600 rows; before mode 2: 900
	{[]int{2, 3, 513}, 64}, // behind modes 0 and 1, with 2 rows before mode 1
	{[]int{1, 3, 700}, 64}, // the same behind a mode of size 1
	{[]int{2, 1, 3, 256}, 64},
	{[]int{257, 2, 1}, 64}, // before mode 1, which a mode of size 1 follows
	{[]int{17, 4, 1, 5}, 64},
	{[]int{600, 2}, 64},
	{[]int{2, 600}, 64},
	{[]int{2, 3, 2}, 1<<14 + 1}, // one row is more than a block
	{[]int{3, 2, 2}, 5000},      // a block is 3 rows
}

// M = X₍ₙ₎·(⊙_{m≠n} A_m), against the product of the two as whole matrices.
func TestMTTKRPMatchesUnfoldTimesKhatriRao(t *testing.T) {
	for _, dims := range corpus {
		for _, rank := range []int{1, 2, 7} {
			matchUnfoldTimesKhatriRao(t, dims, rank)
		}
	}
	for _, c := range crossing {
		matchUnfoldTimesKhatriRao(t, c.dims, c.rank)
	}
}

func matchUnfoldTimesKhatriRao(t *testing.T, dims []int, rank int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(2, uint64(rank)))
	x, factors := random(rng, dims...), randomFactors(rng, dims, rank)
	for n := range dims {
		want, abs, terms := unfoldTimesKhatriRao(x, factors, n)
		got := mat.NewDense(dims[n], rank, nil)
		x.MTTKRP(got, factors, n)
		near(t, want, got, abs, terms, fmt.Sprintf("sizes %v, R=%d, mode %d", dims, rank, n))
	}
}

// unfoldTimesKhatriRao is the product, the same of absolute values, and the
// number of terms of a sum.
func unfoldTimesKhatriRao(x *tensor.Dense, factors []*mat.Dense, n int) (m, abs *mat.Dense, terms int) {
	unfolding := x.Unfold(n)
	_, terms = unfolding.Dims()
	var rows *mat.Dense
	if others := slices.Delete(slices.Clone(factors), n, n+1); len(others) > 0 {
		rows = tensor.KhatriRao(others...)
	} else { // order 1: an empty product, a row of ones
		_, rank := factors[0].Dims()
		rows = mat.NewDense(1, rank, slices.Repeat([]float64{1}, rank))
	}
	m, abs = new(mat.Dense), new(mat.Dense)
	m.Mul(unfolding, rows)
	abs.Mul(absolute(unfolding), absolute(rows))
	return m, abs, terms
}

func TestMTTKRPOfRandomShapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.SliceOfN(rapid.IntRange(1, 6), 1, 5).Draw(t, "dims")
		rank := rapid.IntRange(1, 9).Draw(t, "rank")
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		x, factors := random(rng, dims...), randomFactors(rng, dims, rank)
		for n := range dims {
			want, abs, terms := unfoldTimesKhatriRao(x, factors, n)
			got := mat.NewDense(dims[n], rank, nil)
			x.MTTKRP(got, factors, n)
			for i := range dims[n] {
				for r := range rank {
					if !(math.Abs(got.At(i, r)-want.At(i, r)) <= 4*eps*float64(terms+8)*abs.At(i, r)) {
						t.Fatalf("mode %d: entry (%d, %d) is %v, want %v", n, i, r, got.At(i, r), want.At(i, r))
					}
				}
			}
		}
	})
}

// MTTKRP is homogeneous at any scale that float64 holds: no squares, no
// thresholds inside. Powers of two make that exact.
func TestMTTKRPScales(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	dims := []int{5, 4, 3}
	x, factors := random(rng, dims...), randomFactors(rng, dims, 3)
	for _, exponent := range []int{-900, -332, 332, 900} { // 2^±332 is about 1e±100
		scaled := tensor.NewDense(dims, slices.Clone(x.Data()))
		for i, v := range scaled.Data() {
			scaled.Data()[i] = math.Ldexp(v, exponent)
		}
		for n := range dims {
			want, got := mat.NewDense(dims[n], 3, nil), mat.NewDense(dims[n], 3, nil)
			x.MTTKRP(want, factors, n)
			scaled.MTTKRP(got, factors, n)
			want.Apply(func(_, _ int, v float64) float64 { return math.Ldexp(v, exponent) }, want)
			require.True(t, mat.Equal(want, got), "scale 2^%d, mode %d", exponent, n)
		}
	}
}

// A NaN in the data is never swallowed by a zero in a factor.
func TestMTTKRPPassesNaNOn(t *testing.T) {
	x := tensor.NewDense([]int{3, 2, 2}, nil)
	x.Set(math.NaN(), 1, 0, 1)
	factors := []*mat.Dense{mat.NewDense(3, 1, nil), mat.NewDense(2, 1, nil), mat.NewDense(2, 1, nil)}
	for n, row := range []int{1, 0, 1} {
		dst := mat.NewDense(x.Dims()[n], 1, nil)
		x.MTTKRP(dst, factors, n)
		require.True(t, math.IsNaN(dst.At(row, 0)), "mode %d", n)
	}
}

func TestMTTKRPRejectsShapes(t *testing.T) {
	x := tensor.NewDense([]int{4, 3, 2}, nil)
	factors := func() []*mat.Dense {
		return []*mat.Dense{mat.NewDense(4, 5, nil), mat.NewDense(3, 5, nil), mat.NewDense(2, 5, nil)}
	}
	call := func(dst *mat.Dense, n int, change func(f []*mat.Dense) []*mat.Dense) func() {
		return func() { x.MTTKRP(dst, change(factors()), n) }
	}
	same := func(f []*mat.Dense) []*mat.Dense { return f }
	set := func(m int, a *mat.Dense) func(f []*mat.Dense) []*mat.Dense {
		return func(f []*mat.Dense) []*mat.Dense { f[m] = a; return f }
	}
	dst := mat.NewDense(4, 5, nil)
	panicsWith(t, call(mat.NewDense(7, 5, nil), 0, same), "MTTKRP", "7×5", "size 4")
	panicsWith(t, call(new(mat.Dense), 0, same), "MTTKRP", "0×0", "size 4")
	panicsWith(t, call(dst, 0, set(1, mat.NewDense(6, 5, nil))), "MTTKRP", "factor 1", "6×5", "3×5")
	panicsWith(t, call(dst, 0, set(2, mat.NewDense(2, 8, nil))), "MTTKRP", "factor 2", "2×8", "2×5")
	panicsWith(t, call(dst, 0, set(2, nil)), "MTTKRP", "factor 2", "nil", "2×5")
	panicsWith(t, call(dst, 0, func(f []*mat.Dense) []*mat.Dense { return f[:2] }), "MTTKRP", "2 factors", "order 3")
	panicsWith(t, call(dst, 3, same), "mode 3", "order 3")
	panicsWith(t, call(dst, -1, same), "mode -1", "order 3")
}

func TestUnfoldingGramMatchesUnfolding(t *testing.T) {
	for _, dims := range append([][]int{{3, 700}, {700, 3}, {9, 5, 130}, {130, 9, 5, 1}}, corpus...) {
		x := random(rand.New(rand.NewPCG(4, 0)), dims...)
		for n, in := range dims {
			unfolding := x.Unfold(n)
			_, terms := unfolding.Dims()
			var want, abs mat.SymDense
			want.SymOuterK(1, unfolding)
			abs.SymOuterK(1, absolute(unfolding))
			got := mat.NewSymDense(in, slices.Repeat([]float64{math.NaN()}, in*in))
			x.UnfoldingGram(got, n)
			near(t, &want, got, &abs, terms, fmt.Sprintf("sizes %v, mode %d", dims, n))
		}
	}
}

func TestUnfoldingGramRejects(t *testing.T) {
	x := tensor.NewDense([]int{4, 3}, nil)
	panicsWith(t, func() { x.UnfoldingGram(mat.NewSymDense(3, nil), 0) }, "UnfoldingGram", "order 3", "size 4")
	panicsWith(t, func() { x.UnfoldingGram(mat.NewSymDense(3, nil), 2) }, "mode 2", "order 2")
}
