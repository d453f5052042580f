package cpd

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/linalg"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// requireSameDirections wants every column of b to be a positive multiple of a
// column of a, and every column of a to be met.
func requireSameDirections(t *testing.T, a, b *mat.Dense) {
	t.Helper()
	_, rank := a.Dims()
	met := map[int]bool{}
	for r := range rank {
		for q := range rank {
			u, v := a.ColView(r), b.ColView(q)
			if mat.Dot(u, v) >= (1-8*eps)*mat.Norm(u, 2)*mat.Norm(v, 2) {
				met[r] = true
			}
		}
	}
	require.Len(t, met, rank)
}

func TestFixedFactorStays(t *testing.T) {
	rng := newRand(4)
	for _, dims := range [][]int{{6, 5}, {6, 5, 4}, {3, 4, 3, 4}} {
		x := planted(rng, dims, 3, true, 0.1)
		start := drawnFactors(rng, dims, 3, true)
		for _, fixed := range [][]int{{0}, {len(dims) - 1}, {0, 1}} {
			methods := same(HALS{}, len(dims))
			for _, n := range fixed {
				methods[n] = Fixed{}
			}
			update := begin(methods, dims, 3)
			s, err := NewALS(x, start, update)
			require.NoError(t, err)
			for range 5 {
				_, err = s.Sweep()
				require.NoError(t, err)
			}
			r, err := Decompose(t.Context(), x, 3, &Options{Methods: methods, Init: Given{start}, Stop: sweep.MaxSweeps(5)})
			require.NoError(t, err)
			for _, n := range fixed {
				require.True(t, mat.Equal(start[n], s.Factors()[n]), "bit for bit during the run")
				requireSameDirections(t, start[n], r.Model.Factors[n])
			}
		}
	}
}

// With every mode fixed the run measures the start: Given is used as it is, and
// not changed.
func TestGivenIsUsedAsItIs(t *testing.T) {
	rng := newRand(4)
	x := planted(rng, []int{6, 5, 4}, 3, true, 0.1)
	start := drawnFactors(rng, []int{6, 5, 4}, 3, false)
	kept := tensor.NewKruskal(start...).Clone()
	r, err := Decompose(t.Context(), x, 3, &Options{Methods: same(Fixed{}, 3), Init: Given{start}})
	require.NoError(t, err)
	require.Equal(t, sweep.Converged, r.Status)
	require.InEpsilon(t, slowError(x, kept), r.RelativeError, 1e-12)

	_, err = Decompose(t.Context(), x, 3, &Options{Init: Given{start}})
	require.NoError(t, err)
	for n := range start {
		require.True(t, mat.Equal(kept.Factors[n], start[n]), "the start is read only")
	}
}

// The abundances come out of the model again: scales c_r exist with which the
// unit columns have rows that sum to one, namely the norms.
func TestFCLSRowsSumToOne(t *testing.T) {
	rng := newRand(6)
	dims := []int{40, 6, 5}
	truth := drawnFactors(rng, dims, 3, true)
	for i := range dims[0] {
		row := truth[0].RawRowView(i)
		sum := row[0] + row[1] + row[2]
		for r := range row {
			row[r] /= sum
		}
	}
	x := tensor.NewKruskal(truth...).Dense()
	methods := []Method{FCLS{}, HALS{}, HALS{}}

	s, err := NewALS(x, drawnFactors(rng, dims, 3, true), begin(methods, dims, 3))
	require.NoError(t, err)
	for range 30 {
		_, err := s.Sweep()
		require.NoError(t, err)
		for i := range dims[0] {
			row := s.Factors()[0].RawRowView(i)
			require.InDelta(t, 1, row[0]+row[1]+row[2], 8*eps, "row %d: the columns of a Scaled updater are not rescaled", i)
			require.GreaterOrEqual(t, min(row[0], row[1], row[2]), 0.0)
		}
	}

	r, err := Decompose(t.Context(), x, 3, &Options{Methods: methods})
	require.NoError(t, err)
	a := r.Model.Factors[0]
	ones := mat.NewVecDense(dims[0], nil)
	for i := range dims[0] {
		ones.SetVec(i, 1)
	}
	var c, sums mat.VecDense
	require.NoError(t, c.SolveVec(a, ones))
	sums.MulVec(a, &c)
	for i := range dims[0] {
		require.InDelta(t, 1, sums.AtVec(i), 1e-12)
	}
	require.Greater(t, mat.Min(&c), 0.0)
	require.Less(t, r.RelativeError, 1e-3)
}

