package cpd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

func TestDecomposeRejects(t *testing.T) {
	rng := newRand(1)
	dims := []int{4, 3, 2}
	x := planted(rng, dims, 2, true, 0.1)
	good := func() []*mat.Dense { return drawnFactors(rng, dims, 2, true) }
	change := func(f func(a []*mat.Dense)) Init {
		a := good()
		f(a)
		return Given{a}
	}
	for _, c := range []struct {
		name    string
		rank    int
		opts    Options
		want    error
		message string
	}{
		{"rank 0", 0, Options{}, ErrRank, "0 components"},
		{"rank below 0", -3, Options{}, ErrRank, "-3 components"},
		{"too many methods", 2, Options{Methods: same(HALS{}, 4)}, ErrOptions, "4 methods for a tensor of order 3"},
		{"Fixed without Given", 2, Options{Methods: []Method{nil, Fixed{}}}, ErrOptions, "mode 1 is Fixed"},
		{"Fixed with SVD", 2, Options{Methods: []Method{Fixed{}}, Init: SVD{}}, ErrOptions, "mode 0 is Fixed"},
		{"starts below 0", 2, Options{Starts: -1}, ErrOptions, "-1 starts"},
		{"too few factors", 2, Options{Init: Given{good()[:2]}}, ErrShape, "2 starting factors for a tensor of order 3"},
		{"no factors", 2, Options{Init: Given{}}, ErrShape, "0 starting factors"},
		{"NaN in a factor", 2, Options{Init: change(func(a []*mat.Dense) { a[1].Set(2, 1, math.NaN()) })}, ErrNotFinite, "starting factor 1 holds NaN in row 2, column 1"},
		{"NaN in a factor of a loss", 2, Options{Init: change(func(a []*mat.Dense) { a[1].Set(2, 1, math.NaN()) }), Algorithm: Generalized{Loss: Huber{}}}, ErrNotFinite, "starting factor 1"},
		{"nil factor", 2, Options{Init: change(func(a []*mat.Dense) { a[1] = nil })}, ErrShape, "factor 1 is nil"},
		{"wrong rows", 2, Options{Init: change(func(a []*mat.Dense) { a[2] = mat.NewDense(5, 2, nil) })}, ErrShape, "factor 2 is 5×2, want 2×2"},
		{"wrong rank", 3, Options{Init: Given{good()}}, ErrShape, "factor 0 is 4×2, want 4×3"},
		{"negative start", 2, Options{Methods: []Method{nil, HALS{}}, Init: change(func(a []*mat.Dense) { a[1].Set(2, 1, -7) })}, ErrOptions, "factor 1 holds -7 in row 2, column 1"},
		{"NaN in the start", 2, Options{Init: change(func(a []*mat.Dense) { a[2].Set(1, 0, math.NaN()) })}, ErrNotFinite, "factor 2 holds NaN in row 1, column 0"},
		{"infinite start", 2, Options{Init: change(func(a []*mat.Dense) { a[0].Set(3, 1, math.Inf(1)) })}, ErrNotFinite, "factor 0 holds +Inf in row 3, column 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Decompose(t.Context(), x, c.rank, &c.opts)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.message)
			require.Nil(t, r)
		})
	}
}

func TestDecomposeRejectsDataThatAreNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		x := planted(newRand(1), []int{4, 3, 2}, 2, true, 0.1)
		x.Set(bad, 2, 0, 1)
		_, err := Decompose(t.Context(), x, 2, nil)
		require.ErrorIs(t, err, ErrNotFinite)
		require.ErrorContains(t, err, "index [2 0 1]")
	}
	_, err := Decompose(t.Context(), tensor.NewDense([]int{2}, []float64{1, 1e200}), 1, nil)
	require.ErrorIs(t, err, ErrNotFinite)
	require.ErrorContains(t, err, "scale the data down")
}

func TestNewALSRejects(t *testing.T) {
	x := tensor.NewDense([]int{2, 3}, []float64{1, 2, 3, 4, 5, 6})
	a, b := mat.NewDense(2, 1, nil), mat.NewDense(3, 1, nil)
	update := begin(same(LeastSquares{}, 2), x.Dims(), 1)
	for _, c := range []struct {
		factors []*mat.Dense
		update  []Updater
		want    error
	}{
		{[]*mat.Dense{a}, update, ErrShape},
		{[]*mat.Dense{a, b}, update[:1], ErrShape},
		{[]*mat.Dense{nil, b}, update, ErrShape},
		{[]*mat.Dense{a, nil}, update, ErrShape},
		{[]*mat.Dense{b, a}, update, ErrShape},
		{[]*mat.Dense{a, mat.NewDense(3, 2, nil)}, update, ErrShape},
		{[]*mat.Dense{a, mat.NewDense(3, 1, []float64{0, math.NaN(), 0})}, update, ErrNotFinite},
	} {
		s, err := NewALS(x, c.factors, c.update)
		require.ErrorIs(t, err, c.want)
		require.Nil(t, s)
	}
}

// Nil options, the zero value and every default written out are one run.
func TestZeroOptionsAreTheDefaults(t *testing.T) {
	x := planted(newRand(3), []int{5, 4, 3}, 2, false, 0.1)
	var all []*Result
	for _, o := range []*Options{
		nil,
		{},
		{Methods: []Method{nil, LeastSquares{}}, Init: Random{}, Starts: 1, Stop: sweep.DefaultStop},
	} {
		r, err := Decompose(t.Context(), x, 2, o)
		require.NoError(t, err)
		all = append(all, r)
	}
	requireSameRun(t, all[0], all[1])
	requireSameRun(t, all[0], all[2])
}

// requireSameRun wants every number but the clock's the same, bit for bit.
func requireSameRun(t *testing.T, want, got *Result) {
	t.Helper()
	require.Equal(t, want.Model.Weights, got.Model.Weights)
	for n := range want.Model.Factors {
		require.True(t, mat.Equal(want.Model.Factors[n], got.Model.Factors[n]), "factor %d", n)
	}
	require.Equal(t, errorsOf(want.Trace), errorsOf(got.Trace))
	require.Equal(t, want.RelativeError, got.RelativeError)
	require.Equal(t, want.Status, got.Status)
	require.Equal(t, want.Start, got.Start)
	require.Equal(t, want.Starts, got.Starts)
}

func errorsOf(trace sweep.Trace) []float64 {
	e := make([]float64, len(trace))
	for k, p := range trace {
		e[k] = p.RelativeError
	}
	return e
}
