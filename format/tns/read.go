package tns

import (
	"bytes"
	"io"
	"strings"

	"github.com/polyad/polyad/format/internal/text"
	"github.com/polyad/polyad/tensor"
)

// File is what a text holds: one of Index with Values, Data, and Model.
type File struct {
	Form string // entries, sptensor, tensor, matrix or ktensor
	Dims []int

	Index  [][]int32 // Index[n][p] is that of entry p in mode n, from 0; in the order of the file
	Values []float64 // of the entries

	Data  []float64       // all values, last index fastest
	Model *tensor.Kruskal // of a ktensor

	Warnings []string // what has been guessed
}

// IsToolbox tells a Tensor Toolbox text by its first line.
func IsToolbox(head []byte) bool {
	line, _, _ := bytes.Cut(head, []byte("\n"))
	switch string(bytes.TrimSpace(line)) {
	case "sptensor", "tensor", "matrix", "ktensor":
		return true
	}
	return false
}

// Options say what a text does not say itself. nil is the zero value.
type Options struct {
	// ZeroBased: indices count from 0 though none of them is 0.
	ZeroBased bool
}

// Read reads a text of size bytes.
//
// Cost: one pass on all cores; 4N+8 bytes an entry of order N, twice for a moment.
func Read(r io.ReaderAt, size int64, o *Options) (*File, error) {
	if o == nil {
		o = &Options{}
	}
	h := &head{r: r, size: size, lines: text.NewLines(r, size)}
	line, err := h.next()
	if err == io.EOF && h.comment != nil {
		f := &File{Form: "entries", Dims: h.comment}
		h.order, h.count, h.from, h.before = len(f.Dims), 0, size, h.lines.Number
		return f, h.entries(f, o)
	}
	if err == io.EOF {
		return nil, fail(max(1, h.lines.Number), "there is no entry in it")
	}
	if err != nil {
		return nil, err
	}
	word, _ := text.Field(line)
	if c := word[0] | 0x20; c >= 'a' && c <= 'z' {
		return h.toolbox(strings.ToLower(string(word)), o)
	}
	f := &File{Form: "entries"}
	if err := h.sizes(f, line); err != nil {
		return nil, err
	}
	return f, h.entries(f, o)
}

// head is the beginning of a text.
type head struct {
	r     io.ReaderAt
	size  int64
	lines *text.Lines

	comment []int // sizes in a comment
	order   int   // of the entries
	stated  int   // the line that states the sizes; 0: none
	count   int   // the number of entries that is stated; −1: none
	from    int64 // where the entries begin
	before  int   // lines before them
}

// next is the next line that is no comment, not empty.
func (h *head) next() ([]byte, error) {
	for {
		line, err := h.lines.Next()
		if err == io.EOF {
			return nil, err
		}
		if err != nil {
			return nil, fail(h.lines.Number+1, "%v", err)
		}
		if h.lines.Number == 1 && bytes.HasPrefix(line, []byte(mark)) {
			line = line[len(mark):]
			h.lines.Start += int64(len(mark))
		}
		word, rest := text.Field(line)
		if len(word) == 0 {
			continue
		}
		if word[0] != '#' && word[0] != '%' {
			return line, nil
		}
		if first, sizes := text.Field(rest); string(word) == "#" && string(first) == "sizes" && h.comment == nil {
			if dims, ok := numbers(sizes); ok && len(dims) > 0 {
				h.comment, h.stated = dims, h.lines.Number
			}
		}
	}
}

// mark is the byte order mark of UTF-8.
const mark = "\xef\xbb\xbf"

// must is the next line, of which there has to be one.
func (h *head) must(what string) ([]byte, error) {
	line, err := h.next()
	if err == io.EOF {
		return nil, fail(h.lines.Number+1, "the file ends where %s should be", what)
	}
	return line, err
}

// begin says that the entries begin with the line that was read last.
func (h *head) begin() { h.from, h.before = h.lines.Start, h.lines.Number-1 }

// sizes finds out, from the first lines of a text without a word, whether they state
// order, sizes and number of entries. line is the first of them.
func (h *head) sizes(f *File, line []byte) error {
	h.count = -1
	h.begin()
	first := h.lines.Number
	n := text.Count(line)
	dims, whole := numbers(line)
	if n > 1 {
		h.order = n - 1
		if h.comment != nil && len(h.comment) == h.order {
			f.Dims = h.comment
			return nil
		}
		h.stated = 0
		next, err := h.next()
		if err == nil && whole && text.Count(next) == n+1 { // the sizes alone
			h.order, h.stated, f.Dims = n, first, dims
			h.begin()
		} else if err != nil && err != io.EOF {
			return err
		}
		return nil
	}
	if !whole || dims[0] < 1 || dims[0] > maxOrder {
		return fail(first, "%q alone is no entry (indices and a value), and no order of a tensor%s", clip(line), hint(line))
	}
	h.order = dims[0]
	line, err := h.must("the sizes of the modes")
	if err != nil {
		return err
	}
	h.stated = h.lines.Number
	if f.Dims, whole = numbers(line); !whole || len(f.Dims) != h.order {
		return fail(h.stated, "%q is not the %d sizes that line %d announces", clip(line), h.order, first)
	}
	line, err = h.next()
	if err == io.EOF {
		h.from, h.before = h.size, h.lines.Number
		return nil
	}
	if err != nil {
		return err
	}
	if text.Count(line) == 1 {
		return h.number(line)
	}
	h.begin()
	return nil
}

// number reads the number of entries, behind which these begin.
func (h *head) number(line []byte) error {
	v, ok := numbers(line)
	if !ok || len(v) != 1 {
		return fail(h.lines.Number, "%q is no number of entries", clip(line))
	}
	h.count = v[0]
	h.from, h.before = h.lines.End, h.lines.Number
	return nil
}

// numbers are the whole numbers of a line.
func numbers(line []byte) (list []int, ok bool) {
	for {
		var word []byte
		if word, line = text.Field(line); len(word) == 0 {
			return list, len(list) > 0
		}
		v, ok := text.Index(word)
		if !ok {
			return nil, false
		}
		list = append(list, int(v))
	}
}
