package matrix_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/internal/sharedtest"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// The authors' program makes one sweep more than it is asked for: 101 errors.
func TestAHALSMakesTheAuthorsIterates(t *testing.T) {
	read := func(name string) *mat.Dense {
		x, _ := readNPY(t, sharedtest.Path(t, "ref", "dict", "ahals_case1", name+".npy"))
		return x
	}
	x, u0, v0, u, v, e := read("M"), read("U0"), read("V0"), read("U"), read("V"), read("e")
	sweeps, _ := e.Dims()
	got, err := matrix.NMF(context.Background(), x, 6, &matrix.NMFOptions{
		Method: matrix.AHALS{Alpha: 0.5, Delta: 0.1},
		Init:   cpd.Given{Factors: []*mat.Dense{u0, mat.DenseCopyOf(v0.T())}},
		Stop:   sweep.MaxSweeps(sweeps),
	})
	require.NoError(t, err)
	norm := mat.Norm(x, 2)
	for k, p := range got.Trace {
		assert.InEpsilon(t, e.At(k, 0)/norm, p.RelativeError, 1e-10, "sweep %d", k)
	}
	var want, model mat.Dense
	want.Mul(u, v)
	model.Mul(got.U, got.V)
	model.Sub(&model, &want)
	assert.Less(t, mat.Norm(&model, 2), 1e-10*norm)
	for k := range 6 { // the components themselves, at unit norm and sorted
		best := math.Inf(1)
		for j := range 6 {
			size := mat.Norm(u.ColView(j), 2)
			var du, dv mat.VecDense
			du.AddScaledVec(got.U.ColView(k), -1/size, u.ColView(j))
			dv.AddScaledVec(got.V.RowView(k), -size, v.RowView(j))
			best = min(best, max(mat.Norm(&du, math.Inf(1)), mat.Norm(&dv, math.Inf(1))/mat.Max(got.V)))
		}
		assert.Less(t, best, 1e-10)
	}
}

func TestAHALSOfSparseDataIsThatOfDenseData(t *testing.T) {
	x, s := sparseMatrix(rand.New(rand.NewPCG(5, 1)), 40, 70, 0.1)
	o := &matrix.NMFOptions{Method: matrix.AHALS{Alpha: -1}, Stop: sweep.MaxSweeps(20)}
	dense, err := matrix.NMF(context.Background(), x, 4, o)
	require.NoError(t, err)
	sparse, err := matrix.NMFTensor(context.Background(), s, 4, o)
	require.NoError(t, err)
	assert.InEpsilon(t, dense.RelativeError, sparse.RelativeError, 1e-10)
	assert.True(t, mat.EqualApprox(dense.U, sparse.U, 1e-9))
}

// sparseMatrix draws a matrix that is zero but for a share of its entries.
func sparseMatrix(rng *rand.Rand, p, n int, share float64) (*mat.Dense, *tensor.Sparse) {
	x := mat.NewDense(p, n, nil)
	index, values := make([][]int32, 2), []float64(nil)
	for i := range p {
		for j := range n {
			if rng.Float64() < share {
				v := rng.Float64() + 0.1
				x.Set(i, j, v)
				index[0], index[1], values = append(index[0], int32(i)), append(index[1], int32(j)), append(values, v)
			}
		}
	}
	s, err := tensor.NewSparse([]int{p, n}, index, values)
	if err != nil {
		panic(err)
	}
	return x, s
}
