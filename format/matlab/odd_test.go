package matlab

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What some writers do otherwise than MATLAB, and is read all the same.
func TestOddWriters(t *testing.T) {
	w := little
	// The last padding of a variable is left out, and its size says so.
	bare := w.double("bare", miUint8, 1, 5, 1, 2, 3, 4, 5)
	bare = bare[:len(bare)-3]
	binary.LittleEndian.PutUint32(bare[4:], uint32(len(bare)-8))
	utf8 := func(name string, m, n float64, text string) []byte {
		return w.matrix(4, 0, []float64{m, n}, name, w.element(miUTF8, []byte(text)))
	}
	f := open(t, w.file(
		bare,
		w.matrix(6, 0, []float64{0, 3}, "nodata"),
		w.matrix(6, 8, []float64{0, 3}, "nocomplex"),
		utf8("units", 2, 3, "xaé😀b"), // six units of UTF-16: the two of 😀 in two columns
		utf8("chars", 2, 2, "a😀bé"),
		utf8("bytes", 2, 3, "azézb"), // six bytes: the two of é in one column
		w.matrix(4, 0, []float64{1, 2}, "utf32", w.element(miUTF32, w.order.AppendUint32(w.order.AppendUint32(nil, 'a'), 0x1f600))),
		w.matrix(4, 0, []float64{2, 2, 2}, "pages", w.element(miUTF8, []byte("acbdegfh"))),
		w.record("S", "x\x00\x00\x00\x00\x00\x00\x00x\x00\x00\x00\x00\x00\x00\x00", w.double("", miUint8, 1, 1, 1), w.double("", miUint8, 1, 1, 2)),
		w.matrix(5, 0, []float64{2, 2}, "zero", w.numbers(miInt32, 0), w.numbers(miInt32, 0, 0, 0)),
	))
	for name, want := range map[string]Value{
		"bare":      row(1, 2, 3, 4, 5),
		"nodata":    matrix(0, 3),
		"nocomplex": &Numeric{Class: ClassDouble, Dims: []int{0, 3}, Data: []float64{}, Imag: []float64{}},
		"chars":     &Char{Dims: []int{2, 2}, Rows: []string{"ab", "😀é"}},
		"bytes":     &Char{Dims: []int{2, 3}, Rows: []string{"a\uFFFDz", "z\uFFFDb"}},
		"units":     &Char{Dims: []int{2, 3}, Rows: []string{"xé\uFFFD", "a\uFFFDb"}},
		"utf32":     &Char{Dims: []int{1, 2}, Rows: []string{"a😀"}},
		"pages":     &Char{Dims: []int{2, 2, 2}, Rows: []string{"ab", "cd", "ef", "gh"}},
		"S.x":       row(2),
		"zero":      &Sparse{Dims: []int{2, 2}, Row: []int{}, Col: []int{}},
	} {
		got, err := f.Value(name)
		require.NoError(t, err, name)
		assert.Equal(t, want, got, name)
	}
	s, err := f.Value("S")
	require.NoError(t, err)
	assert.Equal(t, row(2), s.(*Struct).Field("x"), "the last of two fields of one name")
}

