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
	if len(t.Data) != t.Rows*t.Cols || t.Titles != nil && (len(t.Titles) != t.Cols || len(t.NameTitles) != len(t.Names)) {
		return fmt.Errorf("csv: %d values, %d titles and %d titles of text for a table of %d×%d and %d columns of text",
			len(t.Data), len(t.Titles), len(t.NameTitles), t.Rows, t.Cols, len(t.Names))
	}
	for k, names := range t.Names {
		if len(names) != t.Rows {
			return fmt.Errorf("csv: column %d of text has %d rows, the table %d", k, len(names), t.Rows)
		}
	}
	out := bufio.NewWriter(w)
	if t.Titles != nil {
		line := append(append([]string(nil), t.NameTitles...), t.Titles...)
		for i, s := range line {
			line[i] = quote(s)
		}
		out.WriteString(strings.Join(line, ",") + "\n")
	}
	var b []byte
	for i := range t.Rows {
		b = b[:0]
		for _, names := range t.Names {
			b = append(append(b, quote(names[i])...), ',')
		}
		for _, v := range t.Data[i*t.Cols : (i+1)*t.Cols] {
			b = append(strconv.AppendFloat(b, v, 'g', -1, 64), ',')
		}
		if len(b) > 0 {
			b[len(b)-1] = '\n'
		}
		out.Write(b)
	}
	if err := out.Flush(); err != nil {
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
