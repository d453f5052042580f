package raw

import (
	"encoding/binary"
	"math"
)

// Named is the type of that name, Invalid when there is none.
func Named(name string) Type {
	for t := Bool; t <= Float64; t++ {
		if types[t].name == name {
			return t
		}
	}
	return Invalid
}

// ranges are the whole numbers that an integer type holds and float64 tells apart:
// beyond 2⁵³ a float64 may stand for a neighbour of what was meant.
var ranges = [...]struct{ lo, hi float64 }{
	Bool: {0, 1}, Int8: {math.MinInt8, math.MaxInt8}, Uint8: {0, math.MaxUint8},
	Int16: {math.MinInt16, math.MaxInt16}, Uint16: {0, math.MaxUint16},
	Int32: {math.MinInt32, math.MaxInt32}, Uint32: {0, math.MaxUint32},
	Int64: {1 - 1<<53, 1<<53 - 1}, Uint64: {0, 1<<53 - 1},
}

// Holds says whether a file of this type gives v back: integers exactly, float32
// rounded to the nearest.
func (t Type) Holds(v float64) bool {
	switch t {
	case Float64:
		return true
	case Float32:
		return !math.IsInf(float64(float32(v)), 0) || math.IsInf(v, 0)
	case Invalid, Float16: // halves are read, not written
		return false
	}
	r := ranges[t]
	return v >= r.lo && v <= r.hi && v == math.Trunc(v)
}

// encode is the inverse of decode. All of src must be held by the type.
func (t Type) encode(dst []byte, src []float64, big bool) {
	le := binary.LittleEndian
	switch t {
	case Bool, Int8, Uint8: // by way of int64, which has the bits of either sign
		for i, v := range src {
			dst[i] = uint8(int64(v))
		}
	case Int16, Uint16:
		for i, v := range src {
			le.PutUint16(dst[2*i:], uint16(int64(v)))
		}
	case Int32, Uint32:
		for i, v := range src {
			le.PutUint32(dst[4*i:], uint32(int64(v)))
		}
	case Int64, Uint64:
		for i, v := range src {
			le.PutUint64(dst[8*i:], uint64(int64(v)))
		}
	case Float32:
		for i, v := range src {
			le.PutUint32(dst[4*i:], math.Float32bits(float32(v)))
		}
	case Float64:
		for i, v := range src {
			le.PutUint64(dst[8*i:], math.Float64bits(v))
		}
	}
	if big {
		reverse(dst, t.Size())
	}
}
