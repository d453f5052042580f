package npy

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// file is a .npy file of a version with a header as it stands.
func file(version byte, header string, payload ...byte) []byte {
	b := append([]byte(Magic), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	return append(append(b, header...), payload...)
}

func TestReadHeaderForms(t *testing.T) {
	payload := []byte{1, 2, 3, 4, 5, 6}
	for _, c := range []struct {
		version byte
		header  string
		dims    []int
		data    []float64
	}{
		{1, "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }  \n", []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}},
		{1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }\n", []int{2, 3}, []float64{1, 3, 5, 2, 4, 6}},
		{2, "{'shape': (2L, 3L), 'fortran_order': False, 'descr': '|u1'}", []int{2, 3}, []float64{1, 2, 3, 4, 5, 6}},
		{3, `{"descr":"|u1","fortran_order":False,"shape":(6,)}`, []int{6}, []float64{1, 2, 3, 4, 5, 6}},
		{1, "{'descr': u'u1', 'fortran_order': False, 'shape': (6L,), }", []int{6}, []float64{1, 2, 3, 4, 5, 6}},
		{1, "{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }", []int{3}, []float64{258, 772, 1286}},
		{1, "{'descr': '<i2', 'fortran_order': False, 'shape': (3, 1), }", []int{3, 1}, []float64{513, 1027, 1541}},
		{1, "{'descr': '|b1', 'fortran_order': False, 'shape': (6,), }", []int{6}, []float64{1, 1, 1, 1, 1, 1}},
		{1, "{'descr': '|i1', 'fortran_order': False, 'shape': (), }", []int{1}, []float64{1}},
		{1, "{'descr': '|i1', 'fortran_order': True, 'shape': (2, 0), }", []int{2, 0}, []float64{}},
	} {
		dims, data, err := Read(bytes.NewReader(file(c.version, c.header, payload...)))
		require.NoError(t, err, c.header)
		assert.Equal(t, c.dims, dims, c.header)
		assert.Equal(t, c.data, data, c.header)
	}
}

func TestReadRefuses(t *testing.T) {
	header := func(descr, shape string) []byte {
		return file(1, "{'descr': "+descr+", 'fortran_order': False, 'shape': "+shape+", }", make([]byte, 64)...)
	}
	for _, c := range []struct {
		name string
		file []byte
		want string
	}{
		{"complex", header("'<c16'", "(2,)"), "complex128"},
		{"complex64", header("'>c8'", "(2,)"), "abs(x)"},
		{"structured", header("[('x', '<f8'), ('y', '<i4', (2, 3))]", "(2,)"), "structured"},
		{"objects", header("'|O'", "(2,)"), "pickled"},
		{"text", header("'<U5'", "(2,)"), "no numbers"},
		{"dates", header("'<M8[ns]'", "(2,)"), "dates"},
		{"long double", header("'<f16'", "(2,)"), "float128"},
		{"records", header("'|V8'", "(2,)"), "structured"},
		{"nothing", nil, "too short"},
		{"other file", []byte("hello, world"), "begin"},
		{"version 4", file(4, "{}"), "version 4"},
		{"long header", append([]byte(Magic), 2, 0, 0xff, 0xff, 0xff, 0x7f), "2147483647"},
		{"negative", header("'<f8'", "(-2,)"), "size"},
		{"overflow", header("'<f8'", "(4611686018427387904, 16)"), "too large"},
		{"no int", header("'<f8'", "(99999999999999999999,)"), "size"},
		{"65 modes", header("'<f8'", "("+strings.Repeat("1, ", 65)+")"), "64 modes"},
		{"no key", file(1, "{'descr': '<f8', 'fortran_order': False, }"), `"shape"`},
		{"twice", file(1, "{'descr': '<f8', 'descr': '<f8', }"), "twice"},
		{"strange key", file(1, "{'colour': '<f8'}"), "colour"},
		{"open string", file(1, "{'descr': '<f8"), "without an end"},
		{"open list", file(1, "{'descr': [('x', '<f8'"), "without an end"},
		{"rest", file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2,)} and more"), "follows"},
	} {
		_, _, err := Read(bytes.NewReader(c.file))
		require.ErrorContains(t, err, c.want, c.name)
		_, err = NewArray(bytes.NewReader(c.file), int64(len(c.file)))
		require.ErrorContains(t, err, c.want, c.name)
	}
}

