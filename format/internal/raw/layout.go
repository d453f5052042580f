package raw

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// ErrTruncated is wrapped when a file ends before its array does.
var ErrTruncated = errors.New("the file ends before its data")

// Layout says how the elements of an array lie in a file.
type Layout struct {
	Type   Type
	Big    bool  // most significant byte first
	Offset int64 // of the first element, in bytes
	Dims   []int // sizes as presented, last index fastest
	Order  []int // modes from slowest to fastest in the file; nil: 0, 1, …
}

// Size is the number of bytes of the elements, or an error when a size is
// negative or the product overflows.
func (l *Layout) Size() (int64, error) {
	n := int64(l.Type.Size())
	empty := false
	for _, d := range l.Dims {
		if d < 0 {
			return 0, fmt.Errorf("sizes %v: negative", l.Dims)
		}
		if d == 0 {
			empty = true
			continue
		}
		// A factor of 8 is left for the float64 values in memory.
		if n > math.MaxInt64/8/int64(d) || n > math.MaxInt/8/int64(d) {
			return 0, fmt.Errorf("sizes %v: too large for this machine", l.Dims)
		}
		n *= int64(d)
	}
	if empty {
		return 0, nil
	}
	return n, nil
}

// Check returns an error when the array does not fit in a file of have bytes.
func (l *Layout) Check(have int64) error {
	n, err := l.Size()
	if err != nil {
		return err
	}
	if l.Offset < 0 || l.Offset > have || n > have-l.Offset {
		return fmt.Errorf("%w: sizes %v of %s take %d bytes from byte %d on, the file has %d in all (cut short, or a wrong header)",
			ErrTruncated, l.Dims, l.Type, n, l.Offset, have)
	}
	return nil
}

// ReadSlab is the function [ReadSlab] on the array of this layout in r. The
// array must have passed Check.
func (l *Layout) ReadSlab(ctx context.Context, r io.ReaderAt, dst []float64, lo, hi int) error {
	return ReadSlab(ctx, l.NewStream(r), dst, l.Dims, l.Order, lo, hi)
}
