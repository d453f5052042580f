package diagnose_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/diagnose"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// X = a∘a∘b + a∘b∘a + b∘a∘a has rank 3 and border rank 2: models of rank 2 come as near
// as one likes, by two components that diverge and cancel each other, and none is best. A
// model of rank 3 has nothing of the kind.
func TestBorderRankIsDegenerate(t *testing.T) {
	racetest.Slow(t)
	rng := rand.New(rand.NewPCG(1, 2))
	column := func() []float64 {
		v := make([]float64, 5)
		for i := range v {
			v[i] = rng.NormFloat64()
		}
		return v
	}
	a, b := column(), column()
	factor := func(columns ...[]float64) *mat.Dense {
		f := mat.NewDense(5, len(columns), nil)
		for r, c := range columns {
			f.SetCol(r, c)
		}
		return f
	}
	k := tensor.NewKruskal(factor(a, a, b), factor(a, b, a), factor(b, a, a))
	x := k.Dense()
	d, err := diagnose.FindDegeneracy(k)
	require.NoError(t, err)
	require.False(t, d.Degenerate, "%v", d)

	for _, algorithm := range []cpd.Algorithm{cpd.Alternating{}, cpd.GaussNewton{}} {
		r, err := cpd.Decompose(t.Context(), x, 2, &cpd.Options{Algorithm: algorithm, Starts: 3, Stop: sweep.MaxSweeps(1000)})
		require.NoError(t, err)
		d, err = diagnose.FindDegeneracy(r.Model)
		require.NoError(t, err)
		t.Logf("%T: error %.1e, congruence %.4f, cancellation %.1f", algorithm, r.RelativeError, d.Lowest, d.Cancellation)
		require.True(t, d.Degenerate, "%T: %v", algorithm, d)
		require.Less(t, d.Lowest, -0.9)
		require.Contains(t, d.String(), "degenerate: components 0 and 1 cancel each other")
	}

	r, err := cpd.Decompose(t.Context(), x, 2, &cpd.Options{Methods: []cpd.Method{cpd.Orthogonal{}}, Starts: 3})
	require.NoError(t, err)
	d, err = diagnose.FindDegeneracy(r.Model)
	require.NoError(t, err)
	require.False(t, d.Degenerate, "an orthonormal factor rules it out: %v", d)
}

// Components that point against each other are degenerate where they are of like size, and
// so cancel: not where one is a small correction of the other, nor below the limit.
func TestDegeneracyTakesCancellation(t *testing.T) {
	at := func(congruence, size float64) *diagnose.Degeneracy {
		second := mat.NewDense(2, 2, []float64{1, congruence, 0, math.Sqrt(1 - congruence*congruence)})
		k := tensor.NewKruskal(second, mat.NewDense(2, 2, []float64{1, 1, 0, 0}), mat.NewDense(2, 2, []float64{1, 1, 0, 0}))
		k.Weights[1] = size
		d, err := diagnose.FindDegeneracy(k)
		require.NoError(t, err)
		require.InDelta(t, congruence, d.Lowest, 1e-12)
		return d
	}
	d := at(-0.86, 1)
	require.True(t, d.Degenerate, "%v", d)
	require.InDelta(t, 2/math.Sqrt(2-2*0.86), d.Cancellation, 1e-12)
	require.False(t, at(-0.84, 1).Degenerate)
	require.False(t, at(-0.86, 0.2).Degenerate)
}
