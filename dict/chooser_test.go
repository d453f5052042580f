package dict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/assign"
	"github.com/polyad/polyad/internal/racetest"
)

// fully is the choice of atoms from the whole R×d cost.
func fully(t testing.TB, m *Mode, cost *mat.Dense) []int {
	t.Helper()
	rank, atoms := cost.Dims()
	if m.Distinct {
		solve := func() (*assign.Result, error) { return assign.Solve(cost) }
		if m.Bounds != nil {
			solve = func() (*assign.Result, error) { return assign.SolveBounded(cost, m.Group, m.Bounds) }
		}
		r, err := solve()
		require.NoError(t, err)
		return r.Col
	}
	if m.Bounds != nil { // every atom rank times over
		wide := mat.NewDense(rank, atoms*rank, nil)
		group := make([]int, atoms*rank)
		for c := range group {
			group[c] = m.Group[c/rank]
			for r := range rank {
				wide.Set(r, c, cost.At(r, c/rank))
			}
		}
		r, err := assign.SolveBounded(wide, group, m.Bounds)
		require.NoError(t, err)
		for i := range r.Col {
			r.Col[i] /= rank
		}
		return r.Col
	}
	k := make([]int, rank)
	for r := range k {
		for j, x := range cost.RawRowView(r) {
			if x < cost.At(r, k[r]) {
				k[r] = j
			}
		}
	}
	return k
}

// few draws a matrix of few small integers, so that columns repeat and correlations
// are tied.
func few(rng *rand.Rand, rows, cols, values int) *mat.Dense {
	a := mat.NewDense(rows, cols, nil)
	for j := range cols {
		for i := range rows {
			a.Set(i, j, float64(rng.IntN(2*values+1)-values))
		}
		if mat.Norm(a.ColView(j), 2) == 0 {
			a.Set(rng.IntN(rows), j, 1)
		}
	}
	return a
}

// mixed is a mode over that many atoms, feasible for the rank.
func mixed(rng *rand.Rand, d *Dictionary, rank int) *Mode {
	rows, atoms := d.Dims()
	for {
		m := &Mode{Dict: d, Match: Match(rng.IntN(6)), Distinct: rng.IntN(3) > 0, Physical: rng.IntN(2) == 0}
		if rng.IntN(2) == 0 {
			groups := 1 + rng.IntN(4)
			for range atoms {
				m.Group = append(m.Group, rng.IntN(groups))
			}
			for range groups {
				m.Bounds = append(m.Bounds, assign.Bound{Min: rng.IntN(3), Max: rng.IntN(5) - 1})
			}
		}
		if m.check([]int{rows}, rank) == nil {
			return m
		}
	}
}

// The atoms chosen in blocks, from shortlists, are those of the whole cost: thousands
// of small cases of every rule with repeated atoms, zero and constant columns, fewer
// atoms than components where they may repeat. The total is the same always; so are
// the indices, for equal costs prefer the lower one.
func TestChooseMatchesTheWholeCost(t *testing.T) {
	racetest.Slow(t)
	for seed := range uint64(6000) {
		rng := rand.New(rand.NewPCG(seed, 77))
		rows, atoms, rank := 1+rng.IntN(5), 1+rng.IntN(60), 1+rng.IntN(5)
		if rng.IntN(4) == 0 {
			atoms = 1 + rng.IntN(5)
		}
		values := 1 + rng.IntN(3)
		m := &Mode{Dict: dictionary(t, few(rng, rows, atoms, values))}
		if atoms >= rank || rng.IntN(2) == 0 {
			if atoms < rank {
				m = &Mode{Dict: m.Dict, Match: Match(rng.IntN(6))}
			} else {
				m = mixed(rng, m.Dict, rank)
			}
		}
		a := few(rng, rows, rank, values)
		if rng.IntN(3) == 0 {
			for i := range rows {
				a.Set(i, rng.IntN(rank), 0)
			}
		}
		a.Scale(math.Ldexp(1, rng.IntN(40)-20), a)
		signed := rng.IntN(2) == 0
		c := newChooser(m, rank, signed)
		require.NoError(t, c.choose(a), "seed %d", seed)
		require.True(t, permitted(*m, c.atoms), "seed %d: %v", seed, c.atoms)
		cost := costs(t, m, a, signed)
		want := fully(t, m, cost)
		require.InDelta(t, total(cost, want), total(cost, c.atoms), 1e-12*(1+math.Abs(total(cost, want))), "seed %d: %v, not %v", seed, c.atoms, want)
		if m.Distinct || m.Bounds == nil {
			require.Equal(t, want, c.atoms, "seed %d, %+v", seed, m)
		}
	}
}

func total(cost *mat.Dense, k []int) (sum float64) {
	for r, j := range k {
		sum += cost.At(r, j)
	}
	return sum
}

