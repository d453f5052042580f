package format

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format/npy"
)

func TestPartIsTheRowsOfTheWhole(t *testing.T) {
	data := make([]float64, 3*4*5)
	for i := range data {
		data[i] = float64(i)
	}
	at := folder(t, map[string]string{"x.npy": written(t, func(w io.Writer) error { return npy.Write(w, []int{3, 4, 5}, data) })})
	a, err := Open(at("x.npy"))
	require.NoError(t, err)
	defer a.Close()
	for n, size := range a.Dims {
		x, err := a.Part(n, 1, size)
		require.NoError(t, err)
		k := 0
		for i := range data {
			index := []int{i / 20, i / 5 % 4, i % 5}
			if index[n] == 0 {
				continue
			}
			require.Equal(t, data[i], x.Data()[k], "mode %d, entry %d", n, i)
			k++
		}
		require.Len(t, x.Data(), k)
	}
}
