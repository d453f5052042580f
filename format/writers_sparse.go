package format

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/polyad/polyad/format/mtx"
	"github.com/polyad/polyad/format/tns"
	"github.com/polyad/polyad/tensor"
)

// beginTNS writes the entries that are not zero, whose indices count from 1.
func beginTNS(o *Output, path string) error {
	f, err := o.open(path)
	if err != nil {
		return err
	}
	o.Files = []string{path}
	w, err := tns.NewWriter(f, o.Dims)
	if err != nil {
		return err
	}
	o.lose(nil)
	o.sink = &entrySink{dims: o.spec.Dims, turn: o.spec.Turn, write: w.Write}
	o.finish = w.Flush
	return nil
}

// beginMTX writes the entries of a matrix that are not zero.
func beginMTX(o *Output, path string) error {
	if len(o.Dims) > 2 {
		return fmt.Errorf("%w: an array %s of order %d is no matrix; write .tns, or .npy", ErrKind, Sizes(o.Dims), len(o.Dims))
	}
	f, err := o.open(path)
	if err != nil {
		return err
	}
	o.Files = []string{path}
	cols := 1
	if len(o.Dims) == 2 {
		cols = o.Dims[1]
	}
	w, err := mtx.NewWriter(f, o.Dims[0], cols)
	if err != nil {
		return err
	}
	o.lose(nil)
	write := func(index []int, v float64) error {
		if len(index) == 1 {
			return w.Write(index[0], 0, v)
		}
		return w.Write(index[0], index[1], v)
	}
	o.sink = &entrySink{dims: o.spec.Dims, turn: o.spec.Turn, write: write}
	o.finish = func() error { return w.Finish(f) }
	return nil
}

// TakesSparse tells whether the format lists entries, so that [Output.WriteSparse] may
// stand for all slabs.
func (o *Output) TakesSparse() bool {
	_, ok := o.sink.(*entrySink)
	return ok
}

// WriteSparse writes the stored entries of a tensor of the sizes Spec.Dims, in place of
// slabs.
func (o *Output) WriteSparse(ctx context.Context, x *tensor.Sparse) error {
	s, ok := o.sink.(*entrySink)
	if !ok {
		return fmt.Errorf("%w: a file of format %s has all values; write .tns or .mtx", ErrKind, o.Format)
	}
	if !slices.Equal(x.Dims(), s.dims) || o.rows.Load() != 0 {
		return fmt.Errorf("format: a tensor %s after %d slices of an array %s", Sizes(x.Dims()), o.rows.Load(), Sizes(s.dims))
	}
	n := 0
	for index, v := range x.Coordinates() {
		if n++; n%65536 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.entry(index, v); err != nil {
			return fmt.Errorf("%s: %w", o.Files[0], err)
		}
	}
	o.rows.Store(int64(s.dims[0]))
	return nil
}

// entrySink writes entries one after the other.
type entrySink struct {
	dims, turn []int
	write      func(index []int, v float64) error

	mu     sync.Mutex
	next   int
	turned []int
}

// WriteSlab takes slabs in ascending order, for a file that looks the same every time.
func (s *entrySink) WriteSlab(ctx context.Context, src []float64, lo, hi int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if lo != s.next {
		return errors.New("a list of entries is written from its first slice to its last")
	}
	s.next = hi
	index := make([]int, len(s.dims))
	index[0] = lo
	for _, v := range src {
		if v != 0 {
			if err := s.entry(index, v); err != nil {
				return err
			}
		}
		for n := len(index) - 1; n >= 0; n-- {
			if index[n]++; index[n] < s.dims[n] || n == 0 {
				break
			}
			index[n] = 0
		}
	}
	return nil
}

// entry writes an entry, with its modes turned.
func (s *entrySink) entry(index []int, v float64) error {
	if s.turn == nil {
		return s.write(index, v)
	}
	s.turned = s.turned[:0]
	for _, m := range s.turn {
		s.turned = append(s.turned, index[m])
	}
	return s.write(s.turned, v)
}
