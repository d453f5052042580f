package tns

import (
	"errors"
	"fmt"
)

// ErrFormat is wrapped when a text is no tensor in any of the forms.
var ErrFormat = errors.New("tns: not a tensor as text")

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
