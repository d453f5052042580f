package cpd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/constraint"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Smooth is the solution of the whole linear system, I·R unknowns at once.
func TestSmoothSolvesTheSystem(t *testing.T) {
	for _, rows := range []int{1, 2, 3, 4, 9} {
		for _, weight := range []float64{0, 0.3, 40} {
			p := newSubproblem(rows, 3, 1, 0.7, 5)
			second := mat.NewDense(rows, rows, nil) // LᵀL
			for k := 0; k+2 < rows; k++ {
				l := []float64{1, -2, 1}
				for i := range 3 {
					for j := range 3 {
						second.Set(k+i, k+j, second.At(k+i, k+j)+l[i]*l[j])
					}
				}
			}
			system := mat.NewDense(3*rows, 3*rows, nil)
			right := mat.NewVecDense(3*rows, nil)
			for i := range rows {
				for r := range 3 {
					right.SetVec(3*i+r, p.m.At(i, r))
					for q := range 3 {
						system.Set(3*i+r, 3*i+q, p.g.At(r, q))
					}
					for j := range rows {
						system.Set(3*i+r, 3*j+r, system.At(3*i+r, 3*j+r)+weight*second.At(i, j))
					}
				}
			}
			var want mat.VecDense
			require.NoError(t, want.SolveVec(system, right))
			a := mat.DenseCopyOf(p.a)
			require.NoError(t, Smooth{Weight: weight}.Begin(rows, 3).Update(a, p.m, p.g))
			require.InDeltaSlice(t, want.RawVector().Data, a.RawMatrix().Data, 1e-9*mat.Norm(&want, 2), "%d rows, weight %g", rows, weight)
			require.LessOrEqual(t, KKT(constraint.Smooth{Weight: weight}, a, p.m, p.g), 1e-12)
		}
	}
}

// The polar factor has the largest ⟨M, A⟩ of all orthonormal factors, the sum of the
// singular values of M.
func TestOrthogonalIsTheBest(t *testing.T) {
	for _, dims := range [][2]int{{1, 1}, {3, 1}, {3, 3}, {8, 3}} {
		p := newSubproblem(dims[0], dims[1], 1, 0.7, 6)
		a := mat.DenseCopyOf(p.a)
		require.NoError(t, Orthogonal{}.Begin(dims[0], dims[1]).Update(a, p.m, p.g))
		require.Zero(t, constraint.Orthogonal{}.Value(a))
		var svd mat.SVD
		require.True(t, svd.Factorize(p.m, mat.SVDNone))
		most := 0.0
		for _, s := range svd.Values(nil) {
			most += s
		}
		var am mat.Dense
		am.Mul(a.T(), p.m)
		require.InEpsilon(t, most, mat.Trace(&am), 1e-12)
	}
}

// A tensor with an orthonormal factor is decomposed again, beside free and
// nonnegative modes.
func TestOrthogonalFactorIsRecovered(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(81)
	dims := []int{9, 7, 6}
	truth := drawnFactors(rng, dims, 3, true)
	constraint.Orthogonal{}.Prox(truth[0], 1)
	x := tensor.NewKruskal(truth...).Dense()
	for _, methods := range [][]Method{
		{Orthogonal{}, LeastSquares{}, LeastSquares{}},
		{Orthogonal{}, HALS{}, NNLS{}},
		{ADMM{Constraint: constraint.Orthogonal{}}, LeastSquares{}, LeastSquares{}},
	} {
		r, err := Decompose(t.Context(), x, 3, &Options{Methods: methods, Starts: 3, Stop: sweep.Any(sweep.Target(1e-10), sweep.MaxSweeps(2000))})
		require.NoError(t, err)
		require.LessOrEqual(t, r.RelativeError, 1e-9, "%T", methods[0])
		require.Zero(t, constraint.Orthogonal{}.Value(r.Model.Factors[0]))
	}
	_, err := Decompose(t.Context(), x, 8, &Options{Methods: []Method{nil, Orthogonal{}}})
	require.ErrorIs(t, err, ErrOptions)
	require.ErrorContains(t, err, "mode 1")
	require.ErrorContains(t, err, "8 columns of length 7")
}

// The other columns are those that the whole problem has with the known ones put
// in: of A·G = M the optimality conditions of the free columns hold.
func TestFixedColumnsAreKept(t *testing.T) {
	p := newSubproblem(10, 4, 1, 0.7, 7)
	known := drawn(newRand(8), 10, 2, false)
	for _, rest := range []Method{nil, NNLS{}, ADMM{Constraint: constraint.Monotone{}, Inner: 20000, Tol: 1e-12}} {
		m := FixedColumns{Index: []int{3, 1}, Columns: known, Rest: rest}
		a := mat.DenseCopyOf(p.a)
		require.NoError(t, m.Begin(10, 4).Update(a, p.m, p.g))
		require.Zero(t, constraint.Known{Index: m.Index, Columns: known}.Value(a))
		var gradient mat.Dense
		gradient.Mul(a, p.g)
		gradient.Sub(&gradient, p.m)
		best := p.objective(constraint.Box{Lo: math.Inf(-1), Hi: math.Inf(1)}, a)
		switch rest.(type) {
		case nil:
			for _, r := range []int{0, 2} {
				require.LessOrEqual(t, mat.Norm(gradient.ColView(r), 2), 1e-10*mat.Norm(p.m, 2))
			}
		default: // no small change of the free columns within the set is better
			rng := newRand(9)
			for range 2000 {
				b := mat.DenseCopyOf(a)
				for i := range 10 {
					for _, r := range []int{0, 2} {
						b.Set(i, r, b.At(i, r)+1e-3*rng.NormFloat64())
					}
				}
				free := mat.NewDense(10, 2, nil)
				for k, r := range []int{0, 2} {
					free.SetCol(k, mat.Col(nil, r, b))
				}
				if _, ok := rest.(NNLS); ok {
					constraint.Nonnegative{}.Prox(free, 1)
				} else {
					constraint.Monotone{}.Prox(free, 1)
				}
				for k, r := range []int{0, 2} {
					b.SetCol(r, mat.Col(nil, k, free))
				}
				require.GreaterOrEqual(t, p.objective(constraint.Box{Lo: math.Inf(-1), Hi: math.Inf(1)}, b), best-1e-9*math.Abs(best))
			}
		}
	}
}