// keeping is least squares that claims to keep its scale.
type keeping struct{ LeastSquares }

type keepingUpdater struct{ leastSquares }

func (keeping) Begin(int, int) Updater { return new(keepingUpdater) }
func (*keepingUpdater) KeepsScale()    {}

// The norms go to the last mode that does not keep its scale; everyone else's
// columns are unit.
func TestScaleIsCarriedByOneMode(t *testing.T) {
	rng := newRand(2)
	dims := []int{4, 5, 3, 2}
	x := planted(rng, dims, 2, true, 0.1)
	scaled := keeping{}
	for _, c := range []struct {
		methods []Method
		unit    []bool
	}{
		{[]Method{HALS{}, HALS{}, HALS{}, HALS{}}, []bool{true, true, true, false}},
		{[]Method{HALS{}, HALS{}, HALS{}, FCLS{}}, []bool{true, true, false, false}},
		{[]Method{HALS{}, scaled, HALS{}, FCLS{}}, []bool{true, false, false, false}},
		{[]Method{HALS{}, scaled, Fixed{}, FCLS{}}, []bool{false, false, false, false}},
		{[]Method{scaled, scaled, scaled, scaled}, []bool{false, false, false, false}},
	} {
		s, err := NewALS(x, drawnFactors(rng, dims, 2, true), begin(c.methods, dims, 2))
		require.NoError(t, err)
		for range 4 {
			_, err := s.Sweep()
			require.NoError(t, err)
			for n, a := range s.Factors() {
				for r := range 2 {
					if norm := mat.Norm(a.ColView(r), 2); c.unit[n] {
						require.InDelta(t, 1, norm, 8*eps)
					} else {
						require.Greater(t, math.Abs(norm-1), 1e-6, "%v mode %d", c.methods, n)
					}
				}
			}
		}
	}
}

// After an NNLS update the factor meets the optimality conditions of its problem;
// after a HALS update that was given passes enough it does too.
func TestUpdatesAreOptimal(t *testing.T) {
	for _, p := range corpus() {
		dims := p.x.Dims()
		_, rank := p.start[0].Dims()
		for n := range dims {
			s, err := NewALS(p.x, p.start, begin(same(NNLS{}, len(dims)), dims, rank))
			require.NoError(t, err)
			p.x.MTTKRP(s.m[n], s.Factors(), n)
			s.gramExcept(n)
			require.NoError(t, s.update[n].Update(s.factor[n], s.m[n], s.g))
			require.LessOrEqual(t, linalg.KKT(s.factor[n], s.m[n], s.g, false), 1e-10, "%s mode %d", p.name, n)

			f := new(fcls)
			require.NoError(t, f.Update(s.factor[n], s.m[n], s.g))
			require.LessOrEqual(t, linalg.KKT(s.factor[n], s.m[n], s.g, true), 1e-10, "%s mode %d", p.name, n)
		}
	}
}

// One pass of HALS is the published column update, written as such.
func TestHALSPassIsTheColumnUpdate(t *testing.T) {
	rng := newRand(3)
	for _, rows := range []int{1, 7, 255, 256, 257, 1500} {
		a, m, u := drawn(rng, rows, 4, true), drawn(rng, rows, 4, false), drawn(rng, 6, 4, false)
		g := mat.NewSymDense(4, nil)
		tensor.Gram(g, u)
		want := mat.DenseCopyOf(a)
		for r := range 4 {
			for i := range rows {
				dot := 0.0
				for q := range 4 {
					dot += want.At(i, q) * g.At(q, r)
				}
				v := max(0, want.At(i, r)+(m.At(i, r)-dot)/g.At(r, r))
				want.Set(i, r, v)
			}
		}
		require.NoError(t, HALS{Inner: 1}.Begin(rows, 4).Update(a, m, g))
		reviveTest(want)
		require.True(t, mat.EqualApprox(want, a, 1e-12), "%d rows", rows)
	}
}

