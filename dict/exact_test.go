package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
)

// On small problems of every kind, branch and bound ends with a proof, at the error of
// the best of all choices by exhaustive search; however early it is stopped, the bound is
// at most that error.
func TestExactMatchesExhaustiveSearch(t *testing.T) {
	racetest.Slow(t)
	proven := 0
	for _, seed := range seeds(24, 6) {
		rng := newRand(seed)
		d, rank := 9, 2+int(seed)%2
		m := Mode{Dict: dictionary(t, drawn(rng, 6, d, true)), Distinct: seed%2 == 0}
		if seed%3 > 0 {
			m.Bounds = []assign.Bound{{Min: 0, Max: 1}, {Min: 1, Max: -1}, {Min: 0, Max: 2}}
			for j := range d {
				m.Group = append(m.Group, j%3)
			}
		}
		method := []cpd.Method{cpd.NNLS{}, cpd.LeastSquares{}, cpd.HALS{}, cpd.FCLS{}}[seed%4]
		x := noisy(rng, []float64{0.3, 0.05, 0.8}[seed%3], drawn(rng, 6, rank, true), drawn(rng, 12, rank, true))
		least := 2.0
		choices(rank, d, func(k []int) {
			if permitted(m, k) {
				least = min(least, fitted(t, x, m, method, append([]int(nil), k...)).err)
			}
		})
		o := &Options{Methods: []cpd.Method{nil, method}, Algorithm: Exact{}}
		r, err := Decompose(t.Context(), x, rank, []Mode{m}, o)
		require.NoError(t, err)
		checkResult(t, x, rank, []Mode{m}, r)
		require.InDelta(t, least, r.RelativeError, 1e-7, "seed %d, %T", seed, method)
		require.Equal(t, Proven, r.Search.Ended, "seed %d", seed)
		require.LessOrEqual(t, r.Search.LowerBound, least*(1+1e-9))
		require.InDelta(t, 0, r.Gap(), 1e-6)
		for _, nodes := range []int{1, 3, 10, 30} {
			o.Algorithm = Exact{Nodes: nodes}
			r, err := Decompose(t.Context(), x, rank, []Mode{m}, o)
			require.NoError(t, err)
			require.LessOrEqual(t, r.Search.LowerBound, least*(1+1e-9), "seed %d, %d nodes", seed, nodes)
			require.LessOrEqual(t, r.Search.Nodes, nodes)
			require.GreaterOrEqual(t, r.RelativeError, least*(1-1e-9))
			if r.Search.Ended == Proven {
				proven++
				require.InDelta(t, least, r.RelativeError, 1e-7)
			}
		}
	}
	require.Positive(t, proven, "none was easy")
}

// The bound is one on the whole data, also where they are compressed to fewer directions
// than the mode has.
func TestLowerBoundOfCompressedData(t *testing.T) {
	for _, seed := range seeds(6, 2) {
		rng := newRand(seed)
		atoms := drawn(rng, 40, 60, true)
		m := Mode{Dict: dictionary(t, atoms), Distinct: true}
		k := []int{3, 17, 44}
		x := noisy(rng, 0.1, m.Dict.Columns(k, false), drawn(rng, 50, 3, true))
		r, err := Decompose(t.Context(), x, 3, []Mode{m}, &Options{Methods: same(cpd.NNLS{}, 2), Algorithm: Exact{}})
		require.NoError(t, err)
		require.Equal(t, Proven, r.Search.Ended)
		require.Equal(t, k, sorted(r.Atoms[0]))
		r, err = Decompose(t.Context(), x, 3, []Mode{m}, &Options{Methods: same(cpd.NNLS{}, 2), Algorithm: Exact{Nodes: 1}})
		require.NoError(t, err)
		require.Positive(t, r.Search.LowerBound)
		require.LessOrEqual(t, r.Search.LowerBound, fitted(t, x, m, cpd.NNLS{}, k).err)
	}
}

func TestExactRejects(t *testing.T) {
	rng := newRand(1)
	d := dictionary(t, drawn(rng, 5, 7, true))
	x := noisy(rng, 0.1, drawn(rng, 5, 2, true), drawn(rng, 6, 2, true), drawn(rng, 4, 2, true))
	_, err := Decompose(t.Context(), x, 2, []Mode{{Dict: d}}, &Options{Algorithm: Exact{}})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "use Auto")
}

// What a partial choice leaves, by its definition: the trace and the eigenvalues of
// P⊥ Z Zᵀ P⊥, and the gain of every atom.
func TestRemainderIsItsDefinition(t *testing.T) {
	rng := newRand(4)
	d := dictionary(t, drawn(rng, 8, 12, true))
	z := mat.NewDense(8, 5, nil)
	q := drawn(rng, 8, 5, false)
	orthogonalize(q, 5)
	for c := range 5 {
		for i := range 8 {
			z.Set(i, c, q.At(i, c)*float64(7-c))
		}
	}
	l := newRemainder(z)
	l.prepare(d, upTo(12))
	for _, k := range [][]int{{}, {3}, {3, 7}, {1, 1, 4}} {
		l.reset(k)
		v := newProjection(&Mode{Dict: d}, z)
		want := v.score(k)
		rest, lead, others := l.bound(2)
		require.InDelta(t, want, rest, 1e-10)
		for j := range 12 {
			require.InDelta(t, v.gain[j], l.gain(j), 1e-9, "atom %d beyond %v", j, k)
		}
		var chosen *mat.Dense
		if len(k) > 0 {
			chosen = d.Columns(k, true)
		}
		off := projector(t, 8, chosen)
		off.Scale(-1, off)
		for i := range 8 {
			off.Set(i, i, off.At(i, i)+1)
		}
		var left mat.Dense
		left.Mul(off, z)
		var svd mat.SVD
		require.True(t, svd.Factorize(&left, mat.SVDNone))
		s := svd.Values(nil)
		require.InDelta(t, s[0]*s[0]+s[1]*s[1], lead, 1e-9)
		require.InDelta(t, s[0]*s[0], others, 1e-9)
	}
}
