package cpd

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/sweep"
	"github.com/polyad/polyad/tensor"
)

// Units of the data change nothing but the weights: by a power of two, random
// starts and everything after them do not differ by a bit. (FCLS is not among
// these: its rows have a scale of their own.)
func TestScaleOfTheDataIsIrrelevant(t *testing.T) {
	x := planted(newRand(21), []int{6, 5, 4}, 3, true, 0.1)
	for name, methods := range map[string][]Method{
		"ALS": nil, "HALS": same(HALS{}, 3), "NNLS": same(NNLS{}, 3), "mixed": {HALS{}, nil, NNLS{}},
	} {
		for _, init := range []Init{Random{}, SVD{}} {
			o := &Options{Methods: methods, Init: init, Stop: sweep.MaxSweeps(20)}
			want, err := Decompose(t.Context(), x, 3, o)
			require.NoError(t, err)
			for _, power := range []int{-332, -40, 40, 332} { // 1e±100, 1e±12
				at := fmt.Sprintf("%s %T 2^%d", name, init, power)
				by := math.Ldexp(1, power)
				got, err := Decompose(t.Context(), scaled(x, by), 3, o)
				require.NoError(t, err, at)
				if _, ok := init.(Random); ok {
					require.Equal(t, errorsOf(want.Trace), errorsOf(got.Trace), at)
				}
				require.InDeltaSlice(t, errorsOf(want.Trace), errorsOf(got.Trace), 1e-9, at)
				require.InEpsilon(t, want.Model.Weights[0], got.Model.Weights[0]/by, 1e-9, at)
			}
		}
	}
}

// At the ends of what can be squared the answer is still right, and beyond the
// upper one it is refused.
func TestExtremeScales(t *testing.T) {
	x := planted(newRand(21), []int{6, 5, 4}, 3, true, 0.1)
	for name, methods := range map[string][]Method{
		"ALS": nil, "HALS": same(HALS{}, 3), "NNLS": same(NNLS{}, 3), "FCLS": {FCLS{}, HALS{}, HALS{}},
	} {
		for _, by := range []float64{1e-150, 1e-100, 1e100, 1e150} {
			y := scaled(x, by)
			r, err := Decompose(t.Context(), y, 3, &Options{Methods: methods, Stop: sweep.MaxSweeps(20)})
			require.NoError(t, err, "%s at %g", name, by)
			require.InEpsilon(t, slowError(y, r.Model), r.RelativeError, 1e-9, "%s at %g", name, by)
		}
		_, err := Decompose(t.Context(), scaled(x, 1e160), 3, &Options{Methods: methods})
		require.ErrorIs(t, err, ErrNotFinite)
	}
}

func TestDecomposeRejectsDataThatUnderflow(t *testing.T) {
	for _, v := range []float64{1e-155, 1e-160, 1e-170, 1e-300} {
		x := tensor.NewDense([]int{2, 2}, []float64{v, 0, 0, v})
		_, err := Decompose(context.Background(), x, 1, nil)
		require.ErrorIs(t, err, ErrNotFinite, "entries of %g", v)
		require.ErrorContains(t, err, "scale the data up")
	}
	_, err := Decompose(context.Background(), tensor.NewDense([]int{2, 2}, nil), 1, nil)
	require.NoError(t, err, "zero data have the zero model")
}
