package mtx

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Writer writes the entries of a matrix.
type Writer struct {
	Count int // of the entries so far

	out        *bufio.Writer
	rows, cols int
	at         int64 // where the count stands
	line       []byte
}

// room is how wide the number of entries may be.
const room = 20

// NewWriter begins a file of rows × cols in w, whose first byte is byte 0 of w.
func NewWriter(w io.Writer, rows, cols int) (*Writer, error) {
	m := &Writer{out: bufio.NewWriterSize(w, 1<<16), rows: rows, cols: cols}
	head := fmt.Sprintf("%s matrix coordinate real general\n%d %d ", Magic, rows, cols)
	m.at = int64(len(head))
	if _, err := fmt.Fprintf(m.out, "%s%*s\n", head, room, ""); err != nil {
		return nil, fmt.Errorf("mtx: %w", err)
	}
	return m, nil
}

// Write writes the entry of a row and a column that count from 0.
func (m *Writer) Write(row, col int, v float64) error {
	if row < 0 || row >= m.rows || col < 0 || col >= m.cols {
		return fmt.Errorf("mtx: row %d, column %d of a matrix %d×%d", row, col, m.rows, m.cols)
	}
	m.line = append(strconv.AppendInt(m.line[:0], int64(row)+1, 10), ' ')
	m.line = append(strconv.AppendInt(m.line, int64(col)+1, 10), ' ')
	m.line = append(strconv.AppendFloat(m.line, v, 'g', -1, 64), '\n')
	if _, err := m.out.Write(m.line); err != nil {
		return fmt.Errorf("mtx: %w", err)
	}
	m.Count++
	return nil
}

// Finish writes what is left, and the number of entries to at, which is what NewWriter
// was given.
func (m *Writer) Finish(at io.WriterAt) error {
	if err := m.out.Flush(); err != nil {
		return fmt.Errorf("mtx: %w", err)
	}
	if _, err := at.WriteAt(strconv.AppendInt(nil, int64(m.Count), 10), m.at); err != nil {
		return fmt.Errorf("mtx: %w", err)
	}
	return nil
}
