package raw

import (
	"io"
	"unsafe"
)

// Stored is an array in a file as it lies there, its modes in the order of the file,
// read in slabs of the slowest one. Modes of size 1, which lie anywhere, come last.
type Stored struct {
	layout *Layout
	r      io.ReaderAt
	dims   []int
	order  []int
	slice  int
}

// Stored32 is [Stored] of a type whose values are float32 without loss.
type Stored32 struct{ *Stored }

// Stored is the array in r, which must have passed Check.
func (l *Layout) Stored(r io.ReaderAt) *Stored {
	s := &Stored{layout: l, r: r, slice: 1}
	for _, one := range []bool{false, true} {
		for k := range l.Dims {
			if m := mode(l.Order, k); (l.Dims[m] == 1) == one {
				s.order, s.dims = append(s.order, m), append(s.dims, l.Dims[m])
			}
		}
	}
	for _, d := range s.dims[1:] {
		s.slice *= d
	}
	return s
}

// Single says whether every value is a float32.
func (s *Stored) Single() bool {
	switch s.layout.Type {
	case Bool, Int8, Uint8, Int16, Uint16, Float16, Float32:
		return true
	}
	return false
}

// Dims are the sizes in the order of the file.
func (s *Stored) Dims() []int { return s.dims }

// Order says which mode of the array mode k of the file is.
func (s *Stored) Order() []int { return s.order }

// ReadSlab fills dst with entries lo ≤ i < hi of the first mode of the file. It may be
// called from several goroutines.
func (s *Stored) ReadSlab(dst []float64, lo, hi int) error {
	if err := CheckSlab(s.dims, dst, lo, hi); err != nil {
		return err
	}
	return s.read(dst, s.at(lo))
}

// read fills dst with what lies from byte `at` on.
func (s *Stored) read(dst []float64, at int64) error {
	l := s.layout
	if l.Type == Float64 && l.Big != littleEndian {
		return readFull(s.r, memory(dst), at)
	}
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	return s.pieces(room, len(dst), at, func(first, n int, b []byte) {
		l.Type.decode(dst[first:first+n], b, l.Big)
	})
}

// ReadSlab32 is ReadSlab in single precision.
func (s *Stored32) ReadSlab32(dst []float32, lo, hi int) error {
	if err := CheckSlab(s.dims, dst, lo, hi); err != nil {
		return err
	}
	return s.read32(dst, s.at(lo))
}

// read32 is read in single precision.
func (s *Stored) read32(dst []float32, at int64) error {
	l := s.layout
	if len(dst) > 0 && l.Type == Float32 && l.Big != littleEndian {
		return readFull(s.r, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(dst))), 4*len(dst)), at)
	}
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	return s.pieces(room, len(dst), at, func(first, n int, b []byte) {
		v := room.valuesOf(n)
		l.Type.decode(v, b, l.Big)
		for i, e := range v {
			dst[first+i] = float32(e)
		}
	})
}

// at is where slice lo of the first mode begins.
func (s *Stored) at(lo int) int64 {
	return s.layout.Offset + int64(lo)*int64(s.slice)*int64(s.layout.Type.Size())
}

// pieces reads n elements from byte `at` on in windows and hands them to f.
func (s *Stored) pieces(room *room, n int, at int64, f func(first, n int, b []byte)) error {
	size := s.layout.Type.Size()
	for first := 0; first < n; {
		k := min(n-first, window/size)
		b := room.bytesOf(k * size)
		if err := readFull(s.r, b, at+int64(first)*int64(size)); err != nil {
			return err
		}
		f(first, k, b)
		first += k
	}
	return nil
}