// Around the edges of blocks, with the atoms in the worst order, and for any number
// of workers the same atoms.
func TestChooseAcrossBlocks(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	block := newPass(dictionary(t, drawn(newRand(1), 1, 9, true)), nil, 10, nil).block
	for _, atoms := range []int{1, 9, block - 1, block, block + 1, 3*block - 1, 3*block + 1, 9 * block, 40*block + 3} {
		for _, rank := range []int{1, 2, 10} {
			if rank > atoms {
				continue
			}
			rng := newRand(uint64(atoms))
			rows := 30
			a, all := drawn(rng, rows, rank, false), drawn(rng, rows, atoms, false)
			for j := range atoms { // closer and closer to the first column
				for i := range rows {
					all.Set(i, j, all.At(i, j)+a.At(i, 0)*float64(j)/float64(atoms))
				}
			}
			for range 3 {
				m := mixed(rng, dictionary(t, all), rank)
				var first []int
				for _, workers := range []int{1, 2, 5} {
					runtime.GOMAXPROCS(workers)
					c := newChooser(m, rank, false)
					require.NoError(t, c.choose(a))
					if first == nil {
						first = slices.Clone(c.atoms)
						require.Equal(t, fully1(t, m, costs(t, m, a, false)), first, "%d atoms, %d components, %v", atoms, rank, m.Match)
					}
					require.Equal(t, first, c.atoms, "%d workers", workers)
				}
			}
		}
	}
}

// fully1 is fully where the whole cost of repeated atoms would be too large: of each
// group the best alone.
func fully1(t testing.TB, m *Mode, cost *mat.Dense) []int {
	if m.Distinct || m.Bounds == nil {
		return fully(t, m, cost)
	}
	k := make([]int, len(cost.RawMatrix().Data)/cost.RawMatrix().Cols)
	require.NoError(t, m.choose(k, shortlisted(m, cost)))
	return k
}

// Atoms of any norm, and atoms that are a constant but for a trace, are compared as
// exactly as others, and a factor at any scale.
func TestOddAtomsAreCompared(t *testing.T) {
	rng := newRand(3)
	rows, rank := 40, 3
	for _, match := range []Match{Correlation, Angle, MeanRemovedAngle} {
		plain := drawn(rng, rows, 50, false)
		odd := mat.DenseCopyOf(plain)
		for j := range 50 {
			by := math.Pow(10, float64(rng.IntN(600)-300))
			for i := range rows {
				v := plain.At(i, j)
				if match == MeanRemovedAngle && j%2 == 0 {
					v = 1 + 1e-7*v
				}
				odd.Set(i, j, v*by)
			}
		}
		a := drawn(rng, rows, rank, false)
		want := costs(t, &Mode{Dict: dictionary(t, plain), Match: match}, a, true)
		for _, scale := range []float64{1e-300, 1, 1e300} {
			b := mat.NewDense(rows, rank, nil)
			b.Scale(scale, a)
			got := costs(t, &Mode{Dict: dictionary(t, odd), Match: match}, b, true)
			require.True(t, mat.EqualApprox(want, got, 1e-8), "%v at %g", match, scale) // 1 + 1e-7·v keeps nine digits of v
			if match != MeanRemovedAngle {
				require.True(t, mat.EqualApprox(want, got, 1e-13), "%v at %g", match, scale)
			}
		}
	}
}

func TestChooseRefusesColumnsThatAreNotFinite(t *testing.T) {
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.MaxFloat64} {
		a := mat.NewDense(2, 2, []float64{1, bad, 1, bad})
		err := newChooser(&Mode{Dict: dictionary(t, a.Slice(0, 2, 0, 1))}, 2, true).choose(a)
		require.ErrorIs(t, err, assign.ErrCost)
		require.ErrorContains(t, err, "column 1 has norm")
	}
}

// A choice with the scratch made allocates nothing of the dictionary's size, and
// without an assignment nothing at all.
func TestChooseAllocatesNothing(t *testing.T) {
	racetest.Allocations(t)
	d, a := dictionary(t, drawn(newRand(1), 20, 20_000, true)), drawn(newRand(2), 20, 6, true)
	for match := Correlation; match <= Loss; match++ {
		for _, distinct := range []bool{false, true} {
			c := newChooser(&Mode{Dict: d, Match: match, Distinct: distinct}, 6, false)
			require.NoError(t, c.choose(a))
			limit := 0.0
			if distinct {
				limit = 40 // of the assignment among a few atoms
			}
			n := testing.AllocsPerRun(5, func() { require.NoError(t, c.choose(a)) })
			require.LessOrEqual(t, n, limit, fmt.Sprint(match, distinct))
		}
	}
}
