package matlab

import (
	"bufio"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// chunk is the largest step, in bytes, in which memory is taken for a size
// that only the file vouches for.
const chunk = 32 << 10

// window is the part [pos, end) of a file.
type window struct {
	file     io.ReaderAt
	pos, end int64
}

func (w *window) Read(p []byte) (int, error) {
	if w.pos >= w.end {
		return 0, io.EOF
	}
	n, err := w.file.ReadAt(p[:min(int64(len(p)), w.end-w.pos)], w.pos)
	w.pos += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// source reads the elements of one variable forward. Offsets count from the
// start of the file, or from the start of the inflated data.
type source struct {
	order binary.ByteOrder
	raw   window
	buf   *bufio.Reader // of raw
	z     io.ReadCloser // of buf; kept between variables
	zip   bool          // reading z
	start int64         // file offset of the compressed bytes
	pos   int64         // offset of the next byte
	top   int64         // end of the outermost array
	mem   int64         // bytes of memory still allowed
	word  [8]byte
}

func newSource(file io.ReaderAt, order binary.ByteOrder, mem int64) *source {
	s := &source{order: order, mem: mem}
	s.raw.file = file
	s.buf = bufio.NewReaderSize(&s.raw, 4096)
	return s
}

// seek goes to the file's bytes [off, end), as they are.
func (s *source) seek(off, end int64) {
	s.raw.pos, s.raw.end = off, end
	s.buf.Reset(&s.raw)
	s.zip, s.pos = false, off
}

// inflate goes to the data compressed in the file's bytes [off, end).
func (s *source) inflate(off, end int64) error {
	s.seek(off, end)
	var err error
	if s.z == nil {
		s.z, err = zlib.NewReader(s.buf)
	} else {
		err = s.z.(zlib.Resetter).Reset(s.buf, nil)
	}
	s.zip, s.start, s.pos = true, off, 0
	if err != nil {
		return s.fail(err)
	}
	return nil
}

// read fills p.
func (s *source) read(p []byte) error {
	var n int
	var err error
	if s.zip {
		n, err = io.ReadFull(s.z, p)
	} else {
		n, err = io.ReadFull(s.buf, p)
	}
	s.pos += int64(n)
	if err != nil {
		return s.fail(err)
	}
	return nil
}

// skip passes over n bytes: for free in the file, at the price of inflating
// them in compressed data.
func (s *source) skip(n int64) error {
	if n <= 0 {
		return nil
	}
	if s.zip {
		k, err := io.CopyN(io.Discard, s.z, n)
		s.pos += k
		if err != nil {
			return s.fail(err)
		}
		return nil
	}
	if s.pos+n > s.raw.end {
		s.pos = s.raw.end
		return s.fail(io.ErrUnexpectedEOF)
	}
	if k := int64(s.buf.Buffered()); n > k {
		s.raw.pos += n - k
		s.buf.Reset(&s.raw)
	} else if _, err := s.buf.Discard(int(n)); err != nil {
		return s.fail(err)
	}
	s.pos += n
	return nil
}

// bytes reads n bytes into memory that grows as they arrive.
func (s *source) bytes(n int64) ([]byte, error) {
	if err := s.charge(n); err != nil {
		return nil, err
	}
	var b []byte
	for int64(len(b)) < n {
		k := len(b)
		b = append(b, make([]byte, min(n-int64(k), max(chunk, int64(k))))...)
		if err := s.read(b[k:]); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// charge takes n bytes from the memory allowed.
func (s *source) charge(n int64) error {
	if n > s.mem {
		return fmt.Errorf("%w: %s asks for %d bytes more, %d are left", ErrTooLarge, s.at(s.pos), n, s.mem)
	}
	s.mem -= n
	return nil
}

// finish reads to the end of the variable, where compressed data carry their
// checksum.
func (s *source) finish() error {
	if !s.zip {
		return nil
	}
	if err := s.skip(s.top - s.pos); err != nil {
		return err
	}
	switch n, err := io.ReadFull(s.z, s.word[:1]); {
	case n > 0:
		return s.corrupt(s.pos, "data follow the array")
	case err != io.EOF:
		return s.fail(err)
	}
	return nil
}

// tag is the head of an element: its payload follows.
type tag struct {
	typ  dataType
	size int64 // of the payload, bytes
	pad  int64 // bytes after the payload
}

// element reads the tag of an element that must lie before end.
func (s *source) element(end int64) (tag, error) {
	off := s.pos
	if end-off < 8 {
		return tag{}, s.corrupt(off, "no room for an element before the array ends at byte %d", end)
	}
	if err := s.read(s.word[:4]); err != nil {
		return tag{}, err
	}
	w := s.order.Uint32(s.word[:4])
	if n := int64(w >> 16); n != 0 {
		if n > 4 {
			return tag{}, s.corrupt(off, "small element of %d bytes", n)
		}
		return tag{typ: dataType(w & 0xffff), size: n, pad: 4 - n}, nil
	}
	if err := s.read(s.word[:4]); err != nil {
		return tag{}, err
	}
	t := tag{typ: dataType(w), size: int64(s.order.Uint32(s.word[:4]))}
	if t.size > end-s.pos {
		return tag{}, s.corrupt(off, "element of %d bytes in an array with %d left", t.size, end-s.pos)
	}
	if t.typ != miMatrix && t.typ != miCompressed {
		// Some writers leave out the padding of an array's last element.
		t.pad = min(-t.size&7, end-s.pos-t.size)
	}
	return t, nil
}

// payload reads the bytes of an element.
func (s *source) payload(t tag) ([]byte, error) {
	b, err := s.bytes(t.size)
	if err != nil {
		return nil, err
	}
	return b, s.skip(t.pad)
}

// at names an offset.
func (s *source) at(off int64) string {
	if s.zip {
		return fmt.Sprintf("byte %d of the data compressed at byte %d", off, s.start)
	}
	return fmt.Sprintf("byte %d", off)
}

func (s *source) corrupt(off int64, format string, args ...any) error {
	return fmt.Errorf("%w: %s: %s", ErrCorrupt, s.at(off), fmt.Sprintf(format, args...))
}

// fail says where reading stopped and whose fault it is.
func (s *source) fail(err error) error {
	var bad flate.CorruptInputError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w at %s", ErrTruncated, s.at(s.pos))
	case errors.Is(err, zlib.ErrHeader), errors.Is(err, zlib.ErrChecksum), errors.Is(err, zlib.ErrDictionary), errors.As(err, &bad):
		return s.corrupt(s.pos, "%v", err)
	}
	return fmt.Errorf("matlab: %s: %w", s.at(s.pos), err)
}
