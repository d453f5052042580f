package dict

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/tensor"
)

// y is the projection of t onto a convex set where ⟨t − y, z − y⟩ ≤ 0 for all z in it.
func TestProjectionNearAnAtom(t *testing.T) {
	for seed := range uint64(200) {
		rng := newRand(seed)
		rows := 2 + rng.IntN(7)
		nonnegative, physical := seed%2 == 0, seed/2%2 == 0
		d := drawn(rng, rows, 1, true)
		m := Mode{Dict: dictionary(t, d), Physical: physical, Tolerance: 0.02 + 0.9*rng.Float64()}
		u := approached{d, []bool{false}, m.Tolerance, physical, nonnegative}.Begin(rows, 1)
		if physical {
			u = u.(scaledApproacher).approacher
		}
		a := u.(*approacher)
		copy(a.t, mat.Col(nil, 0, drawn(rng, rows, 1, false)))
		floats.AddScaled(a.t, 2*rng.NormFloat64(), d.RawMatrix().Data)
		a.project(0)
		size := 1 + floats.Norm(a.t, 2)
		inside := func(z []float64) bool {
			if nonnegative && floats.Min(z) < 0 {
				return false
			}
			return floats.Norm(z, 2) == 0 || m.distance(mat.NewDense(rows, 1, z), 0, 0) <= m.Tolerance*(1+1e-9)
		}
		require.True(t, inside(a.y), "seed %d: %v, distance %v of %v", seed, a.y, m.distance(mat.NewDense(rows, 1, a.y), 0, 0), m.Tolerance)
		for range 400 {
			z := m.Dict.Atom(0)
			by := 1.0
			if !physical {
				by = rng.ExpFloat64()
			}
			floats.Scale(by, z)
			far := by * m.Tolerance * floats.Norm(m.Dict.Atom(0), 2) * rng.Float64() / math.Sqrt(float64(rows))
			for i := range z {
				z[i] += far * rng.NormFloat64()
			}
			if !inside(z) {
				continue
			}
			product := 0.0
			for i := range z {
				product += (a.t[i] - a.y[i]) * (z[i] - a.y[i])
			}
			require.LessOrEqual(t, product, 1e-4*size*size, "seed %d, nonnegative %v, physical %v: %v for %v", seed, nonnegative, physical, a.y, a.t)
		}
	}
}

// Spectra of another instrument: the atoms are found, the columns end near them and no
// farther than allowed, and fit better than the atoms themselves.
func TestAtomsAreApproached(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	for _, dims := range [][]int{{20, 40}, {20, 9, 8}} {
		for _, method := range []cpd.Method{cpd.LeastSquares{}, cpd.HALS{}} {
			for _, physical := range []bool{false, true} {
				for _, seed := range seeds(1, 1) {
					what := fmt.Sprintf("%v, %T, physical %v, seed %d", dims, method, physical, seed)
					rng := newRand(seed)
					atoms := drawn(rng, 20, 30, true)
					planted := rng.Perm(30)[:3]
					factors := []*mat.Dense{atomsNear(rng.NormFloat64, atoms, planted, 0.05)}
					for _, size := range dims[1:] {
						factors = append(factors, drawn(rng, size, 3, true))
					}
					x := noisy(rng, 0.002, factors...)
					mode := Mode{N: 0, Dict: dictionary(t, atoms), Distinct: true, Physical: physical}
					o := Options{Methods: same(method, len(dims))}
					exact, err := Decompose(t.Context(), x, 3, []Mode{mode}, &o)
					require.NoError(t, err, what)
					require.Nil(t, exact.Distances)
					last := exact.RelativeError
					for _, tolerance := range []float64{0.02, 0.08} {
						mode.Tolerance = tolerance
						r, err := Decompose(t.Context(), x, 3, []Mode{mode}, &o)
						require.NoError(t, err, what)
						require.InDelta(t, slowError(x, r.Model), r.RelativeError, 1e-7, what)
						require.ElementsMatch(t, planted, r.Atoms[0], what)
						require.Less(t, r.RelativeError, last, what)
						last = r.RelativeError
						require.Nil(t, r.Distances[1])
						for c, d := range r.Distances[0] {
							require.LessOrEqual(t, d, tolerance*(1+1e-9), what)
							require.InDelta(t, mode.distance(r.Factors[0], c, r.Atoms[0][c]), d, 1e-12, what)
							require.Greater(t, d, 0.01, what)
						}
						if method.Nonnegative() {
							require.GreaterOrEqual(t, mat.Min(r.Model.Factors[0]), 0.0, what)
						}
						for k := 1; k < len(r.Trace); k++ {
							require.LessOrEqual(t, r.Trace[k].RelativeError, r.Trace[k-1].RelativeError*(1+1e-9)+1e-9, "%s, sweep %d", what, k+1)
						}
					}
					require.Less(t, last, 0.004, what)
				}
			}
		}
	}
}