// Known columns stand bit for bit from the start, whatever Init draws, with known
// data and with unknown cells; with all columns known the mode is Fixed.
func TestFixedColumnsInARun(t *testing.T) {
	racetest.Slow(t)
	rng := newRand(82)
	dims := []int{8, 7, 6}
	truth := drawnFactors(rng, dims, 3, true)
	x := tensor.NewKruskal(truth...).Dense()
	for n := range dims {
		known := mat.NewDense(dims[n], 2, nil)
		known.SetCol(0, mat.Col(nil, 2, truth[n]))
		known.SetCol(1, mat.Col(nil, 0, truth[n]))
		for _, rest := range []Method{nil, HALS{}, FixedColumns{Index: []int{0}, Columns: mat.DenseCopyOf(truth[n].Slice(0, dims[n], 1, 2))}} {
			m := FixedColumns{Index: []int{2, 0}, Columns: known, Rest: rest}
			methods := same(HALS{}, 3)
			methods[n] = m
			for form, y := range map[string]tensor.Tensor{"dense": x, "exact": masked(x, 83, 0.8).Exact(), "imputing": masked(x, 83, 0.8)} {
				start := drawnFactors(rng, dims, 3, true)
				for k, a := range start { // near the truth, for it is not the search that is tested
					a.Scale(0.2, a)
					a.Add(a, truth[k])
				}
				s, err := NewALS(y, start, begin(methods, dims, 3))
				require.NoError(t, err)
				var p sweep.Point
				for range 500 {
					p, err = s.Sweep()
					require.NoError(t, err)
				}
				require.Zero(t, constraint.Known{Index: m.Index, Columns: known}.Value(s.Factors()[n]), form)
				require.Less(t, p.RelativeError, 1e-2, "%s, mode %d, %T", form, n, rest)
			}
		}
	}
	for _, m := range []FixedColumns{
		{Index: []int{0}},
		{Index: []int{3}, Columns: mat.NewDense(8, 1, nil)},
		{Index: []int{0}, Columns: mat.NewDense(7, 1, nil)},
		{Index: []int{1, 1}, Columns: mat.NewDense(8, 2, nil)},
		{Index: []int{1}, Columns: mat.NewDense(8, 1, nil), Rest: Smooth{Weight: -1}},
	} {
		_, err := Decompose(t.Context(), x, 3, &Options{Methods: []Method{m}})
		require.ErrorIs(t, err, ErrOptions)
		require.ErrorIs(t, err, constraint.ErrParameter)
		require.ErrorContains(t, err, "mode 0")
	}
}

// The counts that the paper's formula gives for a matrix, and that a sparse tensor
// gives by its nonzeros.
func TestAcceleratedHALSCountsPasses(t *testing.T) {
	x := tensor.NewDense([]int{200, 300}, nil)
	// ρ_U = 1 + (mn + nr)/(m(r + 1)) = 1 + (60000 + 300·10)/(200·11) = 29.63…
	require.Equal(t, HALS{Inner: 15}, AcceleratedHALS{}.on(x, 0, 10))
	// ρ_V = 1 + (60000 + 200·10)/(300·11) = 19.78…
	require.Equal(t, HALS{Inner: 10}, AcceleratedHALS{}.on(x, 1, 10))
	require.Equal(t, HALS{Inner: 1}, AcceleratedHALS{Alpha: -1}.on(x, 1, 10))
	require.Equal(t, HALS{Inner: 30, Delta: 0.2}, AcceleratedHALS{Alpha: 1, Epsilon: 0.2}.on(x, 0, 10))
}

// A pass of MU is the published update where nothing is negative.
func TestMUIsThePublishedUpdate(t *testing.T) {
	rng := newRand(84)
	for _, rows := range []int{1, 7, 300} {
		a, m, u := drawn(rng, rows, 4, true), drawn(rng, rows, 4, true), drawn(rng, 6, 4, true)
		g := mat.NewSymDense(4, nil)
		tensor.Gram(g, u)
		var below, want mat.Dense
		below.Mul(a, g)
		want.MulElem(a, m)
		want.DivElem(&want, &below)
		require.NoError(t, MU{}.Begin(rows, 4).Update(a, m, g))
		require.True(t, mat.EqualApprox(&want, a, 1e-14))
	}
}
