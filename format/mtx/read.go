package mtx

import (
	"bytes"
	"io"
	"strings"

	"github.com/polyad/polyad/format/internal/text"
)

// Magic are the first bytes of a file, in any case of letters.
const Magic = "%%MatrixMarket"

// File is a matrix: Row, Col and Values of its entries, or Data.
type File struct {
	Field    string // real, integer or pattern, as in the file
	Symmetry string // general, symmetric or skew-symmetric, as in the file
	Rows     int
	Cols     int

	// Entries, from 0, in the order of the file; those that a symmetry adds come
	// behind all others.
	Row, Col []int32
	Values   []float64

	// Data, if not nil, are all values, a row after the other.
	Data []float64
}

// IsMTX tells by the first bytes.
func IsMTX(head []byte) bool {
	return len(head) >= len(Magic) && strings.EqualFold(string(head[:len(Magic)]), Magic)
}

// Read reads a text of size bytes.
//
// Cost: one pass on all cores; 16 bytes an entry, twice for a moment.
func Read(r io.ReaderAt, size int64) (*File, error) {
	h := &head{r: r, size: size, lines: text.NewLines(r, size)}
	line, err := h.lines.Next()
	if err == io.EOF {
		return nil, fail(1, "there is nothing in it")
	}
	if err != nil {
		return nil, fail(1, "%v", err)
	}
	f := &File{}
	dense, err := f.banner(line)
	if err != nil {
		return nil, err
	}
	if line, err = h.next(); err != nil {
		return nil, err
	}
	want := 3
	if dense {
		want = 2
	}
	var n [3]int
	rest := line
	for k := range want {
		var word []byte
		word, rest = text.Field(rest)
		v, ok := text.Index(word)
		if !ok || text.Count(line) != want {
			return nil, fail(h.lines.Number, "%q is not rows, columns%s", clip(line), map[bool]string{false: " and number of entries"}[dense])
		}
		n[k] = int(v)
	}
	f.Rows, f.Cols = n[0], n[1]
	if f.Rows < 1 || f.Cols < 1 {
		return nil, fail(h.lines.Number, "a matrix of %d×%d", f.Rows, f.Cols)
	}
	if f.Symmetry != "general" && f.Rows != f.Cols {
		return nil, fail(h.lines.Number, "a %s matrix of %d×%d is not square", f.Symmetry, f.Rows, f.Cols)
	}
	if dense {
		return f, h.array(f)
	}
	return f, h.entries(f, n[2])
}

// banner reads the first line.
func (f *File) banner(line []byte) (dense bool, err error) {
	words := strings.Fields(strings.ToLower(string(line)))
	if !IsMTX(line) || len(words) != 5 {
		return false, fail(1, "%q is not of the form %s matrix coordinate real general", clip(line), Magic)
	}
	layout := words[2]
	f.Field, f.Symmetry = words[3], words[4]
	switch {
	case words[1] != "matrix":
		return false, fail(1, "a %s; matrices are read", clip([]byte(words[1])))
	case layout != "coordinate" && layout != "array":
		return false, fail(1, "%q is neither coordinate nor array", clip([]byte(layout)))
	case f.Field == "complex" || f.Symmetry == "hermitian":
		return false, ErrComplex
	case f.Field == "double": // as older programs write it
		f.Field = "real"
	case f.Field == "unsigned-integer":
		f.Field = "integer"
	case f.Field != "real" && f.Field != "integer" && f.Field != "pattern":
		return false, fail(1, "%q is none of real, integer and pattern", clip([]byte(f.Field)))
	}
	if f.Symmetry != "general" && f.Symmetry != "symmetric" && f.Symmetry != "skew-symmetric" {
		return false, fail(1, "%q is none of general, symmetric and skew-symmetric", clip([]byte(f.Symmetry)))
	}
	if f.Field == "pattern" && layout == "array" {
		return false, fail(1, "an array has no pattern")
	}
	return layout == "array", nil
}

// head is the beginning of a text.
type head struct {
	r     io.ReaderAt
	size  int64
	lines *text.Lines
}

// next is the next line that is no comment and not empty.
func (h *head) next() ([]byte, error) {
	for {
		line, err := h.lines.Next()
		if err == io.EOF {
			return nil, fail(h.lines.Number+1, "the file ends")
		}
		if err != nil {
			return nil, fail(h.lines.Number+1, "%v", err)
		}
		if t := bytes.TrimSpace(line); len(t) > 0 && t[0] != '%' {
			return line, nil
		}
	}
}
