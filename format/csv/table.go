package csv

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Table is a table in memory.
type Table struct {
	NameTitles []string   // of the columns of text
	Names      [][]string // Names[k][i]: row i of column k of text
	Titles     []string   // of the columns of numbers; nil: no header
	Rows, Cols int
	Data       []float64 // Rows×Cols, last index fastest
}

// Read reads a table. A column titled wavelength stays one of Data's.
func Read(r io.Reader) (*Table, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("csv: %w", err)
	}
	f, err := NewFile(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		return nil, err
	}
	if f.Axis != nil {
		f.Axis, f.first = nil, f.form.text
		f.Titles = append([]string{f.AxisTitle}, f.Titles...)
		f.Cols++
	}
	t := &Table{NameTitles: f.NameTitles, Names: f.Names, Titles: f.Titles, Rows: f.Rows, Cols: f.Cols}
	t.Data = make([]float64, f.Rows*f.Cols)
	return t, f.ReadSlab(context.Background(), t.Data, 0, f.Rows)
}

// Write writes a table with commas, every number in the fewest digits that read
// back to the same bits. With Titles, each text column needs its title.
func Write(w io.Writer, t *Table) error {
	if t.Cols < 1 || len(t.Data) != t.Rows*t.Cols || t.Titles != nil && (len(t.Titles) != t.Cols || len(t.NameTitles) != len(t.Names)) {
		return fmt.Errorf("csv: %d values, %d titles and %d titles of text for a table of %d×%d and %d columns of text",
			len(t.Data), len(t.Titles), len(t.NameTitles), t.Rows, t.Cols, len(t.Names))
	}
	for k, names := range t.Names {
		if len(names) != t.Rows {
			return fmt.Errorf("csv: column %d of text has %d rows, the table %d", k, len(names), t.Rows)
		}
	}
	out, err := NewWriter(w, t)
	if err != nil {
		return err
	}
	if err := out.WriteRows(t.Data); err != nil {
		return err
	}
	return out.Flush()
}

// Writer writes a table some rows at a time.
type Writer struct {
	out  *bufio.Writer
	t    *Table
	row  int
	line []byte
}

// NewWriter writes the titles of t, whose Data are to come by [Writer.WriteRows].
func NewWriter(w io.Writer, t *Table) (*Writer, error) {
	out := &Writer{out: bufio.NewWriter(w), t: t}
	if t.Titles == nil {
		return out, nil
	}
	line := append(append([]string(nil), t.NameTitles...), t.Titles...)
	for i, s := range line {
		line[i] = quote(s)
	}
	if _, err := out.out.WriteString(strings.Join(line, ",") + "\n"); err != nil {
		return nil, fmt.Errorf("csv: %w", err)
	}
	return out, nil
}

// WriteRows writes the next rows, Cols numbers each, behind what they have as text.
func (w *Writer) WriteRows(data []float64) error {
	t := w.t
	if len(data)%t.Cols != 0 || w.row+len(data)/t.Cols > t.Rows {
		return fmt.Errorf("csv: %d numbers behind row %d of a table of %d×%d", len(data), w.row, t.Rows, t.Cols)
	}
	for ; len(data) > 0; data = data[t.Cols:] {
		b := w.line[:0]
		for _, names := range t.Names {
			b = append(append(b, quote(names[w.row])...), ',')
		}
		for _, v := range data[:t.Cols] {
			b = append(strconv.AppendFloat(b, v, 'g', -1, 64), ',')
		}
		b[len(b)-1] = '\n'
		if _, err := w.out.Write(b); err != nil {
			return fmt.Errorf("csv: %w", err)
		}
		w.line, w.row = b, w.row+1
	}
	return nil
}

// Flush writes what is held back.
func (w *Writer) Flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	return nil
}

func quote(s string) string {
	if s != "" && s == strings.TrimSpace(s) && !strings.ContainsAny(s, ",;\t\"\r\n#") {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
