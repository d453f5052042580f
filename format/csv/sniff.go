package csv

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"strings"
)

// sample is how much of a file decides its form: this many bytes and rows.
const (
	sampleBytes = 1 << 20
	sampleRows  = 50
)

// form is what the beginning of a table tells about all of it.
type form struct {
	start     int64 // bytes before the first row: byte order mark, # lines
	line      int   // lines before it
	delimiter rune
	header    bool
	text      int  // leading columns of text
	cells     int  // cells in a row
	trailing  bool // every row ends in a delimiter: the last cell is nothing
}

// sniff looks at the first bytes of a table; whole says that they are all.
func sniff(head []byte, whole bool) (*form, error) {
	f := &form{}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		f.start = 3
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return nil, fmt.Errorf("%w: UTF-16 text; save it as UTF-8", ErrFormat)
	}
	if at := bytes.IndexByte(head, 0); at >= 0 {
		return nil, fmt.Errorf("%w: byte %d is zero, which no text has", ErrFormat, at)
	}
	text := head[f.start:]
	for len(text) > 0 && (text[0] == '#' || text[0] == '\n' || text[0] == '\r') {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			break
		}
		f.start, f.line, text = f.start+int64(end+1), f.line+1, text[end+1:]
	}
	if len(bytes.TrimSpace(text)) == 0 || text[0] == '#' {
		return nil, fmt.Errorf("%w: there is nothing in it", ErrFormat)
	}
	if !whole { // the last line may be cut
		if end := bytes.LastIndexByte(text, '\n'); end >= 0 {
			text = text[:end+1]
		}
	}
	f.delimiter = delimiter(text)
	var rows [][]string
	r := f.reader(bytes.NewReader(text))
	r.ReuseRecord = false
	for len(rows) < sampleRows {
		row, err := r.Read()
		if err == io.EOF || err != nil && len(rows) > 0 {
			break // an error further down is the pass's to tell
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrFormat, err)
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%w: there is nothing in it", ErrFormat)
	}
	f.columns(rows)
	if f.text >= f.cells {
		return nil, fail(f.line+1, 1, "no column of numbers; cells are divided by tabs, semicolons or commas (%q here)", f.delimiter)
	}
	return f, nil
}

// delimiter is the one that occurs equally often in the first lines.
func delimiter(text []byte) rune {
	best, most := ',', 0
	for _, d := range []byte("\t;,") {
		least, equal, first := 0, true, -1
		for i, line := range bytes.SplitN(text, []byte("\n"), sampleRows+1) {
			if i == sampleRows || len(bytes.TrimSpace(line)) == 0 {
				continue
			}
			n := count(line, d)
			if first < 0 {
				first, least = n, n
			}
			equal = equal && n == first
			least = min(least, n)
		}
		if equal && first > 0 {
			return rune(d)
		}
		if least > most {
			best, most = rune(d), least
		}
	}
	return best
}

// count counts d outside quotes.
func count(line []byte, d byte) int {
	n := 0
	quoted := false
	for _, c := range line {
		switch {
		case c == '"':
			quoted = !quoted
		case c == d && !quoted:
			n++
		}
	}
	return n
}

// columns finds out which columns are text and whether row 0 is a header.
func (f *form) columns(rows [][]string) {
	f.cells = len(rows[0])
	body := rows[1:]
	if len(body) == 0 {
		body = rows
	}
	f.trailing = f.cells > 1
	for _, row := range rows {
		f.trailing = f.trailing && strings.TrimSpace(row[len(row)-1]) == ""
	}
	if f.trailing {
		f.cells--
	}
	for f.text < f.cells && f.isText(body, f.text) {
		f.text++
	}
	if len(rows) == 1 {
		return
	}
	for c := f.text; c < f.cells; c++ {
		if word(rows[0][c], f.delimiter) {
			f.header = true
			return
		}
	}
	f.header = f.text > 0 && (title(rows[0][0]) || f.rising(rows[0]) && !f.anyRising(body))
}

func (f *form) isText(rows [][]string, column int) bool {
	for _, row := range rows {
		if column < len(row) && word(row[column], f.delimiter) {
			return true
		}
	}
	return false
}

// title tells whether the first cell names a column of text: over numbers
// alone, such as wavelengths, it is the only sign of a header.
func title(s string) bool {
	switch strings.ToLower(strings.Trim(strings.TrimSpace(s), "#_ ")) {
	case "", "class", "classes", "name", "names", "label", "labels", "material", "spectrum", "spectra",
		"sample", "id", "type", "category", "target", "species", "wavelength", "wavelengths", "band", "bands":
		return true
	}
	return false
}

// rising tells whether the numbers of a row nearly always rise, as wavelengths
// do (detectors overlap, so that a few steps go back).
func (f *form) rising(row []string) bool {
	up, n := 0, len(row)-f.text-1
	last, _ := number(row[min(f.text, len(row)-1)], false)
	for _, s := range row[min(f.text+1, len(row)):] {
		v, ok := number(s, false)
		if ok && v > last {
			up++
		}
		last = v
	}
	return n >= 8 && up*10 >= n*9
}

func (f *form) anyRising(rows [][]string) bool {
	for _, row := range rows {
		if f.rising(row) {
			return true
		}
	}
	return false
}

func (f *form) reader(r io.Reader) *csv.Reader {
	c := csv.NewReader(r)
	c.Comma = f.delimiter
	c.FieldsPerRecord = -1 // counted here, for a better message
	c.ReuseRecord = true
	return c
}
