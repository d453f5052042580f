package dict

import (
	"context"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
)

func everyCoder() []Coder {
	return []Coder{TrickOMP{}, HOMP{}, BlockFISTA{}, MixedFISTA{}, Homotopy{}, Exchange{}}
}

// sparseMixture is a problem with known supports: Y = D·S·Bᵀ with relative noise, S with
// exactly k atoms in every column.
func sparseMixture(seed uint64, rows, atoms, cols, rank, k int, noise float64, nonnegative bool) (d *Dictionary, y, b *mat.Dense, s *mat.Dense) {
	rng := newRand(seed)
	d, err := New(drawn(rng, rows, atoms, nonnegative), nil, nil)
	if err != nil {
		panic(err)
	}
	s = mat.NewDense(atoms, rank, nil)
	for r := range rank {
		for _, j := range rng.Perm(atoms)[:k] {
			x := rng.NormFloat64()
			if nonnegative {
				x = math.Abs(x)
			}
			s.Set(j, r, x+math.Copysign(0.3, x))
		}
	}
	b = drawn(rng, cols, rank, false)
	y = mat.NewDense(rows, cols, nil)
	y.Product(d.Atoms(), s, b.T())
	e := drawn(rng, rows, cols, false)
	e.Scale(noise*mat.Norm(y, 2)/mat.Norm(e, 2), e)
	y.Add(y, e)
	return d, y, b, s
}

// slowCost is ½‖Y − D·S·Bᵀ‖² by its definition.
func slowCost(d *Dictionary, y, b *mat.Dense, columns []Combination) float64 {
	rest := mat.DenseCopyOf(y)
	_, atoms := d.Dims()
	s := mat.NewDense(atoms, len(columns), nil)
	for r, c := range columns {
		for i, j := range c.Atoms {
			s.Set(j, r, c.Weights[i])
		}
	}
	var model mat.Dense
	model.Product(d.Atoms(), s, b.T())
	rest.Sub(rest, &model)
	return math.Pow(mat.Norm(rest, 2), 2) / 2
}

// The authors' case (six columns of five atoms out of a hundred, cond B = 200):
// ½‖Y − D·X·Bᵀ‖² of their X, at most; that of the true supports is 0.0053569299.
func TestSparseCodeCostsAtMostWhatIsRecorded(t *testing.T) {
	racetest.Slow(t)
	folder := sharedtest.Path(t, "ref", "dict", "msc_case1")
	d := dictionary(t, readMatrix(t, folder, "D"))
	y, b := readMatrix(t, folder, "Y"), readMatrix(t, folder, "B")
	for _, c := range []struct {
		coder    Coder
		recorded float64
	}{
		{TrickOMP{}, 0.184031456026},
		{HOMP{}, 0.023564215330},
		{BlockFISTA{Ratio: 1e-3}, 0.006034726235},
		{BlockFISTA{Ratio: 1e-2}, 0.006107333220},
		{MixedFISTA{}, 0.023564215330}, // not recorded: that of HOMP, as in the paper's ranking
		{Homotopy{}, 0.006034726235},
		{Exchange{}, 0.005356929937},
	} {
		code, err := SparseCode(t.Context(), y, b, d, 5, &CodeOptions{Coder: c.coder})
		require.NoError(t, err)
		checkCode(t, d, y, b, 5, false, code)
		t.Logf("%s: cost %.9f, recorded %.9f", c.coder.Name(), code.Cost, c.recorded)
		require.LessOrEqual(t, code.Cost, c.recorded*(1+1e-9), c.coder.Name())
	}
}

