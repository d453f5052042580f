package matlab

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// array4 is a variable of level 4; x holds the imaginary part as well.
func (w *writer) array4(kind uint32, complex bool, m, n uint32, name string, typ dataType, x ...float64) []byte {
	p := uint32(0)
	for i, t := range level4Types {
		if t == typ {
			p = uint32(i)
		}
	}
	mopt, im := kind+10*p, uint32(0)
	if w.order == binary.BigEndian {
		mopt += 1000
	}
	if complex {
		im = 1
	}
	var b []byte
	for _, v := range []uint32{mopt, m, n, im, uint32(len(name) + 1)} {
		b = w.order.AppendUint32(b, v)
	}
	b = append(append(b, name...), 0)
	long := &writer{order: w.order, long: true}
	numbers := long.numbers(typ, x...)[8:]
	return append(b, numbers[:int(typ.size())*len(x)]...)
}

func (w *writer) file4() []byte {
	var b []byte
	for i, typ := range level4Types {
		b = append(b, w.array4(0, false, 2, 2, string(rune('a'+i)), typ, 1, 2, 3, 4)...)
	}
	b = append(b, w.array4(0, true, 1, 2, "Z", miDouble, 1, 2, -3, -4)...)
	b = append(b, w.array4(1, false, 2, 2, "text", miUint8, 'a', 'c', 'b', 'd')...)
	return append(b, w.array4(2, false, 3, 3, "sparse", miDouble, 1, 4, 4, 2, 5, 5, 0.5, 7, 0)...)
}

func TestLevel4(t *testing.T) {
	for _, w := range []*writer{little, big} {
		b := w.file4()
		require.True(t, IsMAT(b))
		f := open(t, b)
		for i, typ := range level4Types {
			require.Equal(t, Info{Name: string(rune('a' + i)), Class: ClassDouble, Stored: typ.String(), Dims: []int{2, 2}}, f.Variables()[i])
			s, err := f.Numeric(string(rune('a' + i)))
			require.NoError(t, err)
			x, err := all(s, 3)
			require.NoError(t, err)
			require.Equal(t, []float64{1, 2, 3, 4}, x)
		}
		for name, want := range map[string]Value{
			"Z":      &Numeric{Class: ClassDouble, Dims: []int{1, 2}, Data: []float64{1, 2}, Imag: []float64{-3, -4}},
			"text":   &Char{Dims: []int{2, 2}, Rows: []string{"ab", "cd"}},
			"sparse": &Sparse{Dims: []int{4, 5}, Row: []int{0, 3}, Col: []int{1, 4}, Data: []float64{0.5, 7}},
		} {
			v, err := f.Value(name)
			require.NoError(t, err, name)
			assert.Equal(t, want, v)
		}
		im, err := f.Imaginary("Z")
		require.NoError(t, err)
		x, err := all(im, 1)
		require.NoError(t, err)
		assert.Equal(t, []float64{-3, -4}, x)
	}
}

func TestLevel4Damage(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 5
	}
	for _, w := range []*writer{little, big} {
		b := w.file4()
		whole := open(t, b)
		for n := range b {
			readAll(t, b[:n], 1<<20)
			if !IsMAT(b[:n]) {
				continue
			}
			for i, v := range open(t, b[:n]).vars {
				require.Equal(t, whole.vars[i].end > int64(n), v.Err != nil, "cut at %d", n)
			}
		}
		for i := 0; i < len(b); i += step {
			old := b[i]
			for _, c := range []byte{0, 1, 3, 0x7f, 0x80, 0xff, old ^ 1, old + 1} {
				b[i] = c
				readAll(t, b, 1<<20)
			}
			b[i] = old
		}
	}
	entry := little.array4(2, false, 2, 3, "s", miDouble, 5, 4, 1, 4, 1, 0) // row 5 of 4
	_, err := open(t, entry).Value("s")
	assert.ErrorIs(t, err, ErrCorrupt)
}
