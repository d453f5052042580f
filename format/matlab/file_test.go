package matlab

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func open(t testing.TB, b []byte) *File {
	t.Helper()
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	require.NoError(t, err)
	return f
}

// all reads a stream to its end in steps of the given length.
func all(s *Stream, step int) ([]float64, error) {
	var x []float64
	buf := make([]float64, step)
	for {
		n, err := s.Read(buf)
		x = append(x, buf[:n]...)
		if errors.Is(err, io.EOF) {
			return x, nil
		}
		if err != nil {
			return x, err
		}
	}
}

// eachImage runs f on the same variables in both byte orders, compressed or
// not, with and without small elements.
func eachImage(t *testing.T, f func(t *testing.T, w *writer, zip bool)) {
	for _, w := range []*writer{little, big, {order: binary.BigEndian, long: true}} {
		for _, zip := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/long=%v/zip=%v", w.order, w.long, zip), func(t *testing.T) { f(t, w, zip) })
		}
	}
}

func TestOpenLists(t *testing.T) {
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		b := w.everything(zip)
		require.True(t, IsMAT(b))
		list := open(t, b).Variables()
		want := []Info{
			{Name: "A", Class: ClassDouble, Stored: "uint16", Dims: []int{2, 3}},
			{Name: "Z", Class: ClassDouble, Stored: "int16", Dims: []int{1, 3}, Complex: true},
			{Name: "L", Class: ClassLogical, Stored: "uint8", Dims: []int{2, 1}, Logical: true},
			{Name: "rows", Class: ClassChar, Stored: "uint16", Dims: []int{2, 3}},
			{Name: "C", Class: ClassCell, Dims: []int{1, 3}},
			{Name: "S", Class: ClassStruct, Dims: []int{1, 1}, Fields: []string{"data", "meta"}},
			{Name: "sp", Class: ClassSparse, Dims: []int{3, 2}},
			{Name: "fun", Class: ClassFunction, Dims: []int{1, 1}},
			{Name: "obj", Class: ClassObject, Dims: []int{1, 1}},
			{Name: "str", Class: ClassOpaque, Dims: []int{1, 1}},
			{Name: "last", Class: ClassDouble, Stored: "double", Dims: []int{1, 1}},
		}
		for i := range list {
			unreadable := slices.Contains([]string{"fun", "obj", "str"}, list[i].Name)
			assert.Equal(t, unreadable, errors.Is(list[i].Err, ErrUnsupported), "%+v", list[i])
			list[i].Err = nil
		}
		assert.Equal(t, want, list)
	})
}

func TestValue(t *testing.T) {
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		f := open(t, w.everything(zip))
		inner := &Struct{Dims: []int{1, 1}, Fields: []string{"name"}, Items: []Value{&Char{Dims: []int{1, 5}, Rows: []string{"inner"}}}}
		data := &Numeric{Class: ClassDouble, Dims: []int{1, 2}, Data: []float64{-7, 8}}
		for name, want := range map[string]Value{
			"A":    &Numeric{Class: ClassDouble, Dims: []int{2, 3}, Data: []float64{1, 2, 3, 4, 5, 60000}},
			"Z":    &Numeric{Class: ClassDouble, Dims: []int{1, 3}, Data: []float64{1, -2, 3}, Imag: []float64{0.5, 0, -4}},
			"L":    &Numeric{Class: ClassLogical, Dims: []int{2, 1}, Data: []float64{1, 0}},
			"rows": &Char{Dims: []int{2, 3}, Rows: []string{"abc", "deé"}},
			"C": &Cell{Dims: []int{1, 3}, Items: []Value{
				&Char{Dims: []int{1, 3}, Rows: []string{"one"}},
				&Numeric{Class: ClassDouble, Dims: []int{1, 1}, Data: []float64{0.25}},
				&Numeric{Class: ClassDouble, Dims: []int{0, 0}, Data: []float64{}},
			}},
			"S":           &Struct{Dims: []int{1, 1}, Fields: []string{"data", "meta"}, Items: []Value{data, inner}},
			"S.data":      data,
			"S.meta":      inner,
			"S.meta.name": inner.Items[0],
			"sp": &Sparse{
				Dims: []int{3, 2}, Row: []int{0, 2, 1}, Col: []int{0, 0, 1},
				Data: []float64{1.5, 2.5, -3},
			},
		} {
			got, err := f.Value(name)
			require.NoError(t, err, name)
			assert.Equal(t, want, got, name)
			assert.Equal(t, want.Size(), got.Size())
		}
		for name, want := range map[string]error{
			"fun": ErrUnsupported, "obj": ErrUnsupported, "str": ErrUnsupported,
			"nothing": ErrNotFound, "S.nothing": ErrNotFound, "S.meta.nothing": ErrNotFound, "A.b": ErrNotFound,
		} {
			_, err := f.Value(name)
			assert.ErrorIs(t, err, want, name)
		}
		s, err := f.Value("S")
		require.NoError(t, err)
		assert.Equal(t, data, s.(*Struct).Field("data"))
		assert.Nil(t, s.(*Struct).Field("nothing"))
	})
}

