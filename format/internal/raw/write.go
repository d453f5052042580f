package raw

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrValue is wrapped when a value has no place in the element type of a file.
var ErrValue = errors.New("a value that the element type cannot hold")

// WriteSlab writes entries lo ≤ i < hi of the first mode, last index fastest in src,
// to their places in the file of this layout. Slabs may come in any order and from
// several goroutines; together they write every byte of the array once.
//
// Cost: the bytes of the slab, in one piece where the first mode is the slowest in the
// file or the slab is the whole array, else in as many pieces as there are indices of
// the modes that are slower: a piece a band in a band-sequential image.
func (l *Layout) WriteSlab(ctx context.Context, w io.WriterAt, src []float64, lo, hi int) error {
	if err := CheckSlab(l.Dims, src, lo, hi); err != nil || len(src) == 0 {
		return err
	}
	for i, v := range src {
		if !l.Type.Holds(v) {
			return fmt.Errorf("%w: %v at %v does not fit in %s", ErrValue, v, l.index(lo, i), l.Type)
		}
	}
	outer, inner := l.around()
	piece, pitch := (hi-lo)*inner, l.Dims[0]*inner
	if piece == pitch {
		outer, piece = 1, len(src)
	}
	take := newScatter(src, l.Dims, l.Order, hi-lo)
	room := rooms.Get().(*room)
	defer rooms.Put(room)
	size := l.Type.Size()
	most := min(piece, window/size)
	values, bytes := room.valuesOf(most), room.bytesOf(most*size)
	for o := range outer {
		at := l.Offset + (int64(o)*int64(pitch)+int64(lo)*int64(inner))*int64(size)
		if err := ctx.Err(); err != nil {
			return err
		}
		for left := piece; left > 0; {
			n := min(left, most)
			l.Type.encode(bytes[:n*size], take.take(values[:n]), l.Big)
			if _, err := w.WriteAt(bytes[:n*size], at); err != nil {
				return err
			}
			at, left = at+int64(n*size), left-n
		}
	}
	return nil
}

// around are the numbers of indices of the modes that are slower than the first in the
// file, and of those that are faster.
func (l *Layout) around() (outer, inner int) {
	outer, inner = 1, 1
	faster := false
	for k := range l.Dims {
		switch m := mode(l.Order, k); {
		case m == 0:
			faster = true
		case faster:
			inner *= l.Dims[m]
		default:
			outer *= l.Dims[m]
		}
	}
	return outer, inner
}

// index is where element i of a slab from lo on stands in the array.
func (l *Layout) index(lo, i int) []int {
	at := make([]int, len(l.Dims))
	for m := len(l.Dims) - 1; m > 0; m-- {
		at[m], i = i%l.Dims[m], i/l.Dims[m]
	}
	at[0] = lo + i
	return at
}
