package matrix_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// What a column is estimated to take off, against the residuals and projections
// themselves.
func TestExchangeEstimateMatchesDefinition(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	x := uniform(rng, 12, 40, 0, 1)
	choice := []int{3, 17, 25, 8, 31}
	for k := range choice {
		gain, fit, others := matrix.ExchangeGains(x, choice, k)
		for j := range 40 {
			u := x.ColView(j)
			want := 0.0
			for i := range 40 {
				var in []int
				left := mat.VecDenseCopyOf(x.ColView(i))
				for a, c := range others {
					if h := fit.At(i, a); h > 0 {
						in = append(in, c)
						left.AddScaledVec(left, -h, x.ColView(c))
					}
				}
				outside := mat.VecDenseCopyOf(u)
				if len(in) > 0 {
					s := mat.NewDense(12, len(in), nil)
					for b, c := range in {
						s.SetCol(b, mat.Col(nil, c, x))
					}
					var c mat.VecDense
					require.NoError(t, c.SolveVec(s, u))
					var inside mat.VecDense
					inside.MulVec(s, &c)
					outside.SubVec(outside, &inside)
				}
				d := max(0, mat.Dot(u, left))
				want += d * d / max(mat.Dot(outside, outside), 1e-3*mat.Dot(u, u))
			}
			assert.InDelta(t, want, gain[j], 1e-9*max(1, math.Abs(want)), "place %d, column %d", k, j)
		}
	}
}
