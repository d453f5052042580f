package matrix_test

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/score"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/synth"
)

// sparseStop goes on for as long as the published programs may.
var sparseStop = sweep.Any(sweep.Target(1e-8), sweep.RelChange{Tol: 1e-7, Patience: 5}, sweep.MaxSweeps(1000))

// From the recorded starts, the errors recorded for the authors' programs are reached:
// with the best supports, with those of the stopped active set, by k-summits.
func TestSparseComponentsReachWhatIsRecorded(t *testing.T) {
	racetest.Slow(t)
	for name, k := range map[string]int{"lrsca_case1": 3, "lrsca_case2": 2, "lrsca_case3": 3} {
		folder := sharedtest.Path(t, "ref", "dict", name)
		read := func(file string) *mat.Dense {
			a, _ := readNPY(t, filepath.Join(folder, file+".npy"))
			return a
		}
		x := read("M")
		start := cpd.Given{Factors: []*mat.Dense{read("A0"), mat.DenseCopyOf(read("B0").T())}}
		recorded := func(method string) float64 {
			var e mat.Dense
			e.Mul(read(method+"_A"), read(method+"_B"))
			e.Sub(x, &e)
			return mat.Norm(&e, 2) / mat.Norm(x, 2)
		}
		for _, c := range []struct {
			method matrix.NMFMethod
			like   string
			slack  float64
		}{
			{matrix.Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: k}}, "esna", 1e-3},
			{matrix.Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: k, Search: cpd.StoppedSupports}}, "asnnomp", 1e-2},
			{matrix.KSummits{K: k}, "nolrak", 1e-2},
		} {
			f, err := matrix.NMF(t.Context(), x, 4, &matrix.NMFOptions{Method: c.method, Init: start, Stop: sparseStop})
			require.NoError(t, err)
			t.Logf("%s, %s: %.3e after %d sweeps; recorded %.3e", name, c.like, f.RelativeError, len(f.Trace), recorded(c.like))
			require.LessOrEqual(t, f.RelativeError, max(recorded(c.like)*(1+c.slack), 1e-6), "%s, %s", name, c.like)
			requireSparseColumns(t, f.V, k)
		}
	}
}

func requireSparseColumns(t *testing.T, v *mat.Dense, k int) {
	t.Helper()
	r, n := v.Dims()
	for j := range n {
		used := 0
		for i := range r {
			require.GreaterOrEqual(t, v.At(i, j), 0.0)
			if v.At(i, j) != 0 {
				used++
			}
		}
		require.LessOrEqual(t, used, k, "column %d", j)
	}
}

// Problems that meet the theorem are solved: the components are found, and the model
// that is found is certified itself.
func TestSparseComponentsAreRecovered(t *testing.T) {
	racetest.Slow(t)
	if testing.Short() {
		t.Skip("dozens of factorisations")
	}
	for _, c := range []struct{ rank, k int }{{4, 2}, {5, 2}, {4, 1}} {
		right, trials := 0, 5
		for seed := range uint64(trials) {
			p, err := synth.SparseComponents(c.rank, c.k, &synth.SparseOptions{More: 30, Seed: seed})
			require.NoError(t, err)
			f, err := matrix.NMF(t.Context(), p.X, c.rank, &matrix.NMFOptions{Method: matrix.Squares{U: cpd.NNLS{}, V: cpd.KSparse{K: c.k}}, Starts: 10, Seed: seed, Stop: sparseStop})
			require.NoError(t, err)
			miss, err := score.FactorError(p.U, f.U)
			require.NoError(t, err)
			if miss < 1e-6 {
				right++
				cert, err := matrix.CertifySparse(t.Context(), f.U, f.V, c.k)
				require.NoError(t, err)
				require.True(t, cert.Certified, cert.Because)
			}
		}
		t.Logf("rank %d, %d in a column: %d of %d", c.rank, c.k, right, trials)
		require.GreaterOrEqual(t, 10*right, 9*trials, "rank %d, k %d", c.rank, c.k)
	}
}

