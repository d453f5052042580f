package text

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxLine is the most bytes of a line.
const MaxLine = 1 << 20

// Lines goes through the lines of a text one after the other.
type Lines struct {
	Number int   // of the line that Next gave, from 1
	Start  int64 // where that line begins
	End    int64 // where the next one does

	in *bufio.Reader
}

// NewLines begins at the start of r.
func NewLines(r io.ReaderAt, size int64) *Lines {
	return &Lines{in: bufio.NewReaderSize(io.NewSectionReader(r, 0, size), 64<<10)}
}

// Next is the next line without its end, which is valid until the next call; io.EOF
// after the last.
func (l *Lines) Next() ([]byte, error) {
	line, err := l.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		line, err = l.long(line)
	}
	if len(line) == 0 || err != nil && err != io.EOF {
		return nil, err
	}
	l.Number++
	l.Start, l.End = l.End, l.End+int64(len(line))
	return bytes.TrimRight(line, "\r\n"), nil
}

// long puts together a line that is longer than the buffer.
func (l *Lines) long(line []byte) ([]byte, error) {
	whole := bytes.Clone(line)
	for {
		line, err := l.in.ReadSlice('\n')
		whole = append(whole, line...)
		if len(whole) > MaxLine {
			return nil, fmt.Errorf("line %d is longer than %d bytes", l.Number+1, MaxLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return whole, err
		}
	}
}
