package npy

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/polyad/polyad/format/internal/raw"
)

// Array is an array of real numbers in a file, of which only the header has
// been read.
type Array struct {
	Header *Header
	// Dims are the header's, [1] for a single number.
	Dims []int

	layout *raw.Layout
	r      io.ReaderAt
	// open, where the elements are compressed or have a checksum, reads them
	// from the first one on. r is nil when they are compressed.
	open func() (io.ReadCloser, error)
}

// NewArray reads the header of a .npy file of the given size in bytes and
// checks that the file is as long as it says.
func NewArray(r io.ReaderAt, size int64) (*Array, error) {
	h, err := ReadHeader(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, err
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	a := &Array{Header: h, layout: h.layout(), r: r}
	a.Dims = a.layout.Dims
	if err := a.layout.Check(size); err != nil {
		return nil, fmt.Errorf("npy: %w", err)
	}
	return a, nil
}

// ReadSlab fills dst with entries lo ≤ i < hi of the first mode, last index
// fastest. It may be called from several goroutines.
//
// Cost: in C order, the bytes of the slab. In Fortran order every column is
// visited; below 256 KB a column they are read over, so that a slab costs a
// pass over the file. Compressed arrays are inflated from their beginning, and
// all of an array in an archive is verified by its checksum.
func (a *Array) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	all := lo == 0 && hi == a.Dims[0]
	if a.open == nil || a.r != nil && !all {
		if err := a.layout.ReadSlab(ctx, a.r, dst, lo, hi); err != nil {
			return fmt.Errorf("npy: %w", err)
		}
		return nil
	}
	r, err := a.open()
	if err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	defer r.Close()
	n, err := a.layout.Size()
	if err == nil {
		s := raw.Sequential(r, a.layout.Type, a.layout.Big, n/int64(a.layout.Type.Size()))
		err = raw.ReadSlab(ctx, s, dst, a.layout.Dims, a.layout.Order, lo, hi)
	}
	if err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

// Verify passes over the elements of a compressed array, of which a header may
// claim more than there are, and returns an error when they are too few. Other
// arrays were checked when they were opened.
func (a *Array) Verify() error {
	if a.r != nil {
		return nil
	}
	r, err := a.open()
	if err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	defer r.Close()
	want, err := a.layout.Size()
	if err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	if n, err := io.Copy(io.Discard, r); err != nil || n != want {
		return fmt.Errorf("npy: sizes %v take %d bytes, there are %d: %w", a.Dims, want, n, errors.Join(raw.ErrTruncated, err))
	}
	return nil
}

// Read reads one array of real numbers from a stream, last index fastest. A
// single number has dims [1].
func Read(r io.Reader) (dims []int, data []float64, err error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, nil, err
	}
	if err := h.check(); err != nil {
		return nil, nil, err
	}
	l := h.layout()
	bytes, err := l.Size()
	if err != nil {
		return nil, nil, fmt.Errorf("npy: %w", err)
	}
	n := bytes / int64(l.Type.Size())
	s := raw.Sequential(io.LimitReader(r, bytes), l.Type, l.Big, n)
	for int64(len(data)) < n {
		// The stream's length is not known: memory follows what has arrived.
		k := len(data)
		data = append(data, make([]float64, min(n-int64(k), int64(max(k, 1<<16))))...)
		if _, err := s.Read(data[k:]); err != nil {
			return nil, nil, fmt.Errorf("npy: sizes %v: %w", l.Dims, err)
		}
	}
	if l.Order != nil {
		c := make([]float64, n)
		raw.Permute(c, data, l.Dims, l.Order)
		data = c
	}
	return l.Dims, data, nil
}
