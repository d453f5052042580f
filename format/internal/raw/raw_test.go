package raw

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func permutations(n int) [][]int {
	if n == 0 {
		return [][]int{{}}
	}
	var all [][]int
	for _, p := range permutations(n - 1) {
		for at := range n {
			q := append(append(append([]int{}, p[:at]...), n-1), p[at:]...)
			all = append(all, q)
		}
	}
	return all
}

// image stores the numbers 0, 1, … of an array (last index fastest) as int32
// in the given order, by the definition.
func image(dims, order []int) []byte {
	stride := make([]int, len(dims))
	n := 1
	for m := len(dims) - 1; m >= 0; m-- {
		stride[m] = n
		n *= dims[m]
	}
	out := make([]byte, 0, 4*n)
	var nest func(k, at int)
	nest = func(k, at int) {
		if k == len(dims) {
			out = binary.BigEndian.AppendUint32(out, uint32(at))
			return
		}
		for i := range dims[order[k]] {
			nest(k+1, at+i*stride[order[k]])
		}
	}
	nest(0, 0)
	return out
}

// Whatever the order in the file, a slab holds the numbers of its rows.
func TestReadSlabMatchesDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, dims := range [][]int{{1}, {7}, {4, 5}, {5, 1, 3}, {3, 4, 5}, {2, 3, 1, 4}, {300, 250, 9}, {9, 1000, 70}} {
		for _, order := range permutations(len(dims)) {
			if testing.Short() && dims[0] == 300 {
				continue
			}
			t.Run(fmt.Sprintf("%v/%v", dims, order), func(t *testing.T) {
				file := append(make([]byte, 13), image(dims, order)...)
				l := &Layout{Type: Int32, Big: true, Offset: 13, Dims: dims, Order: order}
				require.NoError(t, l.Check(int64(len(file))))
				require.ErrorIs(t, l.Check(int64(len(file))-1), ErrTruncated)
				row := (len(file) - 13) / 4 / dims[0]
				for range 3 {
					lo := random.IntN(dims[0])
					hi := lo + 1 + random.IntN(dims[0]-lo)
					dst := make([]float64, (hi-lo)*row)
					require.NoError(t, l.ReadSlab(t.Context(), bytes.NewReader(file), dst, lo, hi))
					check(t, dst, lo*row)

					clear(dst)
					s := Sequential(bytes.NewReader(file[13:]), Int32, true, int64(row*dims[0]))
					require.NoError(t, ReadSlab(t.Context(), s, dst, dims, order, lo, hi))
					check(t, dst, lo*row)
				}
				all := make([]float64, row*dims[0])
				src := make([]float64, len(all))
				for i := range src {
					src[i] = float64(binary.BigEndian.Uint32(file[13+4*i:]))
				}
				Permute(all, src, dims, order)
				check(t, all, 0)
			})
		}
	}
}

func check(t *testing.T, dst []float64, first int) {
	t.Helper()
	for i, v := range dst {
		if v != float64(first+i) {
			t.Fatalf("element %d is %v, want %d", i, v, first+i)
		}
	}
}

// A file that ends early is an error at every cut, from both kinds of stream.
func TestReadSlabRejectsShortFiles(t *testing.T) {
	dims, order := []int{2, 3}, []int{1, 0}
	file := image(dims, order)
	l := &Layout{Type: Int32, Big: true, Dims: dims, Order: order}
	dst := make([]float64, 6)
	for cut := range file {
		require.ErrorIs(t, l.ReadSlab(t.Context(), bytes.NewReader(file[:cut]), dst, 0, 2), ErrTruncated)
		s := Sequential(bytes.NewReader(file[:cut]), Int32, true, 6)
		require.ErrorIs(t, ReadSlab(t.Context(), s, dst, dims, order, 0, 2), ErrTruncated)
	}
	s := Sequential(bytes.NewReader(append(file, 0)), Int32, true, 6)
	require.ErrorContains(t, ReadSlab(t.Context(), s, dst, dims, order, 0, 2), "follow")
	require.Error(t, l.ReadSlab(t.Context(), bytes.NewReader(file), dst, 0, 3))
	require.Error(t, l.ReadSlab(t.Context(), bytes.NewReader(file), dst[:5], 0, 2))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.ReadSlab(ctx, bytes.NewReader(file), dst, 0, 2), context.Canceled)
}