// checkCode holds a code to its promises: at most k atoms a column, no coefficient
// negative where that is asked for, the cost that of the columns, and the gradient
// zero on the supports.
func checkCode(t *testing.T, d *Dictionary, y, b *mat.Dense, k int, nonnegative bool, code *Code) {
	t.Helper()
	norm := mat.Norm(y, 2)
	require.InDelta(t, slowCost(d, y, b, code.Columns), code.Cost, 1e-11*norm*norm)
	require.InDelta(t, math.Sqrt(2*code.Cost)/norm, code.RelativeError, 1e-9)
	rest := mat.DenseCopyOf(y)
	for r, c := range code.Columns {
		require.LessOrEqual(t, len(c.Atoms), k)
		require.Len(t, c.Weights, len(c.Atoms))
		require.True(t, slices.IsSorted(c.Atoms))
		for i, j := range c.Atoms {
			require.True(t, !nonnegative || c.Weights[i] > 0)
			var term mat.Dense
			term.Outer(c.Weights[i], d.Atoms().ColView(j), b.ColView(r))
			rest.Sub(rest, &term)
		}
	}
	for r, c := range code.Columns {
		for _, j := range c.Atoms {
			var v mat.VecDense
			v.MulVec(rest.T(), d.Atoms().ColView(j))
			slope := mat.Dot(&v, b.ColView(r)) / (d.norms[j] * mat.Norm(b.ColView(r), 2))
			require.InDelta(t, 0, slope, 1e-7*norm, "component %d, atom %d", r, j)
		}
	}
}

// exhaustive is the least cost over all supports, each solved by QR on the data as
// one vector. Under S ≥ 0 an optimum has positive coefficients on its own support,
// where it is the free optimum, so it is the best of the free ones that are.
func exhaustive(d *Dictionary, y, b *mat.Dense, k int, nonnegative bool) float64 {
	_, atoms := d.Dims()
	_, rank := b.Dims()
	var subsets [][]int
	for set := range 1 << atoms {
		var s []int
		for j := range atoms {
			if set>>j&1 == 1 {
				s = append(s, j)
			}
		}
		if len(s) == k || nonnegative && len(s) < k {
			subsets = append(subsets, s)
		}
	}
	least := math.Inf(1)
	choices(rank, len(subsets), func(pick []int) {
		var list []slot
		for r, p := range pick {
			for _, j := range subsets[p] {
				list = append(list, slot{r, j})
			}
		}
		cost, positive := leastSquares(d, y, b, list)
		if positive || !nonnegative {
			least = min(least, cost)
		}
	})
	return least
}

// leastSquares is the cost of a support by QR, and whether its coefficients are ≥ 0.
func leastSquares(d *Dictionary, y, b *mat.Dense, list []slot) (cost float64, positive bool) {
	rows, cols := y.Dims()
	v := mat.NewVecDense(rows*cols, nil)
	for i := range rows {
		for j := range cols {
			v.SetVec(i*cols+j, y.At(i, j))
		}
	}
	if len(list) == 0 {
		return mat.Dot(v, v) / 2, true
	}
	design := mat.NewDense(rows*cols, len(list), nil)
	for c, s := range list {
		for i := range rows {
			for j := range cols {
				design.Set(i*cols+j, c, d.Atoms().At(i, s.j)*b.At(j, s.r))
			}
		}
	}
	var x, rest mat.VecDense
	if x.SolveVec(design, v) != nil {
		return math.Inf(1), false
	}
	rest.MulVec(design, &x)
	rest.SubVec(v, &rest)
	return mat.Dot(&rest, &rest) / 2, mat.Min(&x) >= 0
}

// Against all supports of tiny problems: never below the least cost, and exchanges
// reach it nearly always.
func TestSparseCodeMatchesBruteForce(t *testing.T) {
	racetest.Slow(t)
	for _, nonnegative := range []bool{false, true} {
		for _, c := range []struct{ rows, atoms, cols, rank, k int }{{5, 7, 6, 2, 2}, {4, 6, 5, 2, 1}, {6, 6, 3, 1, 3}} {
			exact, trials := map[string]int{}, seeds(20, 5)
			for _, seed := range trials {
				d, y, b, _ := sparseMixture(seed, c.rows, c.atoms, c.cols, c.rank, c.k, 0.3, nonnegative)
				least := exhaustive(d, y, b, c.k, nonnegative)
				for _, coder := range everyCoder() {
					code, err := SparseCode(t.Context(), y, b, d, c.k, &CodeOptions{Coder: coder, Nonnegative: nonnegative})
					require.NoError(t, err)
					checkCode(t, d, y, b, c.k, nonnegative, code)
					require.GreaterOrEqual(t, code.Cost, least*(1-1e-9), "%s, seed %d", coder.Name(), seed)
					if code.Cost <= least*(1+1e-9) {
						exact[coder.Name()]++
					}
				}
			}
			t.Logf("%+v, nonnegative %v: least cost in %v of %d", c, nonnegative, exact, len(trials))
			require.GreaterOrEqual(t, exact["exchange"]*10, len(trials)*8)
		}
	}
}

