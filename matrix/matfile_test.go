package matrix_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"io"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func float64frombits(b []byte) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }

// readMAT reads the numeric matrices of a little-endian MATLAB 5 file, as far as
// the scenes of the reference material need.
func readMAT(t *testing.T, path string) map[string]*mat.Dense {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	vars := map[string]*mat.Dense{}
	for b = b[128:]; len(b) >= 8; {
		kind, body, rest := element(b)
		b = rest
		if kind == 15 { // compressed
			r, err := zlib.NewReader(bytes.NewReader(body))
			require.NoError(t, err)
			plain, err := io.ReadAll(r)
			require.NoError(t, err)
			kind, body, _ = element(plain)
		}
		if kind != 14 { // not a matrix
			continue
		}
		_, flags, body := element(body)
		_, dims, body := element(body)
		_, name, body := element(body)
		if class := flags[0]; class < 6 || len(dims) != 8 {
			continue
		}
		valueKind, values, _ := element(body)
		rows, cols := int(binary.LittleEndian.Uint32(dims)), int(binary.LittleEndian.Uint32(dims[4:]))
		size := map[int]int{1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8}[valueKind]
		if rows*cols == 0 || size == 0 {
			continue
		}
		require.Len(t, values, rows*cols*size, "%s", name)
		d := mat.NewDense(rows, cols, nil)
		for k := range rows * cols {
			d.Set(k%rows, k/rows, value(valueKind, values[k*size:]))
		}
		vars[string(name)] = d
	}
	return vars
}

// element splits off a tagged element; matrices in compressed elements, and only
// compressed elements, are not padded to eight bytes.
func element(b []byte) (kind int, body, rest []byte) {
	first := binary.LittleEndian.Uint32(b)
	if n := first >> 16; n > 0 { // small: size and kind in one word
		return int(first & 0xffff), b[4 : 4+n], b[8:]
	}
	n := int(binary.LittleEndian.Uint32(b[4:]))
	end := 8 + n
	if first != 15 {
		end = min(len(b), (end+7)/8*8)
	}
	return int(first), b[8 : 8+n], b[end:]
}

func value(kind int, b []byte) float64 {
	switch kind {
	case 1:
		return float64(int8(b[0]))
	case 2:
		return float64(b[0])
	case 3:
		return float64(int16(binary.LittleEndian.Uint16(b)))
	case 4:
		return float64(binary.LittleEndian.Uint16(b))
	case 5:
		return float64(int32(binary.LittleEndian.Uint32(b)))
	case 6:
		return float64(binary.LittleEndian.Uint32(b))
	case 7:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return float64frombits(b)
}
