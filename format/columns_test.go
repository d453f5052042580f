package format

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// writeNumpy writes the matrix whose entry (i, j) is 100·i + j.
func writeNumpy(t *testing.T, descr string, fortran bool, rows, cols int) string {
	t.Helper()
	order := "False"
	if fortran {
		order = "True"
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': %s, 'shape': (%d, %d), }", descr, order, rows, cols)
	header += fmt.Sprintf("%*s\n", 63-(10+len(header))%64, "")
	b := []byte("\x93NUMPY\x01\x00")
	b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	b = append(b, header...)
	for k := range rows * cols {
		i, j := k/cols, k%cols
		if fortran {
			i, j = k%rows, k/rows
		}
		v := float64(100*i + j)
		switch descr {
		case "<f8":
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		case ">f8":
			b = binary.BigEndian.AppendUint64(b, math.Float64bits(v))
		case "<f4":
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(v)))
		}
	}
	name := filepath.Join(t.TempDir(), "x.npy")
	require.NoError(t, os.WriteFile(name, b, 0o600))
	return name
}

// Every block of columns, of every element type, order and byte order, and of the
// transpose, is that of the matrix read at once.
func TestColumnsAreThoseOfTheMatrix(t *testing.T) {
	for _, descr := range []string{"<f8", ">f8", "<f4"} {
		for _, fortran := range []bool{false, true} {
			for _, sizes := range [][2]int{{1, 1}, {3, 20}, {37, 5}} {
				a, err := Open(writeNumpy(t, descr, fortran, sizes[0], sizes[1]))
				require.NoError(t, err)
				whole, err := a.Matrix()
				require.NoError(t, err)
				c := a.Columns()
				for _, c := range []*Columns{c, c.T()} {
					want := mat.DenseCopyOf(whole)
					if c.turns {
						want = mat.DenseCopyOf(whole.T())
					}
					rows, cols := c.Dims()
					r, k := want.Dims()
					require.Equal(t, []int{r, k}, []int{rows, cols})
					for first := range cols {
						for n := 1; first+n <= cols; n++ {
							dst := make([]float64, rows*n)
							require.NoError(t, c.ReadColumns(dst, first, n))
							require.True(t, mat.Equal(want.Slice(0, rows, first, first+n), mat.NewDense(rows, n, dst)), "%s, Fortran %v, turned %v: %d columns from %d", descr, fortran, c.turns, n, first)
						}
					}
					require.Error(t, c.ReadColumns(make([]float64, rows), cols, 1))
					require.Error(t, c.ReadColumns(make([]float64, rows+1), 0, 1))
				}
				require.NoError(t, a.Close())
			}
		}
	}
}

// A file that is cut off while it is in use is an error that says where; other kinds of
// files have no columns to offer.
func TestColumnsOfOtherFiles(t *testing.T) {
	name := writeNumpy(t, "<f8", false, 10, 10)
	a, err := Open(name)
	require.NoError(t, err)
	defer a.Close()
	require.NoError(t, os.Truncate(name, 300))
	err = a.Columns().ReadColumns(make([]float64, 100), 0, 10)
	require.ErrorContains(t, err, name)
	require.ErrorContains(t, err, "at byte 300")

	table := filepath.Join(t.TempDir(), "x.csv")
	require.NoError(t, os.WriteFile(table, []byte("1,2\n3,4\n"), 0o600))
	b, err := Open(table)
	require.NoError(t, err)
	defer b.Close()
	require.Nil(t, b.Columns())
}
