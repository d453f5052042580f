package dict

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// workCase is a method for mode 0, the constraint that its factor is to meet, if any.
type workCase struct {
	method cpd.Method
	is     constraint.Constraint
}

func workCases() []workCase {
	all := []workCase{
		{cpd.LeastSquares{}, nil},
		{cpd.HALS{}, constraint.Nonnegative{}},
		{cpd.NNLS{}, constraint.Nonnegative{}},
		{cpd.AcceleratedHALS{}, constraint.Nonnegative{}},
		{cpd.MU{}, constraint.Nonnegative{}},
		{cpd.FCLS{}, constraint.Simplex{}},
		{cpd.Orthogonal{}, constraint.Orthogonal{}},
		{cpd.Smooth{Weight: 1e-4}, nil},
	}
	for _, c := range []constraint.Constraint{
		constraint.Nonnegative{},
		constraint.Box{Lo: 0.1, Hi: 0.8},
		constraint.L1{Weight: 1e-4},
		constraint.L0{K: 3},
		constraint.L0{K: 1, ByRow: true},
		constraint.Simplex{},
		constraint.Simplex{ByColumn: true},
		constraint.Ball{},
		constraint.Sphere{},
		constraint.Smooth{Weight: 1e-4},
		constraint.Monotone{},
		constraint.Unimodal{},
		constraint.Orthogonal{},
	} {
		all = append(all, workCase{cpd.ADMM{Constraint: c}, c}, workCase{cpd.FastGradient{Constraint: c}, c})
	}
	return all
}

// workModes are the models: what the dictionaries of modes 1 and 2 hold is planted.
func workModes(one, two *Dictionary) map[string][]Mode {
	half := []int{0, 0, 0, 0, 1, 1, 1, 1}
	bounds := []assign.Bound{{Min: 1, Max: 1}, {Min: 0, Max: 2}}
	return map[string][]Mode{
		"a dictionary":     {{N: 1, Dict: one, Distinct: true}},
		"libraries":        {{N: 1, Dict: one, Distinct: true, Physical: true, Group: half, Bounds: bounds}},
		"several modes":    {{N: 1, Dict: one, Distinct: true, Physical: true, Group: half, Bounds: bounds}, {N: 2, Dict: two, Physical: true}},
		"a free component": {{N: 1, Dict: one, Distinct: true, Free: assign.Bound{Min: 1, Max: 1}}},
	}
}

// workData is x as every kind of data.
func workData(x *tensor.Dense) map[string]tensor.Tensor {
	rng := newRand(9)
	known := make([]bool, len(x.Data()))
	single := make([]float32, len(known))
	dims := x.Dims()
	var sparse [][]int32
	var values, every []float64
	all := make([][]int32, len(dims))
	for range dims {
		sparse = append(sparse, nil)
	}
	for at, v := range x.Data() {
		known[at], single[at] = rng.Float64() < 0.85, float32(v)
		left := at
		for n := len(dims) - 1; n >= 0; n-- {
			i := int32(left % dims[n])
			left /= dims[n]
			all[n] = append(all[n], i)
			if known[at] {
				sparse[n] = append(sparse[n], i)
			}
		}
		every = append(every, v)
		if known[at] {
			values = append(values, v)
		}
	}
	whole, err := tensor.NewSparse(dims, all, every)
	if err != nil {
		panic(err)
	}
	some, err := tensor.NewSparse(dims, sparse, values)
	if err != nil {
		panic(err)
	}
	masked, observed := tensor.NewMasked(x, known), tensor.NewObserved(some)
	return map[string]tensor.Tensor{
		"Dense": x, "Dense32": tensor.NewDense32(dims, single), "Sparse": whole,
		"Masked": masked, "Masked.Exact": masked.Exact(), "Observed": observed, "Observed.Imputing": observed.Imputing(),
	}
}

// Every model with every kind of data, and either of them with every constraint on
// another mode, fits what is planted under its constraint, or is refused before any
// work with a word on what to use.
func TestModelsDataAndConstraints(t *testing.T) {
	racetest.Skip(t, "a thousand fits; TestModelsAndData has some of them")
	works(t, workCases())
}

// The same with the plain method alone.
func TestModelsAndData(t *testing.T) {
	racetest.Slow(t)
	works(t, workCases()[:1])
}

func works(t *testing.T, cases []workCase) {
	fits := 0
	for k, c := range cases {
		rng := newRand(uint64(700 + k))
		one, two := dictionary(t, drawn(rng, 5, 8, true)), dictionary(t, drawn(rng, 4, 6, true))
		truth := []*mat.Dense{drawn(rng, 6, 2, true), one.Columns([]int{1, 6}, true), two.Columns([]int{0, 3}, true)}
		if c.is != nil {
			c.is.Prox(truth[0], 1e-6)
		}
		x := tensor.NewKruskal(truth...).Dense()
		var near []*mat.Dense // it is not the search for local minima that is tested
		for _, a := range truth {
			rows, _ := a.Dims()
			b := drawn(rng, rows, 2, true)
			b.Scale(0.3, b)
			b.Add(b, a)
			near = append(near, b)
		}
		models, data := workModes(one, two), workData(x)
		for _, model := range slices.Sorted(maps.Keys(models)) {
			for _, kind := range slices.Sorted(maps.Keys(data)) {
				if kind != "Dense" && model != "a dictionary" && k > 0 {
					continue
				}
				what := fmt.Sprintf("%s, %s, %+v", model, kind, c.method)
				modes, begun := models[model], false
				r, err := Decompose(t.Context(), data[kind], 2, modes, &Options{
					Methods: []cpd.Method{c.method, cpd.HALS{}, cpd.LeastSquares{}}, Stop: sweep.Any(sweep.Target(1e-4), sweep.MaxSweeps(40)), Init: cpd.Given{Factors: near},
					Observe: func(string, sweep.Point) error { begun = true; return nil },
				})
				if err != nil {
					require.ErrorIs(t, err, ErrOptions, what)
					require.ErrorContains(t, err, "use ", what)
					require.False(t, begun, what)
					require.True(t, strings.HasSuffix(kind, "Exact") || kind == "Observed", what)
					require.False(t, cpd.FactsOf(c.method).Separable, what)
					continue
				}
				fits++
				convex := cpd.FactsOf(c.method).Convex
				require.Less(t, r.RelativeError, map[bool]float64{true: 0.05, false: 0.35}[convex], what)
				require.InDelta(t, r.Model.RelativeError(data[kind]), r.RelativeError, 1e-12, what)
				require.InDelta(t, r.RelativeError, tensor.NewKruskal(r.Factors...).RelativeError(data[kind]), 1e-6, what)
				for i := range modes {
					m := &modes[i]
					requireAllowed(t, *m, r.Atoms[m.N])
					require.True(t, mat.EqualApprox(m.columns(r.Atoms[m.N], r.Factors[m.N]), r.Factors[m.N], 1e-14), what)
				}
				if c.is != nil {
					require.False(t, math.IsInf(c.is.Value(r.Factors[0]), 1), "%s: outside of its constraint\n%v", what, mat.Formatted(r.Factors[0]))
				}
			}
		}
	}
	t.Logf("%d fits", fits)
}
