package assign

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// Both rows want column 0; row 1 gives way at a price of 1.
func contested() *mat.Dense {
	return mat.NewDense(2, 4, []float64{
		1, 5, 9, inf,
		1, 2, 9, 3,
	})
}

func (r *Result) copy() *Result {
	return &Result{slices.Clone(r.Col), r.Cost, slices.Clone(r.U), slices.Clone(r.V), slices.Clone(r.W)}
}

func TestCertifyRejects(t *testing.T) {
	good, err := Solve(contested())
	require.NoError(t, err)
	require.Equal(t, &Result{Col: []int{0, 1}, Cost: 3, U: []float64{2, 2}, V: []float64{-1, 0, 0, 0}}, good)

	for _, c := range []struct {
		name  string
		spoil func(r *Result)
		text  string
	}{
		{"short Col", func(r *Result) { r.Col = r.Col[:1] }, "1 Col"},
		{"short U", func(r *Result) { r.U = nil }, "0 U"},
		{"short V", func(r *Result) { r.V = r.V[:3] }, "3 V"},
		{"column out of range", func(r *Result) { r.Col[1] = 4 }, "row 1 has column 4 of 4"},
		{"unplaced row", func(r *Result) { r.Col[1] = -1 }, "row 1 has column -1"},
		{"column twice", func(r *Result) { r.Col[1] = 0 }, "row 1 has column 0, which another row has"},
		{"forbidden pair", func(r *Result) { r.Col[0] = 3 }, "row 0 has column 3, a forbidden pair"},
		{"wrong cost", func(r *Result) { r.Cost += 1e-9 }, "the assignment costs 3"},
		{"NaN cost", func(r *Result) { r.Cost = math.NaN() }, "the assignment costs 3"},
		{"positive V", func(r *Result) { r.V[0] = 1 }, "V[0] is 1"},
		{"NaN V", func(r *Result) { r.V[2] = math.NaN() }, "V[2] is NaN"},
		{"infinite V", func(r *Result) { r.V[0] = -inf }, "V[0] is -Inf"},
		{"V of a free column", func(r *Result) { r.V[2] = -1 }, "V[2] is -1 though column 2 is free"},
		{"NaN U", func(r *Result) { r.U[1] = math.NaN() }, "U[1] is NaN"},
		{"infinite U", func(r *Result) { r.U[1] = -inf }, "U[1] is -Inf"},
		{"dual infeasible", func(r *Result) { r.U[1] += 1e-9 }, "row 1 and column 0 exceeds its cost"},
		{"not tight", func(r *Result) { r.U[0] -= 1e-9 }, "row 0 has column 0 at cost 1"},
		// A valid assignment, feasible duals, but columns exchanged: not the least cost.
		{"not optimal", func(r *Result) { r.Col, r.Cost = []int{1, 0}, 6 }, "not tight"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := good.copy()
			c.spoil(bad)
			err := Certify(contested(), bad)
			require.ErrorIs(t, err, ErrCertificate)
			require.ErrorContains(t, err, c.text)
		})
	}
	require.ErrorIs(t, Certify(contested(), nil), ErrCertificate)
	require.ErrorIs(t, Certify(mat.NewDense(1, 1, []float64{math.NaN()}), good), ErrCost)
	require.ErrorIs(t, Certify(mat.NewDense(2, 1, nil), good), ErrShape)
}

// Slacks that pass one by one may add up to a gap.
func TestCertifyRejectsGap(t *testing.T) {
	cost := mat.NewDense(4, 4, nil)
	for i := range 4 {
		for j := range 4 {
			if i != j {
				cost.Set(i, j, 1)
			}
		}
	}
	r, err := Solve(cost)
	require.NoError(t, err)
	for i := range r.U {
		r.U[i] -= 0.9 * tolerance(cost)
	}
	require.ErrorContains(t, Certify(cost, r), "cost and dual value differ")
}

