package raw

import (
	"context"
	"fmt"
	"io"
)

// A Stream gives the elements of an array in the order of its file.
type Stream interface {
	// Read fills the front of dst and returns how many elements it filled;
	// fewer than len(dst) only with an error or at the end (io.EOF).
	Read(dst []float64) (int, error)
	// Skip passes over the next n elements.
	Skip(n int64) error
}

// step is the number of elements between two looks at the context.
const step = 1 << 16

// ReadSlab fills dst with entries lo ≤ i < hi of the first mode (all entries of
// the other modes), last index fastest, from a stream that stands at the first
// element of an array of sizes dims whose modes are nested in the given order
// (see [Layout]).
//
// Cost: one pass from the first to the last element of the slab, in which the
// stream reads or skips what does not belong to it. Where the first mode is the
// slowest, nothing lies between; where it is the fastest, a slab, however thin,
// spans the whole array.
func ReadSlab(ctx context.Context, s Stream, dst []float64, dims, order []int, lo, hi int) error {
	if err := CheckSlab(dims, dst, lo, hi); err != nil || len(dst) == 0 {
		return err
	}
	// In the file the slab is `outer` pieces of `piece` elements; from the
	// start of one to the start of the next there are `pitch` elements.
	outer, inner := (&Layout{Dims: dims, Order: order}).around()
	piece, pitch := (hi-lo)*inner, dims[0]*inner

	put := newScatter(dst, dims, order, hi-lo)
	if err := s.Skip(int64(lo * inner)); err != nil {
		return err
	}
	for o := range outer {
		if o > 0 {
			if err := s.Skip(int64(pitch - piece)); err != nil {
				return err
			}
		}
		for left := piece; left > 0; {
			if err := ctx.Err(); err != nil {
				return err
			}
			n, err := put.read(s, min(left, step))
			if err != nil {
				return err
			}
			left -= n
		}
	}
	return nil
}

// read moves the next n elements of the stream to their places.
func (p *scatter) read(s Stream, n int) (int, error) {
	into := p.room(n)
	k, err := s.Read(into)
	if k < len(into) {
		if err == nil || err == io.EOF {
			err = ErrTruncated
		}
		return 0, err
	}
	if err != nil && err != io.EOF {
		return 0, err // a checksum that fails with the last element
	}
	p.put(into)
	return k, nil
}

// CheckSlab tells whether dst is as long as entries lo … hi−1 of the first mode.
func CheckSlab[T float32 | float64](dims []int, dst []T, lo, hi int) error {
	if len(dims) == 0 || lo < 0 || hi < lo || hi > dims[0] {
		return fmt.Errorf("entries %d to %d of the first mode of sizes %v do not exist", lo, hi, dims)
	}
	n := hi - lo
	for _, d := range dims[1:] {
		n *= d
	}
	if len(dst) != n {
		return fmt.Errorf("entries %d to %d of the first mode of sizes %v are %d values, the destination has %d", lo, hi, dims, n, len(dst))
	}
	return nil
}

func mode(order []int, k int) int {
	if order == nil {
		return k
	}
	return order[k]
}

// Fortran is the order in which the first mode is the fastest.
func Fortran(modes int) []int {
	order := make([]int, modes)
	for k := range order {
		order[k] = modes - 1 - k
	}
	return order
}