// Every class that is stored in every type that holds 0, 1, 2, … reads the
// same, however the stream is cut.
func TestNumericStoredTypes(t *testing.T) {
	const n = 9000 // several chunks
	want := make([]float64, n)
	for i := range want {
		want[i] = float64(i % 100)
	}
	for _, typ := range []dataType{miInt8, miUint8, miInt16, miUint16, miInt32, miUint32, miSingle, miDouble, miInt64, miUint64} {
		for code := 6; code <= 15; code++ {
			for _, w := range []*writer{little, big} {
				b := w.matrix(code, 0, []float64{n / 9, 3, 3}, "x", w.numbers(typ, want...))
				if code%2 == 0 {
					b = w.compress(b)
				}
				f := open(t, w.file(b))
				s, err := f.Numeric("x")
				require.NoError(t, err)
				require.Equal(t, []int{n / 9, 3, 3}, s.Dims)
				x, err := all(s, 1+code*997)
				require.NoError(t, err)
				require.Equal(t, want, x, "%v as %v", classOf[code], typ)
				require.Equal(t, typ.String(), f.Variables()[0].Stored)
			}
		}
	}
}

func TestNumericExtremes(t *testing.T) {
	for _, c := range []struct {
		typ  dataType
		x    float64
		want float64
	}{
		{miInt8, -128, -128},
		{miInt16, -32768, -32768},
		{miUint16, 65535, 65535},
		{miInt32, math.MinInt32, math.MinInt32},
		{miUint32, math.MaxUint32, math.MaxUint32},
		{miInt64, -1 << 62, -1 << 62},
		{miSingle, math.MaxFloat32, math.MaxFloat32},
		{miDouble, math.Inf(-1), math.Inf(-1)},
	} {
		for _, w := range []*writer{little, big} {
			s, err := open(t, w.file(w.double("x", c.typ, 1, 1, c.x))).Numeric("x")
			require.NoError(t, err)
			x, err := all(s, 3)
			require.NoError(t, err)
			assert.Equal(t, []float64{c.want}, x, c.typ)
		}
	}
}

func TestNumericRefuses(t *testing.T) {
	f := open(t, little.everything(false))
	for name, want := range map[string]error{
		"Z": ErrComplex, "rows": ErrClass, "C": ErrClass, "S": ErrClass, "sp": ErrClass,
		"fun": ErrUnsupported, "nothing": ErrNotFound, "S.meta.name": ErrClass,
	} {
		_, err := f.Numeric(name)
		assert.ErrorIs(t, err, want, name)
	}
	_, err := f.Imaginary("A")
	assert.ErrorIs(t, err, ErrClass)
}

func TestComplexParts(t *testing.T) {
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		f := open(t, w.everything(zip))
		re, err := f.Real("Z")
		require.NoError(t, err)
		im, err := f.Imaginary("Z")
		require.NoError(t, err)
		x, err := all(re, 2)
		require.NoError(t, err)
		assert.Equal(t, []float64{1, -2, 3}, x)
		x, err = all(im, 2)
		require.NoError(t, err)
		assert.Equal(t, []float64{0.5, 0, -4}, x)
	})
}

