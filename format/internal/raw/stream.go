package raw

import (
	"errors"
	"fmt"
	"io"
)

// window is the number of bytes read at once.
const window = 1 << 20

// NewStream gives the elements of the array in r, which it reads in pieces of
// at most 1 MB. What is skipped is not read unless it is short.
func (l *Layout) NewStream(r io.ReaderAt) Stream {
	n, _ := l.Size()
	return &fileStream{r: r, typ: l.Type, big: l.Big, at: l.Offset, end: l.Offset + n}
}

// fileStream reads from a file that can be read anywhere.
type fileStream struct {
	r       io.ReaderAt
	typ     Type
	big     bool
	at, end int64 // of the next element, behind the last one
	held    []byte
	buf     []byte
	dense   bool // the last skip was short: reading over the gaps is cheaper
}

func (s *fileStream) Skip(n int64) error {
	n *= int64(s.typ.Size())
	s.dense = n <= window/4
	s.at += n
	s.held = s.held[min(n, int64(len(s.held))):]
	return nil
}

func (s *fileStream) Read(dst []float64) (int, error) {
	size := s.typ.Size()
	done := 0
	for done < len(dst) {
		if len(s.held) == 0 {
			if err := s.fill((len(dst) - done) * size); err != nil {
				return done, err
			}
		}
		n := min(len(dst)-done, len(s.held)/size)
		s.typ.decode(dst[done:done+n], s.held[:n*size], s.big)
		s.held = s.held[n*size:]
		s.at += int64(n * size)
		done += n
	}
	return done, nil
}

// fill reads want bytes, or a window when gaps are short.
func (s *fileStream) fill(want int) error {
	if s.dense {
		want = window
	}
	want = int(min(int64(min(want, window)), s.end-s.at))
	if want <= 0 {
		return io.EOF
	}
	if len(s.buf) < want {
		s.buf = make([]byte, want)
	}
	n, err := s.r.ReadAt(s.buf[:want], s.at)
	if n < want {
		return short(err, s.at+int64(n))
	}
	s.held = s.buf[:want]
	return nil
}

func short(err error, at int64) error {
	if err == nil || err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%w, at byte %d", ErrTruncated, at)
	}
	return fmt.Errorf("at byte %d: %w", at, err)
}

// Sequential gives n elements that come one after the other from r, which
// stands at the first of them; what is skipped is read. After the last element
// it reads on to the end of r, so that a checksum there is verified; data
// behind the array are an error.
func Sequential(r io.Reader, t Type, big bool, n int64) Stream {
	return &readStream{r: r, typ: t, big: big, left: n}
}

// readStream reads from a source that only goes forward.
type readStream struct {
	r    io.Reader
	typ  Type
	big  bool
	left int64 // elements
	buf  []byte
}

func (s *readStream) Skip(n int64) error {
	size := int64(s.typ.Size())
	k, err := io.CopyN(io.Discard, s.r, min(n, s.left)*size)
	s.left -= k / size
	if err != nil {
		return s.fail(err)
	}
	return s.finish()
}

func (s *readStream) Read(dst []float64) (int, error) {
	if s.buf == nil {
		s.buf = make([]byte, 64<<10)
	}
	size := s.typ.Size()
	done := 0
	for done < len(dst) && s.left > 0 {
		n := int(min(int64(len(dst)-done), s.left, int64(len(s.buf)/size)))
		if _, err := io.ReadFull(s.r, s.buf[:n*size]); err != nil {
			return done, s.fail(err)
		}
		s.typ.decode(dst[done:done+n], s.buf[:n*size], s.big)
		done += n
		s.left -= int64(n)
	}
	if done < len(dst) {
		return done, io.EOF
	}
	return done, s.finish()
}

// finish looks behind the last element.
func (s *readStream) finish() error {
	if s.left > 0 {
		return nil
	}
	switch n, err := io.ReadFull(s.r, make([]byte, 1)); {
	case n > 0:
		return errors.New("data follow the array")
	case err != io.EOF:
		return err
	}
	return nil
}

func (s *readStream) fail(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("%w, %d elements too early", ErrTruncated, s.left)
	}
	return err
}
