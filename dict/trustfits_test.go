package dict

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
)

// leastLoss is min_B ‖X − E·Bᵀ‖², B free or nonnegative: by QR, and over all supports
// of every row of B.
func leastLoss(x *mat.Dense, e *mat.Dense, nonnegative bool) float64 {
	rows, cols := x.Dims()
	_, rank := e.Dims()
	supports := []int{1<<rank - 1}
	if nonnegative {
		supports = nil
		for s := range 1 << rank {
			supports = append(supports, s)
		}
	}
	total := 0.0
	for c := range cols {
		y := mat.NewDense(rows, 1, mat.Col(nil, c, x))
		least := math.Inf(1)
		for _, s := range supports {
			var on []int
			for r := range rank {
				if s>>r&1 == 1 {
					on = append(on, r)
				}
			}
			left := mat.DenseCopyOf(y)
			if len(on) > 0 {
				sub := mat.NewDense(rows, len(on), nil)
				for q, r := range on {
					sub.SetCol(q, mat.Col(nil, r, e))
				}
				var b, fit mat.Dense
				if b.Solve(sub, y) != nil || nonnegative && mat.Min(&b) < 0 {
					continue
				}
				fit.Mul(sub, &b)
				left.Sub(left, &fit)
			}
			n := mat.Norm(left, 2)
			least = min(least, n*n)
		}
		total += least
	}
	return total
}

// On small matrices every change is that of a fit by other means, and the rival,
// where it is proven, the best of all atoms that the mode allows.
func TestChangesOfAMatrixMatchBruteForce(t *testing.T) {
	racetest.Slow(t)
	const d, rank = 9, 3
	proven := 0
	for _, seed := range seeds(12, 4) {
		for _, method := range []cpd.Method{cpd.LeastSquares{}, cpd.NNLS{}} {
			rng := newRand(seed)
			m := Mode{Dict: dictionary(t, drawn(rng, 6, d, true)), Distinct: seed%2 == 0}
			if seed%3 == 0 {
				m.Group, m.Bounds = []int{0, 0, 0, 0, 1, 1, 1, 1, 1}, []assign.Bound{{Min: 1, Max: 1}, {Min: 0, Max: -1}}
			}
			x := noisy(rng, 0.3, m.Dict.Columns([]int{1, 5, 7}, false), drawn(rng, 8, rank, true))
			data := mat.NewDense(6, 8, x.Data())
			o := Options{Methods: []cpd.Method{nil, method}}
			r, err := Decompose(t.Context(), x, rank, []Mode{m}, &o)
			require.NoError(t, err)
			trust, err := Examine(t.Context(), x, r, []Mode{m}, &TrustOptions{Fit: o, Resamples: -1})
			require.NoError(t, err)
			nonnegative := method.Nonnegative()
			k := r.Atoms[0]
			loss := func(k []int) float64 { return leastLoss(data, m.Dict.Columns(k, false), nonnegative) }
			near := func(want, got float64) {
				require.InDelta(t, want, got, 1e-9*x.SquaredNorm(), "seed %d, %T", seed, method)
			}
			near(loss(k), trust.Loss)
			for c, at := range trust.Atoms[0] {
				near(loss(without(k, c)), at.Removed.Loss)
				require.InEpsilon(t, at.Removed.Loss/trust.Loss-1, at.Removed.Relative, 1e-6)
				require.InEpsilon(t, (at.Removed.Loss-trust.Loss)/trust.Variance, at.Removed.Deviance, 1e-9)
				best := math.Inf(1)
				cos, closest := -1.0, -1
				unit := m.Dict.Columns([]int{0, 1, 2, 3, 4, 5, 6, 7, 8}, false)
				for j := range d {
					q := slices.Clone(k)
					q[c] = j
					if j == k[c] || !permitted(m, q) {
						continue
					}
					if distinct := len(slices.Compact(sorted(q))) == rank; distinct {
						best = min(best, loss(q))
					} else {
						best = min(best, loss(without(k, c))) // the same atom twice
					}
					if s := math.Abs(mat.Dot(unit.ColView(j), unit.ColView(k[c]))); s > cos {
						cos, closest = s, j
					}
				}
				require.Equal(t, closest, at.Closest)
				require.InDelta(t, math.Acos(cos), at.ClosestAngle, 1e-7)
				q := slices.Clone(k)
				q[c] = at.Rival
				require.True(t, permitted(m, q))
				if len(slices.Compact(sorted(q))) == rank {
					near(loss(q), at.Swapped.Loss)
				}
				require.True(t, at.Proven)
				near(best, at.Swapped.Loss)
				proven++
			}
		}
	}
	require.Positive(t, proven)
}

