package main

import (
	"encoding/binary"
	"io"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

func TestParseLibrary(t *testing.T) {
	for text, want := range map[string]librarySpec{
		"a.npy":                   {"", "a.npy", 0, -1},
		"soil=dir/a.mat#D":        {"soil", "dir/a.mat#D", 0, -1},
		"soil=a.mat#D:1..3":       {"soil", "a.mat#D", 1, 3},
		"a.mat:2..":               {"", "a.mat", 2, -1},
		"a.mat:..2":               {"", "a.mat", 0, 2},
		"a.mat:..":                {"", "a.mat", 0, -1},
		"a.mat:0..0":              {"", "a.mat", 0, 0},
		"C:/a.mat:0..1":           {"", "C:/a.mat", 0, 1},
		"dir/x=y.mat":             {"", "dir/x=y.mat", 0, -1},
		"dry grass=x=y.mat#a:1..": {"dry grass", "x=y.mat#a", 1, -1},
	} {
		got, err := parseLibrary("--lib ", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ":1..2", "a:2..1", "a:99999999999999999999..", "a:0..99999999999999999999"} {
		_, err := parseLibrary("--lib ", text)
		require.ErrorAs(t, err, &usageError{}, text)
	}
}

func TestParseLibrariesNames(t *testing.T) {
	specs, err := parseLibraries("--lib ", []string{"d/a.mat#tree", "e/a.mat#tree", "x.sli", "soil=y.npy"})
	require.NoError(t, err)
	var names []string
	for _, s := range specs {
		names = append(names, s.name)
	}
	require.Equal(t, []string{"tree", "a.mat#tree", "x", "soil"}, names)
	_, err = parseLibraries("--dict 1:", []string{"emission.csv:3..2"})
	require.ErrorContains(t, err, "--dict 1:emission.csv:3..2: the bounds 3..2 are empty")
	_, err = parseLibraries("--lib ", []string{"x=a", "x=b"})
	require.ErrorContains(t, err, "two libraries are called x")
}

func TestParseAngle(t *testing.T) {
	for text, want := range map[string]float64{"": 0, "0": 0, "3deg": 3 * math.Pi / 180, "0.05": 0.05} {
		got, err := parseAngle("prune", text)
		require.NoError(t, err, text)
		require.InDelta(t, want, got, 1e-15, text)
	}
	for _, text := range []string{"x", "-1", "deg", "90deg", "1.6", "NaN"} {
		_, err := parseAngle("prune", text)
		require.ErrorAs(t, err, &usageError{}, text)
	}
}

// A cube's pixels are those of the matrix.
func TestPixels(t *testing.T) {
	y := pixels([]float64{ // 2×3 pixels of 2 bands
		0, 10, 1, 11, 2, 12,
		3, 13, 4, 14, 5, 15,
	}, []int{2, 3, 2})
	require.Equal(t, []float64{0, 3, 1, 4, 2, 5, 10, 13, 11, 14, 12, 15}, y.RawMatrix().Data)
	row := mat.NewDense(2, 6, []float64{0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15})
	require.True(t, mat.Equal(y, columnOrder(row, 2, 3)))
	require.Equal(t, []float64{0, 1, 2, 3, 4, 5}, rowMajor(y.RawRowView(0), &scene{Image: image(2, 3)}))
}

// Rows count from 1 in a MATLAB file and from 0 elsewhere.
func TestReadIndex(t *testing.T) {
	f := newFiles(t)
	f.array("i.npy", []int{3}, []float64{4, 0, 2})
	f.write("i.mat", func(w io.Writer) error { // level 4: type, rows, columns, complex, length of the name
		if err := binary.Write(w, binary.LittleEndian, []int32{0, 3, 1, 0, 2}); err != nil {
			return err
		}
		if _, err := io.WriteString(w, "i\x00"); err != nil {
			return err
		}
		return binary.Write(w, binary.LittleEndian, []float64{5, 1, 3})
	})
	for _, name := range []string{f.path("i.npy"), f.path("i.mat#i")} {
		index, err := readIndex(name)
		require.NoError(t, err)
		require.Equal(t, []int{4, 0, 2}, index, name)
	}
	for _, bad := range [][]float64{{-1}, {0.5}, {1e18}, {nan()}} {
		_, err := readIndex(f.array("bad.npy", []int{1}, bad))
		require.ErrorContains(t, err, "no row number", "%v", bad)
	}
}
