package cpd

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// robust are the algorithms with options that change their course; those that sweep inside
// of a sweep do so a few times.
func robust() []Algorithm {
	all := append([]Algorithm{Generalized{Loss: Huber{}}, Compressed{Extra: 1, Algorithm: GaussNewton{}}, Sampled{Size: 30, Leverage: true}}, tabled...)
	for i, a := range all {
		if c, ok := a.(Compressed); ok {
			c.Stop = sweep.MaxSweeps(20)
			all[i] = c
		}
	}
	return all
}

// Every algorithm survives data of any shape, order 1, modes of size 1, ranks above the
// sizes, singular Grams, components that are zero or the same, and factors that a box
// makes zero: the model is finite and no worse than none.
func TestAlgorithmsAreRobust(t *testing.T) {
	racetest.Slow(t)
	box := ADMM{Constraint: constraint.Box{Lo: 0, Hi: 1}}
	rng, some := newRand(22), 3 // every third of all, in no order that kinds of data have
	if testing.Short() {
		some = 9
	}
	for i, p := range corpus() {
		_, rank := p.start[0].Dims()
		order := len(p.x.Dims())
		for _, a := range robust() {
			_, sampled := a.(Sampled)
			if sampled && order < 2 {
				continue // refused, see TestSampledRefuses
			}
			if sampled && i%3 != 0 {
				continue // its sample of the error costs as much for small data as for large
			}
			for _, methods := range [][]Method{nil, same(box, order)} {
				if rng.IntN(some) > 0 {
					continue
				}
				if _, ok := demandOf(box); ok && methods != nil {
					switch a := a.(type) {
					case GaussNewton, LBFGS, ConjugateGradient:
						continue
					case Compressed:
						if a.Algorithm != nil {
							continue
						}
					}
				}
				for kind, init := range map[string]Init{"given": Given{p.start}, "random": Random{}} {
					what := fmt.Sprintf("%T%v, %s, %s, box=%v", a, a, p.name, kind, methods != nil)
					r, err := Decompose(t.Context(), p.x, rank, &Options{Algorithm: a, Init: init, Methods: methods, Stop: sweep.MaxSweeps(4)})
					require.NoError(t, err, what)
					for _, f := range r.Model.Factors {
						require.True(t, finite(f), what)
					}
					require.False(t, math.IsNaN(r.Loss), what)
					if _, generalized := a.(Generalized); !generalized && !sampled {
						require.LessOrEqual(t, r.RelativeError, 1+1e-6, what)
					}
				}
			}
		}
	}
}

// Data of any size that can be squared, zeros, and what is not finite, for every
// algorithm. Losses with a unit of their own are fitted in that.
func TestAlgorithmsAndExtremeData(t *testing.T) {
	racetest.Slow(t)
	x := planted(newRand(21), []int{6, 5, 4}, 3, true, 0.1)
	for _, a := range robust() {
		for _, by := range []float64{1e-150, 1e-100, 1, 1e100, 1e150} {
			for seed := range uint64(3) {
				what := fmt.Sprintf("%T%v at %g, seed %d", a, a, by, seed)
				r, err := Decompose(t.Context(), scaled(x, by), 3, &Options{Algorithm: a, Seed: seed, Stop: sweep.MaxSweeps(60)})
				require.NoError(t, err, what)
				if g, ok := a.(Generalized); ok && g.Loss != nil {
					require.Less(t, r.RelativeError, 1.0, what)
					continue
				}
				require.Less(t, r.RelativeError, 0.4, what)
			}
		}
		r, err := Decompose(t.Context(), tensor.NewDense([]int{4, 3, 2}, nil), 2, &Options{Algorithm: a})
		require.NoError(t, err)
		require.Zero(t, r.Model.SquaredNorm(), "%T", a)
		for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			y := scaled(x, 1)
			y.Set(bad, 1, 2, 3)
			_, err := Decompose(t.Context(), y, 2, &Options{Algorithm: a})
			require.ErrorIs(t, err, ErrNotFinite, "%T", a)
			require.ErrorContains(t, err, "index [1 2 3]", "%T", a)
		}
	}
}