func TestCertifyBoundedRejects(t *testing.T) {
	// Columns 0, 1 are cheap, at most one of them; column 3 is dear, but its group must be used.
	cost := mat.NewDense(3, 5, []float64{
		1, 2, 5, 9, 5,
		1, 1, 6, 8, 6,
		2, 1, 7, 9, 6,
	})
	group := []int{0, 0, 1, 2, 1}
	bounds := []Bound{{0, 1}, {0, -1}, {1, 1}}
	good, err := SolveBounded(cost, group, bounds)
	require.NoError(t, err)
	require.Equal(t, 14.0, good.Cost) // 5 + 8 + 1
	require.Equal(t, []int{2, 3, 1}, good.Col)
	require.Less(t, good.W[0], 0.0)
	require.Equal(t, 0.0, good.W[1])
	require.NoError(t, CertifyBounded(cost, group, bounds, good))
	require.Error(t, Certify(cost, good), "not optimal without the bounds")

	for _, c := range []struct {
		name   string
		spoil  func(r *Result)
		bounds []Bound
		text   string
	}{
		{"no W", func(r *Result) { r.W = nil }, bounds, "0 W"},
		{"NaN W", func(r *Result) { r.W[1] = math.NaN() }, bounds, "W[1] is NaN"},
		{"above Max", func(r *Result) { r.Col = []int{0, 3, 1}; r.Cost = 10 }, bounds, "group 0 has 2 columns used, outside 0..1"},
		{"below Min", func(r *Result) {}, []Bound{{0, 1}, {2, -1}, {0, 1}}, "group 1 has 1 columns used, outside 2..∞"},
		{"W > 0 above Min", func(r *Result) { r.W[1] = 1e-9 }, bounds, "W[1] is 1e-09 > 0"},
		{"W < 0 below Max", func(r *Result) { r.W[1] = -1e-9 }, bounds, "W[1] is -1e-09 < 0"},
		{"dual infeasible", func(r *Result) { r.W[0] += 1 }, []Bound{{1, 1}, {0, -1}, {1, 1}}, "exceeds its cost"},
		{"not tight", func(r *Result) { r.W[0]-- }, bounds, "not tight"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bad := good.copy()
			c.spoil(bad)
			err := CertifyBounded(cost, group, c.bounds, bad)
			require.ErrorIs(t, err, ErrCertificate)
			require.ErrorContains(t, err, c.text)
		})
	}
	require.ErrorIs(t, CertifyBounded(cost, group[:2], bounds, good), ErrShape)
	require.ErrorIs(t, CertifyBounded(cost, group, bounds[:1], good), ErrBounds)
	require.ErrorIs(t, CertifyBounded(cost, group, []Bound{{4, 4}, {0, -1}, {1, 1}}, good), ErrBounds)
}

// lazy gives row i column i, as solvers go that are right when no solver is needed.
type lazy struct{}

func (lazy) Solve(cost mat.Matrix) (*Result, error) {
	rows, cols := cost.Dims()
	r := &Result{U: make([]float64, rows), V: make([]float64, cols)}
	for i := range rows {
		r.Col = append(r.Col, i)
		r.U[i] = cost.At(i, i)
		r.Cost += cost.At(i, i)
	}
	return r, nil
}

type failing struct{ error }

func (f failing) Solve(mat.Matrix) (*Result, error) { return nil, f.error }

func TestSolveWithTakesNoOnesWord(t *testing.T) {
	easy := mat.NewDense(2, 2, []float64{0, 1, 1, 0})
	hard := mat.NewDense(2, 2, []float64{1, 0, 0, 1})
	var s Solver = ShortestAugmentingPath{}
	for _, cost := range []*mat.Dense{easy, hard, contested()} {
		want, err := Solve(cost)
		require.NoError(t, err)
		got, err := SolveWith(s, cost)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	r, err := SolveWith(lazy{}, easy)
	require.NoError(t, err)
	require.Equal(t, []int{0, 1}, r.Col)

	r, err = SolveWith(lazy{}, hard)
	require.Nil(t, r)
	require.ErrorIs(t, err, ErrCertificate)

	own := errors.New("own")
	_, err = SolveWith(failing{own}, easy)
	require.ErrorIs(t, err, own)
	_, err = SolveWith(failing{nil}, easy)
	require.ErrorIs(t, err, ErrCertificate)
}
