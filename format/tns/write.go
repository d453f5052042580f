package tns

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
)

// Writer writes entries in FROSTT's form: indices from 1, the sizes in a comment.
type Writer struct {
	out  *bufio.Writer
	dims []int
	line []byte
}

// NewWriter begins a text for a tensor of these sizes. Flush at the end.
func NewWriter(w io.Writer, dims []int) (*Writer, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	line := []byte("# sizes")
	for _, d := range dims {
		line = strconv.AppendInt(append(line, ' '), int64(d), 10)
	}
	if _, err := out.Write(append(line, '\n')); err != nil {
		return nil, fmt.Errorf("tns: %w", err)
	}
	return &Writer{out: out, dims: dims}, nil
}

// Write writes the entry of an index that counts from 0.
func (w *Writer) Write(index []int, v float64) error {
	if len(index) != len(w.dims) {
		return fmt.Errorf("tns: %d indices of a tensor of order %d", len(index), len(w.dims))
	}
	w.line = w.line[:0]
	for n, i := range index {
		if i < 0 || i >= w.dims[n] {
			return fmt.Errorf("tns: index %d in mode %d, which has size %d", i, n, w.dims[n])
		}
		w.line = append(strconv.AppendInt(w.line, int64(i)+1, 10), ' ')
	}
	w.line = append(strconv.AppendFloat(w.line, v, 'g', -1, 64), '\n')
	if _, err := w.out.Write(w.line); err != nil {
		return fmt.Errorf("tns: %w", err)
	}
	return nil
}

// Flush writes what is left.
func (w *Writer) Flush() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("tns: %w", err)
	}
	return nil
}
