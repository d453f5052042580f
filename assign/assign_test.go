package assign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

var inf = math.Inf(1)

func TestSolveStaysCertifiedAtSize(t *testing.T) {
	for _, dims := range [][2]int{{500, 500}, {10, 100_000}, {30, 20_000}, {100, 900}} {
		for _, kind := range costKinds[:10] {
			if testing.Short() && kind.name != "uniform" && kind.name != "ties" {
				continue
			}
			t.Run(fmt.Sprintf("%dx%d/%s", dims[0], dims[1], kind.name), func(t *testing.T) {
				cost := randomCost(rand.New(rand.NewPCG(1, 2)), dims[0], dims[1], kind.draw)
				r, err := Solve(cost)
				require.NoError(t, err)
				require.NoError(t, Certify(cost, r))
			})
		}
	}
}

func TestSolveBoundedStaysCertifiedAtSize(t *testing.T) {
	bounds := []Bound{{3, 3}, {0, 1}, {2, -1}, {1, 4}, {0, 0}}
	for _, dims := range [][2]int{{10, 100_000}, {30, 20_000}, {100, 500}} {
		for _, kind := range costKinds[:10] {
			if testing.Short() && kind.name != "uniform" && kind.name != "ties" {
				continue
			}
			t.Run(fmt.Sprintf("%dx%d/%s", dims[0], dims[1], kind.name), func(t *testing.T) {
				r := rand.New(rand.NewPCG(3, 4))
				cost := randomCost(r, dims[0], dims[1], kind.draw)
				group := make([]int, dims[1])
				for j := range group {
					group[j] = r.IntN(len(bounds))
				}
				a, err := SolveBounded(cost, group, bounds)
				require.NoError(t, err)
				require.NoError(t, CertifyBounded(cost, group, bounds, a))
				require.Less(t, violated(used(a.Col, group, len(bounds)), bounds), 0)
			})
		}
	}
}

// The shortlists must not change the optimum: the dense search on all columns
// is the slow truth.
func TestShortlistsLoseNothing(t *testing.T) {
	for n := range cases(200) {
		r := rand.New(rand.NewPCG(5, uint64(n)))
		rows := 1 + r.IntN(6)
		cost := randomCost(r, rows, 4*rows*(rows+1)+50, costKinds[n%len(costKinds)].draw)
		g, err := newGrid(cost)
		require.NoError(t, err)
		want, err := g.shortestPaths()
		require.NoError(t, err)
		got, err := g.solve()
		require.NoError(t, err)
		require.InDelta(t, want.Cost, got.Cost, tolerance(cost), "case %d", n)
	}
}

func TestSolveTakesEmptyAndOne(t *testing.T) {
	r, err := Solve(&mat.Dense{})
	require.NoError(t, err)
	require.Equal(t, &Result{Col: []int{}, U: []float64{}, V: []float64{}}, r)
	r, err = SolveBounded(&mat.Dense{}, nil, nil)
	require.NoError(t, err)
	require.Empty(t, r.Col)
	r, err = SolveBounded(&mat.Dense{}, nil, []Bound{{0, 2}})
	require.NoError(t, err)
	require.Equal(t, []float64{0}, r.W)

	r, err = Solve(mat.NewDense(1, 1, []float64{-3}))
	require.NoError(t, err)
	require.Equal(t, &Result{Col: []int{0}, Cost: -3, U: []float64{-3}, V: []float64{0}}, r)
}

func TestSolveReadsAnyMatrix(t *testing.T) {
	big := randomCost(rand.New(rand.NewPCG(6, 6)), 9, 12, (*rand.Rand).Float64)
	view := big.Slice(1, 5, 2, 11).(*mat.Dense) // stride 12, 9 columns
	want, err := Solve(mat.DenseCopyOf(view))
	require.NoError(t, err)
	for name, m := range map[string]mat.Matrix{"view": view, "transpose": mat.DenseCopyOf(view.T()).T()} {
		got, err := Solve(m)
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}

func TestSolveRejects(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		cost mat.Matrix
		is   error
		text string
	}{
		{"nil", nil, ErrShape, "nil cost"},
		{"too few columns", mat.NewDense(3, 2, nil), ErrShape, "3×2"},
		{"NaN", mat.NewDense(2, 3, []float64{0, 0, 0, 0, nan, 0}), ErrCost, "row 1, column 1 is NaN"},
		{"-Inf", mat.NewDense(2, 3, []float64{0, 0, -inf, 0, 0, 0}), ErrCost, "row 0, column 2 is -Inf"},
		{"overflow", mat.NewDense(2, 2, []float64{0, 0, -1e308, 0}), ErrCost, "row 1, column 0 is -1e+308"},
		{"row forbidden", mat.NewDense(2, 2, []float64{1, 2, inf, inf}), ErrInfeasible, "row 1 cannot be placed"},
		{"two rows, one column", mat.NewDense(3, 3, []float64{1, 2, 3, inf, 1, inf, inf, 5, inf}), ErrInfeasible, "row 2 cannot be placed: it and 1 rows before it have finite costs in only 1 columns"},
		{"two rows, one of many columns", oneOf(2, 50), ErrInfeasible, "row 1 cannot be placed"},
		{"all forbidden, wide", oneOf(1, 50).Slice(0, 1, 1, 50), ErrInfeasible, "row 0 cannot be placed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := Solve(c.cost)
			require.Nil(t, r)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.text)
		})
	}
}