// The budget is kept, spent where it pays, and the bound holds.
func TestBudgetNNLS(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 1))
	u, x := uniform(rng, 9, 5, 0, 3), uniform(rng, 9, 200, 0, 1e3)
	last := math.Inf(1)
	for _, total := range []int{0, 1, 150, 400, 1000, 5000} {
		a, err := matrix.BudgetNNLS(t.Context(), u, x, total)
		require.NoError(t, err)
		used := 0
		for _, v := range a.V.RawMatrix().Data {
			require.GreaterOrEqual(t, v, 0.0)
			if v > 0 {
				used++
			}
		}
		require.LessOrEqual(t, used, total)
		require.InDelta(t, residual(u, a.V, x), a.RelativeError, 1e-9)
		require.LessOrEqual(t, a.LeastError, a.RelativeError*(1+1e-12))
		require.Less(t, a.RelativeError, last+1e-12)
		last = a.RelativeError
		if total > 0 && total%200 == 0 && total <= 1000 { // no worse than as many for each column
			even, err := matrix.AtMostNNLS(t.Context(), u, x, total/200, cpd.ExactSupports)
			require.NoError(t, err)
			require.LessOrEqual(t, a.RelativeError, even.RelativeError+1e-12)
			require.LessOrEqual(t, a.LeastError, even.RelativeError+1e-12)
		}
	}
	_, err := matrix.BudgetNNLS(t.Context(), u, x, -1)
	require.ErrorIs(t, err, matrix.ErrRank)
}

// From the components that k-summits finds the error only falls, on data with noise and
// without, and the trace is one of rising sweeps.
func TestLowRankSparseGoesOnFromSummits(t *testing.T) {
	for _, noise := range []float64{0, 0.05} {
		p, err := synth.SparseComponents(4, 2, &synth.SparseOptions{More: 20, Seed: 3})
		require.NoError(t, err)
		rng := rand.New(rand.NewPCG(8, 3))
		p.X.Apply(func(_, _ int, v float64) float64 { return v + noise*rng.Float64() }, p.X)
		o := matrix.NMFOptions{Starts: 4, Seed: 1, Stop: sweep.Any(sweep.Target(1e-8), sweep.RelChange{Tol: 1e-7, Patience: 5}, sweep.MaxSweeps(200))}
		o.Method = matrix.KSummits{K: 2}
		summits, err := matrix.NMF(t.Context(), p.X, 4, &o)
		require.NoError(t, err)
		o.Method = matrix.LowRankSparse{K: 2}
		both, err := matrix.NMF(t.Context(), p.X, 4, &o)
		require.NoError(t, err)
		require.LessOrEqual(t, both.RelativeError, summits.RelativeError*(1+1e-9)+1e-12)
		requireSparseColumns(t, both.V, 2)
		for i, pt := range both.Trace {
			require.Equal(t, i+1, pt.Sweep)
		}
		if noise == 0 {
			miss, err := score.FactorError(p.U, both.U)
			require.NoError(t, err)
			require.Less(t, miss, 1e-6)
			v, err := both.Transform(t.Context(), p.X)
			require.NoError(t, err)
			require.True(t, mat.EqualApprox(v, both.V, 1e-5))
		} else {
			require.Greater(t, len(both.Trace), len(summits.Trace))
		}
	}
}

func TestKSummitsRefuses(t *testing.T) {
	x := uniform(rand.New(rand.NewPCG(8, 2)), 9, 20, 0, 1)
	for _, k := range []int{0, 3, 4} {
		_, err := matrix.NMF(t.Context(), x, 3, &matrix.NMFOptions{Method: matrix.KSummits{K: k}})
		require.ErrorIs(t, err, matrix.ErrMethod)
		_, err = matrix.NMF(t.Context(), x, 3, &matrix.NMFOptions{Method: matrix.LowRankSparse{K: k}})
		require.ErrorIs(t, err, matrix.ErrMethod)
	}
}
