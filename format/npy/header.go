package npy

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/polyad/polyad/format/internal/raw"
)

// Magic is how every .npy file begins.
const Magic = "\x93NUMPY"

// maxHeader is the longest header that is read, in bytes. NumPy itself warns
// beyond 10 000; structured types, which are refused, can have long ones.
const maxHeader = 1 << 20

// Header describes an array.
type Header struct {
	Descr   string // NumPy's element type, such as "<f8"; of structured types the whole list
	Fortran bool   // the first index is the fastest
	Dims    []int  // empty: a single number
	Type    string // element type in words: float64, uint8, text, complex128, …

	elem raw.Type // Invalid when the elements are no real numbers
	big  bool
	text int   // characters of an element of text
	size int64 // bytes of the header
}

// ReadHeader reads the header; r stands at the first element afterwards.
func ReadHeader(r io.Reader) (*Header, error) {
	var start [12]byte
	if _, err := io.ReadFull(r, start[:8]); err != nil {
		return nil, fmt.Errorf("%w: too short for a header (%v)", ErrFormat, err)
	}
	if string(start[:6]) != Magic {
		return nil, fmt.Errorf("%w: it does not begin with \\x93NUMPY", ErrFormat)
	}
	version := start[6]
	width := 4
	switch {
	case version == 1:
		width = 2
	case version < 1 || version > 3 || start[7] != 0:
		return nil, fmt.Errorf("%w: version %d.%d; 1.0, 2.0 and 3.0 are known", ErrFormat, version, start[7])
	}
	if _, err := io.ReadFull(r, start[8:8+width]); err != nil {
		return nil, fmt.Errorf("%w: it ends in the length of its header", ErrFormat)
	}
	length := int64(binary.LittleEndian.Uint32(start[8:])) // the unread half is zero in version 1
	if length > maxHeader {
		return nil, fmt.Errorf("%w: a header of %d bytes; at most %d are read", ErrFormat, length, maxHeader)
	}
	text, err := io.ReadAll(io.LimitReader(r, length))
	if err != nil {
		return nil, fmt.Errorf("npy: header: %w", err)
	}
	if int64(len(text)) < length {
		return nil, fmt.Errorf("%w: it ends at byte %d, in a header of %d bytes", ErrFormat, 8+width+len(text), length)
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	h.size = int64(8+width) + length
	return h, nil
}

// parseHeader takes the literal apart: a dictionary of three known keys.
func parseHeader(text []byte) (*Header, error) {
	h := &Header{Dims: []int{}}
	p := literal{text: text}
	p.want("{")
	seen := map[string]bool{}
	for p.err == nil && !p.accept("}") {
		key := p.quoted()
		p.want(":")
		if p.err == nil && seen[key] {
			p.fail("%q twice", key)
		}
		seen[key] = true
		switch key {
		case "descr":
			h.Descr = p.descr()
		case "fortran_order":
			h.Fortran = p.boolean()
		case "shape":
			h.Dims = p.shape()
		default:
			p.fail("unknown key %q", key)
		}
		if !p.accept(",") {
			p.want("}")
			break
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	if len(bytes.Trim(p.text[p.at:], " \n\r\t\x00")) > 0 {
		return nil, fmt.Errorf("%w: header: something follows the }", ErrFormat)
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			return nil, fmt.Errorf("%w: header: no %q", ErrFormat, key)
		}
	}
	h.describe()
	if _, err := h.layout().Size(); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrFormat, err)
	}
	return h, nil
}

var elements = map[string]raw.Type{
	"b1": raw.Bool, "i1": raw.Int8, "u1": raw.Uint8,
	"i2": raw.Int16, "u2": raw.Uint16, "i4": raw.Int32, "u4": raw.Uint32, "i8": raw.Int64, "u8": raw.Uint64,
	"f2": raw.Float16, "f4": raw.Float32, "f8": raw.Float64,
}

// describe finds out what Descr stands for.
func (h *Header) describe() {
	h.Type = h.Descr
	if strings.HasPrefix(h.Descr, "[") {
		h.Type = "structured"
		return
	}
	code := h.Descr
	if code != "" && strings.ContainsRune("<>|=", rune(code[0])) {
		h.big = code[0] == '>'
		code = code[1:]
	}
	if code == "?" {
		code = "b1"
	}
	if t, ok := elements[code]; ok {
		h.elem, h.Type = t, t.String()
		return
	}
	if code == "" {
		return
	}
	n, err := strconv.Atoi(code[1:])
	switch code[0] {
	case 'U', 'S', 'a':
		// The bound keeps n·4 an int anywhere.
		if err == nil && n >= 0 && n <= 1<<20 {
			h.text, h.Type = n, "text"
		}
	case 'c':
		h.Type = fmt.Sprintf("complex%d", 8*n)
	case 'f':
		h.Type = fmt.Sprintf("float%d", 8*n)
	case 'O':
		h.Type = "pickled objects"
	case 'M', 'm':
		h.Type = "dates or durations"
	case 'V':
		h.Type = "structured"
	}
}

// Numeric tells whether the elements are real numbers.
func (h *Header) Numeric() bool { return h.elem != raw.Invalid }

func (h *Header) layout() *raw.Layout {
	l := &raw.Layout{Type: h.elem, Big: h.big, Offset: h.size, Dims: h.Dims}
	if h.elem == raw.Invalid {
		l.Type = raw.Int8 // enough to check the sizes
	}
	if len(l.Dims) == 0 {
		l.Dims = []int{1}
	}
	if h.Fortran {
		l.Order = raw.Fortran(len(l.Dims))
	}
	return l
}

// check is the kind word for what cannot be read as real numbers.
func (h *Header) check() error {
	if h.Numeric() {
		return nil
	}
	advice := "convert it with x.astype('float64')"
	switch {
	case strings.HasPrefix(h.Type, "complex"):
		advice = "save x.real, x.imag or abs(x)"
	case h.Type == "structured":
		advice = "save each field as an array of its own, x['field']"
	case h.Type == "pickled objects":
		advice = "nothing is unpickled here: save plain numbers"
	case h.Type == "text":
		advice = "it holds no numbers"
	}
	return fmt.Errorf("%w %s (%s): %s", ErrUnsupported, h.Type, clip(h.Descr), advice)
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}
