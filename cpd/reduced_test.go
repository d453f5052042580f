package cpd

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// halves is x in single precision.
func halves(x *tensor.Dense) *tensor.Dense32 {
	single := make([]float32, len(x.Data()))
	for i, v := range x.Data() {
		single[i] = float32(v)
	}
	return tensor.NewDense32(x.Dims(), single)
}

// A start from which plain ALS needs hundreds of sweeps needs a few when the core is
// fitted first, and ends at the same error.
func TestCompressedEndsWhereALSEnds(t *testing.T) {
	racetest.Slow(t)
	x := planted(newRand(1), []int{40, 35, 30}, 4, true, 0.05)
	stop := sweep.Any(sweep.RelChange{Tol: 1e-9, Patience: 3}, sweep.MaxSweeps(2000))
	for name, methods := range map[string][]Method{"free": nil, "nonnegative": same(HALS{}, 3), "mixed": {FCLS{}, NNLS{}, nil}} {
		plain, err := Decompose(t.Context(), x, 4, &Options{Methods: methods, Stop: stop})
		require.NoError(t, err)
		for kind, data := range map[string]tensor.Tensor{"dense": x, "single": halves(x)} {
			r, err := Decompose(t.Context(), data, 4, &Options{Methods: methods, Stop: stop, Algorithm: Compressed{}})
			require.NoError(t, err)
			require.InEpsilon(t, plain.RelativeError, r.RelativeError, 1e-3, "%s, %s", name, kind)
			require.LessOrEqual(t, len(r.Trace), len(plain.Trace), "%s, %s", name, kind)
			require.InDelta(t, r.Model.RelativeError(data), r.RelativeError, 1e-12)
			for n, m := range methods {
				if m != nil && m.Nonnegative() {
					for _, v := range r.Model.Factors[n].RawMatrix().Data {
						require.GreaterOrEqual(t, v, 0.0, "constraints hold for the factors themselves")
					}
				}
			}
		}
	}
}

// Modes that are no larger than the basis stay as they are, and a sparse tensor is
// compressed like a dense one.
func TestCompressedOfSmallModesAndSparseData(t *testing.T) {
	racetest.Slow(t)
	x := planted(newRand(2), []int{30, 3, 25}, 2, true, 0)
	stop := sweep.Any(sweep.RelChange{Tol: 1e-10, Patience: 3}, sweep.MaxSweeps(1000))
	r, err := Decompose(t.Context(), sparseOf(x), 2, &Options{Stop: stop, Algorithm: Compressed{Extra: 2}})
	require.NoError(t, err)
	plain, err := Decompose(t.Context(), x, 2, &Options{Stop: stop})
	require.NoError(t, err)
	require.Less(t, r.RelativeError, 2*plain.RelativeError+1e-6)
	_, err = Decompose(t.Context(), masked(x, 1, 0.2), 2, &Options{Algorithm: Compressed{}})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "use Alternating{}")
	_, err = Decompose(t.Context(), x, 2, &Options{Algorithm: Compressed{Extra: -1}})
	require.ErrorIs(t, err, ErrOptions)
}

// The core and then the data are fitted by any algorithm for squares, factors keep the
// scale that their methods need, and losses are refused.
func TestCompressedTakesAlgorithms(t *testing.T) {
	racetest.Slow(t)
	x := planted(newRand(5), []int{30, 25, 20}, 3, true, 0.02)
	for _, a := range []Algorithm{nil, Alternating{}, Extrapolated{}, GaussNewton{}, LBFGS{}, ConjugateGradient{}, ProjectedQuasiNewton{}} {
		r, err := Decompose(t.Context(), x, 3, &Options{Algorithm: Compressed{Algorithm: a}, Starts: 2})
		require.NoError(t, err, "%T", a)
		require.Less(t, r.RelativeError, 0.021, "%T", a)
	}
	for _, a := range []Algorithm{Alternating{}, Extrapolated{}} {
		r, err := Decompose(t.Context(), x, 3, &Options{Algorithm: Compressed{Algorithm: a}, Methods: []Method{FCLS{}, HALS{}, nil}})
		require.NoError(t, err)
		require.Zero(t, constraint.Simplex{}.Value(r.Factors[0]), "%T", a)
		k := tensor.NewKruskal(r.Factors...)
		require.InDelta(t, r.RelativeError, k.RelativeError(x), 1e-9, "%T", a)
	}
	for _, a := range []Algorithm{Generalized{}, Sampled{}, Compressed{}} {
		_, err := Decompose(t.Context(), x, 3, &Options{Algorithm: Compressed{Algorithm: a}})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, "use Compressed with Alternating{}")
	}
}

