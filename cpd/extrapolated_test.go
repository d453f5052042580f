package cpd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Momentum takes fewer sweeps to the same errors, whatever the methods, and what is
// reported is what every method allows.
func TestExtrapolatedIsFasterAndFeasible(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(81)
	dims := []int{20, 15, 10}
	truth := drawnFactors(rng, dims, 4, true)
	for i := range dims[0] { // rows that sum to one
		row := truth[0].RawRowView(i)
		sum := row[0] + row[1] + row[2] + row[3]
		for r := range row {
			row[r] /= sum
		}
	}
	x := tensor.NewKruskal(truth...).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.02 * rng.NormFloat64()
	}
	for name, methods := range map[string][]Method{
		"ALS": same(LeastSquares{}, 3), "HALS": same(HALS{}, 3), "NNLS": same(NNLS{}, 3),
		"mixed": {LeastSquares{}, HALS{}, NNLS{}}, "FCLS": {FCLS{}, HALS{}, HALS{}},
	} {
		start := Given{drawnFactors(newRand(82), dims, 4, true)}
		stop := sweep.Any(sweep.RelChange{Tol: 1e-11, Patience: 5}, sweep.MaxSweeps(5000))
		plain, err := Decompose(t.Context(), x, 4, &Options{Methods: methods, Init: start, Stop: stop})
		require.NoError(t, err)
		goal := plain.RelativeError * (1 + 1e-6)
		fast, err := Decompose(t.Context(), x, 4, &Options{Algorithm: Extrapolated{}, Methods: methods, Init: start, Stop: stop})
		require.NoError(t, err)
		require.LessOrEqual(t, fast.RelativeError, goal, name)
		t.Logf("%s: %d sweeps, %d with momentum", name, reached(plain.Trace, goal), reached(fast.Trace, goal))
		require.Less(t, reached(fast.Trace, goal), reached(plain.Trace, goal), name)
		for k := 1; k < len(fast.Trace); k++ {
			require.LessOrEqual(t, fast.Trace[k].RelativeError, fast.Trace[k-1].RelativeError, name)
		}
		require.InEpsilon(t, fast.Trace.Last().RelativeError, fast.RelativeError, 1e-9, name)
		for n, m := range methods {
			if m.Nonnegative() {
				require.GreaterOrEqual(t, mat.Min(fast.Model.Factors[n]), 0.0, name)
			}
		}
		if name == "FCLS" {
			var c, sums mat.VecDense
			one := mat.NewVecDense(dims[0], nil)
			for i := range dims[0] {
				one.SetVec(i, 1)
			}
			require.NoError(t, c.SolveVec(fast.Model.Factors[0], one))
			sums.MulVec(fast.Model.Factors[0], &c)
			require.InDeltaSlice(t, one.RawVector().Data, sums.RawVector().Data, 1e-9)
		}
	}
}

// A sweep that would raise the error is taken back: what it leaves is a sweep without
// momentum from the model before it.
func TestExtrapolatedTakesBack(t *testing.T) {
	x := planted(newRand(84), []int{9, 8, 7}, 3, true, 0.2)
	for kind, y := range map[string]tensor.Tensor{"complete": x, "masked": masked(x, 85, 0.7), "exact": masked(x, 85, 0.7).Exact()} {
		for _, method := range []Method{LeastSquares{}, NNLS{}} {
			s, err := Extrapolated{First: 1, Growth: 2, LimitGrowth: 2, Shrink: 1.01}.Begin(Problem{
				X: y, Start: drawnFactors(newRand(86), x.Dims(), 3, true), Methods: same(method, 3),
			})
			require.NoError(t, err)
			var before *tensor.Kruskal
			taken := 0
			for k := range 30 {
				p, err := s.Sweep()
				require.NoError(t, err)
				if k > 0 && s.(*extrapolated).beta == 0 {
					taken++
					newEntries().scaleColumns(before.Factors[2], before.Weights)
					plain, err := NewALS(y, before.Factors, begin(same(method, 3), x.Dims(), 3))
					require.NoError(t, err)
					want, err := plain.Sweep()
					require.NoError(t, err)
					require.InEpsilon(t, want.RelativeError, p.RelativeError, 1e-9, "%s %T sweep %d", kind, method, k)
				}
				before = s.Model()
				require.InEpsilon(t, before.RelativeError(y), p.RelativeError, 1e-9, "%s %T sweep %d", kind, method, k)
			}
			require.Greater(t, taken, 3, "%s %T", kind, method)
		}
	}
}

// reached is the first sweep with an error of at most goal.
func reached(trace sweep.Trace, goal float64) int {
	for _, p := range trace {
		if p.RelativeError <= goal {
			return p.Sweep
		}
	}
	return math.MaxInt
}

func TestExtrapolatedRejects(t *testing.T) {
	x := planted(newRand(83), []int{4, 3, 2}, 2, true, 0.1)
	for says, e := range map[string]Extrapolated{
		"First is -1": {First: -1}, "First is 2": {First: 2}, "Growth is 0.5": {Growth: 0.5}, "LimitGrowth is NaN": {LimitGrowth: math.NaN()}, "Shrink is 1": {Shrink: 1},
	} {
		_, err := Decompose(t.Context(), x, 2, &Options{Algorithm: e})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, says)
	}
}
