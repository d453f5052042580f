package format

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/polyad/polyad/format/npy"
)

// folder holds files of the given contents.
func folder(t *testing.T, files map[string]string) func(name string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	return func(name string) string { return filepath.Join(dir, name) }
}

func written(t *testing.T, write func(w io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b))
	return b.String()
}

var (
	two = func(w io.Writer) error { return npy.Write(w, []int{2, 3}, []float64{0, 1, 2, 3, 4, 5}) }
	// many has two arrays and a number; one a single array of order 2.
	many = func(w io.Writer) error {
		return npy.WriteArchive(w, []npy.Variable{
			{Name: "alpha", Dims: []int{2, 2}, Data: []float64{1, 2, 3, 4}},
			{Name: "beta", Dims: []int{2, 1, 2}, Data: []float64{5, 6, 7, 8}},
			{Name: "n", Data: []float64{9}},
		})
	}
	one = func(w io.Writer) error {
		return npy.WriteArchive(w, []npy.Variable{
			{Name: "n", Data: []float64{9}},
			{Name: "X", Dims: []int{2, 2}, Data: []float64{1, 2, 3, 4}},
			{Name: "v", Dims: []int{3}, Data: []float64{1, 2, 3}},
		})
	}
)

const header = "ENVI\nsamples = 3\nlines = 2\nbands = 1\ndata type = 1\nwavelength = {500}\n"

const mtxArray = "%%MatrixMarket matrix array real general\n2 3\n0\n3\n1\n4\n2\n5\n"

// level4 is a MATLAB v4 file: type 0 (little-endian double, full), 2×3, real,
// "M" with its zero, then column-major values.
const level4 = "\x00\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00M\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x00\x00\x00\x00\x00\x08\x40" + // 0 3
	"\x00\x00\x00\x00\x00\x00\xf0\x3f" + "\x00\x00\x00\x00\x00\x00\x10\x40" + // 1 4
	"\x00\x00\x00\x00\x00\x00\x00\x40" + "\x00\x00\x00\x00\x00\x00\x14\x40" // 2 5

func TestOpenByContent(t *testing.T) {
	at := folder(t, map[string]string{
		"a.npy": written(t, two), "a.dat": written(t, two), "c.hdr": header, "c.img": "\x00\x01\x02\x03\x04\x05",
		"t.csv": "0,1,2\n3,4,5\n", "plain": "0;1;2\n3;4;5\n", "m.mat": level4, "x#y.csv": "0,1,2\n3,4,5\n",
		"d.ldac": "2 1:1 2:2\n3 0:3 1:4 2:5\n", "e": "2 1:1 2:2\n3 0:3 1:4 2:5\n", "d.tsv": "b c c\tx\na a a b b b b c c c c c\ty\n", "d.vocab": "a\nb\nc\n",
		"a.tns": "# sizes 2 3\n1 2 1\n2 1 3\n1 3 2\n2 2 4\n2 3 5\n", "t.txt": "matrix\n2\n2 3\n0 1 2\n3 4 5\n", "a.mtx": mtxArray,
		"lib/a.txt": "a\n400 0\n410 3\n", "lib/b.txt": "a\n400 1\n410 4\n", "lib/c.asc": "400,2\n410,5\n",
	})
	for _, c := range []struct {
		name, format string
		dims         []int
	}{
		{"a.npy", "npy", []int{2, 3}},
		{"a.dat", "npy", []int{2, 3}},
		{"c.hdr", "envi", []int{2, 3, 1}},
		{"c.img", "envi", []int{2, 3, 1}},
		{"c", "envi", []int{2, 3, 1}},
		{"d.ldac", "ldac", []int{2, 3}},
		{"e", "ldac", []int{2, 3}},
		{"d.tsv", "corpus", []int{2, 3}},
		{"t.csv", "csv", []int{2, 3}},
		{"plain", "csv", []int{2, 3}},
		{"m.mat", "matlab", []int{2, 3}},
		{"m.mat#M", "matlab", []int{2, 3}},
		{"x#y.csv", "csv", []int{2, 3}},
		{"a.tns", "tns", []int{2, 3}},
		{"t.txt", "tns", []int{2, 3}},
		{"a.mtx", "mtx", []int{2, 3}},
		{"lib", "splib", []int{2, 3}},
	} {
		a, x := open(t, at(c.name))
		assert.Equal(t, c.format, a.Format, c.name)
		assert.Equal(t, c.dims, a.Dims, c.name)
		assert.Equal(t, []float64{0, 1, 2, 3, 4, 5}, x, c.name)
		slab := make([]float64, 3)
		require.NoError(t, a.ReadSlab(t.Context(), slab, 1, 2), c.name)
		assert.Equal(t, []float64{3, 4, 5}, slab, c.name)
		require.Error(t, a.ReadSlab(t.Context(), slab, 2, 3), c.name)
		if len(c.dims) == 2 {
			m, err := a.Matrix()
			require.NoError(t, err)
			assert.Equal(t, 3.0, m.At(1, 0))
		} else {
			_, err := a.Matrix()
			require.ErrorContains(t, err, "2×3×1")
		}
	}
}

