package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

// Of 2×2 the program falls apart: with q = bc/ad ≤ 1 the bound is 2/(1 + q). Of a diagonal matrix
// and of a circle of zeros, Thomas's, it is what the fooling set says.
func TestSelfScaledBoundOfKnownMatrices(t *testing.T) {
	racetest.Slow(t)
	for _, c := range []struct {
		name string
		x    *mat.Dense
		want float64
	}{
		{"2×2", mat.NewDense(2, 2, []float64{2, 1, 1, 3}), 2 / (1 + 1./6)},
		{"2×2 turned", mat.NewDense(2, 2, []float64{1, 20, 30, 7}), 2 / (1 + 7./600)},
		{"rank 1", mat.NewDense(2, 3, []float64{1, 2, 3, 2, 4, 6}), 1},
		{"diagonal", mat.NewDense(3, 3, []float64{1, 0, 0, 0, 2, 0, 0, 0, 3}), 3},
		{"thomas", thomas(), 4},
		{"disjointness 3", disjoint(3), 7},
	} {
		got, err := matrix.SelfScaledBound(t.Context(), c.x, 0, 0)
		require.NoError(t, err)
		require.InDelta(t, c.want, got, 2e-6, c.name)
		require.LessOrEqual(t, got, c.want+1e-9, c.name) // what has not converged is too low
		rng := rand.New(rand.NewPCG(2, 2))
		p, n := c.x.Dims()
		scaled := mat.DenseCopyOf(c.x)
		for i := range p {
			s := math.Exp(3 * rng.NormFloat64())
			for j := range n {
				scaled.Set(i, j, s*scaled.At(i, j))
			}
		}
		again, err := matrix.SelfScaledBound(t.Context(), scaled.T(), 0, 0)
		require.NoError(t, err)
		require.InDelta(t, got, again, 1e-5, c.name)
	}
}

// Products of tiny entries, which underflow, say no less of their ratio.
func TestSelfScaledBoundOfTinyEntries(t *testing.T) {
	x := mat.NewDense(4, 4, []float64{1e-100, 1e-100, 1, 0, 1e-100, 2e-100, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1})
	got, err := matrix.SelfScaledBound(t.Context(), x, -1, 0)
	require.NoError(t, err)
	require.Greater(t, got, 3.99)
	require.LessOrEqual(t, got, 4.0)
}

// A matrix that is a sum of nonnegative x·xᵀ is its own Y and Z: ν is its trace.
func TestNuclearBoundOfKnownMatrices(t *testing.T) {
	racetest.Slow(t)
	u := mat.NewDense(4, 2, []float64{1, 0, 2, 1, 0, 3, 1, 1})
	var sum mat.Dense
	sum.Mul(u, u.T())
	for _, x := range []*mat.Dense{mat.NewDense(2, 2, []float64{2, 1, 1, 3}), mat.NewDense(3, 3, []float64{1, 0, 0, 0, 2, 0, 0, 0, 3}), &sum} {
		got, err := matrix.NuclearBound(t.Context(), x, 0, 0)
		require.NoError(t, err)
		want := math.Pow(mat.Trace(x)/mat.Norm(x, 2), 2)
		require.InDelta(t, want, got, 1e-5)
		require.LessOrEqual(t, got, want+1e-9)
	}
	got, err := matrix.NuclearBound(t.Context(), thomas(), 0, 0)
	require.NoError(t, err)
	require.InDelta(t, 4, got, 1e-6)
}

// The octagon's value rounds up to its nonnegative rank.
func TestSelfScaledBoundOfOctagon(t *testing.T) {
	racetest.Slow(t)
	got, err := matrix.SelfScaledBound(t.Context(), regular(8), 0, 5.00001)
	require.NoError(t, err)
	require.Greater(t, got, 5.00001)
	require.Less(t, got, 6.0)
}

func TestSemidefiniteBoundsRefuse(t *testing.T) {
	type bound func(ctx context.Context, x mat.Matrix, zero, enough float64) (float64, error)
	for _, b := range []bound{matrix.SelfScaledBound, matrix.NuclearBound} {
		_, err := b(t.Context(), mat.NewDense(1, 2, []float64{1, -1}), 0, 0)
		require.ErrorIs(t, err, matrix.ErrMethod)
		_, err = b(t.Context(), thomas(), 2, 0)
		require.ErrorIs(t, err, matrix.ErrOptions)
		big := mat.NewDense(120, 120, nil)
		rng := rand.New(rand.NewPCG(1, 1))
		big.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, big)
		_, err = b(t.Context(), big, 0, 0)
		require.ErrorIs(t, err, matrix.ErrSize)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = b(ctx, thomas(), 0, 0)
		require.ErrorIs(t, err, context.Canceled)
		zero, err := b(t.Context(), mat.NewDense(2, 2, nil), 0, 0)
		require.NoError(t, err)
		require.Zero(t, zero)
	}
}
