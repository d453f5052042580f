package envi

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/polyad/polyad/format/internal/raw"
)

// Image is an image or a spectral library of which the header has been read.
type Image struct {
	Header *Header
	Dims   []int // rows × cols × bands, or bands × atoms

	layout *raw.Layout
	r      io.ReaderAt
	file   *os.File
}

// NewImage puts a header and its data, size bytes of them, together. It fails
// when the data are shorter than the header says.
func NewImage(h *Header, r io.ReaderAt, size int64) (*Image, error) {
	m := &Image{Header: h, Dims: h.Dims(), layout: h.layout(), r: r}
	if err := m.layout.Check(size); err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	return m, nil
}

// Open opens an image by the name of its header, of its data, or by what the
// two have in common (see [Find]).
func Open(name string) (*Image, error) {
	header, all, err := find(name)
	if err != nil {
		return nil, err
	}
	h, err := readHeader(header)
	if err != nil {
		return nil, err
	}
	data := h.pick(all)
	f, err := os.Open(data)
	if err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("envi: %w", err)
	}
	m, err := NewImage(h, f, info.Size())
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("data %s with header %s: %w", filepath.Base(data), filepath.Base(header), err)
	}
	m.file = f
	return m, nil
}

func readHeader(name string) (*Header, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("envi: %w", err)
	}
	defer f.Close()
	h, err := ParseHeader(f)
	if err != nil {
		return nil, fmt.Errorf("header %s: %w", filepath.Base(name), err)
	}
	return h, nil
}

// ReadSlab fills dst with entries lo ≤ i < hi of the first mode, last index
// fastest: rows of an image, bands of a library. It may be called from several
// goroutines.
//
// Cost: bip and bil read the bytes of the slab; bsq reads a piece of every
// band (over the gaps where a band has less than 256 KB); a slab of a library
// is a pass over its file.
func (m *Image) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if err := m.layout.ReadSlab(ctx, m.r, dst, lo, hi); err != nil {
		return fmt.Errorf("envi: %w", err)
	}
	return nil
}

// Close closes the data file if [Open] opened it.
func (m *Image) Close() error {
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}
