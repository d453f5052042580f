package format

import (
	"encoding/binary"
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

// Rows of any mode that stay in the file are those that are read.
func TestTiledPartIsThePart(t *testing.T) {
	for _, kind := range []int{4, 5} {
		for _, interleave := range []string{"bsq", "bil", "bip"} {
			a, err := Open(enviCube(t, [3]int{5, 4, 7}, interleave, kind, binary.BigEndian, func(i, j, b int) float64 { return float64(i*100 + j*10 + b) }))
			require.NoError(t, err)
			defer a.Close()
			for n, size := range a.Dims {
				want, err := a.Part(n, 1, size-1)
				require.NoError(t, err)
				got, err := a.TiledPart(n, 1, size-1, 1, 1<<11)
				require.NoError(t, err)
				require.Equal(t, want.Dims(), got.Dims())
				var index [3][]int32
				for q := range want.Data() {
					at := q
					for m := 2; m >= 0; m-- {
						index[m] = append(index[m], int32(at%want.Dims()[m]))
						at /= want.Dims()[m]
					}
				}
				values := make([]float64, len(want.Data()))
				got.EntriesTo(values, index[:])
				require.Equal(t, want.Data(), values, "%s, mode %d", interleave, n)
			}
		}
	}
}
