package format

import (
	"fmt"
	"math"

	"github.com/polyad/polyad/format/internal/raw"
	"github.com/polyad/polyad/tensor"
)

// stored is a source whose elements can be read as they lie in the file.
type stored interface{ Stored() *raw.Stored }

// Tiled is the array as a tensor whose entries stay in the file, which is not to be closed
// before the tensor is done with, divided by scale. At most so many bytes of it are in memory
// at a time. Files are read in their own order whatever that is, so .npy of C or Fortran
// order and every interleave of ENVI serve alike; types up to 16 bits and float32 are held as
// float32. Other formats wrap [ErrKind]: those that are compressed would be inflated from the
// beginning for every slab.
func (a *Array) Tiled(memory int64, scale float64) (*tensor.Tiled, error) {
	if _, err := a.count(); err != nil {
		return nil, err
	}
	var s *raw.Stored
	if x, ok := a.source.(stored); ok {
		s = x.Stored()
	}
	if s == nil {
		return nil, fmt.Errorf("%w: %s is %s, which cannot be read in parts; save it as .npy or ENVI, or read it whole", ErrKind, a.Name, a.Format)
	}
	var slabs tensor.Slabs = s
	if s.Single() {
		slabs = &raw.Stored32{Stored: s}
	}
	x, err := tensor.NewTiled(slabs, &tensor.TiledOptions{Order: s.Order(), Scale: scale, Memory: memory})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", a.Name, err)
	}
	return x, nil
}

// InMemory is how many bytes the array takes as a [tensor.Dense], the largest int64 if that
// is more.
func (a *Array) InMemory() int64 {
	bytes := int64(8)
	for _, d := range a.Dims {
		if d > 0 && bytes > math.MaxInt64/int64(d) {
			return math.MaxInt64
		}
		bytes *= int64(d)
	}
	return bytes
}
