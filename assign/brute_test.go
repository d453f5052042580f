package assign

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// bruteForce tries every one-to-one choice of columns that allowed accepts, and
// returns the least cost, +Inf if there is none.
func bruteForce(cost *mat.Dense, allowed func(col []int) bool) float64 {
	rows, cols := cost.Dims()
	best := math.Inf(1)
	col := make([]int, 0, rows)
	taken := make([]bool, cols)
	var place func(sum float64)
	place = func(sum float64) {
		i := len(col)
		if i == rows {
			if sum < best && allowed(col) {
				best = sum
			}
			return
		}
		for j := range cols {
			if c := cost.At(i, j); !taken[j] && !math.IsInf(c, 1) {
				taken[j], col = true, append(col, j)
				place(sum + c)
				taken[j], col = false, col[:i]
			}
		}
	}
	place(0)
	return best
}

// costKinds are the sorts of costs that random cases are made of.
var costKinds = []struct {
	name string
	draw func(r *rand.Rand) float64
}{
	{"uniform", (*rand.Rand).Float64},
	{"negative", func(r *rand.Rand) float64 { return -r.Float64() }},
	{"normal", (*rand.Rand).NormFloat64},
	{"ties", func(r *rand.Rand) float64 { return float64(r.IntN(3)) }},
	{"signed ties", func(r *rand.Rand) float64 { return float64(r.IntN(5) - 2) }},
	{"constant", func(*rand.Rand) float64 { return 7 }},
	{"huge", func(r *rand.Rand) float64 { return 1e300 * r.NormFloat64() }},
	{"tiny", func(r *rand.Rand) float64 { return 1e-300 * r.NormFloat64() }},
	{"subnormal", func(r *rand.Rand) float64 { return 5e-324 * float64(r.IntN(9)-4) }},
	{"mixed scales", func(r *rand.Rand) float64 { return r.NormFloat64() * math.Pow(10, float64(r.IntN(20)-10)) }},
	{"some forbidden", func(r *rand.Rand) float64 {
		if r.IntN(3) == 0 {
			return math.Inf(1)
		}
		return r.NormFloat64()
	}},
	{"most forbidden, ties", func(r *rand.Rand) float64 {
		if r.IntN(3) != 0 {
			return math.Inf(1)
		}
		return float64(r.IntN(4))
	}},
}

func randomCost(r *rand.Rand, rows, cols int, draw func(*rand.Rand) float64) *mat.Dense {
	m := mat.NewDense(rows, cols, nil)
	for i := range rows {
		for j := range cols {
			m.Set(i, j, draw(r))
		}
	}
	return m
}

// tolerance is that of the certificate: 1e-12·R·max|c|.
func tolerance(cost mat.Matrix) float64 {
	rows, cols := cost.Dims()
	var largest float64
	for i := range rows {
		for j := range cols {
			if a := math.Abs(cost.At(i, j)); !math.IsInf(a, 0) {
				largest = max(largest, a)
			}
		}
	}
	return 1e-12 * float64(rows) * largest
}

// cases returns how many random cases of each kind to run.
func cases(full int) int {
	if testing.Short() {
		return full / 8
	}
	return full
}

func TestSolveMatchesBruteForce(t *testing.T) {
	for k, kind := range costKinds {
		t.Run(kind.name, func(t *testing.T) {
			for n := range cases(1200) {
				r := rand.New(rand.NewPCG(uint64(k), uint64(n)))
				rows := 1 + r.IntN(5)
				cols := rows + r.IntN(4)
				if n%8 == 0 { // wide enough for the shortlists
					rows = 1 + r.IntN(2)
					cols = 4*rows*(rows+1) + 1 + r.IntN(10)
				}
				cost := randomCost(r, rows, cols, kind.draw)
				before := mat.DenseCopyOf(cost)
				want := bruteForce(cost, func([]int) bool { return true })
				got, err := Solve(cost)
				where := fmt.Sprintf("kind %d, case %d, %d×%d", k, n, rows, cols)
				if math.IsInf(want, 1) {
					require.ErrorIs(t, err, ErrInfeasible, where)
					continue
				}
				require.NoError(t, err, where)
				require.InDelta(t, want, got.Cost, tolerance(cost), where)
				require.NoError(t, Certify(cost, got), where)
				require.True(t, mat.Equal(before, cost), "cost changed, %s", where)
			}
		})
	}
}

