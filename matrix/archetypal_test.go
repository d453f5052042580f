package matrix_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
	"github.com/polyad/polyad/sweep"
)

// Far choices are what the definition says, and the vertices of a triangle of points.
func TestFurthestSum(t *testing.T) {
	selecttest.CheckForm(t, matrix.FurthestSum{})
	x := mat.NewDense(2, 40, nil)
	rng := rand.New(rand.NewPCG(4, 1))
	for j := range 40 {
		a, b := rng.Float64(), rng.Float64()
		x.SetCol(j, []float64{min(a, b), math.Abs(a-b) * 3}) // in the triangle (0,0), (1,0), (0,3)
	}
	for k, v := range [][]float64{{0, 0}, {1, 0}, {0, 3}} {
		x.SetCol(5+9*k, v)
	}
	sel, err := matrix.FurthestSum{}.Select(t.Context(), x, 3)
	require.NoError(t, err)
	slices.Sort(sel.Index)
	require.Equal(t, []int{5, 14, 23}, sel.Index)
	sel, err = matrix.FurthestSum{}.Select(t.Context(), mat.NewDense(2, 4, []float64{1, 1, 1, 2, 3, 3, 3, 4}), 3)
	require.NoError(t, err)
	require.Len(t, sel.Index, 2) // no more that differ
}

// Where components are columns of noiseless data archetypal analysis finds them, from any
// start; with noise the loss never rises, components stay in the hull, and none of them could
// be moved in it to lower the loss.
func TestArchetypal(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 3))
	w := mat.NewDense(6, 4, nil)
	w.Apply(func(_, _ int, _ float64) float64 { return rng.NormFloat64() }, w)
	mixtures := func(n int, noise float64) *mat.Dense {
		x := mat.NewDense(6, n, nil)
		for j := range n {
			h, sum := make([]float64, 4), 0.0
			for r := range h {
				h[r] = rng.ExpFloat64()
				sum += h[r]
			}
			for r := range h {
				if h[r] /= sum; j < 4 {
					h[r] = 0
				}
			}
			if j < 4 {
				h[j] = 1
			}
			for i := range 6 {
				x.Set(i, j, mat.Dot(mat.NewVecDense(4, h), w.RowView(i))+noise*rng.NormFloat64())
			}
		}
		return x
	}
	fit := func(x *mat.Dense, o matrix.NMFOptions) *matrix.Factors {
		o.Method = matrix.Archetypal{}
		if o.Stop == nil {
			o.Stop = sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 3}, sweep.MaxSweeps(500))
		}
		f, err := matrix.NMF(t.Context(), x, 4, &o)
		require.NoError(t, err)
		return f
	}
	f := fit(mixtures(60, 0), matrix.NMFOptions{Init: matrix.Pure{Selector: matrix.FurthestSum{}}})
	require.Less(t, f.RelativeError, 1e-7)
	x := mixtures(60, 0.05)
	f = fit(x, matrix.NMFOptions{Starts: 2})
	for k := 1; k < len(f.Trace); k++ {
		require.LessOrEqual(t, f.Trace[k].RelativeError, f.Trace[k-1].RelativeError*(1+1e-12))
	}
	for j := range 60 {
		require.InDelta(t, 1, mat.Sum(f.V.ColView(j)), 1e-12)
		require.GreaterOrEqual(t, mat.Min(f.V.ColView(j)), 0.0)
	}
	in, err := matrix.FCLS(t.Context(), x, f.U) // each component as a mixture of columns
	require.NoError(t, err)
	var mixed, left, gradient mat.Dense
	mixed.Mul(x, in.V)
	require.True(t, mat.EqualApprox(&mixed, f.U, 1e-7))
	mixed.Mul(x, f.C)
	require.True(t, mat.EqualApprox(&mixed, f.U, 1e-10))
	for r := range 4 {
		require.InDelta(t, 1, mat.Sum(f.C.ColView(r)), 1e-12)
		require.GreaterOrEqual(t, mat.Min(f.C.ColView(r)), 0.0)
	}
	left.Mul(f.U, f.V)
	left.Sub(&left, x)
	gradient.Mul(&left, f.V.T())
	var along mat.Dense
	along.Mul(gradient.T(), x)
	for r := range 4 { // ⟨gradient, u − x_j⟩ is what going towards column j would gain
		here := mat.Dot(gradient.ColView(r), f.U.ColView(r))
		require.GreaterOrEqual(t, mat.Min(along.RowView(r)), here-1e-4*mat.Norm(x, 2))
	}
	v, err := f.Transform(t.Context(), x)
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(v, f.V, 1e-9))
}

func TestArchetypalRefuses(t *testing.T) {
	_, err := matrix.NMF(t.Context(), mat.NewDense(2, 2, []float64{1, 2, 3, 4}), 1, &matrix.NMFOptions{Method: matrix.Archetypal{Inner: -1}})
	require.ErrorIs(t, err, matrix.ErrMethod)
}
