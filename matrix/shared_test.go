package matrix_test

import (
	"encoding/binary"
	"encoding/csv"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	rec, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rec
}

func readCSVMatrix(t *testing.T, path string) *mat.Dense {
	t.Helper()
	rec := readCSV(t, path)
	d := mat.NewDense(len(rec), len(rec[0]), nil)
	for i, row := range rec {
		for j, field := range row {
			v, err := strconv.ParseFloat(field, 64)
			require.NoError(t, err)
			d.Set(i, j, v)
		}
	}
	return d
}

var npyHeader = regexp.MustCompile(`'descr': '(<[fi]8)', 'fortran_order': (True|False), 'shape': \((\d+), ?(\d*)\)`)

// readNPY reads version 1 files of 8-byte values with one or two dimensions;
// a vector is a column.
func readNPY(t *testing.T, path string) (floats *mat.Dense, ints []int) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, "\x93NUMPY\x01", string(b[:7]))
	n := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	h := npyHeader.FindStringSubmatch(string(b[:n]))
	require.NotNil(t, h, "header %q", b[:n])
	rows, _ := strconv.Atoi(h[3])
	cols := 1
	if h[4] != "" {
		cols, _ = strconv.Atoi(h[4])
	}
	b = b[n:]
	require.Len(t, b, 8*rows*cols)
	if h[1] == "<i8" {
		for ; len(b) > 0; b = b[8:] {
			ints = append(ints, int(binary.LittleEndian.Uint64(b)))
		}
		return nil, ints
	}
	floats = mat.NewDense(rows, cols, nil)
	for k := range rows * cols {
		i, j := k/cols, k%cols
		if h[2] == "True" {
			i, j = k%rows, k/rows
		}
		floats.Set(i, j, float64frombits(b[8*k:]))
	}
	return floats, nil
}

// indices parses "3944 2824 3704".
func indices(t *testing.T, s string) (k []int) {
	t.Helper()
	for f := range strings.FieldsSeq(s) {
		v, err := strconv.Atoi(f)
		require.NoError(t, err)
		k = append(k, v)
	}
	return k
}