func TestOpenChoosesTheOnlyArray(t *testing.T) {
	at := folder(t, map[string]string{"many.npz": written(t, many), "one.npz": written(t, one)})
	a, x := open(t, at("one.npz"))
	assert.Equal(t, at("one.npz#X"), a.Name)
	assert.Equal(t, []float64{1, 2, 3, 4}, x)
	a, x = open(t, at("one.npz#n"))
	assert.Equal(t, []int{1}, a.Dims)
	assert.Equal(t, []float64{9}, x)
	a, _ = open(t, at("one.npz#v"))
	m, err := a.Matrix()
	require.NoError(t, err)
	assert.Equal(t, 3.0, m.At(2, 0))

	_, err = Open(at("many.npz"))
	require.ErrorIs(t, err, ErrWhich)
	require.ErrorContains(t, err, "many.npz#alpha: alpha (2×2 float64), beta (2×1×2 float64)")
	_, err = Open(at("many.npz#Betta"))
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorContains(t, err, "nearest first, beta (")
	list, err := Variables(at("many.npz"))
	require.NoError(t, err)
	require.Len(t, list, 3)
	assert.Equal(t, VariableInfo{Name: "beta", Dims: []int{2, 1, 2}, Type: "float64", Numeric: true}, list[1])
}

func TestOpenRefuses(t *testing.T) {
	at := folder(t, map[string]string{
		"a.npy": written(t, two), "short.npy": written(t, two)[:150], "empty.npy": "", "c.hdr": header, "d.bin": "\x01\x02\x03",
		"h.mat": "\x89HDF\r\n\x1a\n", "x.gz": "\x1f\x8b\x08", "none.npz": written(t, func(w io.Writer) error { return npy.WriteArchive(w, nil) }),
		"zero.npy": written(t, func(w io.Writer) error { return npy.Write(w, []int{0, 3}, nil) }), "bad.csv": "1,2\n3,x\n", "e.hdr": header, "e.img": "\x01",
		"book.npz": "PK\x03\x04 and nothing", "some.mat": "neither this nor that, but long enough for a header",
	})
	for _, c := range []struct {
		name string
		kind error
		want string
	}{
		{"b.npy", ErrNotFound, "nearest there: a.npy"},
		{"no/such/x.npy", ErrNotFound, "no folder"},
		{".", ErrUnknown, "is a folder"},
		{"empty.npy", ErrEmpty, "write or copy it again"},
		{"short.npy", nil, "the file has 150 in all"},
		{"a.npy#X", ErrNotFound, "leave out #X"},
		{"c.hdr", nil, "no data beside"},
		{"e.img", nil, "6 bytes"},
		{"d.bin", ErrUnknown, `begins with "\x01\x02\x03"; readable are npy (.npy)`},
		{"h.mat", nil, "-v7"},
		{"x.gz", ErrUnknown, "unpack it first"},
		{"none.npz", nil, "none.npz"},
		{"book.npz", nil, "book.npz"},
		{"some.mat", nil, "MAT file"},
	} {
		_, err := Open(at(c.name))
		require.Error(t, err, c.name)
		if c.kind != nil {
			require.ErrorIs(t, err, c.kind, c.name)
		}
		require.ErrorContains(t, err, c.want, c.name)
		_, err = Strings(at(c.name))
		require.Error(t, err, c.name)
	}
	a, err := Open(at("zero.npy"))
	require.NoError(t, err)
	_, err = a.Dense()
	require.ErrorIs(t, err, ErrEmpty)
	a, err = Open(at("bad.csv"))
	if err == nil {
		_, err = a.Dense()
	}
	require.ErrorContains(t, err, "line 2, column 2")
}

