package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
)

// scattering draws n columns of r with k entries.
func scattering(rng *rand.Rand, r, n, k int) *mat.Dense {
	h := mat.NewDense(r, n, nil)
	for j := range n {
		for _, i := range rng.Perm(r)[:k] {
			h.Set(i, j, rng.Float64())
		}
	}
	return h
}

// extremes are the extreme rays of {x: Hᵀx ≥ 0} for rank r, by every r−1 columns.
func extremes(h *mat.Dense) (rays [][]float64) {
	r, n := h.Dims()
	subsets(n, r-1, func(set []int) {
		x := make([]float64, r) // the generalised cross product
		for i := range r {
			minor := mat.NewDense(r-1, r-1, nil)
			for c, j := range set {
				at := 0
				for l := range r {
					if l != i {
						minor.Set(at, c, h.At(l, j))
						at++
					}
				}
			}
			x[i] = math.Pow(-1, float64(i)) * mat.Det(minor)
		}
		norm := mat.Norm(mat.NewVecDense(r, x), 2)
		if norm < 1e-9 {
			return
		}
		for _, sign := range []float64{1, -1} {
			y, inside := make([]float64, r), true
			for i := range r {
				y[i] = sign * x[i] / norm
			}
			for j := range n {
				inside = inside && mat.Dot(h.ColView(j), mat.NewVecDense(r, y)) > -1e-9
			}
			if inside {
				rays = append(rays, y)
			}
		}
	})
	return rays
}

// The verdict is that of all sets of R−1 columns, and a witness is one.
func TestScatteredMatchesEnumeration(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(12, 1))
	for _, c := range []struct{ r, n, k int }{{3, 6, 2}, {3, 8, 2}, {3, 9, 1}, {3, 12, 3}, {4, 12, 3}, {4, 10, 1}, {4, 18, 2}, {5, 12, 1}} {
		holds := 0
		for trial := range 6 {
			h := scattering(rng, c.r, c.n, c.k)
			got, err := matrix.SufficientlyScattered(t.Context(), h, nil)
			require.NoError(t, err)
			want := true
			unit := make([]bool, c.r)
			for _, x := range extremes(h) {
				sum, top := 0.0, 0
				for i, v := range x {
					sum += v
					if v > x[top] {
						top = i
					}
				}
				if x[top] > 1-1e-12 {
					unit[top] = true
				} else {
					want = want && sum > 1
				}
			}
			for _, u := range unit { // a boundary of the dual cone that is not there
				want = want && u
			}
			assert.Equal(t, want, got.Holds, "%v, trial %d: %s", c, trial, got.Because)
			assert.Equal(t, !want, got.Fails, "%v, trial %d: %s", c, trial, got.Because)
			if got.Holds {
				holds++
			}
			requireWitness(t, h, got)
		}
		t.Logf("%v: %d of 6 hold", c, holds)
	}
}

func requireWitness(t *testing.T, h *mat.Dense, got *matrix.Scattered) {
	t.Helper()
	if got.Witness == nil {
		return
	}
	x := mat.NewVecDense(len(got.Witness), got.Witness)
	require.LessOrEqual(t, mat.Sum(x), mat.Norm(x, 2)+1e-8)
	var inside mat.VecDense
	inside.MulVec(h.T(), x)
	require.Greater(t, mat.Min(&inside), -1e-9)
}

// At R = 3 the cones are cut by the plane of sum one: a disc in the triangle, which the
// polygon of the columns holds or does not, seen from a thousand directions.
func TestScatteredAngularCheck(t *testing.T) {
	rng := rand.New(rand.NewPCG(12, 2))
	seen := map[bool]int{}
	for trial := range 60 {
		h := scattering(rng, 3, 8+rng.IntN(12), 2)
		got, err := matrix.SufficientlyScattered(t.Context(), h, nil)
		require.NoError(t, err)
		// x = e/3 + ρ·(cos a, sin a) in an orthonormal basis of the plane; the disc is ρ = 1/√6.
		inside := true
		for a := range 1000 {
			s, c := math.Sincos(2 * math.Pi * float64(a) / 1000)
			u := []float64{c/math.Sqrt2 + s/math.Sqrt(6), -c/math.Sqrt2 + s/math.Sqrt(6), -2 * s / math.Sqrt(6)}
			far := math.Inf(-1)
			for j := range h.RawMatrix().Cols {
				sum := h.At(0, j) + h.At(1, j) + h.At(2, j)
				far = max(far, (u[0]*h.At(0, j)+u[1]*h.At(1, j)+u[2]*h.At(2, j))/sum)
			}
			inside = inside && far >= 1/math.Sqrt(6)-1e-5
		}
		assert.Equal(t, inside, got.Holds, "trial %d: %s", trial, got.Because)
		seen[inside]++
	}
	require.Greater(t, min(seen[true], seen[false]), 5)
}

// The hexagon with points at 1/3 and 2/3 of each side just touches the disc between them; nearer
// the corners it holds it; points in the middle of the sides make a triangle.
func TestScatteredByHand(t *testing.T) {
	for _, c := range []struct {
		share       float64
		holds, fail bool
		because     string
	}{{1. / 3, false, false, "touches"}, {0.2, true, false, "extreme rays"}, {0.5, false, true, "zero in row 0"}} {
		h := mat.NewDense(3, 6, nil)
		for i := range 3 {
			for at, s := range []float64{c.share, 1 - c.share} {
				h.Set(i, 2*i+at, s)
				h.Set((i+1)%3, 2*i+at, 1-s)
			}
		}
		got, err := matrix.SufficientlyScattered(t.Context(), h, nil)
		require.NoError(t, err)
		assert.Equal(t, c.holds, got.Holds, c.share)
		assert.Equal(t, c.fail, got.Fails, c.share)
		assert.Contains(t, got.Because, c.because)
	}
	separable, err := matrix.SufficientlyScattered(t.Context(), mat.NewDense(2, 3, []float64{3, 0, 1, 0, 2, 1}), nil)
	require.NoError(t, err)
	assert.True(t, separable.Holds)
	flat, err := matrix.SufficientlyScattered(t.Context(), mat.NewDense(3, 4, []float64{1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0}), nil)
	require.NoError(t, err)
	assert.True(t, flat.Fails)
	assert.Contains(t, flat.Because, "rank")
	many := scattering(rand.New(rand.NewPCG(12, 4)), 4, 3000, 2)
	dense, err := matrix.SufficientlyScattered(t.Context(), many, nil)
	require.NoError(t, err)
	assert.True(t, dense.Holds, dense.Because)
	few, err := matrix.SufficientlyScattered(t.Context(), scattering(rand.New(rand.NewPCG(12, 3)), 5, 60, 3), &matrix.ScatteredOptions{Rays: 6})
	require.NoError(t, err)
	assert.False(t, few.Holds || few.Fails)
	assert.Contains(t, few.Because, "more than 6")
}

func TestScatteredRefuses(t *testing.T) {
	_, err := matrix.SufficientlyScattered(t.Context(), mat.NewDense(2, 2, []float64{1, -1, 0, 1}), nil)
	require.ErrorIs(t, err, matrix.ErrMethod)
	_, err = matrix.SufficientlyScattered(t.Context(), mat.NewDense(2, 2, []float64{1, math.NaN(), 0, 1}), nil)
	require.ErrorIs(t, err, matrix.ErrNotFinite)
	_, err = matrix.SufficientlyScattered(t.Context(), mat.NewDense(2, 2, nil), &matrix.ScatteredOptions{Rays: -1})
	require.ErrorIs(t, err, matrix.ErrOptions)
}
