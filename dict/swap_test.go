package dict

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
	"github.com/polyad/polyad/tensor"
)

// fitted is the model of x with exactly these atoms in mode 0 of a matrix.
func fitted(t *testing.T, x *tensor.Dense, m Mode, method cpd.Method, k []int) *candidate {
	t.Helper()
	p, err := newProblem(x, len(k), []Mode{m}, &Options{Methods: []cpd.Method{nil, method}})
	require.NoError(t, err)
	c, err := p.refit(t.Context(), "", [][]int{k}, p.blank(), nil)
	require.NoError(t, err)
	return c
}

// Tiny matrices, every atom tried: no single exchange that the mode allows lowers the
// error any more. The best of all choices is met in most trials.
func TestSwapEndsInALocalOptimum(t *testing.T) {
	racetest.Slow(t)
	const d, rank = 8, 2
	best, trials := 0, 0
	for _, seed := range seeds(40, 12) {
		for _, method := range []cpd.Method{cpd.NNLS{}, cpd.LeastSquares{}} {
			rng := newRand(seed)
			m := Mode{Dict: dictionary(t, drawn(rng, 6, d, true)), Distinct: seed%2 == 0}
			x := noisy(rng, 0.3, m.Dict.Columns([]int{1, 5}, false), drawn(rng, 9, rank, true))
			r, err := Decompose(t.Context(), x, rank, []Mode{m}, &Options{Methods: []cpd.Method{nil, method}, Algorithm: Swap{Tries: d}})
			require.NoError(t, err)
			checkResult(t, x, rank, []Mode{m}, r)
			k := r.Atoms[0]
			end := fitted(t, x, m, method, k)
			require.InDelta(t, end.err, r.RelativeError, 1e-9)
			least := end.err
			choices(rank, d, func(q []int) {
				if !permitted(m, q) {
					return
				}
				c := fitted(t, x, m, method, slices.Clone(q))
				least = min(least, c.err)
				if single := (q[0] == k[0]) != (q[1] == k[1]); !single || c.err > end.err*(1-leastGain) {
					return
				}
				require.Fail(t, "a better exchange was left", "seed %d, %T: %v has %.9f, %v %.9f", seed, method, k, end.err, q, c.err)
			})
			trials++
			if end.err <= least*(1+1e-9) {
				best++
			}
		}
	}
	t.Logf("the best of all choices in %d of %d trials", best, trials)
	require.Greater(t, best, trials*3/4)
}

// Paired trials on coherent atoms: Swap ends no higher than any of its starts, and
// no higher than those algorithms run by themselves with the same seed.
func TestSwapNeverEndsAboveItsStarts(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(30, 3) {
		atoms, err := synth.CoherentAtoms(30, 10, 10, seed)
		require.NoError(t, err)
		q, err := synth.DictionaryCP(4, &synth.DictionaryOptions{Dims: []int{12, 30, 7}, D: atoms, Noise: synth.SNR(11.5), Seed: seed})
		require.NoError(t, err)
		modes := []Mode{{N: 1, Dict: dictionary(t, atoms.D), Distinct: true}}
		o := Options{Methods: same(cpd.HALS{}, 3), Seed: seed, Algorithm: Swap{}, Stop: sweep.Any(sweep.RelChange{Tol: 1e-6, Patience: 3}, sweep.MaxSweeps(200))}
		r, err := Decompose(t.Context(), q.X, 4, modes, &o)
		require.NoError(t, err)
		checkResult(t, q.X, 4, modes, r)
		require.Len(t, r.Candidates, 4)
		for _, c := range r.Candidates {
			require.LessOrEqual(t, r.RelativeError, c.RelativeError*(1+1e-9), "seed %d, %s", seed, c.Algorithm)
		}
		for _, a := range []Algorithm{Project{}, Hard{}, Flexible{}, SOMP{}} {
			o.Algorithm = a
			alone, err := Decompose(t.Context(), q.X, 4, modes, &o)
			require.NoError(t, err)
			require.LessOrEqual(t, r.RelativeError, alone.RelativeError*(1+1e-9), label(a, seed))
		}
	}
}

// What an exchange promises on a tensor is the fall of the loss by the atom at
// its best scale with all else kept: against that fit in full.
func TestExchangesPromiseTheFallOfTheLoss(t *testing.T) {
	for _, signed := range []bool{true, false} {
		rng := newRand(12)
		d := dictionary(t, drawn(rng, 9, 25, false))
		x := noisy(rng, 0.5, drawn(rng, 6, 3, true), d.Columns([]int{1, 2, 3}, false), drawn(rng, 5, 3, true))
		modes := []Mode{{N: 1, Dict: d, Distinct: true}}
		o := &Options{}
		if signed {
			o.Methods = same(cpd.HALS{}, 3)
		}
		p, err := newProblem(x, 3, modes, o)
		require.NoError(t, err)
		k := []int{1, 7, 9}
		factors := []*mat.Dense{drawn(rng, 6, 3, signed), d.Columns(k, false), drawn(rng, 5, 3, signed)}
		list := Swap{Tries: 25}.exchanges(p, &candidate{atoms: [][]int{k}, factors: factors}, 0)
		promised := map[[2]int]float64{}
		for _, e := range list {
			promised[[2]int{e.r, e.j}] = e.promise
		}
		loss := func(r, j int) float64 { // of the best scale of atom j in component r
			f := []*mat.Dense{mat.DenseCopyOf(factors[0]), mat.DenseCopyOf(factors[1]), factors[2]}
			f[0].SetCol(r, make([]float64, 6))
			rest := tensor.NewKruskal(f...).Dense()
			unit := tensor.NewKruskal(mat.DenseCopyOf(factors[0].Slice(0, 6, r, r+1)), d.Columns([]int{j}, false), mat.DenseCopyOf(factors[2].Slice(0, 5, r, r+1))).Dense()
			var rr, ru float64
			for i, v := range x.Data() {
				e := v - rest.Data()[i]
				rr, ru = rr+e*e, ru+e*unit.Data()[i]
			}
			if signed {
				ru = max(0, ru)
			}
			return rr - ru*ru/unit.SquaredNorm()
		}
		for r := range 3 {
			for j := range 25 {
				fall := loss(r, k[r]) - loss(r, j)
				if slices.Contains(k, j) {
					fall = 0
				}
				require.InDelta(t, max(0, fall), promised[[2]int{r, j}], 1e-10*x.SquaredNorm(), "signed %v, component %d, atom %d", signed, r, j)
			}
		}
	}
}

// Few promises are kept in order and to the number asked for.
func TestTopKeepsTheLargest(t *testing.T) {
	gain := []float64{3, 9, 1, 7, 7, 5, 0.5}
	var got []int
	for _, e := range (Swap{Tries: 3}).top(&Mode{Distinct: true}, []int{1, 2}, 0, 1, gain, 1) {
		got = append(got, e.j)
		require.Equal(t, gain[e.j]-1, e.promise)
	}
	require.Equal(t, []int{3, 4, 5}, got, "atom 1 is taken")
}

// An empty list of starts is the default list.
func TestSwapWithoutStarts(t *testing.T) {
	x, modes, o := hasty(t)
	o.Algorithm = Swap{Starts: []Algorithm{}}
	a, err := Decompose(t.Context(), x, 4, modes, &o)
	require.NoError(t, err)
	o.Algorithm = Swap{}
	b, err := Decompose(t.Context(), x, 4, modes, &o)
	require.NoError(t, err)
	require.Equal(t, a.Model, b.Model)
	require.Len(t, a.Candidates, 4)
}
