package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The optimality conditions of ½‖X − UV‖² + w·ΣV under ‖u_k‖ = 1, and what w does.
func TestSparseIsStationary(t *testing.T) {
	racetest.Slow(t)
	x := product(rand.New(rand.NewPCG(9, 1)), 15, 25, 3)
	zeros := -1
	for _, w := range []float64{0.01, 0.3, 1} {
		f, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: matrix.Sparse{Weight: w}, Stop: sweep.Any(sweep.RelChange{Tol: 1e-14, Patience: 5}, sweep.MaxSweeps(5000))})
		require.NoError(t, err)
		var e, du, dv mat.Dense
		e.Mul(f.U, f.V)
		e.Sub(&e, x)
		du.Mul(&e, f.V.T())
		dv.Mul(f.U.T(), &e)
		now := 0
		for k := range 3 {
			assert.InDelta(t, 1, mat.Norm(f.U.ColView(k), 2), 1e-12)
			along := mat.Dot(du.ColView(k), f.U.ColView(k)) // the multiplier of the norm
			for i := range 15 {
				assert.Less(t, math.Abs(min(f.U.At(i, k), du.At(i, k)-along*f.U.At(i, k))), 1e-4)
			}
			for j := range 25 {
				assert.Less(t, math.Abs(min(f.V.At(k, j), dv.At(k, j)+w)), 1e-4)
				if f.V.At(k, j) == 0 {
					now++
				}
			}
		}
		assert.InEpsilon(t, mat.Norm(&e, 2)*mat.Norm(&e, 2)/2+w*mat.Sum(f.V), f.Loss, 1e-9)
		assert.Greater(t, now, zeros, "weight %g", w)
		zeros = now
	}
	none, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: matrix.Sparse{Weight: 1e3}, Stop: sweep.MaxSweeps(5)})
	require.NoError(t, err)
	assert.Zero(t, mat.Norm(none.V, 2))
}

func sparsity(v mat.Vector) float64 {
	n := math.Sqrt(float64(v.Len()))
	return (n - mat.Norm(v, 1)/mat.Norm(v, 2)) / (n - 1)
}

func TestHoyerHasTheSparsityAskedFor(t *testing.T) {
	x := product(rand.New(rand.NewPCG(9, 2)), 15, 25, 3)
	for _, c := range []struct{ u, v float64 }{{0.3, 0}, {0, 0.7}, {0.9, 0.2}, {1, 0}} {
		f, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: matrix.Hoyer{U: c.u, V: c.v}, Stop: sweep.MaxSweeps(50)})
		require.NoError(t, err)
		for k := range 3 {
			if c.u > 0 {
				assert.InDelta(t, c.u, sparsity(f.U.ColView(k)), 1e-9, "%+v", c)
			}
			if c.v > 0 {
				assert.InDelta(t, c.v, sparsity(f.V.RowView(k)), 1e-9, "%+v", c)
			}
		}
	}
}

// Data in a triangle whose corners no column comes near: the smallest triangle around
// them has the true corners, and plain NMF other ones.
func TestMinimumVolumeFindsCornersThatNobodyIsIn(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(9, 3))
	u := uniform(rng, 10, 3, 0, 1)
	v := mat.NewDense(3, 300, nil)
	for j := range 300 {
		for {
			a, b := rng.Float64(), rng.Float64()
			if c := 1 - a - b; c >= 0 && max(a, b, c) <= 0.8 {
				v.SetCol(j, []float64{a, b, c})
				break
			}
		}
	}
	var x mat.Dense
	x.Mul(u, v)
	distance := func(f *matrix.Factors) float64 {
		worst := 0.0
		for k := range 3 {
			best := math.Inf(1)
			for l := range 3 {
				var d mat.VecDense
				d.SubVec(u.ColView(k), f.U.ColView(l))
				best = min(best, mat.Norm(&d, 2)/mat.Norm(u.ColView(k), 2))
			}
			worst = max(worst, best)
		}
		return worst
	}
	o := &matrix.NMFOptions{Method: matrix.MinimumVolume{Weight: 0.01, Delta: 0.01}, Init: matrix.Pure{}, Stop: sweep.Any(sweep.RelChange{Tol: 1e-9, Patience: 5}, sweep.MaxSweeps(3000))}
	f, err := matrix.NMF(context.Background(), &x, 3, o)
	require.NoError(t, err)
	o.Method, o.Init = matrix.Squares{V: cpd.FCLS{}}, nil
	plain, err := matrix.NMF(context.Background(), &x, 3, o)
	require.NoError(t, err)
	t.Logf("minimum volume %.4f, sum to one alone %.4f", distance(f), distance(plain))
	assert.Less(t, distance(f), 0.05)
	assert.Less(t, distance(f), distance(plain)/2)
	for j := range 300 {
		assert.InDelta(t, 1, mat.Sum(f.V.ColView(j)), 1e-12)
	}
}

