package matrix

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// From factors that are a thousandth wrong, zeros among them, a few steps lead to rounding: the error
// is squared by every step, which it is by the right second derivatives alone.
func TestPolishConvergesQuadratically(t *testing.T) {
	rng := rand.New(rand.NewPCG(2, 9))
	u, v := mat.NewDense(9, 3, nil), mat.NewDense(8, 3, nil)
	sparse := func(_, _ int, _ float64) float64 { return max(0, rng.NormFloat64()) }
	u.Apply(sparse, u)
	v.Apply(sparse, v)
	var x mat.Dense
	x.Mul(u, v.T())
	s := newAttempt(t.Context(), &x, 3, rng)
	s.r = 3
	for i, f := range []*mat.Dense{u, v} {
		for at, w := range f.RawMatrix().Data {
			[][]float64{s.a, s.b}[i][at] = w * (1 + 1e-3*rng.NormFloat64())
		}
	}
	before := s.error()
	require.Greater(t, before, 1e-4)
	l := &levenberg{attempt: s, size: 51, place: make([]int, 51), g: make([]float64, 51)}
	for range 3 {
		require.True(t, l.step(1e-12))
	}
	require.Less(t, s.error(), 1e-12)
}