// Thin slabs of a file in which their mode is not the slowest read what they
// need, not the file.
func TestStreamSkipsLongGaps(t *testing.T) {
	dims := []int{64, 1 << 14, 2} // a plane of the file has 4 MB
	l := &Layout{Type: Float32, Dims: dims, Order: []int{2, 0, 1}}
	n, err := l.Size()
	require.NoError(t, err)
	counter := &countingReader{size: n}
	require.NoError(t, l.ReadSlab(t.Context(), counter, make([]float64, 2<<14), 5, 6))
	assert.Equal(t, int64(2*4<<14), counter.read)

	// Short gaps are read over, each byte once.
	dims = []int{1000, 1000}
	l = &Layout{Type: Float64, Dims: dims, Order: Fortran(2)}
	counter = &countingReader{size: 8e6}
	require.NoError(t, l.ReadSlab(t.Context(), counter, make([]float64, 1e4), 5, 15))
	assert.LessOrEqual(t, counter.read, int64(8e6))
}

type countingReader struct{ size, read int64 }

func (c *countingReader) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > c.size {
		return 0, io.EOF
	}
	c.read += int64(len(p))
	return len(p), nil
}

func TestSizeRefusesWhatNoMachineHolds(t *testing.T) {
	for _, dims := range [][]int{{-1}, {math.MaxInt}, {math.MaxInt32, math.MaxInt32, math.MaxInt32}, {math.MaxInt / 8, 2}} {
		_, err := (&Layout{Type: Float64, Dims: dims}).Size()
		require.Error(t, err, dims)
	}
	n, err := (&Layout{Type: Float64, Dims: []int{math.MaxInt / 1000, 0, 5}}).Size()
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestDecodeEveryType(t *testing.T) {
	for _, c := range []struct {
		typ    Type
		little []byte
		want   float64
	}{
		{Bool, []byte{2}, 1},
		{Bool, []byte{0}, 0},
		{Int8, []byte{0x80}, -128},
		{Uint8, []byte{0x80}, 128},
		{Int16, []byte{0xfe, 0xff}, -2},
		{Uint16, []byte{0xfe, 0xff}, 65534},
		{Int32, []byte{1, 0, 0, 0x80}, -2147483647},
		{Uint32, []byte{1, 0, 0, 0x80}, 2147483649},
		{Int64, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -1},
		{Uint64, []byte{0, 0, 0, 0, 0, 0, 0, 0x80}, 1 << 63},
		{Float16, []byte{0x00, 0x3c}, 1},
		{Float16, []byte{0xff, 0xfb}, -65504},
		{Float16, []byte{0x01, 0x00}, 0x1p-24},
		{Float16, []byte{0x00, 0xfc}, math.Inf(-1)},
		{Float16, []byte{0x55, 0x35}, 0.333251953125},
		{Float32, []byte{0, 0, 0xc0, 0x3f}, 1.5},
		{Float64, []byte{0, 0, 0, 0, 0, 0, 0xf8, 0xbf}, -1.5},
	} {
		var got [1]float64
		c.typ.decode(got[:], bytes.Clone(c.little), false)
		assert.Equal(t, c.want, got[0], "%v little", c.typ)
		big := bytes.Clone(c.little)
		for i, b := range c.little {
			big[len(big)-1-i] = b
		}
		c.typ.decode(got[:], big, true)
		assert.Equal(t, c.want, got[0], "%v big", c.typ)
	}
	var nan [1]float64
	Float16.decode(nan[:], []byte{1, 0x7c}, false)
	assert.True(t, math.IsNaN(nan[0]))
}