// What is written reads back to the same bits, by both readers, in an archive
// and alone.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dims := rapid.SliceOfN(rapid.IntRange(1, 5), 1, 4).Draw(t, "dims")
		n := 1
		for _, d := range dims {
			n *= d
		}
		data := rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "data")
		data[0] = math.Inf(-1)
		var b bytes.Buffer
		require.NoError(t, Write(&b, dims, data))
		require.Zero(t, (b.Len()-8*n)%64)
		got, values, err := Read(bytes.NewReader(b.Bytes()))
		require.NoError(t, err)
		require.Equal(t, dims, got)
		require.Equal(t, data, values)

		var z bytes.Buffer
		require.NoError(t, WriteArchive(&z, []Variable{{"empty", []int{0, 2}, nil}, {"X", dims, data}}))
		a, err := NewArchive(bytes.NewReader(z.Bytes()), int64(z.Len()))
		require.NoError(t, err)
		require.Len(t, a.Entries, 2)
		x, err := a.Array("X")
		require.NoError(t, err)
		clear(values)
		require.NoError(t, x.ReadSlab(t.Context(), values, 0, dims[0]))
		require.Equal(t, data, values)
		last := values[n/dims[0]*(dims[0]-1):]
		clear(last)
		require.NoError(t, x.ReadSlab(t.Context(), last, dims[0]-1, dims[0]))
		require.Equal(t, data, values)
	})
}

func TestWriteRefuses(t *testing.T) {
	var b bytes.Buffer
	require.Error(t, Write(&b, []int{2, 3}, make([]float64, 5)))
	require.Error(t, Write(&b, []int{-1}, nil))
	require.Error(t, Write(&b, []int{math.MaxInt, 2}, nil))
	for _, name := range []string{"", "a/b", `a\b`} {
		require.Error(t, WriteArchive(&b, []Variable{{Name: name, Dims: []int{1}, Data: []float64{1}}}))
	}
	x := Variable{"x", []int{1}, []float64{1}}
	require.ErrorContains(t, WriteArchive(&b, []Variable{x, x}), "twice")
}

// A file cut at any byte is an error, never a panic and never numbers.
func TestReadersRejectEveryCut(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, Write(&b, []int{2, 2}, []float64{1, 2, 3, 4}))
	var z bytes.Buffer
	require.NoError(t, WriteArchive(&z, []Variable{{"x", []int{2, 2}, []float64{1, 2, 3, 4}}}))
	for cut := range b.Len() {
		_, _, err := Read(bytes.NewReader(b.Bytes()[:cut]))
		require.Error(t, err, cut)
		_, err = NewArray(bytes.NewReader(b.Bytes()[:cut]), int64(cut))
		require.Error(t, err, cut)
	}
	for cut := range z.Len() {
		_, err := NewArchive(bytes.NewReader(z.Bytes()[:cut]), int64(cut))
		require.Error(t, err, cut)
	}
}

