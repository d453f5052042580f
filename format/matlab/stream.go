package matlab

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
)

// Stream reads the numbers of an array in column-major order.
type Stream struct {
	// Dims has at least two sizes; the first index varies fastest.
	Dims []int

	src  *source
	typ  dataType
	left int64 // numbers not yet read
	done bool  // the checksum has been seen
	err  error // ends the stream for good
	buf  []byte
}

// Numeric opens the array called name, or the field "S.f" of a struct, as
// float64, whatever type it is of and stored in. It refuses what is not an
// array of real numbers, by ErrClass or ErrComplex.
func (f *File) Numeric(name string) (*Stream, error) {
	s, a, err := f.numeric(name)
	if err != nil {
		return nil, err
	}
	if a.Complex {
		return nil, fmt.Errorf("%q: %w", name, ErrComplex)
	}
	return s.stream(a, true), nil
}

// Real opens the real part of a dense array, complex or not.
func (f *File) Real(name string) (*Stream, error) {
	s, a, err := f.numeric(name)
	if err != nil {
		return nil, err
	}
	return s.stream(a, true), nil
}

// Imaginary opens the imaginary part of a complex array.
func (f *File) Imaginary(name string) (*Stream, error) {
	s, a, err := f.numeric(name)
	if err != nil {
		return nil, err
	}
	if !a.Complex {
		return nil, fmt.Errorf("%w: %q is real", ErrClass, name)
	}
	if err := s.skip(a.data.size + a.data.pad); err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	if err := s.imaginary(a); err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	return s.stream(a, true), nil
}

func (f *File) numeric(name string) (*source, *array, error) {
	s, a, err := f.locate(name)
	if err != nil {
		return nil, nil, err
	}
	if !a.Class.Numeric() {
		return nil, nil, fmt.Errorf("%w: %q is a %s, not an array of numbers; read it with Value", ErrClass, name, a.Class)
	}
	return s, a, nil
}

// imaginary reads the tag of the imaginary part, which may be stored in
// another type than the real part.
func (s *source) imaginary(a *array) error {
	if a.v4 || a.count == 0 && s.pos >= a.end {
		return nil // level 4 has no tags: the numbers follow
	}
	off := s.pos
	t, err := s.element(a.end)
	if err != nil {
		return err
	}
	if size := t.typ.size(); size == 0 || t.size%size != 0 || t.size/size != a.count {
		return s.corrupt(off, "%d bytes of %v for the imaginary part of an array of %v", t.size, t.typ, a.Dims)
	}
	a.data = t
	return nil
}

// stream reads a.data. A stream that owns its source ends with the checksum;
// one inside a tree does not.
func (s *source) stream(a *array, owns bool) *Stream {
	return &Stream{Dims: slices.Clone(a.Dims), src: s, typ: a.data.typ, left: a.data.size / a.data.typ.size(), done: !owns}
}

// Read reads up to len(dst) numbers. As io.Reader, it returns io.EOF with 0
// numbers at the end. Damage found on the way is an error that names the byte;
// that of compressed data shows at the latest with the last number, which is
// then returned together with the error of the checksum.
func (s *Stream) Read(dst []float64) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n := 0
	width := int(s.typ.size())
	for n < len(dst) && s.left > 0 {
		k := int(min(int64(len(dst)-n), int64(chunk/width), s.left))
		if len(s.buf) < k*width {
			s.buf = make([]byte, k*width)
		}
		b := s.buf[:k*width]
		if s.err = s.src.read(b); s.err != nil {
			return n, s.err
		}
		if s.src.order == binary.BigEndian {
			swap(b, width)
		}
		decode(dst[n:n+k], b, s.typ)
		n += k
		s.left -= int64(k)
	}
	return n, s.end(n == 0 && len(dst) > 0)
}

// Skip passes over the next n numbers, or to the end if there are fewer: for
// free in a file, by inflating them in compressed data.
func (s *Stream) Skip(n int64) error {
	if s.err != nil && s.err != io.EOF {
		return s.err
	}
	n = min(max(n, 0), s.left)
	if s.err = s.src.skip(n * s.typ.size()); s.err != nil {
		return s.err
	}
	s.left -= n
	return s.end(false)
}

// end checks the checksum once nothing is left to read.
func (s *Stream) end(eof bool) error {
	if s.left > 0 {
		return nil
	}
	if !s.done {
		s.done = true
		if s.err = s.src.finish(); s.err != nil {
			return s.err
		}
	}
	s.err = io.EOF
	if eof {
		return io.EOF
	}
	return nil
}

// swap turns big-endian numbers of the given width into little-endian ones.
func swap(b []byte, width int) {
	switch width {
	case 2:
		for ; len(b) >= 2; b = b[2:] {
			b[0], b[1] = b[1], b[0]
		}
	case 4:
		for ; len(b) >= 4; b = b[4:] {
			binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
		}
	case 8:
		for ; len(b) >= 8; b = b[8:] {
			binary.LittleEndian.PutUint64(b, binary.BigEndian.Uint64(b))
		}
	}
}

// decode converts len(dst) little-endian numbers of type t. dst and b do not
// overlap; b has len(dst)·t.size() bytes.
func decode(dst []float64, b []byte, t dataType) {
	le := binary.LittleEndian
	switch t {
	case miInt8:
		for i := range dst {
			dst[i] = float64(int8(b[i]))
		}
	case miUint8, miUTF8:
		for i := range dst {
			dst[i] = float64(b[i])
		}
	case miInt16:
		for i := range dst {
			dst[i] = float64(int16(le.Uint16(b[2*i:])))
		}
	case miUint16, miUTF16:
		for i := range dst {
			dst[i] = float64(le.Uint16(b[2*i:]))
		}
	case miInt32:
		for i := range dst {
			dst[i] = float64(int32(le.Uint32(b[4*i:])))
		}
	case miUint32, miUTF32:
		for i := range dst {
			dst[i] = float64(le.Uint32(b[4*i:]))
		}
	case miSingle:
		for i := range dst {
			dst[i] = float64(math.Float32frombits(le.Uint32(b[4*i:])))
		}
	case miDouble:
		for i := range dst {
			dst[i] = math.Float64frombits(le.Uint64(b[8*i:]))
		}
	case miInt64:
		for i := range dst {
			dst[i] = float64(int64(le.Uint64(b[8*i:])))
		}
	case miUint64:
		for i := range dst {
			dst[i] = float64(le.Uint64(b[8*i:]))
		}
	}
}