// Every support, whatever its coder thinks, is solved exactly: refine against QR.
func TestRefineIsLeastSquares(t *testing.T) {
	for _, seed := range seeds(10, 3) {
		d, y, b, _ := sparseMixture(seed, 9, 15, 8, 3, 2, 0.5, false)
		rng := newRand(seed)
		c := codingOf(d, y, b, 2, false)
		for r := range 3 {
			for _, j := range rng.Perm(15)[:1+rng.IntN(2)] {
				c.list = append(c.list, slot{r, j})
			}
		}
		require.NoError(t, c.refine())
		want, _ := leastSquares(d, y, b, c.list)
		norm := mat.Norm(y, 2)
		require.InDelta(t, want, c.cost+norm*norm/2, 1e-12*norm*norm)
	}
}

// codingOf is the problem that SparseCode hands to its coder.
func codingOf(d *Dictionary, y, b *mat.Dense, k int, nonnegative bool) *coding {
	rows, _ := y.Dims()
	_, rank := b.Dims()
	c := newCoding(d, rank, k, nonnegative)
	m, g := mat.NewDense(rows, rank, nil), mat.NewSymDense(rank, nil)
	m.Mul(y, b)
	g.SymOuterK(1, b.T())
	c.begin(m, g)
	return c
}

// The promise of an exchange, the signs free, is the fall of the cost that it
// brings, for an atom in place of another and for one in a free place.
func TestMovesKeepTheirPromise(t *testing.T) {
	for _, seed := range seeds(10, 3) {
		d, y, b, _ := sparseMixture(seed, 12, 30, 10, 3, 3, 0.3, false)
		c := codingOf(d, y, b, 3, false)
		c.list = []slot{{0, 3}, {0, 9}, {0, 14}, {1, 9}, {1, 2}, {2, 27}}
		require.NoError(t, c.refine())
		x := &exchanger{coding: c}
		moves := x.moves()
		require.Len(t, moves, movesTried)
		old, _ := leastSquares(d, y, b, c.list)
		best := 0.0
		for p := range c.list {
			for j := range 30 {
				list := slices.Clone(c.list)
				list[p].j = j
				now, _ := leastSquares(d, y, b, list)
				best = max(best, old-now)
			}
		}
		for r := range 3 {
			for j := range 30 {
				if now, _ := leastSquares(d, y, b, append(slices.Clone(c.list), slot{r, j})); r > 0 {
					best = max(best, old-now)
				}
			}
		}
		require.InDelta(t, best, moves[0].promise, 1e-9*old, "seed %d", seed)
		for _, m := range moves {
			list := slices.Clone(c.list)
			if m.at >= 0 {
				list[m.at].j = m.j
			} else {
				list = append(list, slot{m.r, m.j})
			}
			now, _ := leastSquares(d, y, b, list)
			require.InDelta(t, old-now, m.promise, 1e-9*old)
		}
	}
}