// randomBounds draws bounds of which most, not all, can be met.
func randomBounds(r *rand.Rand, rows, groups int) []Bound {
	bounds := make([]Bound, groups)
	for k := range bounds {
		bounds[k] = Bound{Min: max(0, r.IntN(4)-2), Max: r.IntN(rows+2) - 1}
		if b := &bounds[k]; b.Max >= 0 && r.IntN(10) != 0 {
			b.Max = max(b.Max, b.Min)
		}
	}
	return bounds
}

func TestSolveBoundedMatchesBruteForce(t *testing.T) {
	var solved, refused, binding int
	for k, kind := range costKinds {
		t.Run(kind.name, func(t *testing.T) {
			for n := range cases(1600) {
				r := rand.New(rand.NewPCG(uint64(100+k), uint64(n)))
				rows := 1 + r.IntN(4)
				cols := rows + r.IntN(5)
				groups := 1 + r.IntN(4)
				if n%8 == 0 { // more than R+1 columns a group
					rows = 1 + r.IntN(3)
					cols = 9 + r.IntN(6)
					groups = 1 + r.IntN(2)
				}
				cost := randomCost(r, rows, cols, kind.draw)
				group := make([]int, cols)
				for j := range group {
					group[j] = r.IntN(groups)
				}
				bounds := randomBounds(r, rows, groups)
				want := bruteForce(cost, func(col []int) bool { return violated(used(col, group, groups), bounds) < 0 })
				got, err := SolveBounded(cost, group, bounds)
				where := fmt.Sprintf("kind %d, case %d, %d×%d, groups %v, bounds %v", k, n, rows, cols, group, bounds)
				if math.IsInf(want, 1) {
					require.True(t, errors.Is(err, ErrInfeasible) || errors.Is(err, ErrBounds), "%v, %s", err, where)
					refused++
					continue
				}
				require.NoError(t, err, where)
				require.InDelta(t, want, got.Cost, tolerance(cost), where)
				require.NoError(t, CertifyBounded(cost, group, bounds, got), where)
				solved++
				if free, err := Solve(cost); err == nil && violated(used(free.Col, group, groups), bounds) < 0 {
					require.Equal(t, free.Col, got.Col, where)
				} else {
					binding++
				}
			}
		})
	}
	t.Logf("%d solved (bounds binding in %d), %d refused", solved, binding, refused)
	require.Greater(t, binding, solved/10, "the cases must try the bounds")
	require.Greater(t, refused, solved/20)
}

// The flow alone, without Solve's answer first, is exact too.
func TestFlowMatchesSolveWhereNothingBinds(t *testing.T) {
	for n := range cases(400) {
		r := rand.New(rand.NewPCG(200, uint64(n)))
		rows := 1 + r.IntN(8)
		cols := rows + r.IntN(80)
		cost := randomCost(r, rows, cols, (*rand.Rand).NormFloat64)
		group := make([]int, cols)
		for j := range group {
			group[j] = r.IntN(3)
		}
		bounds := []Bound{{0, -1}, {0, -1}, {0, rows}}
		want, err := Solve(cost)
		require.NoError(t, err)
		g, err := newGrid(cost)
		require.NoError(t, err)
		size, err := g.groupSizes(group, bounds)
		require.NoError(t, err)
		got, err := newFlow(g, group, size, bounds).solve()
		require.NoError(t, err)
		require.NoError(t, g.certify(got, group, bounds), "case %d", n)
		require.Equal(t, want.Col, got.Col, "case %d", n)
	}
}
