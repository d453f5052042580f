package splib

import (
	"errors"
	"fmt"
)

// ErrFormat is wrapped when a folder holds no spectra, or damaged ones.
var ErrFormat = errors.New("splib: not a folder of spectra")

// fail is an error in a file, at a line from 1.
func fail(file string, line int, format string, args ...any) error {
	return fmt.Errorf("%w: %s, line %d: %s", ErrFormat, file, line, fmt.Sprintf(format, args...))
}
