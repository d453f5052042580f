package multidict_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/dict"
	"github.com/polyad/polyad/multidict"
	"github.com/polyad/polyad/tensor"
)

// Sources name the very columns that the angles are taken between, rivals keep the
// bounds, and with one library everything is that of package dict.
func TestExamineNamesRivals(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	libraries := []multidict.Library{
		{Name: "a", Dict: random(t, rng, 12, 7), Min: 1, Max: 1},
		{Name: "b", Dict: random(t, rng, 12, 5), Min: 0, Max: 2},
		{Name: "c", Dict: random(t, rng, 12, 4), Min: 0, Max: 0},
	}
	e := mat.NewDense(12, 3, nil)
	e.SetCol(0, libraries[0].Dict.Atom(2))
	e.SetCol(1, libraries[1].Dict.Atom(0))
	e.SetCol(2, libraries[1].Dict.Atom(4))
	x := tensor.NewKruskal(uniform(rng, 6, 3), e, uniform(rng, 5, 3)).Dense()
	for i := range x.Data() {
		x.Data()[i] += 0.05 * rng.NormFloat64()
	}
	modes := []multidict.Mode{{N: 1, Distinct: true, Libraries: libraries}}
	fit := dict.Options{Methods: []cpd.Method{cpd.HALS{}, cpd.HALS{}, cpd.HALS{}}}
	r, err := multidict.Decompose(t.Context(), x, 3, modes, &fit)
	require.NoError(t, err)
	trust, err := multidict.Examine(t.Context(), x, r, modes, &dict.TrustOptions{Fit: fit, Resamples: 3, Restarts: -1})
	require.NoError(t, err)
	require.Nil(t, trust.Rivals[0])
	for c, at := range trust.Atoms[1] {
		own, rival, closest := r.Sources[1][c], trust.Rivals[1][c], trust.Closest[1][c]
		require.Equal(t, own.Library, rival.Library, "the other libraries are at their bounds")
		require.InDelta(t, at.Angle, angle(libraries[own.Library].Dict.Atom(own.Atom), libraries[rival.Library].Dict.Atom(rival.Atom)), 1e-7)
		require.InDelta(t, at.ClosestAngle, angle(libraries[own.Library].Dict.Atom(own.Atom), libraries[closest.Library].Dict.Atom(closest.Atom)), 1e-7)
		require.Contains(t, at.Verdict, libraries[rival.Library].Dict.Name(rival.Atom))
		require.Equal(t, 1.0, at.Resampled)
	}
	require.Len(t, trust.Nearest, 1)
	require.NotContains(t, r.Sources[1], trust.Nearest[0])

	one := []multidict.Mode{{N: 1, Distinct: true, Libraries: libraries[:1]}}
	one[0].Libraries[0].Min, one[0].Libraries[0].Max = 0, -1
	r, err = multidict.Decompose(t.Context(), x, 7, one, &fit)
	require.NoError(t, err)
	trust, err = multidict.Examine(t.Context(), x, r, one, &dict.TrustOptions{Fit: fit, Resamples: -1, Restarts: -1})
	require.NoError(t, err)
	want, err := dict.Examine(t.Context(), x, &r.Result, []dict.Mode{{N: 1, Distinct: true, Dict: libraries[0].Dict}}, &dict.TrustOptions{Fit: fit, Resamples: -1, Restarts: -1})
	require.NoError(t, err)
	require.Equal(t, want.Loss, trust.Loss)
	for c, at := range trust.Atoms[1] {
		require.Equal(t, want.Atoms[1][c].Verdict, at.Verdict)
		require.Equal(t, multidict.Source{Library: -1, Atom: -1}, trust.Rivals[1][c], "all atoms are taken")
	}
	require.Equal(t, multidict.Source{Library: -1, Atom: -1}, trust.Nearest[0])
}

func TestExamineRejects(t *testing.T) {
	p := problem(t, 1)
	_, err := multidict.Examine(t.Context(), p.X, nil, nil, nil)
	require.ErrorIs(t, err, dict.ErrOptions)
	r := &multidict.Result{Result: dict.Result{Model: p.Truth}}
	_, err = multidict.Examine(t.Context(), p.X, r, []multidict.Mode{{N: 1}}, nil)
	require.ErrorContains(t, err, "no libraries")
}

func angle(a, b []float64) float64 {
	u, v := mat.NewVecDense(len(a), a), mat.NewVecDense(len(b), b)
	var d mat.VecDense
	d.ScaleVec(1/mat.Norm(u, 2), u)
	u.CloneFromVec(&d)
	d.ScaleVec(1/mat.Norm(v, 2), v)
	v.CloneFromVec(&d)
	d.SubVec(u, v)
	minus := mat.Norm(&d, 2)
	d.AddVec(u, v)
	return 2 * math.Atan2(minus, mat.Norm(&d, 2))
}