// Without noise and with B well conditioned, every coder but the unguarded ones
// finds the supports.
func TestSparseCodeRecovers(t *testing.T) {
	racetest.Slow(t)
	for _, nonnegative := range []bool{false, true} {
		for _, seed := range seeds(8, 2) {
			d, y, b, s := sparseMixture(seed, 40, 60, 30, 4, 3, 1e-6, nonnegative)
			for _, coder := range []Coder{BlockFISTA{}, Homotopy{}, Exchange{}} {
				code, err := SparseCode(t.Context(), y, b, d, 3, &CodeOptions{Coder: coder, Nonnegative: nonnegative})
				require.NoError(t, err)
				for r, c := range code.Columns {
					require.Len(t, c.Atoms, 3)
					for i, j := range c.Atoms {
						require.InDelta(t, s.At(j, r), c.Weights[i], 1e-4, "%s, seed %d", coder.Name(), seed)
					}
				}
			}
		}
	}
}

func TestSparseCodeRejects(t *testing.T) {
	d, y, b, _ := sparseMixture(1, 5, 8, 6, 2, 2, 0.1, false)
	bad := func(a *mat.Dense, v float64) *mat.Dense {
		a = mat.DenseCopyOf(a)
		a.Set(1, 1, v)
		return a
	}
	for name, c := range map[string]struct {
		y, b *mat.Dense
		d    *Dictionary
		k    int
		want error
	}{
		"no atoms":         {y, b, d, 0, ErrBounds},
		"negative":         {y, b, d, -1, ErrBounds},
		"k above I":        {y, b, d, 6, ErrBounds},
		"no dictionary":    {y, b, nil, 2, ErrOptions},
		"NaN":              {bad(y, math.NaN()), b, d, 2, ErrOptions},
		"infinite mixture": {y, bad(b, math.Inf(1)), d, 2, ErrOptions},
		"length of atoms":  {mat.NewDense(4, 6, nil), b, d, 2, ErrShape},
		"mixtures":         {y, mat.NewDense(5, 2, nil), d, 2, ErrShape},
	} {
		_, err := SparseCode(t.Context(), c.y, c.b, c.d, c.k, nil)
		require.ErrorIs(t, err, c.want, name)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := SparseCode(ctx, y, b, d, 2, nil)
	require.ErrorIs(t, err, context.Canceled)
}

// Nothing to code, twice the same atom, a component that is not there: an answer all
// the same, without NaN.
func TestSparseCodeOfDegenerateProblems(t *testing.T) {
	d, y, b, _ := sparseMixture(1, 5, 8, 6, 2, 2, 0.1, false)
	atoms := mat.DenseCopyOf(d.Atoms())
	atoms.SetCol(3, mat.Col(nil, 2, atoms))
	twice := dictionary(t, atoms)
	absent := mat.DenseCopyOf(b)
	absent.SetCol(1, make([]float64, 6))
	same := mat.DenseCopyOf(b)
	same.SetCol(1, mat.Col(nil, 0, b))
	zero := mat.NewDense(5, 6, nil)
	for _, nonnegative := range []bool{false, true} {
		for _, coder := range everyCoder() {
			for _, c := range []struct{ y, b *mat.Dense }{{y, b}, {y, absent}, {y, same}, {zero, b}} {
				code, err := SparseCode(t.Context(), c.y, c.b, twice, 2, &CodeOptions{Coder: coder, Nonnegative: nonnegative})
				require.NoError(t, err, coder.Name())
				require.False(t, math.IsNaN(code.Cost))
				require.LessOrEqual(t, code.Cost, math.Pow(mat.Norm(c.y, 2), 2)/2*(1+1e-12), coder.Name())
			}
		}
	}
}

// The results are those of one worker, to the last bit.
func TestSparseCodeDoesNotDependOnWorkers(t *testing.T) {
	d, y, b, _ := sparseMixture(3, 30, 3000, 40, 3, 4, 0.2, false)
	run := func(workers int) []*Code {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
		var codes []*Code
		for _, coder := range []Coder{HOMP{}, BlockFISTA{Steps: 50}, TrickOMP{}, Exchange{Starts: []Coder{TrickOMP{}}}} {
			code, err := SparseCode(t.Context(), y, b, d, 4, &CodeOptions{Coder: coder})
			require.NoError(t, err)
			codes = append(codes, code)
		}
		return codes
	}
	require.Equal(t, run(1), run(3))
}
