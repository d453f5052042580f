package matrix_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/polyad/polyad/format"
	"github.com/polyad/polyad/internal/racetest"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/matrix/selecttest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func readNPZ(t *testing.T, path, name string) []float64 {
	t.Helper()
	a, err := format.Open(path + "#" + name)
	require.NoError(t, err)
	defer a.Close()
	d, err := a.Dense()
	require.NoError(t, err)
	return d.Data()
}

// The optimum of an exact solver is within the bounds, and these meet.
func TestLinearProgramsMatchExactSolver(t *testing.T) {
	if testing.Short() {
		t.Skip("thousands of iterations")
	}
	racetest.Slow(t)
	for _, c := range []struct {
		number int
		name   string
		tol    float64
		rank   int
	}{
		{3, "lp_GL_rho1", 1e-6, 10},
		{3, "lp_Hottopixx", 1e-2, 10},
		{4, "lp_GL_rho1", 1e-3, 10},
		{4, "lp_GL_rho2", 1e-2, 9},
	} {
		dir := fmt.Sprintf("ref/dict/sep_case%d/", c.number)
		x, _ := readNPY(t, sharedtest.Path(t, dir+"M.npy"))
		file := sharedtest.Path(t, dir+c.name+".npz")
		eps, rho, obj := readNPZ(t, file, "eps")[0], readNPZ(t, file, "rho")[0], readNPZ(t, file, "obj")[0]
		cost := readNPZ(t, file, "p")
		var got *matrix.LinearRegression
		var err error
		o := matrix.LinearOptions{Tol: c.tol, Iterations: 100000}
		if c.name == "lp_Hottopixx" {
			got, err = matrix.Hottopixx{Epsilon: eps, Cost: cost, Solver: o}.Solve(context.Background(), x, 10)
		} else {
			got, err = matrix.MinTrace{Epsilon: rho * eps, Cost: cost, Solver: o}.Solve(context.Background(), x, 10)
		}
		require.NoError(t, err)
		t.Log(file, got.Iterations, got.Lower, got.Upper)
		assert.InDelta(t, obj, got.Upper, c.tol*max(1, math.Abs(obj)), file)
		assert.LessOrEqual(t, got.Lower, obj+1e-7, file)
		assert.GreaterOrEqual(t, got.Upper, obj-1e-7, file)
		assert.Equal(t, c.rank, got.Rank, file)
	}
}

func TestLinearPrograms(t *testing.T) {
	racetest.Slow(t)
	o := matrix.LinearOptions{Tol: 1e-2, Iterations: 1000}
	t.Run("min trace", func(t *testing.T) { selecttest.Check(t, matrix.MinTrace{Solver: o}) })
	t.Run("hottopixx", func(t *testing.T) { selecttest.CheckForm(t, matrix.Hottopixx{Solver: o}) })
}