// reviveTest is the documented rule for columns that become zero.
func reviveTest(a *mat.Dense) {
	rows, cols := a.Dims()
	for r := range cols {
		if mat.Max(a.ColView(r)) == 0 {
			for i := range rows {
				a.Set(i, r, 1e-16*mat.Max(a))
			}
		}
	}
}

// A column that the update makes zero becomes 1e-16 of the largest entry, by the norm of
// the rest of the components, and a zero factor stays zero.
func TestHALSRevivesColumns(t *testing.T) {
	g := mat.NewSymDense(2, []float64{1, 0, 0, 1})
	a := mat.NewDense(3, 2, []float64{1, 1, 1, 1, 1, 1})
	m := mat.NewDense(3, 2, []float64{2, -1, 8, -2, 0, -3})
	require.NoError(t, HALS{}.Begin(3, 2).Update(a, m, g))
	require.Equal(t, []float64{2, 8e-16, 8, 8e-16, 0, 8e-16}, a.RawMatrix().Data)

	a = mat.NewDense(3, 2, []float64{1, 1, 1, 1, 1, 1})
	require.NoError(t, HALS{}.Begin(3, 2).Update(a, m, mat.NewSymDense(2, []float64{1, 0, 0, 1 << 40})))
	require.InDeltaSlice(t, []float64{2, 8e-16 / (1 << 20), 8, 8e-16 / (1 << 20), 0, 8e-16 / (1 << 20)}, a.RawMatrix().Data, 1e-30)

	m.Apply(func(_, _ int, _ float64) float64 { return -1 }, m)
	require.NoError(t, HALS{}.Begin(3, 2).Update(a, m, g))
	require.Equal(t, make([]float64, 6), a.RawMatrix().Data)
}

// A component that was lost in one mode grows again when the data want it.
func TestHALSComponentComesBack(t *testing.T) {
	rng := newRand(12)
	dims := []int{8, 7, 6}
	x := planted(rng, dims, 2, true, 0)
	start := drawnFactors(rng, dims, 2, true)
	for i := range dims[2] {
		start[2].Set(i, 1, 1e-16)
	}
	r, err := Decompose(t.Context(), x, 2, &Options{Methods: same(HALS{}, 3), Init: Given{start}})
	require.NoError(t, err)
	require.Less(t, r.RelativeError, 1e-3)
	require.Greater(t, r.Model.Weights[1], 1e-2*r.Model.Weights[0])
}

// No component is longer than the data, at any time, as none of factors ≥ 0 can be that
// was solved for. Those that die in one mode come back as small as they were, whatever
// their columns hold in the others.
func TestHALSComponentsAreNoLongerThanTheData(t *testing.T) {
	racetest.Slow(t)
	for _, p := range corpus() {
		order := len(p.x.Dims())
		_, rank := p.start[0].Dims()
		if order < 3 || rank < 4 {
			continue
		}
		for seed := range uint64(2) {
			start := p.start
			if seed > 0 {
				start = drawnFactors(newRand(1000+seed), p.x.Dims(), rank, true)
			}
			for _, method := range []Method{HALS{}, HALS{Inner: 1}, HALS{Inner: 100, Delta: -1}} {
				s, err := NewALS(p.x, start, begin(same(method, order), p.x.Dims(), rank))
				require.NoError(t, err)
				sweep := 0
				s.moved = func(n int) {
					for r, size := range s.scale {
						if sweep == 0 {
							continue // the start may be of any size
						}
						for _, a := range s.factor {
							raw := a.RawMatrix()
							size *= columnNorm(raw.Data, raw.Rows, raw.Stride, r)
						}
						if !(size <= (1+1e-9)*math.Sqrt(s.xx)) {
							require.LessOrEqual(t, size/math.Sqrt(s.xx), 1.0, "%s, seed %d, %+v, sweep %d, mode %d, component %d", p.name, seed, method, sweep, n, r)
						}
					}
				}
				before := math.Inf(1)
				for ; sweep < 30; sweep++ {
					point, err := s.Sweep()
					require.NoError(t, err)
					if !(point.RelativeError <= before+1e-9) {
						require.LessOrEqual(t, point.RelativeError, before, "%s, seed %d, %+v, sweep %d", p.name, seed, method, sweep)
					}
					before = point.RelativeError
				}
			}
		}
	}
}
