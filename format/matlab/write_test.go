package matlab

import (
	"bytes"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is written is read back, in MATLAB's order, of any order and size.
func TestWriteIsReadBack(t *testing.T) {
	want := []Variable{
		{"a", []int{2, 3}, []float64{1, 2, 3, 4, 5, math.Inf(1)}},
		{"vector", []int{3}, []float64{7, -0.5, 1e-300}},
		{"number", nil, []float64{42}},
		{"none", []int{0, 4}, nil},
		{"tensor_of_order_4", []int{2, 1, 3, 2}, []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}},
	}
	var b bytes.Buffer
	require.NoError(t, Write(&b, want))
	f := open(t, b.Bytes())
	require.Len(t, f.Variables(), len(want))
	for k, v := range want {
		info := f.Variables()[k]
		require.Equal(t, v.Name, info.Name)
		require.NoError(t, info.Err)
		s, err := f.Numeric(v.Name)
		require.NoError(t, err)
		got, err := all(s, 5)
		require.NoError(t, err)
		require.Len(t, got, len(v.Data))
		dims := info.Dims
		for at, x := range got { // column-major: undo it by the definition
			row, step, rest := 0, len(got), at
			for _, d := range dims {
				step /= d
				row += rest % d * step
				rest /= d
			}
			require.Equal(t, v.Data[row], x, "%s at %d", v.Name, at)
		}
	}
}

func TestWriteRefuses(t *testing.T) {
	one := []float64{1}
	for want, vars := range map[string][]Variable{
		`"1st" is no name`:          {{"1st", nil, one}},
		`"" is no name`:             {{"", nil, one}},
		"two variables are named":   {{"a", nil, one}, {"a", nil, one}},
		"are 6 values, there are 1": {{"a", []int{2, 3}, one}},
		"can hold":                  {{"a", []int{1 << 20, 1 << 20}, one}},
	} {
		require.ErrorContains(t, Write(io.Discard, vars), want)
	}
	full := errors.New("disk full")
	require.ErrorIs(t, Write(fullDisk{full}, []Variable{{"a", []int{100000}, make([]float64, 100000)}}), full)
}

type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.err }
