package tensor_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/tensor"
)

// ‖X − X̂‖/‖X‖ by the definition.
func relativeError(k *tensor.Kruskal, x *tensor.Dense) float64 {
	var num, den float64
	indices(x.Dims(), func(index []int) {
		v, _ := entry(k, index)
		d := x.At(index...) - v
		num += d * d
		den += x.At(index...) * x.At(index...)
	})
	return math.Sqrt(num / den)
}

func TestSquaredResidualMatchesTheDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 1))
	for _, dims := range append([][]int{{40, 30, 20}}, corpus...) {
		for _, rank := range []int{1, 4} {
			x, k := random(rng, dims...), randomModel(rng, dims, rank)
			want := relativeError(k, x)
			got := math.Sqrt(x.SquaredResidual(k) / x.SquaredNorm())
			require.InEpsilon(t, want, got, 1e3*eps, "sizes %v, R=%d", dims, rank)
			require.InEpsilon(t, want, k.RelativeError(x), 1e-9, "by the identity, sizes %v, R=%d", dims, rank)
		}
	}
}

// hidden is a tensor without the optional interfaces.
type hidden struct{ tensor.Tensor }

// Of an exact model the identity leaves noise of √eps ≈ 1e-8; entry by entry it
// is eps, at every scale and for every way to spread it.
func TestRelativeErrorOfAnExactModel(t *testing.T) {
	for _, dims := range [][]int{{6}, {6, 5}, {6, 5, 4}, {3, 1, 4, 2}} {
		for _, scale := range []float64{1, 1e-100, 1e100} {
			k := randomModel(rand.New(rand.NewPCG(4, 2)), dims, 3)
			for r := range k.Weights {
				k.Weights[r] *= scale
			}
			x := k.Dense()
			require.Less(t, k.RelativeError(x), 4*eps, "sizes %v, scale %g", dims, scale)
			require.Less(t, k.RelativeError(hidden{x}), 1e-6, "sizes %v, scale %g: the identity alone", dims, scale)
			k.Normalize()
			require.Less(t, k.RelativeError(x), 100*eps, "sizes %v, scale %g, normalised", dims, scale)
		}
	}
}

// Small known errors come out right in every regime: where the identity holds,
// where it is noise, and between.
func TestRelativeErrorIsAccurateAtEverySize(t *testing.T) {
	dims := []int{8, 7, 6}
	for exponent := 0; exponent <= 14; exponent++ {
		rng := rand.New(rand.NewPCG(4, uint64(exponent)))
		k := randomModel(rng, dims, 2)
		x := k.Dense()
		noise := math.Pow(10, -float64(exponent))
		for i := range x.Data() {
			x.Data()[i] += noise * rng.NormFloat64()
		}
		want := relativeError(k, x)
		// Rounding of the entries themselves, a few eps, is all that is left to differ.
		require.InDelta(t, want, k.RelativeError(x), 1e-6*want+4*eps, "noise 1e-%d", exponent)
	}
}

// Components that cancel each other, as in a degenerate model, spoil ‖X̂‖² long
// before the error is small: terms of 10¹² each leave 1e-4 of noise here.
func TestRelativeErrorOfCancellingComponents(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 20))
	dims := []int{6, 5, 4}
	factors := randomFactors(rng, dims, 2)
	for n, d := range dims {
		for i := range d {
			factors[n].Set(i, 1, factors[n].At(i, 0)+1e-6*factors[n].At(i, 1))
		}
	}
	k := tensor.NewKruskal(factors...)
	k.Weights = []float64{1e6, -1e6}
	x := k.Dense()
	for _, noise := range []float64{1, 1e-1, 1e-2, 1e-3} {
		y := tensor.NewDense(dims, slices.Clone(x.Data()))
		for i := range y.Data() {
			y.Data()[i] += noise * rng.NormFloat64()
		}
		// The entries themselves are differences of terms of 10⁶: eps·10⁶ of noise.
		want := relativeError(k, y)
		require.InEpsilon(t, want, k.RelativeError(y), 1e-6, "noise %g", noise)
	}
}

func TestRelativeErrorOfZeros(t *testing.T) {
	k := randomModel(rand.New(rand.NewPCG(4, 3)), []int{3, 2}, 2)
	zero := tensor.NewDense([]int{3, 2}, nil)
	require.Equal(t, math.Inf(1), k.RelativeError(zero))
	x := k.Dense()
	clear(k.Weights)
	require.Equal(t, 1.0, k.RelativeError(x), "a zero model misses everything")
	require.Equal(t, 0.0, k.RelativeError(zero))
	require.Equal(t, 0.0, k.SquaredNorm())
	require.Equal(t, zero.Data(), k.Dense().Data())
	require.InEpsilon(t, x.SquaredNorm(), x.SquaredResidual(k), 16*eps)
}

// NaN data give NaN, never a small error.
func TestRelativeErrorOfNaN(t *testing.T) {
	k := randomModel(rand.New(rand.NewPCG(4, 4)), []int{3, 2}, 2)
	x := k.Dense()
	x.Set(math.NaN(), 2, 1)
	require.True(t, math.IsNaN(k.RelativeError(x)))
}

func TestSquaredResidualRejects(t *testing.T) {
	k := randomModel(rand.New(rand.NewPCG(4, 5)), []int{3, 2}, 2)
	panicsWith(t, func() { tensor.NewDense([]int{2, 3}, nil).SquaredResidual(k) }, "SquaredResidual", "[3 2]", "[2 3]")
	panicsWith(t, func() { tensor.NewDense([]int{3, 2, 1}, nil).SquaredResidual(k) }, "SquaredResidual", "[3 2]", "[3 2 1]")
	panicsWith(t, func() { k.RelativeError(tensor.NewDense([]int{2, 3}, []float64{1, 2, 3, 4, 5, 6})) }, "MTTKRP", "3×2", "size 2")
}
