package npy

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"github.com/polyad/polyad/format/internal/raw"
)

// ReadStrings reads one array of text ('<U…' or '|S…') from a stream, in the
// order of the file.
func ReadStrings(r io.Reader) ([]string, error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, err
	}
	if h.Type != "text" {
		return nil, fmt.Errorf("%w %s (%s): not text", ErrUnsupported, h.Type, clip(h.Descr))
	}
	l := h.layout()
	n, err := l.Size()
	if err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	wide := h.Descr[1] == 'U' || h.Descr[0] == 'U'
	element := make([]byte, h.text)
	if wide {
		element = make([]byte, 4*h.text)
	}
	// An element of no bytes would let a header ask for any number of them.
	if len(element) == 0 && n > 1<<16 {
		return nil, fmt.Errorf("%w: %d texts of no characters", ErrFormat, n)
	}
	if n > math.MaxInt64/int64(max(1, len(element))) {
		return nil, fmt.Errorf("%w: sizes %v of text of %d bytes", ErrFormat, l.Dims, len(element))
	}
	in := bufio.NewReader(io.LimitReader(r, n*int64(len(element))))
	var names []string
	for i := range n {
		if _, err := io.ReadFull(in, element); err != nil {
			return nil, fmt.Errorf("npy: %w, in text %d of %d", raw.ErrTruncated, i, n)
		}
		names = append(names, text(element, wide, h.big))
	}
	return names, nil
}

// text is an element up to the zeros that fill it.
func text(b []byte, wide, big bool) string {
	var s []byte
	if !wide {
		for len(b) > 0 && b[len(b)-1] == 0 {
			b = b[:len(b)-1]
		}
		if utf8.Valid(b) {
			return string(b)
		}
		for _, c := range b { // Latin-1
			s = utf8.AppendRune(s, rune(c))
		}
		return string(s)
	}
	for ; len(b) >= 4; b = b[4:] {
		c := rune(b[0]) | rune(b[1])<<8 | rune(b[2])<<16 | rune(b[3])<<24
		if big {
			c = rune(b[3]) | rune(b[2])<<8 | rune(b[1])<<16 | rune(b[0])<<24
		}
		if c == 0 {
			break
		}
		s = utf8.AppendRune(s, c)
	}
	return string(s)
}