func TestStreamSkip(t *testing.T) {
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		f := open(t, w.everything(zip))
		s, err := f.Numeric("A")
		require.NoError(t, err)
		require.NoError(t, s.Skip(2))
		x := make([]float64, 1)
		_, err = s.Read(x)
		require.NoError(t, err)
		assert.Equal(t, 3., x[0])
		require.NoError(t, s.Skip(1))
		rest, err := all(s, 10)
		require.NoError(t, err)
		assert.Equal(t, []float64{5, 60000}, rest)
		require.NoError(t, s.Skip(math.MaxInt64))
		_, err = s.Read(x)
		assert.Equal(t, io.EOF, err)
	})
}

func TestNames(t *testing.T) {
	b := little.file(
		little.matrix(4, 0, []float64{2, 2}, "char", little.numbers(miUint16, 'a', 'c', ' ', 'd')),
		little.matrix(1, 0, []float64{2, 1}, "cell", little.char("", "a"), little.element(miMatrix, nil)),
		little.double("codes", miUint8, 2, 2, 'a', 'c', ' ', 'd'),
		little.double("numbers", miDouble, 1, 2, 0.5, 2),
		little.matrix(1, 0, []float64{1, 1}, "mixed", little.double("", miDouble, 1, 1, 1)),
	)
	f := open(t, b)
	for name, want := range map[string][]string{"char": {"a", "cd"}, "codes": {"a", "cd"}, "cell": {"a", ""}, "numbers": nil, "mixed": nil} {
		v, err := f.Value(name)
		require.NoError(t, err)
		got, err := Names(v)
		assert.Equal(t, want == nil, errors.Is(err, ErrClass), name)
		assert.Equal(t, want, got, name)
	}
}

// An unreadable part of a tree leaves the rest readable; the last of two
// variables of one name is meant; MATLAB's own subsystem is not listed.
func TestTreeWithOpaqueParts(t *testing.T) {
	w := big
	b := w.file(
		w.double("x", miUint8, 1, 1, 1),
		w.matrix(1, 0, []float64{1, 2}, "C", w.matrix(16, 0, []float64{1, 1}, "", w.double("", miUint8, 1, 1, 1)), w.char("", "after")),
		w.double("x", miUint8, 1, 1, 2),
	)
	w.order.(binary.ByteOrder).PutUint64(b[116:], uint64(len(b)))
	b = append(b, w.matrix(9, 0, []float64{1, 1}, "", w.numbers(miUint8, 1))...)
	f := open(t, b)
	require.Len(t, f.Variables(), 3)
	v, err := f.Value("C")
	require.NoError(t, err)
	items := v.(*Cell).Items
	assert.ErrorIs(t, items[0].(*Opaque).Err, ErrUnsupported)
	assert.Equal(t, []string{"after"}, items[1].(*Char).Rows)
	v, err = f.Value("x")
	require.NoError(t, err)
	assert.Equal(t, []float64{2}, v.(*Numeric).Data)
}

func TestOpenRejects(t *testing.T) {
	v73 := append(little.file(), make([]byte, 400)...)
	binary.LittleEndian.PutUint16(v73[124:], 0x0200)
	future := little.file()
	binary.LittleEndian.PutUint16(future[124:], 0x0300)
	for name, c := range map[string]struct {
		b    []byte
		want error
	}{
		"empty":  {nil, ErrFormat},
		"short":  {[]byte("MATLAB 5.0"), ErrFormat},
		"text":   {bytes.Repeat([]byte("name,value\n"), 100), ErrFormat},
		"v7.3":   {v73, ErrHDF5},
		"hdf5":   {[]byte(hdf5Magic + "...."), ErrHDF5},
		"future": {future, ErrFormat},
	} {
		_, err := Open(bytes.NewReader(c.b), int64(len(c.b)))
		assert.ErrorIs(t, err, c.want, name)
	}
	_, err := Open(bytes.NewReader(little.file()), 500)
	assert.ErrorIs(t, err, ErrTruncated)
	assert.ErrorContains(t, ErrHDF5, "-v7")
	assert.True(t, IsMAT(v73))
	assert.False(t, IsMAT([]byte(hdf5Magic)))
	assert.Empty(t, open(t, little.file()).Variables())
}
