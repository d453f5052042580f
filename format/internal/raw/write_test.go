package raw

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// disk is a file in memory; it counts how often each byte is written.
type disk struct {
	data  []byte
	count []int
}

func newDisk(n int) *disk { return &disk{make([]byte, n), make([]int, n)} }

func (d *disk) WriteAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > int64(len(d.data)) {
		return 0, errors.New("beyond the end")
	}
	for i := range p {
		d.count[int(at)+i]++
	}
	return copy(d.data[at:], p), nil
}

// Whatever the order in the file and of the slabs, the file is that of the definition,
// every byte of it written once.
func TestWriteSlabMatchesDefinition(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, dims := range [][]int{{1}, {7}, {4, 5}, {5, 1, 3}, {3, 4, 5}, {2, 3, 1, 4}, {60, 50, 9}, {4, 1000, 70}} {
		for _, order := range permutations(len(dims)) {
			want := append(make([]byte, 13), image(dims, order)...)
			l := &Layout{Type: Int32, Big: true, Offset: 13, Dims: dims, Order: order}
			row := (len(want) - 13) / 4 / dims[0]
			for _, parts := range []int{1, 3} {
				d := newDisk(len(want))
				step := (dims[0] + parts - 1) / parts
				for _, p := range random.Perm((dims[0] + step - 1) / step) {
					lo, hi := p*step, min(p*step+step, dims[0])
					src := make([]float64, (hi-lo)*row)
					for i := range src {
						src[i] = float64(lo*row + i)
					}
					require.NoError(t, l.WriteSlab(t.Context(), d, src, lo, hi))
				}
				require.True(t, bytes.Equal(want, d.data), "%v in order %v, %d parts", dims, order, parts)
				for i, n := range d.count[13:] {
					if n != 1 {
						t.Fatalf("%v in order %v: byte %d is written %d times", dims, order, 13+i, n)
					}
				}
			}
		}
	}
}

// Every type gives back what it holds, in both byte orders; what it does not hold is
// refused with its place.
func TestEncodeInvertsDecode(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		typ      Type
		good     []float64
		refused  []float64
		wantType string
	}{
		{Bool, []float64{0, 1}, []float64{2, -1, 0.5, nan}, "bool"},
		{Int8, []float64{-128, 127}, []float64{-129, 128, 0.5, nan}, "int8"},
		{Uint8, []float64{0, 255}, []float64{-1, 256, nan, inf}, "uint8"},
		{Int16, []float64{-32768, 32767}, []float64{-32769, 32768, nan}, "int16"},
		{Uint16, []float64{0, 65535}, []float64{-1, 65536, 1.5}, "uint16"},
		{Int32, []float64{math.MinInt32, math.MaxInt32}, []float64{1 << 31, nan}, "int32"},
		{Uint32, []float64{0, math.MaxUint32}, []float64{-1, 1 << 32}, "uint32"},
		{Int64, []float64{1 - 1<<53, 1<<53 - 1}, []float64{1 << 53, -1 << 53, nan}, "int64"},
		{Uint64, []float64{0, 1<<53 - 1}, []float64{1 << 53, -1}, "uint64"},
		{Float16, nil, []float64{1}, "float16"},
		{Float32, []float64{0.5, -3e38, inf, -inf}, []float64{1e39, -1e300}, "float32"},
		{Float64, []float64{0.1, 1e300, inf}, nil, "float64"},
	} {
		require.Equal(t, c.typ, Named(c.wantType))
		for _, big := range []bool{false, true} {
			n := len(c.good)
			l := &Layout{Type: c.typ, Big: big, Dims: []int{n}}
			d := newDisk(n * c.typ.Size())
			require.NoError(t, l.WriteSlab(t.Context(), d, c.good, 0, n))
			got := make([]float64, n)
			require.NoError(t, l.ReadSlab(t.Context(), bytes.NewReader(d.data), got, 0, n))
			for i, v := range c.good {
				if c.typ == Float32 {
					v = float64(float32(v))
				}
				require.Equal(t, v, got[i], "%s", c.typ)
			}
		}
		for _, v := range c.refused {
			l := &Layout{Type: c.typ, Dims: []int{2, 2}}
			err := l.WriteSlab(t.Context(), newDisk(4*8), []float64{0, v}, 1, 2)
			require.ErrorIs(t, err, ErrValue, "%v in %s", v, c.typ)
			if c.typ != Float16 {
				require.ErrorContains(t, err, fmt.Sprintf("%v at [1 1]", v))
			}
		}
	}
	require.Equal(t, Invalid, Named("complex"))
}

func TestWriteSlabRefuses(t *testing.T) {
	l := &Layout{Type: Float32, Dims: []int{2, 3}}
	require.Error(t, l.WriteSlab(t.Context(), newDisk(24), make([]float64, 5), 0, 2))
	require.Error(t, l.WriteSlab(t.Context(), newDisk(24), make([]float64, 6), 1, 3))
	require.ErrorContains(t, l.WriteSlab(t.Context(), newDisk(20), make([]float64, 6), 0, 2), "beyond")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.WriteSlab(ctx, newDisk(24), make([]float64, 6), 0, 2), context.Canceled)
}