// Sampled sweeps end near the fit to all data: below 1.1 times its error with noise, near
// nothing without.
func TestSampledEndsNearALS(t *testing.T) {
	racetest.Slow(t)
	stop := sweep.MaxSweeps(80)
	for _, noise := range []float64{0, 0.1} {
		x := planted(newRand(3), []int{30, 25, 20}, 3, true, noise)
		for name, methods := range map[string][]Method{"free": nil, "nonnegative": same(HALS{}, 3), "mixed": {FCLS{}, nil, NNLS{}}} {
			plain, err := Decompose(t.Context(), x, 3, &Options{Methods: methods, Init: SVD{}, Stop: stop})
			require.NoError(t, err)
			for kind, data := range map[string]tensor.Tensor{"dense": x, "single": halves(x)} {
				if kind == "single" && name != "free" {
					continue
				}
				for _, leverage := range []bool{false, true} {
					o := &Options{Methods: methods, Init: SVD{}, Algorithm: Sampled{Leverage: leverage}, Stop: stop}
					r, err := Decompose(t.Context(), data, 3, o)
					require.NoError(t, err)
					what := fmt.Sprintf("%s, %s, leverage %v, noise %g", name, kind, leverage, noise)
					require.Less(t, r.RelativeError, 1.1*plain.RelativeError+5e-3, what)
					if r.RelativeError > 1e-6 {
						require.InEpsilon(t, r.RelativeError, r.Trace.Last().RelativeError, 0.1, "%s: the estimate from the fixed sample", what)
					}
					again, err := Decompose(t.Context(), data, 3, o)
					require.NoError(t, err)
					require.Equal(t, r.Model, again.Model, "%s: equal seeds", what)
				}
			}
		}
	}
}

func TestSampledRefuses(t *testing.T) {
	x := planted(newRand(4), []int{6, 5, 4}, 2, true, 0.1)
	for _, data := range []tensor.Tensor{sparseOf(x), masked(x, 1, 0.2)} {
		_, err := Decompose(t.Context(), data, 2, &Options{Algorithm: Sampled{}})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, "use Alternating{}")
	}
	_, err := Decompose(t.Context(), x, 2, &Options{Algorithm: Sampled{Size: -3}})
	require.ErrorIs(t, err, ErrOptions)
	_, err = Decompose(t.Context(), tensor.NewDense([]int{3}, []float64{1, 2, 3}), 1, &Options{Algorithm: Sampled{}})
	require.ErrorIs(t, err, ErrOptions)
}

// However rows are drawn, a sample is right in expectation: the weights undo what the
// probabilities prefer.
func TestSampledIsUnbiased(t *testing.T) {
	dims, rank := []int{6, 5, 4}, 2
	rng := newRand(81)
	x := planted(rng, dims, rank, true, 0.1)
	factors := drawnFactors(rng, dims, rank, true)
	factors[1].SetRow(0, []float64{9, -7}) // which leverage scores prefer
	for _, leverage := range []bool{false, true} {
		s := &sampledTensor{Tensor: x, x: x, rng: newRand(82), size: 400_000, leverage: leverage, rank: rank}
		q := s.Sequence()
		for n := range dims {
			got, want := mat.NewDense(dims[n], rank, nil), mat.NewDense(dims[n], rank, nil)
			q.MTTKRP(got, factors, n)
			x.MTTKRP(want, factors, n)
			length := mat.Norm(want, 2)
			got.Sub(got, want)
			require.Less(t, mat.Norm(got, 2), 0.01*length, "leverage=%v, mode %d", leverage, n)
			gram, all := mat.NewSymDense(rank, nil), tensor.HadamardOfGrams(factors, n)
			q.(sampling).SolverGram(gram)
			for r := range rank {
				for c := range rank {
					require.InDelta(t, all.At(r, c), gram.At(r, c), 0.01*mat.Norm(all, 2), "leverage=%v, mode %d", leverage, n)
				}
			}
		}
	}
}
