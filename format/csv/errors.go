package csv

import (
	"errors"
	"fmt"
)

// ErrFormat is wrapped when a text is no table of numbers.
var ErrFormat = errors.New("csv: not a table of numbers")

// fail is an error at a line and a column, both counted from 1, columns as
// cells of the table.
func fail(line, column int, format string, args ...any) error {
	return fmt.Errorf("%w: line %d, column %d: %s", ErrFormat, line, column, fmt.Sprintf(format, args...))
}

func clip(s string) string {
	if len(s) > 40 {
		return s[:40] + "…"
	}
	return s
}
