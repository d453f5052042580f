package mtx

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat is wrapped when a text is no Matrix Market file.
	ErrFormat = errors.New("mtx: not a Matrix Market file")
	// ErrComplex is wrapped for complex numbers.
	ErrComplex = errors.New("mtx: complex numbers; write the real part, the imaginary part or the absolute values")
)

// fail is an error at a line, from 1.
func fail(line int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrFormat, line, fmt.Sprintf(format, args...))
}

func clip(b []byte) string {
	if len(b) > 40 {
		return string(b[:40]) + "…"
	}
	return string(b)
}
