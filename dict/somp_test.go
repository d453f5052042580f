package dict

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
)

// projector is the projector onto the span of the columns of q, by their SVD.
func projector(t *testing.T, rows int, q *mat.Dense) *mat.Dense {
	t.Helper()
	p := mat.NewDense(rows, rows, nil)
	if q == nil {
		return p
	}
	var svd mat.SVD
	require.True(t, svd.Factorize(q, mat.SVDThin))
	var u mat.Dense
	svd.UTo(&u)
	values := svd.Values(nil)
	for c, s := range values {
		if s > 1e-9*values[0] {
			var uu mat.Dense
			uu.Outer(1, u.ColView(c), u.ColView(c))
			p.Add(p, &uu)
		}
	}
	return p
}

// score is its definition: gain(j) = ‖Zᵀ P⊥_Q d_j‖²/‖P⊥_Q d_j‖², and ‖P⊥_Q Z‖².
func TestScoreIsItsDefinition(t *testing.T) {
	for _, c := range []struct {
		rows, atoms, k int
		q              []int
	}{{6, 20, 3, nil}, {6, 20, 3, []int{4}}, {9, 30, 5, []int{2, 7, 11}}, {5, 12, 2, []int{1, 1, 3}}, {3, 9, 2, []int{0, 1, 2}}, {4, 9, 4, []int{5, 2, 7, 1}}} {
		rng := newRand(uint64(c.rows + c.atoms))
		d := dictionary(t, drawn(rng, c.rows, c.atoms, false))
		z := drawn(rng, c.rows, c.k, false)
		v := newProjection(&Mode{Dict: d}, z)
		rest := v.score(c.q)

		var chosen *mat.Dense
		if len(c.q) > 0 {
			chosen = d.Columns(c.q, true)
		}
		off := projector(t, c.rows, chosen)
		off.Scale(-1, off)
		for i := range c.rows {
			off.Set(i, i, off.At(i, i)+1)
		}
		var oz mat.Dense
		oz.Mul(off, z)
		require.InDelta(t, math.Pow(mat.Norm(&oz, 2), 2), rest, 1e-11)
		for j := range c.atoms {
			var e, ze mat.VecDense
			e.MulVec(off, d.atoms.ColView(j))
			ze.MulVec(z.T(), &e)
			want := 0.0
			if ee := mat.Dot(&e, &e); ee > 1e-9 {
				want = mat.Dot(&ze, &ze) / ee
			}
			require.InDelta(t, want, v.gain[j], 1e-9, "atom %d beyond %v", j, c.q)
		}
	}
}

// Z·Zᵀ is the Gram of the unfolding as far as its leading k directions go; the
// sketch, when k covers the rank of the data, has the same range.
func TestSignalSpansTheUnfolding(t *testing.T) {
	rng := newRand(6)
	a, b, c := drawn(rng, 9, 2, false), drawn(rng, 7, 2, false), drawn(rng, 5, 2, false)
	x := noisy(rng, 0, a, b, c)
	d := dictionary(t, drawn(rng, 9, 12, false))
	p, err := newProblem(x, 2, []Mode{{N: 0, Dict: d}}, nil)
	require.NoError(t, err)
	gram := mat.NewSymDense(9, nil)
	x.UnfoldingGram(gram, 0)
	z := p.signal(0, 2)
	var zz mat.Dense
	zz.Mul(z, z.T())
	require.True(t, mat.EqualApprox(gram, &zz, 1e-11*x.SquaredNorm()))

	for _, z := range []*mat.Dense{z, p.sketch(0, 2)} {
		on := projector(t, 9, z)
		var left mat.Dense
		left.Mul(on, a)
		require.True(t, mat.EqualApprox(a, &left, 1e-9), "the span of the signal is that of the factor")
	}
}

// Noiseless data of atoms in general position: pursuit and exchange find them for
// a matrix, whatever the rank and the bounds.
func TestSOMPIsExactWithoutNoise(t *testing.T) {
	for _, seed := range seeds(20, 6) {
		for _, rank := range []int{1, 3, 6} {
			rng := newRand(seed)
			d := dictionary(t, drawn(rng, 16, 48, false))
			k := rng.Perm(48)[:rank]
			x := noisy(rng, 0, d.Columns(k, false), drawn(rng, 30, rank, false))
			m := Mode{N: 0, Dict: d, Distinct: true, Bounds: []assign.Bound{{Min: 0, Max: -1}, {Min: 0, Max: -1}}}
			for j := range 48 {
				m.Group = append(m.Group, j%2)
			}
			for _, j := range k {
				m.Bounds[j%2].Min++
			}
			r, err := Decompose(t.Context(), x, rank, []Mode{m}, &Options{Algorithm: SOMP{}})
			require.NoError(t, err)
			require.Equal(t, sorted(k), sorted(r.Atoms[0]), "seed %d, rank %d", seed, rank)
			require.Less(t, r.RelativeError, 1e-9)
			checkResult(t, x, rank, []Mode{m}, r)
		}
	}
}

// Atoms nearly in each other's span, where a gain is a quotient of two roundings:
// the exchanges come to an end.
func TestExchangeEndsAmongNearDuplicates(t *testing.T) {
	racetest.Slow(t)
	for _, seed := range seeds(4, 2) {
		for _, apart := range []float64{1e-4, 2e-5, 1e-6, 0} {
			rng := newRand(seed)
			base := drawn(rng, 8, 3, true)
			atoms := drawn(rng, 8, 24, false)
			for j := range 24 {
				for i := range 8 {
					atoms.Set(i, j, base.At(i, j%3)+apart*atoms.At(i, j))
				}
			}
			d := dictionary(t, atoms)
			x := noisy(rng, 1e-3, base, drawn(rng, 12, 3, true))
			for _, distinct := range []bool{true, false} {
				m := []Mode{{Dict: d, Distinct: distinct}}
				r, err := Decompose(t.Context(), x, 5, m, &Options{Methods: same(cpd.NNLS{}, 2)})
				require.NoError(t, err)
				requireAllowed(t, m[0], r.Atoms[0])
				require.Less(t, r.RelativeError, 2e-3)
			}
		}
	}
}
