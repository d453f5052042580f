package cpd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/tensor"
)

// span is the sine of the largest angle between the span of the orthonormal
// columns of u and that of the columns of a, as ‖(I − uuᵀ)q‖ over an orthonormal
// basis q of the latter.
func span(u, a mat.Matrix) float64 {
	var svd mat.SVD
	svd.Factorize(a, mat.SVDThin)
	var q, p, back mat.Dense
	svd.UTo(&q)
	p.Mul(u.T(), &q)
	back.Mul(u, &p)
	back.Sub(&q, &back)
	return mat.Norm(&back, 2)
}

// The start spans the leading left singular space of every unfolding.
func TestSVDStartSpansTheLeadingSpace(t *testing.T) {
	for _, dims := range [][]int{{5}, {6, 9}, {9, 8, 7}, {5, 1, 6}, {4, 5, 4, 3}} {
		rng := newRand(31)
		x := planted(rng, dims, 3, false, 0.3)
		rank := 2
		factors, err := SVD{}.Start(x, rank, make([]bool, len(dims)), rng)
		require.NoError(t, err)
		for n, rows := range dims {
			unfolded := x.Unfold(n)
			var svd mat.SVD
			require.True(t, svd.Factorize(unfolded, mat.SVDThin))
			values := svd.Values(nil)
			var u mat.Dense
			svd.UTo(&u)
			k := min(rank, rows, len(values))
			gap := 1.0 // of the Gram's eigenvalues, by which the angle is bounded
			if k < len(values) {
				gap = (values[k-1]*values[k-1] - values[k]*values[k]) / (values[0] * values[0])
			}
			require.Less(t, span(u.Slice(0, rows, 0, k), factors[n].Slice(0, rows, 0, k)), 100*eps*float64(len(x.Data()))/gap, "%v mode %d", dims, n)
		}
	}
}

func TestSVDStartIsNonnegativeWhereAsked(t *testing.T) {
	rng := newRand(32)
	x := planted(rng, []int{6, 5, 3}, 3, false, 0.3)
	for _, init := range []Init{SVD{}, Random{}} {
		factors, err := init.Start(x, 5, []bool{true, false, true}, rng)
		require.NoError(t, err)
		for n, nonnegative := range []bool{true, false, true} {
			require.Equal(t, nonnegative, mat.Min(factors[n]) >= 0, "%T mode %d", init, n)
		}
	}
}

// Where the rank exceeds a size, the further columns are random, not zero, and
// not the same.
func TestSVDStartIsPadded(t *testing.T) {
	rng := newRand(33)
	x := planted(rng, []int{2, 6, 1}, 2, true, 0.3)
	factors, err := SVD{}.Start(x, 5, []bool{true, false, false}, rng)
	require.NoError(t, err)
	for n, a := range factors {
		rows, cols := a.Dims()
		require.Equal(t, x.Dims()[n], rows)
		require.Equal(t, 5, cols)
		for r := range cols {
			require.Positive(t, mat.Norm(a.ColView(r), 2))
			for q := range r {
				require.NotEqual(t, mat.Col(nil, q, a), mat.Col(nil, r, a))
			}
		}
	}
}

// One mode is beyond the limit up to which Grams are formed: the sketch must find
// the space of a low-rank tensor exactly, and nearly so under noise.
func TestSVDStartOfALongMode(t *testing.T) {
	dims := []int{gramLimit + 50, 6, 5}
	for _, noise := range []float64{0, 1e-3} {
		rng := newRand(34)
		truth := drawnFactors(rng, dims, 3, true)
		x := tensor.NewKruskal(truth...).Dense()
		size := math.Sqrt(x.SquaredNorm() / float64(len(x.Data())))
		for i := range x.Data() {
			x.Data()[i] += noise * size * rng.NormFloat64()
		}
		factors, err := SVD{}.Start(x, 3, make([]bool, 3), rng)
		require.NoError(t, err)
		var svd mat.SVD
		require.True(t, svd.Factorize(x.Unfold(0), mat.SVDThin))
		var u mat.Dense
		svd.UTo(&u)
		angle := span(u.Slice(0, dims[0], 0, 3), factors[0])
		// Halko, Martinsson, Tropp (2011), theorem 10.5, for k = 3 and 8 columns more.
		values := svd.Values(nil)
		var tail float64
		for _, v := range values[3:] {
			tail += v * v
		}
		lost := math.Sqrt((1 + 3.0/7) * tail)
		require.LessOrEqual(t, angle, lost/values[2]+100*eps*math.Sqrt(float64(dims[0])), "noise %g", noise)
	}
}

// α scales the start so that no other multiple of it fits better.
func TestStartsHaveTheBestScale(t *testing.T) {
	rng := newRand(35)
	x := planted(rng, []int{6, 5, 4}, 3, true, 0.3)
	for _, init := range []Init{Random{}, SVD{}} {
		factors, err := init.Start(x, 3, []bool{true, true, true}, rng)
		require.NoError(t, err)
		k := tensor.NewKruskal(factors...)
		best := slowError(x, k)
		for _, by := range []float64{0.99, 1.01} {
			k.Weights = []float64{by, by, by}
			require.Greater(t, slowError(x, k), best)
		}
	}
}

// X = (2·e₀e₀ᵀ + e₁e₁ᵀ) ∘ e₀: the unfolding of mode 2 has one singular vector, and a
// second column orthogonal to the data would leave its component zero for good.
func TestSVDStartOfDeficientUnfolding(t *testing.T) {
	x := tensor.NewDense([]int{6, 5, 4}, nil)
	x.Set(2, 0, 0, 0)
	x.Set(1, 1, 1, 0)
	for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
		r, err := Decompose(t.Context(), x, 2, &Options{Methods: same(method, 3), Init: SVD{}})
		require.NoError(t, err)
		require.Less(t, r.RelativeError, 1e-6, "%T", method)
	}
}