// Sizes, indices and names that contradict each other are refused.
func TestContradictions(t *testing.T) {
	w := little
	dims := []float64{3, 2}
	long := w.numbers(miDouble, 1, 2)
	child := w.double("", miDouble, 1, 1, 1)
	binary.LittleEndian.PutUint32(child[4:], uint32(len(child)+32)) // reaches into the next variable
	const huge = 1 << 30
	for name, v := range map[string][]byte{
		"row too large":     w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0, 3), w.numbers(miInt32, 0, 1, 2), long),
		"row negative":      w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0, -1), w.numbers(miInt32, 0, 1, 2), long),
		"columns descend":   w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0, 1), w.numbers(miInt32, 0, 3, 2), long),
		"entries negative":  w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0, 1), w.numbers(miInt32, 0, 1, -2), long),
		"too few rows":      w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0), w.numbers(miInt32, 0, 1, 2), long),
		"too few values":    w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0, 1), w.numbers(miInt32, 0, 1, 2), w.numbers(miDouble, 1)),
		"three dimensions":  w.matrix(5, 0, []float64{3, 2, 1}, "x", w.numbers(miInt32, 0, 1), w.numbers(miInt32, 0, 1, 2), long),
		"column starts":     w.matrix(5, 0, dims, "x", w.numbers(miInt32, 0, 1), w.numbers(miInt32, 0, 2), long),
		"child too large":   w.matrix(1, 0, []float64{1, 1}, "x", child),
		"cells missing":     w.matrix(1, 0, dims, "x", w.double("", miUint8, 1, 1, 1)),
		"cell of numbers":   w.matrix(1, 0, []float64{1, 1}, "x", w.numbers(miDouble, 1)),
		"too many records":  w.matrix(2, 0, []float64{huge, huge, huge}, "x", w.numbers(miInt32, 1), w.element(miInt8, []byte(strings.Repeat("f", 200)))),
		"width of names":    w.matrix(2, 0, []float64{1, 1}, "x", w.numbers(miInt32, 3), w.element(miInt8, []byte("abcde"))),
		"characters":        w.matrix(4, 0, []float64{1, 4}, "x", w.element(miUTF8, []byte("abcde"))),
		"codes":             w.matrix(4, 0, []float64{1, 4}, "x", w.numbers(miUint16, 'a')),
		"imaginary missing": w.matrix(6, 8, []float64{1, 1}, "x", w.numbers(miDouble, 1)),
		"imaginary short":   w.matrix(6, 8, []float64{1, 2}, "x", long, w.numbers(miDouble, 1)),
		"numbers missing":   w.matrix(6, 0, []float64{1, 1}, "x"),
		"numbers too many":  w.matrix(6, 0, []float64{1, 1}, "x", long),
		"no class":          w.matrix(18, 0, []float64{1, 1}, "x", long),
		"no numbers":        w.matrix(6, 0, []float64{1, 1}, "x", w.element(miMatrix, []byte("12345678"))),
		"one dimension":     w.matrix(6, 0, []float64{1}, "x", w.numbers(miDouble, 1)),
	} {
		f := open(t, w.file(v, w.double("next", miDouble, 1, 6, 1, 2, 3, 4, 5, 6)))
		require.Len(t, f.vars, 2, name)
		err := f.vars[0].Err
		if err == nil {
			_, err = f.Value("x")
		}
		assert.ErrorIs(t, err, ErrCorrupt, name)
		_, err = f.Value("next")
		assert.NoError(t, err, name)
	}
	f := open(t, w.file(w.double(strings.Repeat("n", maxName+1), miDouble, 1, 1, 1)))
	assert.ErrorIs(t, f.vars[0].Err, ErrCorrupt)
	vax := w.array4(0, false, 1, 1, "x", miDouble, 1)
	binary.LittleEndian.PutUint32(vax, 2000)
	assert.False(t, IsMAT(vax))
}

// A skip past the read buffer goes on with the right bytes.
func TestSkipFar(t *testing.T) {
	x := make([]float64, 5000)
	for i := range x {
		x[i] = math.Sqrt(float64(i))
	}
	eachImage(t, func(t *testing.T, w *writer, zip bool) {
		v := w.double("x", miDouble, 5000, 1, x...)
		if zip {
			v = w.compress(v)
		}
		s, err := open(t, w.file(v)).Numeric("x")
		require.NoError(t, err)
		got := make([]float64, 1)
		for at := int64(0); at < 5000; at += 701 {
			_, err = s.Read(got)
			require.NoError(t, err)
			require.Equal(t, x[at], got[0])
			require.NoError(t, s.Skip(700))
		}
	})
}
