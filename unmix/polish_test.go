package unmix_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/unmix"
)

// pureScene is W·[I, H] with noise, its pure columns first.
func pureScene(p, n, r int, noise float64) *mat.Dense {
	rng := rand.New(rand.NewPCG(8, 1))
	w, h := mat.NewDense(p, r, nil), mat.NewDense(r, n, nil)
	w.Apply(func(_, _ int, _ float64) float64 { return rng.Float64() }, w)
	for j := range n {
		sum := 0.0
		for q := range r {
			v := rng.ExpFloat64() + 0.1
			if j < r {
				v = 0
			}
			h.Set(q, j, v)
			sum += v
		}
		for q := range r {
			switch {
			case j == q:
				h.Set(q, j, 1)
			case j >= r:
				h.Set(q, j, h.At(q, j)/sum)
			}
		}
	}
	x := new(mat.Dense)
	x.Mul(w, h)
	x.Apply(func(_, _ int, v float64) float64 { return max(0, v+noise*rng.NormFloat64()) }, x)
	return x
}

// From columns that are all wrong, to the pure ones.
func TestPolishFindsPureColumns(t *testing.T) {
	x := pureScene(30, 300, 4, 1e-3)
	for i := range 30 {
		x.Set(i, 200, 0) // a zero column is no atom
	}
	p, err := unmix.Polish(context.Background(), x, []int{100, 101, 102, 103}, nil)
	require.NoError(t, err)
	got := slices.Sorted(slices.Values(p.Index))
	assert.Equal(t, []int{0, 1, 2, 3}, got)
	assert.Less(t, p.RelativeError, p.Before)
	u := mat.NewDense(30, 4, nil)
	for k, j := range p.Index {
		u.SetCol(k, mat.Col(nil, j, x))
	}
	a, err := matrix.NNLS(context.Background(), u, x)
	require.NoError(t, err)
	assert.InDelta(t, a.RelativeError, p.RelativeError, 1e-12)
}

func TestPolishRejects(t *testing.T) {
	x := pureScene(10, 30, 3, 0)
	for i := range 10 {
		x.Set(i, 20, 0)
	}
	for _, index := range [][]int{nil, {30}, {-1}, {20}, {1, 1}} {
		_, err := unmix.Polish(context.Background(), x, index, nil)
		require.Error(t, err, "%v", index)
	}
	_, err := unmix.Polish(context.Background(), nil, []int{1}, nil)
	require.ErrorIs(t, err, unmix.ErrShape)
}
