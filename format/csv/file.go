package csv

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// File is a table in a file of which the form is known.
type File struct {
	Rows, Cols int
	Titles     []string   // of the columns of numbers; nil without a header
	NameTitles []string   // of the columns of text; nil without a header
	Names      [][]string // Names[k][i] is what row i has in column k of text
	Axis       []float64  // the column titled wavelength, one a row; nil without one
	AxisTitle  string

	form   *form
	first  int // cell of the first column that is neither text nor axis
	comma  bool
	r      io.ReaderAt
	size   int64
	blocks []place // blocks[b] is where row b·blockRows begins
}

// blockRows is the number of rows between two remembered places.
const blockRows = 1024

type place struct {
	offset int64
	line   int // that the row is on, from 1
}

// NewFile looks a table of size bytes over: one pass.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	head, err := sample(r, size)
	if err != nil {
		return nil, err
	}
	form, err := sniff(head, int64(len(head)) == size)
	if err != nil {
		return nil, err
	}
	f := &File{form: form, r: r, size: size, first: form.text, Names: make([][]string, form.text)}
	return f, f.scan()
}

// sample is the beginning of the file, at least two lines of it.
func sample(r io.ReaderAt, size int64) ([]byte, error) {
	for n := int64(sampleBytes); ; n *= 4 {
		head := make([]byte, min(size, n))
		if k, err := r.ReadAt(head, 0); k < len(head) {
			return nil, fmt.Errorf("csv: %w", err)
		}
		if n >= size || bytes.Count(head, []byte("\n")) >= 2 {
			return head, nil
		}
		if n > 1<<28 {
			return nil, fmt.Errorf("%w: no second line within %d MB", ErrFormat, n>>20)
		}
	}
}

// scan is the pass that counts.
func (f *File) scan() error {
	var point, comma [2]int // where the first decimal point and comma stand
	rows := f.rows(place{offset: f.form.start})
	rows.base = f.form.line
	for {
		before := f.form.start + rows.csv.InputOffset()
		row, err := rows.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		line := rows.line(0)
		if f.form.header && f.Titles == nil {
			f.titles(row)
			continue
		}
		if f.Rows%blockRows == 0 {
			f.blocks = append(f.blocks, place{before, line})
		}
		f.Rows++
		for k := range f.Names {
			f.Names[k] = append(f.Names[k], strings.Clone(utf(strings.TrimSpace(row[k]))))
		}
		if f.form.delimiter != ',' {
			for c, cell := range row[f.form.text:] {
				if point[0] == 0 && strings.IndexByte(cell, '.') >= 0 {
					point = [2]int{line, f.form.text + c + 1}
				}
				if comma[0] == 0 && strings.IndexByte(cell, ',') >= 0 {
					comma = [2]int{line, f.form.text + c + 1}
				}
			}
		}
	}
	f.comma = comma[0] > 0
	if f.comma && point[0] > 0 {
		return fail(comma[0], comma[1], "a decimal comma, but line %d, column %d has a point; write all numbers in one way", point[0], point[1])
	}
	if f.Rows == 0 {
		return fmt.Errorf("%w: a header and no rows", ErrFormat)
	}
	f.Cols = f.form.cells - f.first
	return f.axis()
}

// titles keeps a header.
func (f *File) titles(row []string) {
	for _, cell := range row {
		f.Titles = append(f.Titles, strings.Clone(utf(strings.TrimSpace(cell))))
	}
	f.NameTitles = slices.Clone(f.Titles[:f.form.text])
	f.Titles = f.Titles[f.form.text:]
	if len(f.Titles) > 1 && strings.HasPrefix(strings.ToLower(f.Titles[0]), "wavelength") {
		f.AxisTitle, f.Titles = f.Titles[0], f.Titles[1:]
		f.first++
	}
}

// axis reads the column that was found to hold wavelengths.
func (f *File) axis() error {
	if f.first == f.form.text {
		return nil
	}
	rows := f.data(0)
	for range f.Rows {
		row, err := rows.next()
		if err != nil {
			return err
		}
		v, err := f.number(rows, row, f.form.text)
		if err != nil {
			return err
		}
		f.Axis = append(f.Axis, v)
	}
	return nil
}

// ReadSlab fills dst with rows lo ≤ i < hi, the columns of numbers of each. It
// may be called from several goroutines.
//
// Cost: parsing those rows and passing over at most 1023 before them.
func (f *File) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if lo < 0 || hi < lo || hi > f.Rows || len(dst) != (hi-lo)*f.Cols {
		return fmt.Errorf("csv: rows %d to %d into %d values: the table is %d×%d", lo, hi, len(dst), f.Rows, f.Cols)
	}
	if lo == hi {
		return nil
	}
	rows := f.data(lo / blockRows)
	for i := lo / blockRows * blockRows; i < hi; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		row, err := rows.next()
		if err == io.EOF {
			return fmt.Errorf("csv: the file has become shorter since it was opened")
		}
		if err != nil {
			return err
		}
		if i < lo {
			continue
		}
		for c := range f.Cols {
			if dst[(i-lo)*f.Cols+c], err = f.number(rows, row, f.first+c); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *File) number(rows *rows, row []string, column int) (float64, error) {
	v, ok := number(row[column], f.comma)
	if !ok {
		return 0, fail(rows.line(column), column+1, "%q is not a number", clip(row[column]))
	}
	return v, nil
}

// rows reads rows from a place on.
type rows struct {
	csv   *csv.Reader
	form  *form
	base  int // lines before the place
	start int // line of the first row, which tells base; 0: base is known
}

func (f *File) rows(p place) *rows {
	in := bufio.NewReaderSize(io.NewSectionReader(f.r, p.offset, f.size-p.offset), 64<<10)
	return &rows{csv: f.form.reader(in), form: f.form, start: p.line}
}

// data reads from block b on.
func (f *File) data(b int) *rows { return f.rows(f.blocks[b]) }

// line is the line of the file that a cell of the last row is on.
func (r *rows) line(cell int) int {
	n, _ := r.csv.FieldPos(cell)
	return r.base + n
}

// next is the next row, of the right number of cells.
func (r *rows) next() ([]string, error) {
	row, err := r.csv.Read()
	if err == io.EOF {
		return nil, err
	}
	var bad *csv.ParseError
	if errors.As(err, &bad) {
		return nil, fmt.Errorf("%w: line %d, character %d: %v", ErrFormat, r.base+bad.Line, bad.Column, bad.Err)
	}
	if err != nil {
		return nil, fmt.Errorf("csv: %w", err)
	}
	if r.start > 0 { // blank lines may come before the first row
		r.base, r.start = r.start-r.line(0), 0
	}
	n := r.form.cells
	if len(row) == n+1 && r.form.trailing && strings.TrimSpace(row[n]) == "" {
		row = row[:n]
	}
	if len(row) != n {
		return nil, fail(r.line(0), min(len(row), n)+1, "%d cells, the rows before have %d", len(row), n)
	}
	return row, nil
}

// utf reads bytes that are no UTF-8 as Latin-1.
func utf(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var b bytes.Buffer
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}