// oneOf is a cost that allows column 0 only.
func oneOf(rows, cols int) *mat.Dense {
	return randomCostAt(rows, cols, func(_, j int) float64 {
		if j == 0 {
			return 1
		}
		return inf
	})
}

func randomCostAt(rows, cols int, at func(i, j int) float64) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	m.Apply(func(i, j int, _ float64) float64 { return at(i, j) }, m)
	return m
}

func TestSolveBoundedRejects(t *testing.T) {
	zero := mat.NewDense(2, 4, nil)
	group := []int{0, 0, 0, 1}
	any := Bound{0, -1}
	for _, c := range []struct {
		name   string
		cost   mat.Matrix
		group  []int
		bounds []Bound
		is     error
		text   string
	}{
		{"NaN", mat.NewDense(1, 1, []float64{math.NaN()}), []int{0}, []Bound{any}, ErrCost, "row 0, column 0"},
		{"group length", zero, group[:3], []Bound{any, any}, ErrShape, "3 group numbers for 4 columns"},
		{"group number", zero, []int{0, 0, 2, 1}, []Bound{any, any}, ErrBounds, "column 2 is in group 2"},
		{"negative group", zero, []int{0, -1, 0, 1}, []Bound{any, any}, ErrBounds, "column 1 is in group -1"},
		{"no bounds", zero, group, nil, ErrBounds, "column 0 is in group 0"},
		{"negative Min", zero, group, []Bound{any, {-1, 2}}, ErrBounds, "group 1 has Min -1"},
		{"negative Max", zero, group, []Bound{{0, -2}, any}, ErrBounds, "group 0 has Max -2"},
		{"Min above Max", zero, group, []Bound{{2, 1}, any}, ErrBounds, "group 0 has Min 2 above Max 1"},
		{"Min above size", zero, group, []Bound{any, {2, -1}}, ErrBounds, "group 1 has Min 2 but only 1 columns"},
		{"sum of Min", zero, group, []Bound{{2, -1}, {1, 1}}, ErrBounds, "add up to 3, more than the 2 rows: [2..∞ 1..1]"},
		{"sum of Max", zero, group, []Bound{{0, 0}, {1, 1}}, ErrBounds, "add up to 1, less than the 2 rows"},
		{"sum of sizes", zero, group, []Bound{{0, 0}, {0, 9}}, ErrBounds, "add up to 1, less than the 2 rows"},
		{"Min forbidden", mat.NewDense(2, 4, []float64{1, 1, 1, inf, 1, 1, 1, inf}), group, []Bound{any, {1, 1}}, ErrInfeasible, "group 1 has 0 of the 1 columns"},
		{"Max forbidden", mat.NewDense(2, 4, []float64{1, 1, inf, inf, 1, 1, inf, inf}), group, []Bound{{0, 1}, any}, ErrInfeasible, "row 1 cannot be placed: the groups it may use are at their Max"},
		{"row forbidden", mat.NewDense(2, 4, []float64{inf, inf, inf, inf, 1, 1, 1, 1}), group, []Bound{any, any}, ErrInfeasible, "row 0 cannot be placed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := SolveBounded(c.cost, c.group, c.bounds)
			require.Nil(t, r)
			require.ErrorIs(t, err, c.is)
			require.ErrorContains(t, err, c.text)
		})
	}
}

// At the largest costs that are let in nothing overflows; beyond them nothing is let in.
func TestSolveDoesNotOverflow(t *testing.T) {
	for _, rows := range []int{1, 2, 7, 40} {
		limit := math.MaxFloat64 / (16 * float64(rows+1) * float64(rows+1))
		for n := range 20 {
			r := rand.New(rand.NewPCG(7, uint64(n)))
			cost := randomCost(r, rows, rows+n/2, func(r *rand.Rand) float64 { return limit * float64(r.IntN(3)-1) })
			_, err := Solve(cost)
			require.NoError(t, err)
			group := make([]int, rows+n/2)
			for j := range group {
				group[j] = j % 2
			}
			_, err = SolveBounded(cost, group, []Bound{{0, -1}, {rows / 2, rows / 2}})
			require.NoError(t, err)
		}
		_, err := Solve(mat.NewDense(1, 1, []float64{math.MaxFloat64 / 4}))
		require.ErrorIs(t, err, ErrCost)
	}
}

// Bounds at every tightness, costs whose sums round: each answer must pass its
// certificate, to the exact zeros that it wants.
func TestSolveBoundedStaysCertifiedWhenTight(t *testing.T) {
	for n := range cases(1600) {
		r := rand.New(rand.NewPCG(8, uint64(n)))
		rows := 2 + r.IntN(30)
		cols := rows + r.IntN(3*rows)
		groups := 2 + r.IntN(6)
		cost := randomCost(r, rows, cols, costKinds[n%len(costKinds[:10])].draw)
		group := make([]int, cols)
		for j := range group {
			group[j] = r.IntN(groups)
			for i := range rows { // groups unlike each other, so that bounds bind
				cost.Set(i, j, cost.At(i, j)*(1+float64(group[j])))
			}
		}
		var bounds []Bound // around some assignment's counts
		for _, k := range used(r.Perm(cols)[:rows], group, groups) {
			bounds = append(bounds, Bound{Min: max(0, k-r.IntN(3)), Max: k + r.IntN(3)})
		}
		_, err := SolveBounded(cost, group, bounds)
		require.NoError(t, err, "case %d, %d×%d, bounds %v", n, rows, cols, bounds)
	}
}
