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
	s, err := a.stored()
	if err != nil {
		return nil, err
	}
	o := &tensor.TiledOptions{Order: s.Order(), Scale: scale, Memory: memory}
	if s.Single() {
		return a.tiled(&raw.Stored32{Stored: s}, o)
	}
	return a.tiled(s, o)
}

// TiledPart is [Array.Tiled] of the rows lo…hi−1 of mode n, as one of several processes has
// it that share the array. A pass reads the bytes of these rows and no others, the rows of
// the mode that lies outermost in one piece. unit is that of [tensor.TiledOptions].
func (a *Array) TiledPart(n, lo, hi, unit int, memory int64) (*tensor.Tiled, error) {
	s, err := a.stored()
	if err != nil {
		return nil, err
	}
	p, o := s.Some(n, lo, hi), &tensor.TiledOptions{Order: s.Order(), Memory: memory, Unit: unit}
	if s.Single() {
		return a.tiled(&raw.Some32{Some: p}, o)
	}
	return a.tiled(p, o)
}

// Outermost is the mode whose rows lie in one piece in the file each, −1 if the array cannot
// be read in parts.
func (a *Array) Outermost() int {
	if s, err := a.stored(); err == nil {
		return s.Order()[0]
	}
	return -1
}

// stored is the array as it lies in the file.
func (a *Array) stored() (*raw.Stored, error) {
	if _, err := a.count(); err != nil {
		return nil, err
	}
	if x, ok := a.source.(stored); ok {
		if s := x.Stored(); s != nil {
			return s, nil
		}
	}
	return nil, fmt.Errorf("%w: %s is %s, which cannot be read in parts; save it as .npy or ENVI, or read it whole", ErrKind, a.Name, a.Format)
}

func (a *Array) tiled(s tensor.Slabs, o *tensor.TiledOptions) (*tensor.Tiled, error) {
	x, err := tensor.NewTiled(s, o)
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
