package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// truncated is the relative error of the best approximation of rank r.
func truncated(x mat.Matrix, r int) float64 {
	var svd mat.SVD
	svd.Factorize(x, mat.SVDNone)
	all, left := 0.0, 0.0
	for k, s := range svd.Values(nil) {
		all += s * s
		if k >= r {
			left += s * s
		}
	}
	return math.Sqrt(left / all)
}

// startError is that of what a start makes of x.
func startError(t *testing.T, init cpd.Init, x *mat.Dense, rank int, nonnegative []bool) (f []*mat.Dense, e float64) {
	t.Helper()
	f, err := init.Start(tensor.FromMatrix(x), rank, nonnegative, rand.New(rand.NewPCG(1, 1)))
	require.NoError(t, err)
	return f, residual(f[0], mat.DenseCopyOf(f[1].T()), x)
}

func TestSemiSVDIsTheBestSemiNMF(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	semi := []bool{false, true}
	for _, c := range []struct{ p, n, r int }{{8, 20, 3}, {20, 8, 5}, {6, 6, 1}, {5, 9, 5}} {
		x := uniform(rng, c.p, c.n, 0, 1)
		f, e := startError(t, matrix.SemiSVD{}, x, c.r, semi)
		require.GreaterOrEqual(t, mat.Min(f[1]), 0.0)
		require.InDelta(t, truncated(x, c.r), e, 1e-7, "%v", c)
		var turned mat.Dense // the half-space is not that of the first singular vector
		turned.Mul(uniform(rng, c.p, c.r, -1, 1), x.Slice(0, c.r, 0, c.n))
		f, e = startError(t, matrix.SemiSVD{}, &turned, c.r, semi)
		require.GreaterOrEqual(t, mat.Min(f[1]), 0.0)
		require.Less(t, e, 1e-7, "%v", c)
		// Columns all around lie in no half-space.
		half, around := uniform(rng, c.p, c.n, -1, 1), new(mat.Dense)
		around.Augment(half, scaledBy(-1, half))
		f, e = startError(t, matrix.SemiSVD{}, around, c.r, semi)
		require.GreaterOrEqual(t, mat.Min(f[1]), 0.0)
		require.LessOrEqual(t, e, truncated(around, c.r-1)+1e-7, "%v", c)
		require.Greater(t, e, truncated(around, c.r)+1e-6, "%v", c)
	}
	f, e := startError(t, matrix.SemiSVD{}, mat.NewDense(3, 4, []float64{1, 2, 3, 4, 2, 4, 6, 8, 3, 6, 9, 12}), 2, semi)
	require.Less(t, e, 1.0) // of rank 1: the second component is random
	require.GreaterOrEqual(t, mat.Min(f[1]), 0.0)
	fit, err := matrix.NMF(t.Context(), uniform(rng, 8, 20, 0, 1), 3, &matrix.NMFOptions{Method: matrix.Squares{U: cpd.LeastSquares{}}, Init: matrix.SemiSVD{}, Stop: sweep.MaxSweeps(20)})
	require.NoError(t, err)
	require.InDelta(t, fit.Trace[0].RelativeError, fit.RelativeError, 1e-9) // there is nothing to gain
}

func scaledBy(s float64, x *mat.Dense) *mat.Dense {
	var y mat.Dense
	y.Scale(s, x)
	return &y
}

func TestRankTwoIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 7))
	both := []bool{true, true}
	for _, c := range []struct{ p, n int }{{9, 30}, {30, 9}, {4, 2}} {
		var x mat.Dense
		u := uniform(rng, c.p, 2, -0.5, 1)
		u.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, u)
		x.Mul(u, uniform(rng, 2, c.n, 0, 1))
		f, e := startError(t, matrix.RankTwo{}, &x, 2, both)
		require.Less(t, e, 1e-7)
		require.GreaterOrEqual(t, min(mat.Min(f[0]), mat.Min(f[1])), 0.0)
	}
	// Where the best approximation is ≥ 0 there is no better factorisation.
	x := uniform(rng, 12, 40, 0.8, 1)
	f, e := startError(t, matrix.RankTwo{}, x, 2, both)
	require.InDelta(t, truncated(x, 2), e, 1e-7)
	require.GreaterOrEqual(t, min(mat.Min(f[0]), mat.Min(f[1])), 0.0)
	_, e = startError(t, matrix.RankTwo{}, mat.NewDense(2, 3, []float64{1, 0, 2, 2, 0, 4}), 2, both)
	require.Less(t, e, 1e-9)
	_, err := matrix.RankTwo{}.Start(tensor.FromMatrix(x), 3, both, rng)
	require.ErrorIs(t, err, matrix.ErrRank)
}

// With weights a_i·b_j, scaled rows and columns have the plain problem, whose minimum is known, and
// there is no local one.
func TestWeightedLowRankApproximation(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 8))
	x, a, b := uniform(rng, 7, 9, -1, 1), uniform(rng, 7, 1, 0.5, 2), uniform(rng, 9, 1, 0.5, 2)
	w, scaled := mat.NewDense(7, 9, nil), mat.NewDense(7, 9, nil)
	w.Mul(a, b.T())
	scaled.Apply(func(i, j int, v float64) float64 { return v * math.Sqrt(w.At(i, j)) }, x)
	f, err := matrix.NMF(t.Context(), x, 3, &matrix.NMFOptions{
		Method: matrix.Weighted{W: w, AnySign: true}, Stop: sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 5}, sweep.MaxSweeps(3000)), Seed: 1,
	})
	require.NoError(t, err)
	require.InDelta(t, truncated(scaled, 3), f.RelativeError, 1e-6)
	require.Less(t, mat.Min(f.U), 0.0)
	last := math.Inf(1)
	for _, p := range f.Trace {
		require.LessOrEqual(t, p.RelativeError, last+1e-12)
		last = p.RelativeError
	}
	v, err := f.Transform(t.Context(), x)
	require.NoError(t, err)
	var left, along mat.Dense
	left.Mul(f.U, v)
	left.Sub(x, &left)
	along.Mul(f.U.T(), &left)
	require.InDelta(t, 0, mat.Norm(&along, 2), 1e-6) // what is left is at right angles to U
	// Half of the entries of a matrix of rank 2 tell the others.
	var low mat.Dense
	low.Mul(uniform(rng, 12, 2, -1, 1), uniform(rng, 2, 14, -1, 1))
	some := mat.NewDense(12, 14, nil)
	some.Apply(func(_, _ int, _ float64) float64 { return math.Round(0.2 + rng.Float64()) }, some)
	f, err = matrix.NMF(t.Context(), &low, 2, &matrix.NMFOptions{
		Method: matrix.Weighted{W: some, AnySign: true}, Starts: 5, Stop: sweep.Any(sweep.RelChange{Tol: 1e-9, Patience: 5}, sweep.MaxSweeps(2000)),
	})
	require.NoError(t, err)
	require.Less(t, residual(f.U, f.V, &low), 1e-3)
}

func TestClippedALSIsAheadOfRandom(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 9))
	both := []bool{true, true}
	for _, c := range []struct{ p, n, r int }{{20, 30, 4}, {30, 8, 8}, {5, 5, 1}} {
		x := product(rng, c.p, c.n, c.r)
		f, e := startError(t, matrix.ClippedALS{}, x, c.r, both)
		require.GreaterOrEqual(t, min(mat.Min(f[0]), mat.Min(f[1])), 0.0)
		_, random := startError(t, cpd.Random{}, x, c.r, both)
		require.Less(t, e, 0.95*random, "%v", c)
	}
}
