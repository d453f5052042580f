package mtx

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func read(t *testing.T, s string) *File {
	t.Helper()
	f, err := Read(strings.NewReader(s), int64(len(s)))
	require.NoError(t, err, s)
	return f
}

// dense adds the entries up.
func (f *File) dense() []float64 {
	if f.Data != nil {
		return f.Data
	}
	x := make([]float64, f.Rows*f.Cols)
	for p, v := range f.Values {
		x[int(f.Row[p])*f.Cols+int(f.Col[p])] += v
	}
	return x
}

func TestRead(t *testing.T) {
	for s, want := range map[string][]float64{
		"%%MatrixMarket matrix coordinate real general\n% c\n\n2 3 3\n1 1 5\n2 3 -1.5e1\n2 3 1\n": {5, 0, 0, 0, 0, -14},
		"%%matrixmarket MATRIX Coordinate Integer General\r\n2 2 1\r\n2 1 7\r\n":                  {0, 0, 7, 0},
		"%%MatrixMarket matrix coordinate pattern general\n1 3 2\n1 1\n1 3\n":                     {1, 0, 1},
		"%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n1 1 3\n2 1 4\n":                  {3, 4, 4, 0},
		"%%MatrixMarket matrix coordinate pattern symmetric\n2 2 1\n2 1\n":                        {0, 1, 1, 0},
		"%%MatrixMarket matrix coordinate real skew-symmetric\n2 2 1\n2 1 4\n":                    {0, -4, 4, 0},
		"%%MatrixMarket matrix array real general\n2 3\n1\n2\n3\n4\n% c\n5\n6\n":                  {1, 3, 5, 2, 4, 6},
		"%%MatrixMarket matrix array double general\n1 2\n1 2\n":                                  {1, 2},
		"%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n":                           {1, 2, 2, 3},
		"%%MatrixMarket matrix array real skew-symmetric\n3 3\n1\n2\n3\n":                         {0, -1, -2, 1, 0, -3, 2, 3, 0},
		"%%MatrixMarket matrix coordinate real general\n1 2 0\n":                                  {0, 0},
	} {
		assert.Equal(t, want, read(t, s).dense(), s)
	}
}

func TestReadRefuses(t *testing.T) {
	const real = Magic + " matrix coordinate real general\n"
	for s, want := range map[string]string{
		"":                                             "nothing in it",
		"1 2 3\n":                                      "not of the form",
		Magic + " matrix coordinate real\n":            "not of the form",
		Magic + " vector array real general\n":         "a vector",
		Magic + " matrix list real general\n":          "neither coordinate",
		Magic + " matrix array text general\n":         "none of real",
		Magic + " matrix array real odd\n":             "none of general",
		Magic + " matrix array pattern general\n1 1\n": "no pattern",
		real:                    "line 2: the file ends",
		real + "2 2\n":          `line 2: "2 2" is not rows, columns and number`,
		real + "0 2 0\n":        "a matrix of 0×2",
		real + "2 2 1\n3 1 1\n": "line 3: row 3, column 1 of a matrix 2×2",
		real + "2 2 1\n0 1 1\n": "count from 1",
		real + "2 2 1\n1 1\n":   `line 3: "1 1" is not row, column and value`,
		real + "2 2 2\n1 1 1\n": "line 2 states 2 entries, and there are 1",
		real + "2 2 2147483647": "there are 0",
		Magic + " matrix coordinate pattern general\n1 1 1\n1 1 1":        "is not row and column",
		Magic + " matrix coordinate real symmetric\n2 3 0\n":              "not square",
		Magic + " matrix coordinate real symmetric\n2 2 1\n1 2 1":         "above the diagonal",
		Magic + " matrix coordinate real skew-symmetric\n2 2 1\n1 1 1":    "on the diagonal",
		Magic + " matrix array real general\n2 2\n1\n2\n3\n":              "3 values of a general matrix 2×2, which has 4",
		Magic + " matrix array real general\n2000000000 2000000000\n1\n":  "which has 4000000000000000000",
		Magic + " matrix array real general\n1 1\nx\n":                    `line 3: "x" is not a number`,
		Magic + " matrix array real general\n" + strings.Repeat("%\n", 4): "line 6: the file ends",
	} {
		_, err := Read(strings.NewReader(s), int64(len(s)))
		require.ErrorIs(t, err, ErrFormat, s)
		require.ErrorContains(t, err, want, s)
	}
	for _, s := range []string{" matrix coordinate complex general\n", " matrix array real hermitian\n"} {
		_, err := Read(strings.NewReader(Magic+s), int64(len(Magic+s)))
		require.ErrorIs(t, err, ErrComplex)
	}
}

func TestRoundTrip(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "a.mtx"))
	require.NoError(t, err)
	defer f.Close()
	w, err := NewWriter(f, 3, 4)
	require.NoError(t, err)
	want := &File{Field: "real", Symmetry: "general", Rows: 3, Cols: 4, Row: []int32{0, 2, 2}, Col: []int32{3, 0, 1}, Values: []float64{1.0 / 3, -5e-324, 1e300}}
	for p, v := range want.Values {
		require.NoError(t, w.Write(int(want.Row[p]), int(want.Col[p]), v))
	}
	require.Error(t, w.Write(3, 0, 1))
	require.NoError(t, w.Finish(f))
	b, err := os.ReadFile(f.Name())
	require.NoError(t, err)
	assert.Equal(t, want, read(t, string(b)))
}

// No input makes Read panic, or take much more memory than it has bytes; what it takes
// has indices within its sizes.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		" matrix coordinate real general\n% c\n2 3 2\n1 1 5\n2 3 -1.5e1\n", " matrix coordinate pattern symmetric\n2 2 1\n2 1\n",
		" matrix coordinate integer skew-symmetric\n2 2 1\n2 1 4\n", " matrix array real general\n2 2\n1\n2\n3\n4\n", " matrix array real skew-symmetric\n3 3\n1\n2\n3\n",
	} {
		f.Add([]byte(Magic + s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		x, err := Read(bytes.NewReader(b), int64(len(b)))
		runtime.ReadMemStats(&after)
		if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<20+200*len(b)); got > most {
			t.Fatalf("%d bytes for a file of %d", got, len(b))
		}
		if err != nil {
			return
		}
		if x.Data != nil && len(x.Data) != x.Rows*x.Cols {
			t.Fatal("values")
		}
		for p := range x.Values {
			if i, j := int(x.Row[p]), int(x.Col[p]); i < 0 || j < 0 || i >= x.Rows || j >= x.Cols {
				t.Fatalf("entry %d at %d, %d of %d×%d", p, i, j, x.Rows, x.Cols)
			}
		}
	})
}
