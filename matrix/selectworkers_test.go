package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/matrix"
)

// Equal bits, however many cores there are.
func TestSelectorsDoNotDependOnWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	rng := rand.New(rand.NewPCG(12, 3))
	wide, small := new(mat.Dense), new(mat.Dense)
	wide.Mul(uniform(rng, 40, 6, 0, 1), uniform(rng, 6, 2500, 0, 1))
	wide.Apply(func(_, _ int, v float64) float64 { return v + 0.1*rng.Float64() }, wide)
	small.CloneFrom(wide.Slice(0, 40, 0, 150))
	for name, c := range map[string]struct {
		s matrix.Selector
		x *mat.Dense
	}{
		"SNPA": {matrix.SNPA{}, wide}, "VCA": {matrix.VCA{}, wide}, "XRAY": {matrix.XRAY{}, wide},
		"greedy XRAY": {matrix.XRAY{Rule: matrix.XRAYGreedy}, small},
		"H2NMF":       {matrix.H2NMF{}, wide}, "NFINDR": {matrix.NFINDR{}, wide}, "furthest": {matrix.FurthestSum{}, wide},
		"whitened": {matrix.PreconditionedSPA{}, wide}, "random": {matrix.RandomizedSPA{}, wide},
		"smoothed": {matrix.SmoothedSPA{}, wide},
		"FGNSR":    {matrix.FGNSR{Iterations: 10}, small},
		"rows":     {matrix.GroupSparse{Iterations: 30}, small},
		"LP":       {matrix.MinTrace{Solver: matrix.LinearOptions{Iterations: 20}}, small},
	} {
		runtime.GOMAXPROCS(1)
		want, err := c.s.Select(context.Background(), c.x, 6)
		require.NoError(t, err, name)
		runtime.GOMAXPROCS(3)
		got, err := c.s.Select(context.Background(), c.x, 6)
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
}

func TestSelectorsRejectOptions(t *testing.T) {
	x := uniform(rand.New(rand.NewPCG(1, 3)), 5, 9, 0, 1)
	for _, c := range []struct {
		s    matrix.Selector
		want error
	}{
		{matrix.VCA{Starts: -1}, matrix.ErrOptions},
		{matrix.NFINDR{Starts: -1}, matrix.ErrOptions},
		{matrix.XRAY{Rule: 9}, matrix.ErrOptions},
		{matrix.PreconditionedSPA{By: 9}, matrix.ErrOptions},
		{matrix.RandomizedSPA{Directions: -1}, matrix.ErrOptions},
		{matrix.SmoothedSPA{Columns: 10}, matrix.ErrOptions},
		{matrix.FGNSR{Iterations: -1}, matrix.ErrOptions},
		{matrix.FGNSR{Offset: math.NaN()}, matrix.ErrOptions},
		{matrix.FGNSR{Weights: []float64{1}}, matrix.ErrShape},
		{matrix.FGNSR{Weights: []float64{1, 1, 1, 1, -1, 1, 1, 1, 1}}, matrix.ErrOptions},
		{matrix.GroupSparse{Weight: 2}, matrix.ErrOptions},
		{matrix.MinTrace{Epsilon: -1}, matrix.ErrOptions},
		{matrix.MinTrace{Cost: []float64{1}}, matrix.ErrShape},
		{matrix.Hottopixx{Epsilon: math.Inf(1)}, matrix.ErrOptions},
		{matrix.Hottopixx{Epsilon: 1e-9, Solver: matrix.LinearOptions{Iterations: 400}}, matrix.ErrOptions}, // no X of trace 2 leaves as little
	} {
		_, err := c.s.Select(context.Background(), x, 2)
		require.ErrorIs(t, err, c.want, "%T%+v", c.s, c.s)
	}
	for _, s := range []matrix.Selector{matrix.FGNSR{}, matrix.GroupSparse{}, matrix.MinTrace{}, matrix.Hottopixx{}} {
		_, err := s.Select(context.Background(), mat.NewDense(1, 1<<14, nil), 2)
		require.ErrorIs(t, err, matrix.ErrSize, "%T", s)
	}
}
