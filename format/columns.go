package format

import (
	"fmt"

	"github.com/polyad/polyad/format/npy"
)

// Columns are the columns of a matrix in a file, which stays open: they are read in
// blocks, from anywhere in it, so that the matrix may be larger than memory. It is a
// Source of package dict.
type Columns struct {
	a     *Array
	x     *npy.Array
	turns bool // the rows of the file are the columns
}

// Columns is nil for files whose columns are not to be had without passing over the
// rest: all but .npy.
func (a *Array) Columns() *Columns {
	x, ok := a.source.(*npy.Array)
	if !ok || len(a.Dims) != 2 || !x.Seekable() {
		return nil
	}
	return &Columns{a: a, x: x}
}

// T are the columns of the transpose.
func (c *Columns) T() *Columns { return &Columns{c.a, c.x, !c.turns} }

// Dims are the length of a column and their number.
func (c *Columns) Dims() (rows, cols int) {
	if c.turns {
		return c.a.Dims[1], c.a.Dims[0]
	}
	return c.a.Dims[0], c.a.Dims[1]
}

// ReadColumns sets dst, rows×n by rows, to columns first … first+n−1. It may be called from
// several goroutines. Beside dst it needs as many bytes as it reads at most, which later
// calls use again.
//
// Cost: the bytes of the columns; in a file with the rows of the matrix one after the other
// a read for every row, else a single one.
func (c *Columns) ReadColumns(dst []float64, first, n int) error {
	read := c.x.ReadColumns
	if c.turns {
		read = c.x.ReadRows
	}
	if err := read(dst, first, first+n); err != nil {
		return fmt.Errorf("%s: %w", c.a.Name, err)
	}
	return nil
}
