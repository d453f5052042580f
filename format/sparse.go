package format

import (
	"context"
	"fmt"

	"github.com/polyad/polyad/format/internal/raw"
	"github.com/polyad/polyad/tensor"
)

// Stored is the number of entries of a file that lists them with their indices (.tns,
// Matrix Market coordinate, a sparse matrix of MATLAB); −1 for the others.
func (a *Array) Stored() int {
	if c, ok := a.source.(*coordinates); ok {
		return len(c.values)
	}
	return -1
}

// Sparse is the tensor in a file that lists its entries, whatever its sizes. Entries of
// equal indices are added, and Meta.Warnings say so. It wraps [ErrKind] for other files.
func (a *Array) Sparse() (*tensor.Sparse, error) {
	c, ok := a.source.(*coordinates)
	if !ok {
		return nil, fmt.Errorf("%w: %s has all its values, not a list of entries", ErrKind, a.Name)
	}
	x, err := tensor.NewSparse(c.dims, c.index, c.values)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	if n := len(c.values) - x.Stored(); n > 0 {
		text := fmt.Sprintf("%d of the %d entries are at a place that has one already: they are added", n, len(c.values))
		a.Meta.Warnings = append(a.Meta.Warnings[:len(a.Meta.Warnings):len(a.Meta.Warnings)], text)
	}
	return x, nil
}

// coordinates are a source that holds entries and their indices, in any order.
type coordinates struct {
	dims   []int
	index  [][]int32
	values []float64
	size   int64 // of the file
}

// ReadSlab passes over all entries.
func (c *coordinates) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if err := raw.CheckSlab(c.dims, dst, lo, hi); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	clear(dst)
	for p, v := range c.values {
		at := int(c.index[0][p]) - lo
		if at < 0 || at >= hi-lo {
			continue
		}
		for n := 1; n < len(c.dims); n++ {
			at = at*c.dims[n] + int(c.index[n][p])
		}
		dst[at] += v
	}
	return nil
}

// Verify refuses an array that is mostly zeros that the file does not have.
func (c *coordinates) Verify() error { return mostlyMissing(c.dims, c.size) }

// mostlyMissing is an error when an array takes a thousand times its file and more.
func mostlyMissing(dims []int, size int64) error {
	bytes := 8.0
	for _, d := range dims {
		bytes *= float64(d)
	}
	if bytes/1024 <= float64(size) {
		return nil
	}
	return fmt.Errorf("%w: with all its zeros the array %s takes %.3g GB, and the file has %.3g MB; polyad cpd takes it as it is, and polyad convert to .tns or .mtx",
		ErrKind, Sizes(dims), bytes/1e9, float64(size)/1e6)
}

// whole is a source that is in memory.
type whole struct {
	dims []int
	data []float64
}

func (w *whole) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if err := raw.CheckSlab(w.dims, dst, lo, hi); err != nil {
		return err
	}
	row := len(w.data) / w.dims[0]
	copy(dst, w.data[lo*row:hi*row])
	return ctx.Err()
}

// modelled is a source that is computed from a model.
type modelled struct {
	model *tensor.Kruskal
	size  int64 // of the file
}

func (p *modelled) ReadSlab(ctx context.Context, dst []float64, lo, hi int) error {
	if err := raw.CheckSlab(p.model.Dims(), dst, lo, hi); err != nil {
		return err
	}
	if lo == hi {
		return nil
	}
	part := &tensor.Kruskal{Weights: p.model.Weights, Factors: append(p.model.Factors[:0:0], p.model.Factors...)}
	part.Factors[0] = denseRows(part.Factors[0], lo, hi)
	copy(dst, part.Dense().Data())
	return ctx.Err()
}

// Verify refuses a model that is far larger than its factors.
func (p *modelled) Verify() error { return mostlyMissing(p.model.Dims(), p.size) }
