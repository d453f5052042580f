package matrix_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
)

func TestFGNSR(t *testing.T) {
	racetest.Slow(t)
	selecttest.Check(t, matrix.FGNSR{Iterations: 300})
}

func TestOmegaMatchesAuthors(t *testing.T) {
	for c := 1; c <= 3; c++ {
		dir := fmt.Sprintf("ref/dict/omega_case%d/", c)
		x, _ := readNPY(t, sharedtest.Path(t, dir+"C.npy"))
		w, _ := readNPY(t, sharedtest.Path(t, dir+"w.npy"))
		top, _ := readNPY(t, sharedtest.Path(t, dir+"ub.npy"))
		want, _ := readNPY(t, sharedtest.Path(t, dir+"X2.npy"))
		matrix.ProjectOmega(x, w.RawMatrix().Data, top.At(0, 0))
		assert.True(t, mat.EqualApprox(want, x, 1e-14), dir)
	}
}

// The authors' program: the columns in order, X and the objective of every
// iteration, with μ moving and without; and the columns with unit weights.
func TestFGNSRMatchesAuthors(t *testing.T) {
	racetest.Slow(t)
	for c := 1; c <= 4; c++ {
		dir := fmt.Sprintf("ref/dict/sep_case%d/", c)
		m, _ := readNPY(t, sharedtest.Path(t, dir+"M.npy"))
		_, n := m.Dims()
		for name, s := range map[string]matrix.FGNSR{
			"fgnsr": {Offset: 1e-3}, "fgnsr_fixmu": {Offset: 1e-3, FixedMu: true}, "fgnsr_w1": {Offset: 1e-3, Weights: ones(n)},
		} {
			if c == 2 && name != "fgnsr" {
				continue // the largest of the four
			}
			_, k := readNPY(t, sharedtest.Path(t, dir+"K_"+name+".npy"))
			got, err := s.Solve(context.Background(), m, len(k))
			require.NoError(t, err)
			assert.Equal(t, k, got.Index, dir+name)
			if name == "fgnsr_w1" {
				continue // X is not recorded
			}
			want, _ := readNPY(t, sharedtest.Path(t, dir+name+"_X.npy"))
			tol := 1e-6
			if c == 2 || s.FixedMu {
				tol = 1e-3 // a restart is close to a tie
			}
			assert.True(t, mat.EqualApprox(want, got.X, tol), dir+name)
		}
		hist, _ := readNPY(t, sharedtest.Path(t, dir+"fgnsr_fval_hist.npy"))
		_, k := readNPY(t, sharedtest.Path(t, dir+"K_fgnsr.npy"))
		got, err := matrix.FGNSR{Offset: 1e-3, Iterations: 99}.Solve(context.Background(), m, len(k))
		require.NoError(t, err)
		assert.InDeltaSlice(t, hist.RawMatrix().Data[:100], got.Objective, 1e-9*got.Objective[0], dir)
	}
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for j := range w {
		w[j] = 1
	}
	return w
}

// All of the thousand iterations on a hundred centroids, and the objective of the first
// ones on five hundred.
func TestFGNSRMatchesAuthorsOnUrban(t *testing.T) {
	racetest.Slow(t)
	for _, n := range []int{100, 500} {
		dir := fmt.Sprintf("ref/dict/fgnsr_urban_n%d/", n)
		z, _ := readNPY(t, sharedtest.Path(t, dir+"Zs.npy"))
		_, want := readNPY(t, sharedtest.Path(t, dir+"K0.npy"))
		diag, _ := readNPY(t, sharedtest.Path(t, dir+"diagX.npy"))
		hist, _ := readNPY(t, sharedtest.Path(t, dir+"fh100.npy"))
		s := matrix.FGNSR{Weights: ones(n), Offset: 1e-3}
		if n == 500 {
			s.Iterations = 50
		}
		got, err := s.Solve(context.Background(), z, 6)
		require.NoError(t, err)
		assert.InDeltaSlice(t, hist.RawMatrix().Data[:50], got.Objective[:50], 1e-6*got.Objective[0], dir) // their fit in μ is not exact
		if n == 500 {
			continue
		}
		assert.Equal(t, want, got.Index, dir)
		for j := range n {
			assert.InDelta(t, diag.At(j, 0), got.X.At(j, j), 1e-4, "%s %d", dir, j)
		}
	}
}
