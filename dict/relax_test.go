package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// The factors that Hard keeps are atoms already, up to sign, at every best sweep.
func TestHardReplacesColumns(t *testing.T) {
	for _, nonnegative := range []bool{true, false} {
		x, modes, o := hasty(t)
		if !nonnegative {
			o.Methods = nil
		}
		p, err := newProblem(x, 4, modes, &o)
		require.NoError(t, err)
		r, err := p.relax(t.Context(), 0)
		require.NoError(t, err)
		atoms, factors, err := Hard{Sweeps: 100}.search(t.Context(), p, p.spread(r.Model))
		require.NoError(t, err)
		want := modes[0].Dict.Columns(atoms[0], false)
		for c := range 4 {
			got := factors[1].ColView(c)
			if mat.Dot(got, want.ColView(c)) < 0 {
				require.False(t, nonnegative)
				continue
			}
			require.True(t, mat.Equal(want.ColView(c), got), "column %d", c)
		}
	}
}

// λ grows until the columns are at atoms, whatever the fit would rather have.
func TestFlexibleReachesItsAtoms(t *testing.T) {
	x, modes, o := hasty(t)
	p, err := newProblem(x, 4, modes, &o)
	require.NoError(t, err)
	r, err := p.relax(t.Context(), 0)
	require.NoError(t, err)
	distance := func(a *mat.Dense, atoms []int) float64 {
		var e mat.Dense
		e.Sub(a, modes[0].Dict.Columns(atoms, false))
		return mat.Norm(&e, 2) / mat.Norm(a, 2)
	}
	start := p.spread(r.Model)
	atoms, err := p.match(start)
	require.NoError(t, err)
	require.Greater(t, distance(start[1], atoms[0]), 0.1, "the fit without dictionary is there already")
	visited, err := newPulling(1.1, 0.01, 300).search(t.Context(), p, "flexible", start, r.RelativeError)
	require.NoError(t, err)
	last := visited[len(visited)-1]
	require.Less(t, distance(last.factors[1], last.atoms[0]), near)
	require.LessOrEqual(t, len(visited), remembered)
	for i := range visited {
		for j := range i {
			require.False(t, sameAtoms(visited[i].atoms, visited[j].atoms))
		}
	}
}

// The spectral norm of the distance, against singular values.
func TestDistanceIsOfSpectralNorms(t *testing.T) {
	rng := newRand(2)
	a, b := drawn(rng, 9, 3, false), drawn(rng, 9, 3, false)
	u := &pull{chooser: &chooser{target: b}, m: mat.NewDense(9, 3, nil)}
	largest := func(m *mat.Dense) float64 {
		var svd mat.SVD
		require.True(t, svd.Factorize(m, mat.SVDNone))
		return svd.Values(nil)[0]
	}
	var e mat.Dense
	e.Sub(a, b)
	require.InDelta(t, largest(&e)/largest(a), u.distance(a), 1e-12)
	require.InDelta(t, 0.01*7/(mat.Norm(&e, 2)*mat.Norm(&e, 2)), u.firstLambda(a, 7), 1e-12)
	require.Zero(t, u.distance(b))
}
