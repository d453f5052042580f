package dict

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The product with data whose unknown cells hold the model, from every form of the data.
func TestProductWithUnknownCellsOfTheModel(t *testing.T) {
	rng := newRand(4)
	dims := []int{5, 4, 6}
	x := noisy(rng, 0.2, drawn(rng, 5, 2, false), drawn(rng, 4, 2, false), drawn(rng, 6, 2, false))
	var factors []*mat.Dense
	for _, size := range dims {
		factors = append(factors, drawn(rng, size, 3, false))
	}
	data := workData(x)
	model := tensor.NewKruskal(factors...).Dense()
	filled := tensor.NewDense(dims, nil)
	masked := data["Masked"].(*tensor.Masked)
	for i := range dims[0] {
		for j := range dims[1] {
			for k := range dims[2] {
				filled.Set(model.At(i, j, k), i, j, k)
				if masked.IsKnown(i, j, k) {
					filled.Set(x.At(i, j, k), i, j, k)
				}
			}
		}
	}
	for _, kind := range []string{"Masked", "Masked.Exact", "Observed", "Observed.Imputing"} {
		p := &problem{x: data[kind]}
		p.known, p.rowwise = incomplete(p.x)
		require.NotNil(t, p.known)
		require.Equal(t, kind == "Masked.Exact" || kind == "Observed", p.rowwise)
		for n, size := range dims {
			want, got := mat.NewDense(size, 3, nil), mat.NewDense(size, 3, nil)
			filled.MTTKRP(want, factors, n)
			p.mttkrp(got, factors, n)
			require.True(t, mat.EqualApprox(want, got, 1e-11), "%s, mode %d", kind, n)
		}
	}
}

// The signal of a model is that of its unfoldings.
func TestSignalOfIncompleteData(t *testing.T) {
	rng := newRand(6)
	x := noisy(rng, 0, drawn(rng, 5, 2, false), drawn(rng, 4, 2, false), drawn(rng, 6, 2, false))
	data := workData(x)
	p, err := newProblem(data["Masked"], 2, []Mode{{N: 1, Dict: dictionary(t, drawn(rng, 4, 5, false))}}, &Options{Stop: sweep.Any(sweep.Target(1e-7), sweep.MaxSweeps(500))})
	require.NoError(t, err)
	_, err = p.relax(t.Context(), 0)
	require.NoError(t, err)
	z := p.signal(1, 2)
	want := mat.NewSymDense(4, nil)
	x.UnfoldingGram(want, 1)
	var got mat.Dense
	got.Mul(z, z.T())
	got.Sub(&got, want)
	require.Less(t, mat.Norm(&got, 2), 1e-3*mat.Norm(want, 2))
}

// A component that was taken for the one of no atom gives up that part in one exchange.
func TestExchangesOfRoles(t *testing.T) {
	for _, method := range []cpd.Method{cpd.LeastSquares{}, cpd.HALS{}} {
		rng := newRand(8)
		atoms := drawn(rng, 20, 40, true)
		d := dictionary(t, atoms)
		factors := []*mat.Dense{drawn(rng, 20, 4, true), drawn(rng, 9, 4, true), drawn(rng, 8, 4, true)}
		for r := range 3 {
			factors[0].SetCol(r, mat.Col(nil, r, atoms))
		}
		x := noisy(rng, 0.01, factors...)
		p, err := newProblem(x, 4, []Mode{{N: 0, Dict: d, Distinct: true, Free: assign.Bound{Min: 1, Max: 1}}}, &Options{Methods: same(method, 3)})
		require.NoError(t, err)
		decoy := p.nearestAtoms(&candidate{atoms: [][]int{{0, 1, 2, -1}}, factors: factors}, 0, 3)[0]
		c, err := p.refit(t.Context(), "", [][]int{{0, 1, -1, decoy}}, factors, sweep.MaxSweeps(3))
		require.NoError(t, err)
		next, err := Swap{Tries: 4}.improve(t.Context(), p, c)
		require.NoError(t, err)
		require.NotNil(t, next)
		require.Equal(t, []int{0, 1, 2, -1}, next.atoms[0])
	}
}

// The start from what atoms leave is the best fit of a matrix at once.
func TestStartFromWhatAtomsLeave(t *testing.T) {
	x, atoms, planted := plantedFree(5, []int{20, 60}, 5, 2, false, 0.05)
	p, err := newProblem(x, 5, []Mode{{N: 0, Dict: dictionary(t, atoms), Free: assign.Bound{Min: 2, Max: 2}}}, nil)
	require.NoError(t, err)
	k := []int{-1, planted[0], planted[1], -1, planted[2]}
	rng := newRand(1)
	start := p.leftStart(k, []*mat.Dense{drawn(rng, 20, 5, false), drawn(rng, 60, 5, false)})
	c, err := p.refit(t.Context(), "", [][]int{k}, start, sweep.MaxSweeps(6))
	require.NoError(t, err)
	z := mat.NewDense(20, 60, x.Data())
	require.InEpsilon(t, leftBy(p.modes[0].Dict, z, planted, 2), p.loss(c), 1e-4)
}
