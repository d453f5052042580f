package cpd

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// sparseModel is a nonnegative model of which each factor column holds few
// entries, and its tensor, sparse and with its zeros.
func sparseModel(dims []int, rank int) (*tensor.Sparse, *tensor.Dense) {
	rng := newRand(31)
	factors := drawnFactors(rng, dims, rank, true)
	for _, a := range factors {
		rows, _ := a.Dims()
		for i := range rows {
			for r := range rank {
				if rng.IntN(4) > 0 {
					a.Set(i, r, 0)
				}
			}
		}
	}
	dense := tensor.NewKruskal(factors...).Dense()
	return sparseOf(dense), dense
}

func sparseOf(dense *tensor.Dense) *tensor.Sparse {
	dims := dense.Dims()
	index, values := make([][]int32, len(dims)), []float64(nil)
	for at, v := range dense.Data() {
		if v == 0 {
			continue
		}
		values = append(values, v)
		for n := len(dims) - 1; n >= 0; n-- {
			index[n] = append(index[n], int32(at%dims[n]))
			at /= dims[n]
		}
	}
	x, err := tensor.NewSparse(dims, index, values)
	if err != nil {
		panic(err)
	}
	return x
}

// A solver sees no difference between a sparse tensor and the same with its zeros.
func TestDecomposeOnSparseMatchesDense(t *testing.T) {
	for _, dims := range [][]int{{30, 25, 20}, {12, 10, 8, 6}, {40, 30}} {
		x, dense := sparseModel(dims, 3)
		for name, method := range map[string]Method{"ALS": LeastSquares{}, "HALS": HALS{}} {
			for _, init := range []Init{Random{}, SVD{}} {
				t.Run(fmt.Sprintf("%v/%s/%T", dims, name, init), func(t *testing.T) {
					opts := &Options{Methods: same(method, len(dims)), Init: init, Seed: 5, Stop: sweep.MaxSweeps(15)}
					want, err := Decompose(context.Background(), dense, 3, opts)
					require.NoError(t, err)
					got, err := Decompose(context.Background(), x, 3, opts)
					require.NoError(t, err)
					require.Len(t, got.Trace, len(want.Trace))
					for k, p := range want.Trace {
						require.InDelta(t, p.RelativeError, got.Trace[k].RelativeError, 1e-6, "sweep %d", k)
					}
				})
			}
		}
	}
}

// Exact data are fitted below what the identity for the error can see.
func TestDecomposeOnSparseRecovers(t *testing.T) {
	x, _ := sparseModel([]int{30, 25, 20}, 3)
	r, err := Decompose(context.Background(), x, 3, &Options{Init: SVD{}, Starts: 3, Stop: sweep.Any(sweep.Target(1e-12), sweep.MaxSweeps(500))})
	require.NoError(t, err)
	require.Less(t, r.RelativeError, 1e-10)
}

func TestDecomposeOnSparseOfNothing(t *testing.T) {
	x, err := tensor.NewSparse([]int{3, 4, 5}, make([][]int32, 3), nil)
	require.NoError(t, err)
	r, err := Decompose(context.Background(), x, 2, nil)
	require.NoError(t, err)
	require.Zero(t, r.RelativeError)
}