func TestStrings(t *testing.T) {
	text := "\x93NUMPY\x01\x00\x3f\x00{'descr': '|S2', 'fortran_order': False, 'shape': (2,)}       \noak\x00"
	at := folder(t, map[string]string{
		"n.npy": text, "t.csv": "class,1.5,2.5\noak,1,2\nelm,3,4\n",
		"l.hdr": "ENVI\nsamples = 1\nlines = 2\nbands = 1\ndata type = 1\nfile type = ENVI Spectral Library\nspectra names = {oak, elm}\n", "l.sli": "\x01\x02",
	})
	names, err := Strings(at("n.npy"))
	require.NoError(t, err)
	assert.Equal(t, []string{"oa", "k"}, names)
	for _, name := range []string{"t.csv", "l.sli"} {
		names, err := Strings(at(name))
		require.NoError(t, err)
		assert.Equal(t, []string{"oak", "elm"}, names)
	}
	a, _ := open(t, at("t.csv"))
	assert.Equal(t, []float64{1.5, 2.5}, a.Meta.Wavelengths)
}

// A compressed array that claims much more than it holds is found out before
// the memory for it is taken.
func TestDenseVerifiesGreatClaims(t *testing.T) {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("x.npy")
	require.NoError(t, err)
	fmt.Fprintf(w, "\x93NUMPY\x01\x00\x46\x00%-69s\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (10000, 1000), }")
	_, err = w.Write(make([]byte, 9_999_999))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	// The directory repeats the claim.
	file := b.Bytes()
	at := bytes.LastIndex(file, []byte("PK\x01\x02"))
	file[at+24]++
	name := folder(t, map[string]string{"x.npz": string(file)})("x.npz")
	a, err := Open(name)
	require.NoError(t, err)
	defer a.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = a.Dense()
	require.Error(t, err)
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(sure))
}

// Slabs may be read from several goroutines at once, from every format.
func TestReadSlabConcurrently(t *testing.T) {
	at := folder(t, map[string]string{
		"a.npy": written(t, two), "c.hdr": header, "c.img": "\x00\x01\x02\x03\x04\x05", "t.csv": "0,1,2\n3,4,5\n", "m.mat": level4,
		"z.npz": written(t, func(w io.Writer) error {
			return npy.WriteArchive(w, []npy.Variable{{Name: "X", Dims: []int{2, 3}, Data: []float64{0, 1, 2, 3, 4, 5}}})
		}),
	})
	for _, name := range []string{"a.npy", "c.hdr", "t.csv", "m.mat", "z.npz"} {
		a, _ := open(t, at(name))
		var wait sync.WaitGroup
		for worker := range 4 {
			wait.Go(func() {
				row := make([]float64, 3)
				for k := range 20 {
					i := (worker + k) % 2
					if err := a.ReadSlab(t.Context(), row, i, i+1); err != nil || row[0] != float64(3*i) {
						t.Errorf("%s: row %d is %v, %v", name, i, row, err)
					}
				}
			})
		}
		wait.Wait()
	}
}

func TestNearestIsByEdits(t *testing.T) {
	assert.Equal(t, 3, distance("kitten", "sitting"))
	assert.Equal(t, 2, distance("ab", ""))
	assert.Equal(t, []string{"lib1", "lib10"}, nearest("LIB1", []string{"A", "lib10", "lib1"}, 2))
}

func TestWriteFileKeepsTheOldOnFailure(t *testing.T) {
	at := folder(t, map[string]string{"a.npy": "old"})
	failure := errors.New("no more")
	err := WriteFile(at("a.npy"), func(w io.Writer) error {
		fmt.Fprint(w, "half")
		return failure
	})
	require.Equal(t, failure, err)
	content, err := os.ReadFile(at("a.npy"))
	require.NoError(t, err)
	assert.Equal(t, "old", string(content))
	require.NoError(t, WriteFile(at("a.npy"), two))
	_, x := open(t, at("a.npy"))
	assert.Equal(t, []float64{0, 1, 2, 3, 4, 5}, x)
	entries, err := os.ReadDir(filepath.Dir(at("a.npy")))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file stays")
	require.Error(t, WriteFile(at("no/such/folder"), two))
}

// In parts, and rounded where the file holds more than single precision.
func TestDense32(t *testing.T) {
	for _, dims := range [][]int{{1, 3}, {3, 2}, {8, 1, 2}, {9, 2}, {17, 3}} {
		n := 1
		for _, d := range dims {
			n *= d
		}
		data := make([]float64, n)
		for i := range data {
			data[i] = float64(i) + 1.0/3
		}
		at := folder(t, map[string]string{"a.npy": written(t, func(w io.Writer) error { return npy.Write(w, dims, data) })})
		a, err := Open(at("a.npy"))
		require.NoError(t, err)
		x, err := a.Dense32()
		require.NoError(t, err)
		require.NoError(t, a.Close())
		require.Equal(t, dims, x.Dims())
		for i, v := range x.Data() {
			require.Equal(t, float32(data[i]), v, "%v, entry %d", dims, i)
		}
	}
}
