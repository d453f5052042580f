package format

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"github.com/polyad/polyad/format/npy"
	"github.com/polyad/polyad/tensor"
)

// enviCube writes rows×cols×bands of the given type, entry (i, j, b) being
// value(i, j, b), and returns the name of the header.
func enviCube(t *testing.T, dims [3]int, interleave string, kind int, order binary.ByteOrder, value func(i, j, b int) float64) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "cube.hdr")
	loop := map[string][3]int{"bsq": {2, 0, 1}, "bil": {0, 2, 1}, "bip": {0, 1, 2}}[interleave]
	var data bytes.Buffer
	var at [3]int
	for at[loop[0]] = 0; at[loop[0]] < dims[loop[0]]; at[loop[0]]++ {
		for at[loop[1]] = 0; at[loop[1]] < dims[loop[1]]; at[loop[1]]++ {
			for at[loop[2]] = 0; at[loop[2]] < dims[loop[2]]; at[loop[2]]++ {
				v := value(at[0], at[1], at[2])
				switch kind {
				case 2:
					require.NoError(t, binary.Write(&data, order, int16(v)))
				case 4:
					require.NoError(t, binary.Write(&data, order, float32(v)))
				case 13:
					require.NoError(t, binary.Write(&data, order, uint32(v)))
				default:
					require.NoError(t, binary.Write(&data, order, v))
				}
			}
		}
	}
	big := 0
	if order == binary.BigEndian {
		big = 1
	}
	head := fmt.Sprintf("ENVI\nlines = %d\nsamples = %d\nbands = %d\ndata type = %d\ninterleave = %s\nbyte order = %d\nheader offset = 0\n", dims[0], dims[1], dims[2], kind, interleave, big)
	require.NoError(t, os.WriteFile(name, []byte(head), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(name), "cube.img"), data.Bytes(), 0o600))
	return name
}

// sameTiled checks products of all modes against the array in memory divided by scale.
func sameTiled(t *testing.T, name string, memory int64, scale float64) *tensor.Tiled {
	t.Helper()
	a, err := Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { a.Close() })
	x, err := a.Dense()
	require.NoError(t, err)
	for i := range x.Data() {
		x.Data()[i] /= scale
	}
	y, err := a.Tiled(memory, scale)
	require.NoError(t, err)
	require.Equal(t, x.Dims(), y.Dims())
	require.InEpsilon(t, x.SquaredNorm(), y.SquaredNorm(), 1e-13)
	factors := make([]*mat.Dense, len(x.Dims()))
	for n, d := range x.Dims() {
		factors[n] = mat.NewDense(d, 2, nil)
		factors[n].Apply(func(i, j int, _ float64) float64 { return math.Sin(float64(3*i + 5*j + n)) }, factors[n])
	}
	for n, d := range x.Dims() {
		want, got := mat.NewDense(d, 2, nil), mat.NewDense(d, 2, nil)
		x.MTTKRP(want, factors, n)
		y.MTTKRP(got, factors, n)
		require.True(t, mat.EqualApprox(want, got, 1e-12*math.Sqrt(x.SquaredNorm()*float64(len(x.Data())))), "%s, mode %d", name, n)
	}
	return y
}

// Every interleave, type and order of bytes gives the tensor that the file holds.
func TestTiledReadsImagesAsTheyLie(t *testing.T) {
	dims := [3]int{7, 5, 11}
	value := func(i, j, b int) float64 { return float64((i*31+j*17+b*7)%97) - 40 }
	for interleave, mode := range map[string]int{"bsq": 2, "bil": 0, "bip": 0} {
		for _, kind := range []int{2, 4, 5} {
			for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
				y := sameTiled(t, enviCube(t, dims, interleave, kind, order, value), 1<<12, 1+float64(kind))
				require.Equal(t, mode, y.TiledMode(), interleave)
				require.NoError(t, y.Err())
			}
		}
	}
	sameTiled(t, enviCube(t, [3]int{1, 5, 3}, "bil", 13, binary.BigEndian, func(i, j, b int) float64 { return float64(i + j + b) }), 1<<10, 1)
}

func TestTiledReadsNPYOfEitherOrder(t *testing.T) {
	dims := []int{1, 6, 4, 5}
	data := make([]float64, 120)
	for i := range data {
		data[i] = float64(i%13) - 5.5
	}
	var c bytes.Buffer
	require.NoError(t, npy.Write(&c, dims, data))
	dir := t.TempDir()
	for name, mode := range map[string]int{"False": 1, "True": 3} {
		file := filepath.Join(dir, name+".npy")
		text := bytes.Replace(c.Bytes(), []byte("'fortran_order': False, "), []byte(fmt.Sprintf("%-25s", "'fortran_order': "+name+","))[:24], 1)
		require.Len(t, text, c.Len())
		require.NoError(t, os.WriteFile(file, text, 0o600))
		require.Equal(t, mode, sameTiled(t, file, 1<<12, 3).TiledMode())
	}
}

// A file that is cut short after it was opened never gives an answer.
func TestTiledOfAFileThatShrinks(t *testing.T) {
	name := enviCube(t, [3]int{7, 5, 11}, "bil", 4, binary.LittleEndian, func(i, j, b int) float64 { return float64(i + j + b) })
	a, err := Open(name)
	require.NoError(t, err)
	defer a.Close()
	y, err := a.Tiled(1<<12, 1)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(filepath.Join(filepath.Dir(name), "cube.img"), 900))
	require.True(t, math.IsNaN(y.SquaredNorm()))
	require.ErrorContains(t, y.Err(), "entries")
	require.ErrorContains(t, y.Err(), "ends before its data")
}

func TestTiledRefusesWhatIsReadWhole(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.csv")
	require.NoError(t, os.WriteFile(name, []byte("1,2\n3,4\n"), 0o600))
	a, err := Open(name)
	require.NoError(t, err)
	defer a.Close()
	_, err = a.Tiled(1<<20, 1)
	require.ErrorIs(t, err, ErrKind)
	require.ErrorContains(t, err, "save it as .npy")
}