// deflated is an archive as numpy.savez_compressed makes it.
func deflated(t *testing.T, name string, content []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(name)
	require.NoError(t, err)
	_, err = w.Write(content)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestArchiveReadsCompressedArrays(t *testing.T) {
	content := file(1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", 1, 2, 3, 4, 5, 6)
	z := deflated(t, "A.npy", content)
	a, err := NewArchive(bytes.NewReader(z), int64(len(z)))
	require.NoError(t, err)
	x, err := a.Array("A")
	require.NoError(t, err)
	require.NoError(t, x.Verify())
	data := make([]float64, 6)
	require.NoError(t, x.ReadSlab(t.Context(), data, 0, 2))
	assert.Equal(t, []float64{1, 3, 5, 2, 4, 6}, data)
	require.NoError(t, x.ReadSlab(t.Context(), data[:3], 1, 2))
	assert.Equal(t, []float64{2, 4, 6}, data[:3])
	_, err = a.Array("B")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = a.Strings("A")
	require.ErrorIs(t, err, ErrUnsupported)
}

// A byte changed in an archive shows as a checksum error.
func TestArchiveVerifiesChecksum(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, WriteArchive(&b, []Variable{{"x", []int{2}, []float64{1, 2}}}))
	z := b.Bytes()
	z[bytes.Index(z, []byte{0xf0, 0x3f})] ^= 1
	a, err := NewArchive(bytes.NewReader(z), int64(len(z)))
	require.NoError(t, err)
	x, err := a.Array("x")
	require.NoError(t, err)
	require.ErrorIs(t, x.ReadSlab(t.Context(), make([]float64, 2), 0, 2), zip.ErrChecksum)
}

func TestReadStrings(t *testing.T) {
	wide := file(1, "{'descr': '>U3', 'fortran_order': False, 'shape': (2,), }", 0, 0, 0, 'a', 0, 0, 0x20, 0xac, 0, 0, 0, 0, 0, 0, 0, 'b', 0, 0, 0, 0, 0, 0, 0, 0)
	s, err := ReadStrings(bytes.NewReader(wide))
	require.NoError(t, err)
	assert.Equal(t, []string{"a€", "b"}, s)
	narrow := file(1, "{'descr': '|S3', 'fortran_order': False, 'shape': (3,), }", []byte("abcd\x00\x00\xe9\x00\x00")...)
	s, err = ReadStrings(bytes.NewReader(narrow))
	require.NoError(t, err)
	assert.Equal(t, []string{"abc", "d", "é"}, s)
	for cut := range wide {
		_, err := ReadStrings(bytes.NewReader(wide[:cut]))
		require.Error(t, err, cut)
	}
}

// A header that claims terabytes costs no memory.
func TestClaimsCostNoMemory(t *testing.T) {
	npy := file(1, "{'descr': '<f8', 'fortran_order': True, 'shape': (100000, 1000000), }", make([]byte, 100)...)
	text := file(1, "{'descr': '<U1000', 'fortran_order': False, 'shape': (1000000000, 1000), }", make([]byte, 100)...)
	none := file(1, "{'descr': '<U0', 'fortran_order': False, 'shape': (1000000000, 1000), }")
	z := deflated(t, "A.npy", npy)
	lie := bytes.Clone(z) // the directory claims what the header needs
	at := bytes.LastIndex(lie, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(lie[at+24:], math.MaxUint32-1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := Read(bytes.NewReader(npy))
	require.Error(t, err)
	_, err = NewArray(bytes.NewReader(npy), int64(len(npy)))
	require.Error(t, err)
	_, err = ReadStrings(bytes.NewReader(text))
	require.Error(t, err)
	_, err = ReadStrings(bytes.NewReader(none))
	require.Error(t, err)
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	raw, err := w.CreateRaw(&zip.FileHeader{Name: "A.npy", Method: zip.Store, CompressedSize64: uint64(len(npy)), UncompressedSize64: 1 << 60})
	require.NoError(t, err)
	_, err = raw.Write(npy)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for _, z := range [][]byte{z, lie, b.Bytes()} {
		a, err := NewArchive(bytes.NewReader(z), int64(len(z)))
		require.NoError(t, err)
		_, err = a.Array("A")
		require.Error(t, err)
	}
	runtime.ReadMemStats(&after)
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(8<<20))
}

// No input makes a reader panic, or takes more than a hundred megabytes, which is what the
// compression of an archive could make of a few.
func FuzzNPY(f *testing.F) {
	f.Add(file(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }", make([]byte, 8)...))
	f.Add(file(2, "{'descr': '>i2', 'fortran_order': True, 'shape': (2L, 1L), }", 1, 2, 3, 4))
	f.Add(file(3, "{'descr': [('x', '<f8')], 'fortran_order': False, 'shape': ()}"))
	f.Add(file(1, "{'descr': '<U2', 'fortran_order': False, 'shape': (1,)}", make([]byte, 8)...))
	var z bytes.Buffer
	_ = WriteArchive(&z, []Variable{{"x", []int{1}, []float64{1}}})
	f.Add(z.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		defer func() {
			runtime.ReadMemStats(&after)
			if got, most := after.TotalAlloc-before.TotalAlloc, uint64(8<<20+4000*len(b)); got > min(most, 100<<20) && len(b) < 1<<20 {
				t.Fatalf("%d bytes for a file of %d", got, len(b))
			}
		}()
		dims, data, err := Read(bytes.NewReader(b))
		if err == nil {
			n := 1
			for _, d := range dims {
				n *= d
			}
			if n != len(data) {
				t.Fatalf("sizes %v with %d values", dims, len(data))
			}
			a, err := NewArray(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatalf("Read reads what NewArray refuses: %v", err)
			}
			again := make([]float64, n)
			if err := a.ReadSlab(t.Context(), again, 0, a.Dims[0]); err != nil || fmt.Sprint(again) != fmt.Sprint(data) {
				t.Fatalf("ReadSlab: %v, %v; Read: %v", again, err, data)
			}
		}
		_, _ = ReadStrings(bytes.NewReader(b))
		a, err := NewArchive(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		for _, e := range a.Entries {
			if x, err := a.Array(e.Name); err == nil && x.Verify() == nil {
				l := 1
				for _, d := range x.Dims {
					l *= d
				}
				_ = x.ReadSlab(t.Context(), make([]float64, l), 0, x.Dims[0])
			}
			_, _ = a.Strings(e.Name)
		}
	})
}
