package matrix_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/cpd"
	"github.com/polyad/polyad/matrix"
	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// rowsOf are the rows of a matrix, read in slabs.
type rowsOf struct{ *mat.Dense }

func (r rowsOf) Dims() []int {
	p, n := r.Dense.Dims()
	return []int{p, n}
}

func (r rowsOf) ReadSlab(dst []float64, lo, hi int) error {
	_, n := r.Dense.Dims()
	for i := lo; i < hi; i++ {
		copy(dst[(i-lo)*n:], r.RawRowView(i))
	}
	return nil
}

// NMF by least squares needs passes alone; what needs all entries says so.
func TestNMFOfATiledMatrix(t *testing.T) {
	x := mat.NewDense(40, 15, nil)
	x.Apply(func(i, j int, _ float64) float64 { return float64((i%5+1)*(j%4)+(i%3)*(j%7)) + float64((i*j)%5)/7 }, x)
	y, err := tensor.NewTiled(rowsOf{x}, &tensor.TiledOptions{Memory: 15 * 8 * 40})
	require.NoError(t, err)
	o := &matrix.NMFOptions{Stop: sweep.MaxSweeps(20), Method: matrix.Squares{U: cpd.NNLS{}, V: cpd.NNLS{}}}
	want, err := matrix.NMFTensor(t.Context(), tensor.FromMatrix(x), 3, o)
	require.NoError(t, err)
	got, err := matrix.NMFTensor(t.Context(), y, 3, o)
	require.NoError(t, err)
	require.InDelta(t, want.RelativeError, got.RelativeError, 1e-6)
	for _, m := range []matrix.NMFMethod{matrix.AHALS{}, matrix.Orthogonal{}, matrix.MinimumVolume{}, matrix.Projective{}} {
		o.Method = m
		want, err := matrix.NMFTensor(t.Context(), tensor.FromMatrix(x), 3, o)
		require.NoError(t, err, "%T", m)
		got, err := matrix.NMFTensor(t.Context(), y, 3, o)
		require.NoError(t, err, "%T", m)
		require.InDelta(t, want.RelativeError, got.RelativeError, 1e-6, "%T", m)
	}
	o.Method = matrix.BetaDivergence{Beta: 1}
	_, err = matrix.NMFTensor(t.Context(), y, 3, o)
	require.ErrorIs(t, err, matrix.ErrMethod)
	require.ErrorContains(t, err, "Tiled")
	x.Set(3, 4, -1)
	y, err = tensor.NewTiled(rowsOf{x}, nil)
	require.NoError(t, err)
	o.Method = matrix.Projective{}
	_, err = matrix.NMFTensor(t.Context(), y, 3, o)
	require.ErrorContains(t, err, "X holds -1")
}
