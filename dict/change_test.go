package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/tensor"
)

// Numbers fitted: all entries of a free factor, the positive ones of a nonnegative one, one less a
// row whose sum is given; R less for every factor beyond the first among which scales
// are traded; none for atoms and fixed factors.
func TestFreedomCounts(t *testing.T) {
	rng := newRand(41)
	d := dictionary(t, drawn(rng, 9, 12, true))
	k := []int{1, 5}
	half := drawn(rng, 6, 2, true)
	half.Set(0, 0, 0)
	half.Set(4, 1, 0)
	for name, c := range map[string]struct {
		methods []cpd.Method
		factors []*mat.Dense
		want    int
	}{
		"free matrix":   {[]cpd.Method{nil, nil}, []*mat.Dense{d.Columns(k, false), drawn(rng, 6, 2, true)}, 12},
		"nonnegative":   {[]cpd.Method{nil, cpd.NNLS{}}, []*mat.Dense{d.Columns(k, false), half}, 10},
		"sum to one":    {[]cpd.Method{nil, cpd.FCLS{}}, []*mat.Dense{d.Columns(k, false), half}, 4},
		"two factors":   {nil, []*mat.Dense{d.Columns(k, false), half, drawn(rng, 7, 2, false)}, 10 + 14 - 2},
		"three factors": {nil, []*mat.Dense{d.Columns(k, false), half, drawn(rng, 7, 2, false), drawn(rng, 3, 2, false)}, 10 + 14 + 6 - 4},
		"one fixed":     {[]cpd.Method{nil, cpd.Fixed{}}, []*mat.Dense{d.Columns(k, false), half, drawn(rng, 7, 2, false)}, 14},
	} {
		p, err := newProblem(noisy(rng, 0.1, c.factors...), 2, []Mode{{Dict: d}}, &Options{Methods: c.methods})
		require.NoError(t, err)
		require.Equal(t, c.want, p.freedom(c.factors), name)
		f := &candidate{factors: c.factors, err: 0.1}
		require.InEpsilon(t, 0.01*p.x.SquaredNorm()/float64(p.cells()-c.want), p.variance(f), 1e-12, name)
		e := &exam{p: p, trust: &Trust{Loss: p.loss(f), Freedom: c.want, Variance: 2}}
		got := e.changeTo(p.loss(f)+6, c.want-4)
		require.InDelta(t, 3, got.Deviance, 1e-9)
		require.InDelta(t, 3-8, got.AIC, 1e-9, "four numbers fewer are fitted")
		require.InEpsilon(t, 6/p.loss(f), got.Relative, 1e-9)
	}
}

// As many numbers as cells leave no noise to estimate: that is said, and
// nothing is called clear.
func TestTooFewDataForANoise(t *testing.T) {
	rng := newRand(42)
	d := dictionary(t, drawn(rng, 3, 6, true))
	x := noisy(rng, 0.1, d.Columns([]int{0, 1, 2}, false), drawn(rng, 5, 3, true))
	modes := []Mode{{Dict: d, Distinct: true}}
	r, err := Decompose(t.Context(), x, 3, modes, nil)
	require.NoError(t, err)
	trust, err := Examine(t.Context(), x, r, modes, nil)
	require.NoError(t, err)
	require.True(t, math.IsNaN(trust.Variance))
	require.Zero(t, trust.Resamples)
	for _, at := range trust.Atoms[0] {
		require.True(t, math.IsNaN(at.Swapped.Deviance))
		require.False(t, at.Clear)
		require.True(t, math.IsNaN(at.Resampled))
		require.Contains(t, at.Verdict, "too few data")
	}
}

// Noise drawn anew has the mean square σ̂² and both signs.
func TestRedrawKeepsTheNoise(t *testing.T) {
	rng := newRand(43)
	d := dictionary(t, drawn(rng, 8, 6, true))
	x := noisy(rng, 0.1, d.Columns([]int{0, 1}, false), drawn(rng, 50, 2, true))
	modes := []Mode{{Dict: d, Distinct: true}}
	r, err := Decompose(t.Context(), x, 2, modes, nil)
	require.NoError(t, err)
	e, err := newExam(x, r, modes, nil)
	require.NoError(t, err)
	require.NoError(t, e.fitAgain(t.Context()))
	fit := tensor.NewKruskal(e.base.factors...).Dense().Data()
	to := make([]float64, len(fit))
	e.redraw(to, fit, cellsOf(x), rng)
	var sum float64
	same := 0
	for i, v := range to {
		sum += (v - fit[i]) * (v - fit[i])
		if (v > fit[i]) == (x.Data()[i] > fit[i]) {
			same++
		}
	}
	require.InEpsilon(t, e.trust.Variance, sum/float64(len(to)), 1e-9)
	require.InDelta(t, 0.5, float64(same)/float64(len(to)), 0.1)
}

// The atoms tried first in a tensor are those that leave the least loss at their best
// scale with all else kept, also where that is above the present loss.
func TestRankedByTheLossThatIsLeft(t *testing.T) {
	for _, signed := range []bool{true, false} {
		rng := newRand(44)
		d := dictionary(t, drawn(rng, 9, 15, false))
		truth := []*mat.Dense{drawn(rng, 6, 3, true), d.Columns([]int{1, 2, 3}, false), drawn(rng, 5, 3, true)}
		x := noisy(rng, 0.3, truth...)
		o := &Options{}
		if signed {
			o.Methods = same(cpd.HALS{}, 3)
		}
		p, err := newProblem(x, 3, []Mode{{N: 1, Dict: d, Distinct: true}}, o)
		require.NoError(t, err)
		e := &exam{p: p, o: TrustOptions{Tries: 4}, base: &candidate{atoms: [][]int{{1, 2, 3}}, factors: truth}}
		for r, list := range e.ranked(0) {
			f := []*mat.Dense{mat.DenseCopyOf(truth[0]), truth[1], truth[2]}
			f[0].SetCol(r, make([]float64, 6))
			rest := tensor.NewKruskal(f...).Dense().Data()
			gain := func(j int) float64 {
				unit := tensor.NewKruskal(mat.DenseCopyOf(truth[0].Slice(0, 6, r, r+1)), d.Columns([]int{j}, false), mat.DenseCopyOf(truth[2].Slice(0, 5, r, r+1))).Dense()
				s := 0.0
				for i, v := range x.Data() {
					s += (v - rest[i]) * unit.Data()[i]
				}
				if signed {
					s = max(0, s)
				}
				return s * s / unit.SquaredNorm()
			}
			require.Len(t, list, 4)
			least := gain(list[3].j)
			for j := range 15 {
				listed := j == 1 || j == 2 || j == 3
				for _, x := range list {
					listed = listed || x.j == j
				}
				if !listed {
					require.LessOrEqual(t, gain(j), least*(1+1e-12), "component %d, atom %d", r, j)
				}
			}
		}
	}
}
