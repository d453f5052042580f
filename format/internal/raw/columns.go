package raw

import (
	"encoding/binary"
	"fmt"
	"io"
	"sync"
	"unsafe"
)

// ReadColumns fills dst with columns lo ≤ j < hi of a matrix, rows×(hi−lo) by rows. It may
// be called from several goroutines. The array must have passed Check.
//
// Cost: the bytes of the columns, one read for every row where rows lie one after the other
// in the file, one read in all where columns do.
func (l *Layout) ReadColumns(r io.ReaderAt, dst []float64, lo, hi int) error {
	if len(l.Dims) != 2 {
		return fmt.Errorf("columns of an array of sizes %v", l.Dims)
	}
	rows, cols, n := l.Dims[0], l.Dims[1], hi-lo
	if lo < 0 || n < 0 || hi > cols || len(dst) != rows*n {
		return fmt.Errorf("columns %d to %d of %d×%d into %d values", lo, hi, rows, cols, len(dst))
	}
	size := l.Type.Size()
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	if l.Order == nil && l.Type == Float64 && l.Big != littleEndian {
		for i := range rows {
			if err := readFull(r, memory(dst[i*n:][:n]), l.Offset+8*(int64(i)*int64(cols)+int64(lo))); err != nil {
				return err
			}
		}
		return nil
	}
	if l.Order == nil {
		b := room.bytesOf(n * size)
		for i := range rows {
			if err := readFull(r, b, l.Offset+(int64(i)*int64(cols)+int64(lo))*int64(size)); err != nil {
				return err
			}
			l.Type.decode(dst[i*n:][:n], b, l.Big)
		}
		return nil
	}
	b, v := room.bytesOf(n*rows*size), room.valuesOf(n*rows)
	if err := readFull(r, b, l.Offset+int64(lo)*int64(rows)*int64(size)); err != nil {
		return err
	}
	l.Type.decode(v, b, l.Big)
	turn(dst, v, rows, n)
	return nil
}

// ReadRows is ReadColumns of the transpose: rows lo ≤ i < hi, cols×(hi−lo) by columns.
func (l *Layout) ReadRows(r io.ReaderAt, dst []float64, lo, hi int) error {
	if len(l.Dims) != 2 {
		return fmt.Errorf("rows of an array of sizes %v", l.Dims)
	}
	t := Layout{Type: l.Type, Big: l.Big, Offset: l.Offset, Dims: []int{l.Dims[1], l.Dims[0]}}
	if l.Order == nil {
		t.Order = Fortran(2)
	}
	return t.ReadColumns(r, dst, lo, hi)
}

// turn sets dst, rows×n by rows, to what src has by columns, a square block at a time:
// down a column every number of dst is in a cache line of its own.
func turn(dst, src []float64, rows, n int) {
	const side = 16
	for j0 := 0; j0 < n; j0 += side {
		j1 := min(n, j0+side)
		for i0 := 0; i0 < rows; i0 += side {
			for i := i0; i < min(rows, i0+side); i++ {
				row := dst[i*n:][:n]
				for j := j0; j < j1; j++ {
					row[j] = src[j*rows+i]
				}
			}
		}
	}
}

// littleEndian says whether numbers in memory have their least significant byte first.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// memory is v as the bytes that it consists of, to be read into: decoding what is as
// it should be already would take as long as reading it.
func memory(v []float64) []byte {
	if len(v) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 8*len(v))
}

// room is scratch of one read.
type room struct {
	bytes  []byte
	values []float64
}

var rooms = sync.Pool{New: func() any { return new(room) }}

func (r *room) bytesOf(n int) []byte {
	if len(r.bytes) < n {
		r.bytes = make([]byte, n)
	}
	return r.bytes[:n]
}

func (r *room) valuesOf(n int) []float64 {
	if len(r.values) < n {
		r.values = make([]float64, n)
	}
	return r.values[:n]
}

func readFull(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		return short(err, at+int64(n))
	}
	return nil
}