// Columns that are multiples of four spectra, and noise: the groups are found, and rows of V
// are orthogonal to the last bit.
func TestOrthogonalFindsPlantedGroups(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 4))
	u := uniform(rng, 12, 4, 0, 1)
	x, group := mat.NewDense(12, 80, nil), make([]int, 80)
	for j := range 80 {
		group[j] = rng.IntN(4)
		a := 0.5 + rng.Float64()
		for i := range 12 {
			x.Set(i, j, a*u.At(i, group[j])+0.02*rng.NormFloat64())
		}
	}
	f, err := matrix.NMF(context.Background(), x, 4, &matrix.NMFOptions{Method: matrix.Orthogonal{}, Starts: 10, Init: matrix.Pure{}})
	require.NoError(t, err)
	assert.Less(t, f.RelativeError, 0.06)
	of := map[int]int{}
	v, err := f.Transform(context.Background(), x)
	require.NoError(t, err)
	assert.True(t, mat.EqualApprox(f.V, v, 1e-12))
	for j := range 80 {
		k, used := 0, 0
		for l := range 4 {
			if f.V.At(l, j) > 0 {
				k = l
				used++
			}
		}
		assert.Equal(t, 1, used)
		if before, ok := of[k]; ok {
			assert.Equal(t, before, group[j])
		}
		of[k] = group[j]
	}
	assert.Len(t, of, 4)
}

// Groups of rows that do not overlap: U tells them apart, and V is UᵀX.
func TestProjectiveFindsParts(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(9, 5))
	parts := mat.NewDense(12, 3, nil)
	for i := range 12 {
		parts.Set(i, i/4, 0.5+rng.Float64())
	}
	var x mat.Dense
	x.Mul(parts, uniform(rng, 3, 40, 0, 1))
	f, err := matrix.NMF(context.Background(), &x, 3, &matrix.NMFOptions{Method: matrix.Projective{}, Starts: 3, Stop: sweep.MaxSweeps(2000)})
	require.NoError(t, err)
	assert.Less(t, f.RelativeError, 1e-3)
	var v, g mat.Dense
	v.Mul(f.U.T(), &x)
	assert.True(t, mat.EqualApprox(&v, f.V, 1e-9))
	g.Mul(f.U.T(), f.U)
	assert.True(t, mat.EqualApprox(&g, mat.NewDiagDense(3, []float64{1, 1, 1}), 1e-2))
}

// No entry can be bettered alone, and a planted factor is found.
func TestSymmetricIsBestInEveryEntry(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(9, 6))
	h := uniform(rng, 14, 3, -1, 1)
	h.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, h)
	var x mat.Dense
	x.Mul(h, h.T())
	f, err := matrix.NMF(context.Background(), &x, 3, &matrix.NMFOptions{Method: matrix.Symmetric{}, Starts: 4, Stop: sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 3}, sweep.MaxSweeps(3000))})
	require.NoError(t, err)
	assert.Less(t, f.RelativeError, 1e-4)

	for i := range 14 { // noise, some of it negative
		for j := range i + 1 {
			v := x.At(i, j) + 0.3*rng.NormFloat64()
			x.Set(i, j, v)
			x.Set(j, i, v)
		}
	}
	f, err = matrix.NMF(context.Background(), &x, 3, &matrix.NMFOptions{Method: matrix.Symmetric{}, Stop: sweep.Any(sweep.RelChange{Tol: 1e-15, Patience: 3}, sweep.MaxSweeps(3000))})
	require.NoError(t, err)
	loss := func() float64 {
		var e mat.Dense
		e.Mul(f.U, f.U.T())
		e.Sub(&e, &x)
		return mat.Norm(&e, 2) * mat.Norm(&e, 2)
	}
	least := loss()
	assert.InEpsilon(t, least, f.Loss, 1e-9)
	for i := range 14 {
		for k := range 3 {
			v := f.U.At(i, k)
			for _, to := range []float64{0, v - 0.01, v + 0.01, v + 1, v / 2} {
				f.U.Set(i, k, max(0, to))
				assert.GreaterOrEqual(t, loss(), least-1e-6)
			}
			f.U.Set(i, k, v)
		}
	}
}

