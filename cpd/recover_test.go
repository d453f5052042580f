package cpd

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// congruence is the least, over components of the truth, of the best product of
// cosines that a component of the model has with it.
func congruence(truth []*mat.Dense, k *tensor.Kruskal) float64 {
	worst := 1.0
	for r := range k.Rank() {
		best := 0.0
		for q := range k.Rank() {
			c := 1.0
			for n, a := range truth {
				u, v := a.ColView(r), k.Factors[n].ColView(q)
				c *= mat.Dot(u, v) / (mat.Norm(u, 2) * mat.Norm(v, 2))
			}
			best = max(best, c)
		}
		worst = min(worst, best)
	}
	return worst
}

// An exact model of well separated components is found to rounding: the error is
// of order eps, as stated in the result, and the components are the planted ones.
func TestExactModelsAreRecovered(t *testing.T) {
	racetest.Slow(t)
	for _, dims := range [][]int{{8, 7, 6}, {12, 3, 9}, {5, 6, 4, 5}, {4, 4, 3, 3, 4}} {
		for _, rank := range []int{1, 2, 3} {
			if testing.Short() && rank != 2 {
				continue
			}
			for name, method := range map[string]Method{"ALS": LeastSquares{}, "HALS": HALS{}, "NNLS": NNLS{}} {
				for _, init := range []Init{Random{}, SVD{}} {
					t.Run(fmt.Sprintf("%s/%v/rank=%d/%T", name, dims, rank, init), func(t *testing.T) {
						rng := newRand(uint64(rank))
						truth := drawnFactors(rng, dims, rank, method.Nonnegative())
						if method.Nonnegative() { // sparse columns are far from collinear
							for n, a := range truth {
								a.Apply(func(i, r int, v float64) float64 {
									if (i+r+n)%3 == 0 {
										return 0
									}
									return v
								}, a)
							}
						}
						x := tensor.NewKruskal(truth...).Dense()
						r, err := Decompose(t.Context(), x, rank, &Options{
							Methods: same(method, len(dims)), Init: init, Starts: 4,
							Stop: sweep.Any(sweep.Target(1e-13), sweep.MaxSweeps(2000)),
						})
						require.NoError(t, err)
						require.LessOrEqual(t, r.RelativeError, 1e-12)
						require.InDelta(t, slowError(x, r.Model), r.RelativeError, 1e-3*r.RelativeError+8*eps)
						require.InDelta(t, 1, congruence(truth, r.Model), 1e-10)
					})
				}
			}
		}
	}
}

// A rank that the sizes cannot hold is survived: the error keeps falling towards
// zero, as it must with components to spare, and nothing is NaN.
func TestRankAboveTheSizes(t *testing.T) {
	racetest.Slow(t)
	x := planted(newRand(3), []int{4, 3, 2}, 2, true, 0.3)
	for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
		for _, init := range []Init{Random{}, SVD{}} {
			few, err := Decompose(t.Context(), x, 2, &Options{Methods: same(method, 3), Init: init})
			require.NoError(t, err)
			many, err := Decompose(t.Context(), x, 9, &Options{Methods: same(method, 3), Init: init})
			require.NoError(t, err)
			require.Less(t, many.RelativeError, few.RelativeError, "%T %T", method, init)
			require.False(t, math.IsNaN(mat.Sum(many.Model.Factors[2])))
		}
	}
}

// A matrix is the order-2 case: plain ALS ends at the truncated SVD's error.
func TestMatrixCaseIsTheTruncatedSVD(t *testing.T) {
	rng := newRand(14)
	a := drawn(rng, 9, 7, false)
	var svd mat.SVD
	require.True(t, svd.Factorize(a, mat.SVDNone))
	var rest, all float64
	for k, v := range svd.Values(nil) {
		all += v * v
		if k >= 3 {
			rest += v * v
		}
	}
	r, err := Decompose(t.Context(), tensor.FromMatrix(a), 3, &Options{Stop: sweep.RelChange{Tol: 1e-13, Patience: 5}})
	require.NoError(t, err)
	require.InEpsilon(t, math.Sqrt(rest/all), r.RelativeError, 1e-9)
}

// A vector, order 1, is fitted exactly by every method that may.
func TestVectorIsFittedExactly(t *testing.T) {
	x := tensor.NewDense([]int{3}, []float64{1, 2, 3})
	for _, method := range []Method{LeastSquares{}, HALS{}, NNLS{}} {
		for _, rank := range []int{1, 3} {
			r, err := Decompose(t.Context(), x, rank, &Options{Methods: []Method{method}})
			require.NoError(t, err)
			require.LessOrEqual(t, r.RelativeError, 8*eps, "%T rank %d", method, rank)
		}
	}
}