// atomsNear are these atoms, each with a deviation of that relative norm.
func atomsNear(normal func() float64, atoms *mat.Dense, k []int, by float64) *mat.Dense {
	rows, _ := atoms.Dims()
	a := mat.NewDense(rows, len(k), nil)
	for r, j := range k {
		v := mat.Col(nil, j, atoms)
		e := make([]float64, rows)
		for i := range e {
			e[i] = normal()
		}
		floats.AddScaled(v, by*floats.Norm(v, 2)/floats.Norm(e, 2), e)
		a.SetCol(r, v)
	}
	clamp(a.RawMatrix().Data)
	return a
}

func TestToleranceBesideFreeComponents(t *testing.T) {
	racetest.Skip(t, "many fits, and no goroutine of its own")
	x, atoms, _ := plantedFree(2, []int{20, 9, 8}, 4, 1, true, 0.01)
	mode := Mode{N: 0, Dict: dictionary(t, atoms), Distinct: true, Tolerance: 0.03, Free: assign.Bound{Min: 1, Max: 1}}
	for kind, y := range workData(x) {
		r, err := Decompose(t.Context(), y, 4, []Mode{mode}, &Options{Methods: same(cpd.HALS{}, 3)})
		if kind == "Masked.Exact" || kind == "Observed" {
			require.ErrorIs(t, err, ErrOptions)
			require.ErrorContains(t, err, "use the imputing form")
			continue
		}
		require.NoError(t, err, kind)
		require.Less(t, r.RelativeError, 0.03, kind)
		for c, j := range r.Atoms[0] {
			require.Equal(t, j < 0, math.IsNaN(r.Distances[0][c]), kind)
		}
	}
}

func TestToleranceIsRefused(t *testing.T) {
	x, atoms, _ := plantedFree(2, []int{20, 9, 8}, 4, 1, true, 0.01)
	d := dictionary(t, atoms)
	signed := dictionary(t, drawn(newRand(1), 20, 9, false))
	for _, c := range []struct {
		mode   Mode
		method cpd.Method
		says   string
	}{
		{Mode{Dict: d, Tolerance: 1}, nil, "from 0 to below 1"},
		{Mode{Dict: d, Tolerance: math.NaN()}, nil, "from 0 to below 1"},
		{Mode{Dict: d, Tolerance: 0.1, PerComponent: 2}, nil, "no Tolerance"},
		{Mode{Dict: d, Tolerance: 0.1, Tied: []Tied{{1, dictionary(t, drawn(newRand(1), 9, 40, true))}}}, nil, "no product"},
		{Mode{Dict: d, Tolerance: 0.1}, cpd.FCLS{}, "use LeastSquares or HALS"},
		{Mode{Dict: signed, Tolerance: 0.1}, cpd.HALS{}, "negative entries"},
	} {
		_, err := Decompose(t.Context(), x, 4, []Mode{c.mode}, &Options{Methods: []cpd.Method{c.method}})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorContains(t, err, c.says)
	}
	m := []Mode{{Dict: d, Tolerance: 0.1}}
	r, err := Decompose(t.Context(), tensor.Tensor(x), 4, m, nil)
	require.NoError(t, err)
	_, err = Examine(t.Context(), x, r, m, nil)
	require.ErrorContains(t, err, "without Tolerance")
}