// The proof of a rival holds with few tries as well, or is not claimed.
func TestProvenRivalsAreTheBest(t *testing.T) {
	racetest.Slow(t)
	claimed, open := 0, 0
	for _, seed := range seeds(10, 4) {
		rng := newRand(seed + 100)
		d := dictionary(t, drawn(rng, 12, 60, true))
		m := []Mode{{Dict: d, Distinct: true}}
		x := noisy(rng, 0.05, d.Columns([]int{1, 5, 7}, false), drawn(rng, 30, 3, true))
		o := Options{Methods: []cpd.Method{nil, cpd.NNLS{}}}
		r, err := Decompose(t.Context(), x, 3, m, &o)
		require.NoError(t, err)
		few, err := Examine(t.Context(), x, r, m, &TrustOptions{Fit: o, Resamples: -1, Tries: 3})
		require.NoError(t, err)
		all, err := Examine(t.Context(), x, r, m, &TrustOptions{Fit: o, Resamples: -1, Tries: 64})
		require.NoError(t, err)
		for c, at := range all.Atoms[0] {
			require.True(t, at.Proven)
			if few.Atoms[0][c].Proven {
				claimed++
				require.Equal(t, at.Rival, few.Atoms[0][c].Rival)
			} else {
				open++
				require.GreaterOrEqual(t, few.Atoms[0][c].Swapped.Loss, at.Swapped.Loss)
			}
		}
	}
	require.Positive(t, claimed)
	require.Positive(t, open)
}

// Of a tensor, with dictionaries in two modes, changes are those of fits from
// several other starts.
func TestChangesOfATensorMatchOtherFits(t *testing.T) {
	racetest.Slow(t)
	for _, method := range []cpd.Method{cpd.LeastSquares{}, cpd.HALS{}} {
		rng := newRand(31)
		d, f := dictionary(t, drawn(rng, 9, 12, true)), dictionary(t, drawn(rng, 7, 10, true))
		modes := []Mode{{N: 1, Dict: d, Distinct: true}, {N: 2, Dict: f}}
		x := noisy(rng, 0.1, drawn(rng, 6, 3, true), d.Columns([]int{1, 5, 7}, false), f.Columns([]int{0, 4, 8}, false), drawn(rng, 4, 3, true))
		stop := sweep.Any(sweep.RelChange{Tol: 1e-12, Patience: 3}, sweep.MaxSweeps(3000))
		o := Options{Methods: same(method, 4), Stop: stop}
		r, err := Decompose(t.Context(), x, 3, modes, &o)
		require.NoError(t, err)
		trust, err := Examine(t.Context(), x, r, modes, &TrustOptions{Fit: o, Resamples: 3, Restarts: 2})
		require.NoError(t, err)
		loss := func(k, q []int) float64 {
			least := math.Inf(1)
			for start := range 4 {
				rng := newRand(uint64(start))
				fixed := same(method, 4)
				fixed[1], fixed[2] = cpd.Fixed{}, cpd.Fixed{}
				given := cpd.Given{Factors: []*mat.Dense{drawn(rng, 6, len(k), true), d.Columns(k, false), f.Columns(q, false), drawn(rng, 4, len(k), true)}}
				c, err := cpd.Decompose(t.Context(), x, len(k), &cpd.Options{Methods: fixed, Init: given, Stop: stop})
				require.NoError(t, err)
				e := slowError(x, c.Model)
				least = min(least, e*e*x.SquaredNorm())
			}
			return least
		}
		k, q := r.Atoms[1], r.Atoms[2]
		near := func(want, got float64) { require.InEpsilon(t, want, got, 1e-5, "%T", method) }
		near(loss(k, q), trust.Loss)
		for c := range 3 {
			at, of := trust.Atoms[1][c], trust.Atoms[2][c]
			near(loss(without(k, c), without(q, c)), at.Removed.Loss)
			require.Equal(t, at.Removed, of.Removed)
			s := slices.Clone(k)
			s[c] = at.Rival
			near(loss(s, q), at.Swapped.Loss)
			s = slices.Clone(q)
			s[c] = of.Rival
			near(loss(k, s), of.Swapped.Loss)
			require.LessOrEqual(t, of.Swapped.Loss, of.ClosestSwapped.Loss)
			require.False(t, at.Proven)
			require.Equal(t, 1.0, at.Resampled)
			require.Equal(t, 1.0, at.Restarted)
		}
		require.Nil(t, trust.Atoms[0])
		require.Len(t, trust.Restarts, 2)
		require.Equal(t, -1, trust.Conditions[len(trust.Conditions)-1].Mode)
		require.Equal(t, Holds, trust.Conditions[len(trust.Conditions)-1].Finding, trust.Conditions[len(trust.Conditions)-1].Because)
		require.Less(t, max(trust.KKT[0], trust.KKT[3]), 1e-4)
		require.Zero(t, trust.KKT[1])
	}
}