// With weights of 1 a sweep is one pass of HALS over each factor, and with weights of 0 and
// 1 it is that of the known entries.
func TestWeightedIsHALSOfKnownEntries(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 7))
	x := product(rng, 12, 20, 3)
	w, known := mat.NewDense(12, 20, nil), make([]bool, 240)
	for _, share := range []float64{1, 0.6} {
		for at := range known {
			known[at] = rng.Float64() < share
			w.Set(at/20, at%20, map[bool]float64{true: 1}[known[at]])
		}
		start := cpd.Given{Factors: []*mat.Dense{uniform(rng, 12, 3, 0, 1), uniform(rng, 20, 3, 0, 1)}}
		got, err := matrix.NMF(context.Background(), x, 3, &matrix.NMFOptions{Method: matrix.Weighted{W: w}, Init: start, Stop: sweep.MaxSweeps(4)})
		require.NoError(t, err)
		one := cpd.HALS{Inner: 1}
		want, err := matrix.NMFTensor(context.Background(), tensor.NewMasked(tensor.FromMatrix(x), known).Exact(), 3, &matrix.NMFOptions{Method: matrix.Squares{U: one, V: one}, Init: start, Stop: sweep.MaxSweeps(4)})
		require.NoError(t, err)
		assert.InEpsilon(t, want.RelativeError, got.RelativeError, 1e-9)
		assert.True(t, mat.EqualApprox(want.U, got.U, 1e-9))
	}
}

// Every component stays below what is left but for little, what is left never grows, and
// components are sparser than those of plain NMF.
func TestUnderapproximationStaysBelow(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 8))
	parts := uniform(rng, 20, 4, -1, 1)
	parts.Apply(func(_, _ int, v float64) float64 { return max(0, v) }, parts)
	var x mat.Dense
	x.Mul(parts, uniform(rng, 4, 50, 0, 1))
	f, err := matrix.NMF(context.Background(), &x, 4, &matrix.NMFOptions{Method: matrix.Underapproximation{Passes: 300}})
	require.NoError(t, err)
	assert.Equal(t, sweep.Converged, f.Status)
	require.Len(t, f.Trace, 4)
	left := mat.DenseCopyOf(&x)
	size := mat.Norm(left, 2)
	for k := range 4 {
		above := 0.0
		left.Apply(func(i, j int, v float64) float64 {
			e := v - f.U.At(i, k)*f.V.At(k, j)
			above += min(0, e) * min(0, e)
			return max(0, e)
		}, left)
		assert.Less(t, math.Sqrt(above), 0.1*size, "component %d", k)
		now := mat.Norm(left, 2)
		assert.Less(t, now, size)
		size = now
	}
	assert.Less(t, f.RelativeError, 0.2, "no smaller than it has to be")
	plain, err := matrix.NMF(context.Background(), &x, 4, nil)
	require.NoError(t, err)
	small := func(f *matrix.Factors) (n int) {
		for k := range 4 {
			top := slices.Max(mat.Col(nil, k, f.U))
			for i := range 20 {
				if f.U.At(i, k) < 1e-3*top {
					n++
				}
			}
		}
		return n
	}
	assert.Greater(t, small(f), small(plain), "entries of U that are zero")
}

func TestTriNMFFindsPlantedBlocks(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(9, 9))
	f, s, g := mat.NewDense(18, 3, nil), uniform(rng, 3, 4, 0, 1), mat.NewDense(4, 40, nil)
	for i := range 18 {
		f.Set(i, i/6, 0.5+rng.Float64())
	}
	for j := range 40 {
		g.Set(j/10, j, 0.5+rng.Float64())
	}
	var fs, x mat.Dense
	fs.Mul(f, s)
	x.Mul(&fs, g)
	last := math.Inf(1)
	got, err := matrix.TriNMF(context.Background(), tensor.FromMatrix(&x), 3, 4, &matrix.NMFOptions{Starts: 3, Stop: sweep.MaxSweeps(1500), Observe: func(_ int, p sweep.Point) error {
		if p.Sweep == 1 {
			last = math.Inf(1)
		}
		assert.LessOrEqual(t, p.RelativeError, last+1e-7)
		last = p.RelativeError
		return nil
	}})
	require.NoError(t, err)
	assert.Less(t, got.RelativeError, 1e-2)
	var y mat.Dense
	y.Mul(got.F, got.S)
	assert.InDelta(t, residual(&y, got.G, &x), got.RelativeError, 1e-9)
	for _, m := range []*mat.Dense{got.F, got.S, got.G} {
		assert.GreaterOrEqual(t, mat.Min(m), 0.0)
	}
	_, err = matrix.TriNMF(context.Background(), tensor.FromMatrix(&x), 3, 0, nil)
	require.ErrorIs(t, err, matrix.ErrRank)
	zero, err := matrix.TriNMF(context.Background(), tensor.FromMatrix(mat.NewDense(2, 2, nil)), 1, 2, nil)
	require.NoError(t, err)
	assert.Zero(t, mat.Norm(zero.S, 2))
}
